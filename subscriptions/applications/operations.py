"""Registering applications, and the two ways in which a tenant lets one in (D3.5).

Standard: a tenant administrator of the customer approves. Custom: the customer confirms, then
the vendor's app manager grants. Nobody else can give the customer's yes: no partner, no
consultant, no member of the vendor's staff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.models import Duty, Membership, Role
from customers.operations.mail import queue_letter
from customers.refusals import Refusal
from subscriptions.applications.availability import DEVELOPMENT_TOOLS, needs_development_tools
from subscriptions.applications.deactivation import forget_consent, waits_for_its_licence
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    Authorisation,
    AuthorisationStatus,
)
from subscriptions.licences import products_of
from subscriptions.locks import lock_organisation

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Organisation, Person, Tenant

# D3.5: a user or general administrator of the tenant. Owners appoint those, so may they.
APPROVERS = (Role.OWNER, Role.TENANT_ADMINISTRATOR)

CLOSED = (
    AuthorisationStatus.DENIED,
    AuthorisationStatus.REVOKED,
    AuthorisationStatus.DEACTIVATED,
)


class NameTaken(Refusal):
    sentence = _("You have an application of this name already.")


class AlreadyRequested(Refusal):
    """There is an open or active authorisation of this application on this tenant."""

    sentence = _("This application was already requested for this tenant, or works there.")


class ConsentStillStands(Refusal):
    """Asking anew would throw away the consent that brings the application back by itself."""

    sentence = _(
        "This application comes back by itself as soon as the customer has the subscription it "
        "needs again. There is no need to ask for consent now."
    )


class NotYoursToApprove(Refusal):
    """Only the customer's own owner or tenant administrator gives the customer's yes."""

    sentence = _(
        "Only an owner or a tenant administrator of the customer itself can approve. "
        "Partners and consultants cannot."
    )


class NotAnAppManager(Refusal):
    sentence = _("Only the vendor's app manager grants a custom application.")


class WrongStep(Refusal):
    """The authorisation is not at the step that this belongs to; it may have moved meanwhile."""

    sentence = _("This is no longer possible: somebody has dealt with the request already.")


@transaction.atomic
def register(
    owner: Organisation,
    *,
    kind: ApplicationKind,
    name: str,
    summary: str = "",
    technical_contact: str,
    by: Person,
    at: dt.datetime,
) -> Application:
    """A new application of `owner`. Raises NameTaken."""
    lock_organisation(owner.pk)
    if Application.objects.filter(owner=owner, name__iexact=name).exists():
        raise NameTaken
    application = Application.objects.create(
        owner=owner,
        kind=kind,
        name=name,
        summary=summary,
        technical_contact=technical_contact,
        created_at=at,
    )
    record(
        application,
        "application.registered",
        organisation=owner,
        by=by,
        at=at,
        details={"application": name, "kind": kind},
    )
    return application


@transaction.atomic
def request(
    application: Application, *, tenant: Tenant, note: str = "", by: Person, at: dt.datetime
) -> Authorisation:
    """Ask the customer to let `application` in on `tenant`.

    A denied or revoked authorisation is asked for anew on the same record, a deactivated one
    when its time to come back by itself has passed.
    Raises AlreadyRequested, ConsentStillStands.
    """
    lock_organisation(tenant.organisation_id)
    authorisation = Authorisation.objects.filter(application=application, tenant=tenant).first()
    if authorisation is None:
        authorisation = Authorisation(application=application, tenant=tenant)
    elif authorisation.status not in CLOSED:
        raise AlreadyRequested
    elif waits_for_its_licence(authorisation, at):
        raise ConsentStillStands
    forget_consent(authorisation)
    authorisation.status = AuthorisationStatus.REQUESTED
    authorisation.requested_by = by
    authorisation.requested_at = at
    authorisation.note = note
    authorisation.closed_at = None
    authorisation.deactivation = ""
    authorisation.reason = ""
    authorisation.save()
    _tell(authorisation, "requested", by=by, at=at, reason=note)
    _write_to_approvers(authorisation, "requested", at=at)
    return authorisation


@transaction.atomic
def approve(authorisation: Authorisation, *, by: Person, at: dt.datetime) -> Authorisation:
    """“I approve”: a tenant administrator lets a standard application in.

    On-premise it also needs Development Tools: without, it is kept DEACTIVATED and starts
    working when that licence does. Raises NotYoursToApprove, WrongStep.
    """
    authorisation = _locked(authorisation)
    if authorisation.application.kind != ApplicationKind.STANDARD:
        raise WrongStep
    _give_the_customers_yes(authorisation, by=by, at=at)
    _activate(authorisation, at=at)
    authorisation.save()
    _tell(authorisation, "approved", by=by, at=at)
    return authorisation


@transaction.atomic
def confirm(authorisation: Authorisation, *, by: Person, at: dt.datetime) -> Authorisation:
    """The customer confirms a custom application; the app manager's grant comes next.

    Raises NotYoursToApprove, WrongStep.
    """
    authorisation = _locked(authorisation)
    if authorisation.application.kind != ApplicationKind.CUSTOM:
        raise WrongStep
    _give_the_customers_yes(authorisation, by=by, at=at)
    authorisation.status = AuthorisationStatus.CONFIRMED
    authorisation.save()
    _tell(authorisation, "confirmed", by=by, at=at)
    return authorisation


@transaction.atomic
def grant(authorisation: Authorisation, *, by: Person, at: dt.datetime) -> Authorisation:
    """The app manager's explicit consent to a custom application that the customer confirmed.

    Without a licence it is kept DEACTIVATED and starts working when the licence does.
    Raises NotAnAppManager, WrongStep.
    """
    if not by.has_duty(Duty.APP_MANAGER):
        raise NotAnAppManager
    authorisation = _locked(authorisation)
    if authorisation.status != AuthorisationStatus.CONFIRMED:
        raise WrongStep
    authorisation.granted_by = by
    authorisation.granted_at = at
    _activate(authorisation, at=at)
    authorisation.save()
    _tell(authorisation, "granted", by=by, at=at)
    _write_to_approvers(authorisation, "granted", at=at)
    _write_to_maker(authorisation, "granted", at=at)
    return authorisation


@transaction.atomic
def deny(
    authorisation: Authorisation, *, reason: str = "", by: Person, at: dt.datetime
) -> Authorisation:
    """The customer, or for a confirmed custom application the app manager, says no.

    Raises NotYoursToApprove, WrongStep.
    """
    authorisation = _locked(authorisation)
    _refuse_outsiders(authorisation, by)
    if authorisation.status not in (AuthorisationStatus.REQUESTED, AuthorisationStatus.CONFIRMED):
        raise WrongStep
    _close(authorisation, AuthorisationStatus.DENIED, reason=reason, at=at)
    _tell(authorisation, "denied", by=by, at=at, reason=reason)
    _write_to_approvers(authorisation, "denied", at=at)
    _write_to_maker(authorisation, "denied", at=at)
    return authorisation


@transaction.atomic
def revoke(
    authorisation: Authorisation, *, reason: str, by: Person, at: dt.datetime
) -> Authorisation:
    """Shut an application out again, at once. By the customer or the app manager.

    Raises NotYoursToApprove, WrongStep.
    """
    authorisation = _locked(authorisation)
    _refuse_outsiders(authorisation, by)
    if authorisation.status not in (AuthorisationStatus.ACTIVE, AuthorisationStatus.DEACTIVATED):
        raise WrongStep
    _close(authorisation, AuthorisationStatus.REVOKED, reason=reason, at=at)
    _tell(authorisation, "revoked", by=by, at=at, reason=reason)
    _write_to_approvers(authorisation, "revoked", at=at)
    _write_to_maker(authorisation, "revoked", at=at)
    return authorisation


def may_approve(tenant: Tenant, person: Person) -> bool:
    """Whether `person` gives the customer's yes for `tenant`."""
    own = Membership.objects.of(tenant.organisation).filter(person=person, role__in=APPROVERS)
    return not person.is_staff and own.exists()


