"""The two ways in which a tenant lets an application in (D3.5).

Standard, and everything in SOD: a tenant administrator of the customer approves. Custom: the
customer confirms, then the vendor's app manager grants. Nobody else can give the customer's yes:
no partner, no consultant, no member of the vendor's staff, no program. A program asks, and ends
what was given.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.queries import current_version
from customers.actors import answerable
from customers.history import record_many
from customers.models import Duty, Membership, Tenant, TenantState
from customers.operations.invitation_limits import DAY, limit_of
from customers.refusals import Refusal
from subscriptions.applications.approvers import (
    refuse_outsiders,
    refuse_the_yes_of_others,
)
from subscriptions.applications.availability import needed_by, status_at
from subscriptions.applications.blocking import refuse_blocked
from subscriptions.applications.coming_back import waits_for_its_licence
from subscriptions.applications.deactivation import cut_off, expire_due_of, forget_consent
from subscriptions.applications.entries import entry_of
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.lifecycle import (
    Action,
    AuthorisationStatus,
    WrongStep,
    allows,
    outcome,
)
from subscriptions.applications.models import (
    Application,
    Authorisation,
    Publication,
)
from subscriptions.licences import products_of
from subscriptions.locks import lock_application, lock_organisation, not_before_the_past_of
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    from collections.abc import Collection

    from customers.actors import Customer
    from customers.models import Person


class AlreadyRequested(Refusal):
    """There is an open or active authorisation of this application on this tenant."""

    sentence = _("This application was already requested for this tenant, or works there.")


class ConsentStillStands(Refusal):
    """Asking anew would throw away the consent that brings the application back by itself."""

    sentence = _(
        "This application comes back by itself as soon as the customer has the subscription it "
        "needs again. There is no need to ask for consent now."
    )


class TenantUnknown(Refusal):
    sentence = _("We know no tenant of this id where this contact works.")


class TooManyAsked(Refusal):
    sentence = _("That is as many customers as can be asked in 24 hours. Go on tomorrow.")


class TenantIsGone(Refusal):
    sentence = _("This tenant was deleted. Nothing can be let in there any more.")


class NotAnAppManager(Refusal):
    sentence = _("Only the vendor's app manager grants a custom application.")


class NotPublished(Refusal):
    """No version of it is published in the environment of the tenant (D3.4)."""

    sentence = _("This application is not published in the environment of that tenant yet.")


class WorksElsewhere(Refusal):
    """Its published version is not for tenants of this deployment."""

    sentence = _("This application does not work with tenants of this kind.")


class OverAlready(Refusal):
    sentence = _("The day until which it may work lies in the past.")


class CapabilitiesChanged(Refusal):
    """What was agreed to is not what it may do any more; nothing happened."""

    sentence = _("What this application may do has changed. Please read it again.")


@transaction.atomic
def request(
    application: Application,
    *,
    tenant: Tenant,
    contact_email: str = "",
    note: str = "",
    by_mail: bool = True,
    by: Customer,
    at: dt.datetime,
) -> Authorisation:
    """Ask the customer to let `application` in on `tenant`.

    A denied, expired or revoked authorisation is asked for anew on the same record, a
    deactivated one when its licence does not bring it back by itself any more. One whose time is
    over expires first, should no job have written that down. Not `by_mail` when who asks answers
    in the same transaction: then nobody has to decide.
    Raises TenantIsGone, ApplicationBlocked, NotPublished, WorksElsewhere, AlreadyRequested,
    ConsentStillStands.
    """
    lock_organisation(tenant.organisation_id)
    if Tenant.objects.filter(pk=tenant.pk, state=TenantState.DELETED).exists():
        raise TenantIsGone
    refuse_blocked(application)
    published = Publication.objects.published_in(tenant.environment, application)
    deployments = published.values_list("version__deployments", flat=True).first()
    if deployments is None:
        raise NotPublished
    if tenant.deployment not in deployments:
        raise WorksElsewhere
    earlier = Authorisation.objects.filter(application=application, tenant=tenant)
    expire_due_of(earlier, at=at)
    authorisation = earlier.first()
    if authorisation is None:
        authorisation = Authorisation(application=application, tenant=tenant)
    elif not allows(authorisation.status, Action.REQUEST):
        raise AlreadyRequested
    elif waits_for_its_licence(authorisation, at):
        raise ConsentStillStands
    forget_consent(authorisation)
    authorisation.status = AuthorisationStatus.REQUESTED
    authorisation.requested_by = answerable(by)
    authorisation.requested_at = at
    authorisation.note = note
    authorisation.contact_email = contact_email.lower()
    authorisation.closed_at = None
    authorisation.deactivation, authorisation.restore_until = "", None
    authorisation.reason = ""
    authorisation.save()
    _tell(authorisation, "requested", for_itself=True, by=by, at=at, reason=note)
    if by_mail:
        write_to_approvers([authorisation], "requested", at=at)
    return authorisation


def request_by_id(
    application: Application,
    *,
    identifier: str,
    environment: str,
    contact_email: str,
    note: str = "",
    by: Customer,
    at: dt.datetime,
) -> Authorisation:
    """Ask a customer that the developer knows from outside: by tenant id and a contact there.

    Raises TenantUnknown, also when the contact does not belong to the tenant's organisation:
    who tries ids learns nothing, and nobody is written to who is not a customer. TooManyAsked,
    of whom in 24 hours; of two at once one may be more. Else what `request` raises.
    """
    owner = application.owner
    asked = Authorisation.objects.filter(application__owner=owner).exclude(contact_email="")
    if asked.filter(requested_at__gt=at - DAY).count() >= limit_of(owner).in_a_day:
        raise TooManyAsked
    named = Tenant.objects.known_as(identifier, environment)
    tenant = named.first() or Tenant.objects.known_as("", serial_number=identifier).first()
    at_work = Membership.objects.filter(person__email__iexact=contact_email)
    if tenant is None or not at_work.filter(organisation=tenant.organisation_id).exists():
        raise TenantUnknown
    return request(application, tenant=tenant, contact_email=contact_email, note=note, by=by, at=at)


@transaction.atomic
def approve(
    authorisation: Authorisation,
    *,
    read: Collection[str] | None = None,
    valid_until: dt.datetime | None = None,
    by: Person,
    at: dt.datetime,
) -> Authorisation:
    """“I approve”: a tenant administrator lets a standard application in, in SOD any.

    On-premise it also needs Development Tools: without, it is kept DEACTIVATED and starts
    working when that licence does. `read` are the capabilities and scopes that the person saw;
    None: as they are now. Raises NotYoursToApprove, WrongStep, CapabilitiesChanged,
    ApplicationBlocked.
    """
    authorisation = locked(authorisation)
    if authorisation.needs_grant:
        raise WrongStep
    at = not_before_the_past_of(authorisation.tenant, at)
    after = outcome(status_at(authorisation, at), Action.APPROVE)
    _give_the_customers_yes(authorisation, read=read, valid_until=valid_until, by=by, at=at)
    was_stopped, waits_for = activate(authorisation, after, at=at)
    authorisation.save()
    _tell(authorisation, "approved", by=by, at=at)
    write_to_maker([authorisation], "approved", waits_for, ends_error=was_stopped, at=at)
    return authorisation


@transaction.atomic
def confirm(
    authorisation: Authorisation,
    *,
    read: Collection[str] | None = None,
    valid_until: dt.datetime | None = None,
    by: Person,
    at: dt.datetime,
) -> Authorisation:
    """The customer confirms a custom application; the app manager's grant comes next.

    `read` as for `approve`. Raises NotYoursToApprove, WrongStep, CapabilitiesChanged,
    ApplicationBlocked.
    """
    authorisation = locked(authorisation)
    if not authorisation.needs_grant:
        raise WrongStep
    after = outcome(status_at(authorisation, at), Action.CONFIRM)
    more = _give_the_customers_yes(authorisation, read=read, valid_until=valid_until, by=by, at=at)
    authorisation.status = after
    authorisation.save()
    _tell(authorisation, "confirmed", by=by, at=at, more=more)
    write_to_maker([authorisation], "confirmed", at=at)
    return authorisation


@transaction.atomic
def grant(authorisation: Authorisation, *, by: Person, at: dt.datetime) -> Authorisation:
    """The app manager's explicit consent to a custom application that the customer confirmed.

    Without a licence that it needs it is kept DEACTIVATED, and starts working when that does.
    Raises NotAnAppManager, WrongStep, ApplicationBlocked.
    """
    if not by.has_duty(Duty.APP_MANAGER):
        raise NotAnAppManager
    authorisation = locked(authorisation)
    lock_application(authorisation.application)
    refuse_blocked(authorisation.application)
    at = not_before_the_past_of(authorisation.tenant, at)
    after = outcome(status_at(authorisation, at), Action.GRANT)
    authorisation.granted_by = by
    authorisation.granted_at = at
    was_stopped, waits_for = activate(authorisation, after, at=at)
    authorisation.save()
    _tell(authorisation, "granted", by=by, at=at)
    write_to_approvers([authorisation], "granted", waits_for, at=at)
    write_to_maker([authorisation], "granted", waits_for, ends_error=was_stopped, at=at)
    return authorisation


@transaction.atomic
def deny(
    authorisation: Authorisation, *, reason: str = "", by: Person, at: dt.datetime
) -> Authorisation:
    """The customer, or for a confirmed custom application the app manager, says no.

    Raises NotYoursToApprove, WrongStep.
    """
    authorisation = locked(authorisation)
    refuse_outsiders(authorisation, by)
    _close(authorisation, Action.DENY, reason=reason, at=at)
    _tell(authorisation, "denied", by=by, at=at, reason=reason)
    write_to_approvers([authorisation], "denied", at=at)
    write_to_maker([authorisation], "denied", at=at)
    return authorisation


@transaction.atomic
def revoke(
    authorisation: Authorisation, *, reason: str, by: Customer, at: dt.datetime
) -> Authorisation:
    """Shut an application out again, at once. By the customer, its program or the app manager.

    Raises NotYoursToApprove, WrongStep.
    """
    authorisation = locked(authorisation)
    refuse_outsiders(authorisation, by)
    _close(authorisation, Action.REVOKE, reason=reason, at=at)
    _tell(authorisation, "revoked", by=by, at=at, reason=reason)
    write_to_approvers([authorisation], "revoked", at=at)
    write_to_maker([authorisation], "revoked", at=at)
    return authorisation


def locked(authorisation: Authorisation) -> Authorisation:
    """As it is now, with its names, after its organisation."""
    lock_organisation(authorisation.tenant.organisation_id)
    locked = Authorisation.objects.with_names().select_for_update(of=["self"])
    found: Authorisation = locked.get(pk=authorisation.pk)
    return found


def _give_the_customers_yes(
    authorisation: Authorisation,
    *,
    read: Collection[str] | None,
    valid_until: dt.datetime | None,
    by: Person,
    at: dt.datetime,
) -> list[str]:
    """Returns what is new in it, where it is asked for again."""
    refuse_the_yes_of_others(authorisation, by)
    lock_application(authorisation.application)
    refuse_blocked(authorisation.application)
    application, environment = authorisation.application_id, authorisation.tenant.environment
    wanted = Publication.objects.wanted_in(environment, applications=[application])[application]
    if read is not None and set(read) != {*wanted.capabilities, *wanted.scopes}:
        raise CapabilitiesChanged
    if valid_until is not None and valid_until <= at:
        raise OverAlready
    more = wanted.beyond(authorisation.agreed) if authorisation.confirmed_at else []
    authorisation.confirmed_by, authorisation.confirmed_at = by, at
    authorisation.agreed_capabilities, authorisation.agreed_scopes = wanted
    authorisation.valid_until = valid_until
    return more


def activate(
    authorisation: Authorisation, status: AuthorisationStatus, *, at: dt.datetime
) -> tuple[bool, dict[str, object]]:
    """Let it work on the object, or wait for the licence it lacks; the caller saves.

    Returns whether its makers had been told that it stopped, and for letters what it waits for.
    What does not work yet is noted as told: the letter says so, and another that it works.
    """
    was_stopped = authorisation.told_stopped_at is not None
    authorisation.status, authorisation.told_stopped_at = status, None
    needed = needed_by(authorisation)
    missing = needed - products_of(authorisation.tenant, at) if needed else needed
    if missing:
        authorisation.status = outcome(status, Action.DEACTIVATE)
        authorisation.deactivation = Authorisation.Deactivation.LICENCE_MISSING
        authorisation.closed_at = authorisation.told_stopped_at = at
        days = max(current_version(code).policy.restore_days for code in missing)
        authorisation.restore_until = at + dt.timedelta(days=days)
    elif (
        authorisation.tenant.state == TenantState.SUSPENDED or authorisation.application.is_blocked
    ):
        authorisation.told_stopped_at = at
    return was_stopped, {"missing": missing}


def _close(authorisation: Authorisation, action: Action, *, reason: str, at: dt.datetime) -> None:
    authorisation.status = outcome(status_at(authorisation, at), action)
    authorisation.closed_at = at
    authorisation.deactivation, authorisation.restore_until = "", None
    authorisation.reason = reason
    authorisation.save()
    cut_off([authorisation])


def _tell(
    authorisation: Authorisation,
    verb: str,
    *,
    for_itself: bool = False,
    by: Customer,
    at: dt.datetime,
    reason: str = "",
    more: Collection[str] = (),
) -> None:
    told = {"more": more} if more else {}
    entry = entry_of(
        authorisation, verb, by=by, at=at, for_itself=for_itself, reason=reason, details=told
    )
    record_many([entry])
    facts.tell([authorisation.tenant_id], at=at)
