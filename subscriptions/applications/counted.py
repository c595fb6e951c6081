"""Of an organisation's applications: how many work now, and which ask for attention.

Counted by the database, for who has thousands. The rule is `judge` in `verdicts.py`; a test
holds the two together.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, Exists, OuterRef, Q, Value, When

from catalog.models import ProductVersion
from customers.models import Deployment, Environment, TenantState
from customers.models.tenants import RUNNING_STATES
from subscriptions.applications.availability import FOR_APPLICATIONS
from subscriptions.applications.coming_back import (
    waiting_for_orders,
    waiting_for_their_licences,
)
from subscriptions.applications.models import (
    ApplicationKind,
    Authorisation,
    AuthorisationStatus,
    Publication,
)
from subscriptions.applications.queries import Working, authorisations_of, working
from subscriptions.applications.verdicts import MIRRORING, products_needed
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription, Suspension

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.models import Organisation
    from subscriptions.applications.querysets import AuthorisationQuerySet, PublicationQuerySet
    from subscriptions.querysets import SubscriptionQuerySet

_S = AuthorisationStatus


@dataclass(frozen=True)
class Asking:
    """What asks for attention: the gravest, and how many there are of it altogether."""

    shown: list[Working]
    waiting: frozenset[int]  # ids of those that their licence's return brings back by itself
    ordered: frozenset[int]  # and of those that come back once an order is confirmed
    total: int


def working_count(organisation: Organisation, *, at: dt.datetime) -> int:
    """How many applications may be used on its tenants at `at`; a constant number of queries."""
    let_in = authorisations_of(organisation).filter(
        Q(valid_until=None) | Q(valid_until__gt=at), status=_S.ACTIVE
    )
    there = let_in.exclude(tenant__state=TenantState.DELETED).filter(_is_running())
    plans = _given_by_plans()
    return there.filter(*(_is_licensed(code, at, plans) for code in FOR_APPLICATIONS)).count()


def asking(organisation: Organisation, *, at: dt.datetime, most: int) -> Asking:
    """What waits for the customer, asks to do more or was deactivated, at most so many of it."""
    found = authorisations_of(organisation).filter(
        Q(status__in=[_S.REQUESTED, _S.NEEDS_REAPPROVAL, _S.DEACTIVATED])
        | Q(Exists(_asks_for_more()), status__in=[_S.ACTIVE, _S.CONFIRMED])
    )
    shown = working(_gravest_first(found, at)[:most], at)
    theirs = [each.authorisation for each in shown]
    return Asking(
        shown,
        waiting=frozenset(each.pk for each in waiting_for_their_licences(theirs, at)),
        ordered=frozenset(each.pk for each in waiting_for_orders(theirs, at)),
        total=found.count(),
    )


def _gravest_first(found: AuthorisationQuerySet, at: dt.datetime) -> AuthorisationQuerySet:
    """What waits for a yes, what a licence brings back, what goes on meanwhile, what is over."""
    let_in = Q(valid_until=None) | Q(valid_until__gt=at)
    plans = _given_by_plans()
    waits = _waits_for_what_is_suspended(at, plans) | _is_ordered(at, plans)
    comes_back = (Q(restore_until__gte=at) | waits) & ~Q(Exists(_can_do_more()))
    turn = Case(
        When(status=_S.NEEDS_REAPPROVAL, then=Value(0)),
        When(status=_S.REQUESTED, then=Value(1)),
        When(let_in & comes_back, status=_S.DEACTIVATED, then=Value(2)),
        When(status=_S.DEACTIVATED, then=Value(4)),
        default=Value(3),
    )
    return found.order_by(turn, "application__name", "tenant__name", "pk")


def _is_ordered(at: dt.datetime, plans: Mapping[str, Q]) -> Q:
    """As `waiting_for_orders`: all that it misses in time, and nothing that it needs too late."""
    misses, has_all = Q(pk__in=[]), Q()
    for code in FOR_APPLICATIONS:
        ordered = Subscription.objects.live_at(at).filter(
            tenant=OuterRef("tenant"), product__code=code
        )
        in_time = ordered.filter(
            status=Status.REQUESTED, requested_at__lte=OuterRef("restore_until")
        )
        too_late = ordered.filter(requested_at__gt=OuterRef("restore_until"))
        licensed = _is_licensed(code, at, plans)
        misses |= ~licensed
        has_all &= (licensed | Q(Exists(in_time))) & ~(_needs(code) & Q(Exists(too_late)))
    return misses & has_all


def _waits_for_what_is_suspended(at: dt.datetime, plans: Mapping[str, Q]) -> Q:
    """As `comes_back`: it was agreed to while a licence that it misses was suspended."""
    found = Q(pk__in=[])
    for code in FOR_APPLICATIONS:
        suspended = Suspension.objects.filter(
            subscription__tenant=OuterRef("tenant"),
            subscription__product__code=code,
            subscription__status=Status.SUSPENDED,
            suspended_at__lte=OuterRef("closed_at"),
            resumed_at=None,
        )
        found |= Q(Exists(suspended)) & ~_is_licensed(code, at, plans)
    return found & Q(deactivation=Authorisation.Deactivation.LICENCE_MISSING)


def _is_running() -> Q:
    """As `Tenant.is_running`."""
    return Q(tenant__deployment=Deployment.ON_PREMISE) | Q(tenant__state__in=RUNNING_STATES)


def _is_licensed(code: str, at: dt.datetime, plans: Mapping[str, Q]) -> Q:
    """It needs no licence of this product, or the tenant has one."""
    given = plans.get(code, Q(pk__in=[]))
    return ~_needs(code) | given | Q(Exists(_subscribed(code, at)))


def _needs(code: str) -> Q:
    """What `products_needed` says, case by case."""
    mirrors = Q(agreed_capabilities__contains=[MIRRORING])
    found = Q(pk__in=[])
    for kind, where, environment in itertools.product(ApplicationKind, Deployment, Environment):
        case = Q(application__kind=kind, tenant__deployment=where, tenant__environment=environment)
        if code in products_needed(kind, where, environment, ()):
            found |= case
        elif code in products_needed(kind, where, environment, (MIRRORING,)):
            found |= case & mirrors
    return found


def _given_by_plans() -> dict[str, Q]:
    """By product, which tenants have it by their CRM Suite plan, as it is sold today; one query."""
    sold = ProductVersion.objects.filter(product__code__in=FOR_APPLICATIONS).current()
    return {
        each.product.code: Q(
            tenant__crm_suite_plan__in=each.included_in_plans,
            tenant__deployment__in=each.deployments,
        )
        for each in sold.select_related("product")
    }


def _subscribed(code: str, at: dt.datetime) -> SubscriptionQuerySet:
    """To the product, by the tenant or its organisation, and not suspended at `at`."""
    suspended = Suspension.objects.filter(
        Q(resumed_at=None) | Q(resumed_at__gt=at),
        subscription=OuterRef("pk"),
        suspended_at__lte=at,
    )
    serving = Q(tenant=OuterRef("tenant")) | Q(
        tenant=None, organisation=OuterRef("tenant__organisation")
    )
    return Subscription.objects.in_force_at(at).filter(
        serving,
        ~Exists(suspended),
        product__code=code,
        product_version__deployments__contains=[OuterRef("tenant__deployment")],
    )


def _asks_for_more() -> PublicationQuerySet:
    """What is published for where it is asks for scopes that the customer has not agreed to."""
    return _published_there().exclude(version__scopes__contained_by=OuterRef("agreed_scopes"))


def _can_do_more() -> PublicationQuerySet:
    """The same of capabilities, as `can_do_more`."""
    agreed = OuterRef("agreed_capabilities")
    return _published_there().exclude(version__capabilities__contained_by=agreed)


def _published_there() -> PublicationQuerySet:
    return Publication.objects.published().filter(
        application=OuterRef("application"), environment=OuterRef("tenant__environment")
    )
