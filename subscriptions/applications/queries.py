"""What pages about applications read: who works on one's tenants, and what one built oneself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Q

from customers.models import Organisation, PartnerAccess, Tenant, TenantState
from subscriptions.applications.approvers import elsewhere, has_a_say
from subscriptions.applications.availability import availabilities, needed_by, status_at
from subscriptions.applications.coming_back import can_do_more
from subscriptions.applications.lifecycle import ASKED, CLOSED, OVER, Action, allows
from subscriptions.applications.models import (
    Application,
    Authorisation,
    AuthorisationStatus,
    Credential,
)
from subscriptions.applications.scopes import asked_beyond
from subscriptions.applications.validity import may_change_end

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Person
    from customers.querysets import TenantQuerySet
    from subscriptions.applications.querysets import ApplicationQuerySet, AuthorisationQuerySet
    from subscriptions.applications.verdicts import Availability


@dataclass(frozen=True)
class Working:
    """An application on a tenant at an instant: consent, and whether it may be used."""

    authorisation: Authorisation
    availability: Availability
    needed: frozenset[str]  # the codes of the products it needs a licence of
    asks_for_more: bool  # scopes that the customer has not agreed to
    can_do_more: bool  # deactivated, with a capability that the customer has not agreed to


class Client(NamedTuple):
    """What an application is known by in events, and what people call it."""

    client_id: str
    application_id: int
    name: str
    owner: str


@dataclass(frozen=True)
class Decision:
    """What the person may do with an authorisation at its present step."""

    approve: bool  # "I approve": the last word
    confirm: bool  # the app manager grants after it
    deny: bool
    revoke: bool
    change_end: bool  # until when it is let in
    agree_more: bool  # to scopes that it asks for beside
    ask_again: bool
    let_in_again: bool  # without anybody asking, where it is on offer
    on_both_sides: bool  # so that somebody else has to say yes

    @property
    def any(self) -> bool:
        return self.approve or self.confirm or self.deny or self.revoke


def authorisations_of(organisation: Organisation) -> AuthorisationQuerySet:
    """On its own tenants, whoever built the application."""
    return Authorisation.objects.of(organisation).with_names()


def authorisations_seen_by(
    organisation: Organisation, *, by_partner: bool = False
) -> AuthorisationQuerySet:
    """On its own tenants, and elsewhere of the applications it built.

    `by_partner`, for whoever it let in: where others let its applications in is not for them.
    """
    if by_partner:
        return authorisations_of(organisation)
    seen = Q(tenant__organisation=organisation) | Q(application__owner=organisation)
    return Authorisation.objects.filter(seen).with_names()


def authorisations_reached_by(organisation: Organisation) -> AuthorisationQuerySet:
    """For its programs: as `authorisations_seen_by`, for the customers that let it in as well."""
    reached = Organisation.objects.reached_by(organisation)
    seen = Q(tenant__organisation__in=reached) | Q(application__owner=organisation)
    return Authorisation.objects.filter(seen).with_names()


def applications_reached_by(organisation: Organisation) -> ApplicationQuerySet:
    """For its programs: as `applications_seen_by`, for the customers that let it in as well."""
    reached = Organisation.objects.reached_by(organisation)
    seen = Q(owner__in=reached) | Q(authorisations__tenant__organisation__in=reached)
    return Application.objects.filter(seen).select_related("owner").distinct()


def tenants_let_in(
    application_id: int, tenant_ids: Iterable[int], at: dt.datetime
) -> frozenset[int]:
    """Ids of those of the tenants on which the application may be used at `at`."""
    active = Authorisation.objects.in_status(AuthorisationStatus.ACTIVE)
    found = active.filter(application=application_id, tenant__in=list(tenant_ids))
    found = found.select_related("application", "tenant")
    available = availabilities(found, at)
    return frozenset(each.tenant_id for each in found if available[each.pk].available)


def working_on_tenants(
    organisation: Organisation,
    *,
    at: dt.datetime,
    tenant_id: int | None = None,
) -> list[Working]:
    """Every application that asked for, works on or worked on its tenants, by name."""
    return working(authorisations_listed(organisation, tenant_id=tenant_id), at)


def authorisations_listed(
    organisation: Organisation, *, status: str = "", tenant_id: int | None = None
) -> AuthorisationQuerySet:
    """On its own tenants, by name of the application."""
    found = authorisations_of(organisation).order_by("application__name", "tenant__name", "pk")
    if status:
        found = found.filter(status=status)
    if tenant_id:
        found = found.filter(tenant=tenant_id)
    return found


def working(authorisations: Iterable[Authorisation], at: dt.datetime) -> list[Working]:
    """The same authorisations with their availability at `at`; load them `with_names()`."""
    authorisations = list(authorisations)
    available = availabilities(authorisations, at)
    asking, more = asked_beyond(authorisations), can_do_more(authorisations)
    return [
        Working(a, available[a.pk], needed_by(a), a.pk in asking, a.pk in more)
        for a in authorisations
    ]


def registered_by(organisation: Organisation) -> ApplicationQuerySet:
    """The applications it built, by name, with on how many tenants each is `active` and how many
    it is `waiting` for.
    """
    waiting = (*ASKED, AuthorisationStatus.CONFIRMED)
    built = Application.objects.filter(owner=organisation).annotate(
        active=Count("authorisations", filter=Q(authorisations__status=AuthorisationStatus.ACTIVE)),
        waiting=Count("authorisations", filter=Q(authorisations__status__in=waiting)),
    )
    return built.order_by("name", "pk")


def applications_seen_by(organisation: Organisation) -> ApplicationQuerySet:
    """Those it built, and those that asked for, work or worked on its tenants."""
    seen = Q(owner=organisation) | Q(authorisations__tenant__organisation=organisation)
    return Application.objects.filter(seen).select_related("owner").distinct()


def authorisations_shown(
    application: Application, organisation: Organisation, *, by_partner: bool
) -> AuthorisationQuerySet:
    """All of them to whoever built it; to a customer, or its partner, those on its own tenants."""
    found = authorisations_seen_by(organisation, by_partner=by_partner)
    found = found.filter(application=application)
    return found.order_by("tenant__organisation__name", "tenant__name", "pk")


def asked_before(
    application: Application, organisation: Organisation, named: str | None, *, by_partner: bool
) -> Authorisation | None:
    """The authorisation of that id, of those that `authorisations_shown` shows."""
    if not (named and named.isascii() and named.isdecimal() and len(named) < 19):
        return None
    shown = authorisations_shown(application, organisation, by_partner=by_partner)
    return shown.filter(pk=int(named)).first()


def tenants_open_to(application: Application, organisation: Organisation) -> TenantQuerySet:
    """Where `organisation` may ask for the application, and it is not asked for yet."""
    taken = application.authorisations.exclude(status__in=CLOSED).values("tenant")
    tenants = tenants_within_reach(application, organisation).exclude(pk__in=taken)
    tenants = tenants.exclude(state=TenantState.DELETED)
    return tenants.order_by("organisation__name", "name", "pk")


def tenants_within_reach(application: Application, organisation: Organisation) -> TenantQuerySet:
    """Its own tenants; when it built the application also those of customers that let it in."""
    reach = Q(organisation=organisation)
    if application.owner_id == organisation.pk:
        let_in = PartnerAccess.objects.live().filter(partner=organisation).values("customer")
        reach |= Q(organisation__in=let_in)
    return Tenant.objects.filter(reach).select_related("organisation")


def decision_of(authorisation: Authorisation, person: Person, at: dt.datetime) -> Decision:
    """What `person` may decide, as a customer; the app manager decides in the back office."""
    status = status_at(authorisation, at)
    entitled = has_a_say(authorisation.tenant, person)
    blocked = authorisation.application.is_blocked
    beside = elsewhere(person, authorisation.tenant.organisation)
    on_both_sides = entitled and beside.stands_against(authorisation)
    says_yes = entitled and not (blocked or on_both_sides)
    asked = says_yes and status in ASKED
    is_over = authorisation.status in OVER
    may_change = entitled and may_change_end(authorisation, at)
    return Decision(
        approve=asked and not authorisation.needs_grant,
        confirm=asked and authorisation.needs_grant,
        deny=entitled and allows(status, Action.DENY),
        revoke=entitled and allows(status, Action.REVOKE),
        change_end=may_change,
        agree_more=says_yes and may_change,
        ask_again=is_over and not blocked,
        let_in_again=says_yes and is_over,
        on_both_sides=on_both_sides,
    )


def clients_on_tenants(organisation: Organisation) -> list[Client]:
    """The client ids that the applications on its tenants report under."""
    theirs = Application.objects.filter(authorisations__tenant__organisation=organisation)
    clients = Credential.objects.filter(application__in=theirs).order_by()
    found = clients.values_list(
        "client_id", "application_id", "application__name", "application__owner__name"
    )
    return [Client(*each) for each in found]