def _locked(authorisation: Authorisation) -> Authorisation:
    lock_organisation(authorisation.tenant.organisation_id)
    locked = Authorisation.objects.with_names().select_for_update(of=["self"])
    found: Authorisation = locked.get(pk=authorisation.pk)
    return found


def _give_the_customers_yes(authorisation: Authorisation, *, by: Person, at: dt.datetime) -> None:
    if not may_approve(authorisation.tenant, by):
        raise NotYoursToApprove
    if authorisation.status != AuthorisationStatus.REQUESTED:
        raise WrongStep
    authorisation.confirmed_by = by
    authorisation.confirmed_at = at


def _activate(authorisation: Authorisation, *, at: dt.datetime) -> None:
    needs_licence = needs_development_tools(authorisation.application, authorisation.tenant)
    if needs_licence and DEVELOPMENT_TOOLS not in products_of(authorisation.tenant, at):
        authorisation.status = AuthorisationStatus.DEACTIVATED
        authorisation.deactivation = Authorisation.Deactivation.LICENCE_MISSING
        authorisation.closed_at = at
    else:
        authorisation.status = AuthorisationStatus.ACTIVE


def _refuse_outsiders(authorisation: Authorisation, by: Person) -> None:
    if not (may_approve(authorisation.tenant, by) or by.has_duty(Duty.APP_MANAGER)):
        raise NotYoursToApprove


def _close(
    authorisation: Authorisation, status: AuthorisationStatus, *, reason: str, at: dt.datetime
) -> None:
    authorisation.status = status
    authorisation.closed_at = at
    authorisation.deactivation = ""
    authorisation.reason = reason
    authorisation.save()


def _tell(
    authorisation: Authorisation, verb: str, *, by: Person, at: dt.datetime, reason: str = ""
) -> None:
    record(
        authorisation,
        f"authorisation.{verb}",
        organisation=authorisation.tenant.organisation,
        tenant=authorisation.tenant,
        by=by,
        at=at,
        reason=reason,
        details={"application": authorisation.application.name},
    )


def _write_to_approvers(authorisation: Authorisation, what: str, *, at: dt.datetime) -> None:
    """To everybody who may give the customer's yes, each in their own language."""
    members = Membership.objects.of(authorisation.tenant.organisation).reachable()
    for member in members.filter(role__in=APPROVERS):
        _write(authorisation, what, to=member.person.email, language=member.person.language, at=at)


def _write_to_maker(authorisation: Authorisation, what: str, *, at: dt.datetime) -> None:
    application = authorisation.application
    _write(
        authorisation,
        what,
        to=application.technical_contact,
        language=application.owner.language,
        at=at,
    )


def _write(
    authorisation: Authorisation, what: str, *, to: str, language: str, at: dt.datetime
) -> None:
    queue_letter(
        to=to,
        language=language,
        template=f"subscriptions/authorisation_{what}",
        context={"authorisation": authorisation},
        at=at,
    )
