"""What pages about subscriptions read. Frozen dataclasses; every read takes the instant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.eligibility import Holdings, Scope, why_not
from catalog.queries import NotForSale, current_version, price_for, seller_for
from customers.models import Membership, Person, Tenant
from customers.snapshots import in_batches
from subscriptions.applications.availability import FOR_APPLICATIONS, needed_by
from subscriptions.applications.coming_back import can_do_more, comes_back
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.applications.queries import working
from subscriptions.eligibility import deployments_of, facts_of, refusals
from subscriptions.licences import licences_of
from subscriptions.lifecycle import LIVE, Action, Status, allows
from subscriptions.models import Subscription, Suspension
from subscriptions.operations.orders import status_at
from subscriptions.periods import local_day
from subscriptions.prices import Priced, priced

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from catalog.eligibility import Refusal
    from catalog.models import PriceVersion, ProductVersion
    from catalog.money import Money
    from customers.models import Organisation
    from subscriptions.applications.queries import Working
    from subscriptions.prices import Position
    from subscriptions.querysets import SubscriptionQuerySet


@dataclass(frozen=True)
class Held:
    """A subscription as it is at an instant: its status by its times, its price, its users."""

    subscription: Subscription
    status: Status
    priced: Priced
    applications: int = 0  # that live on it

    @property
    def positions(self) -> tuple[Position, ...]:
        return self.priced.positions

    @property
    def per_month(self) -> Money:
        return self.priced.per_month

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_ending(self) -> bool:
        """Cancelled, and still there."""
        return self.is_live and self.subscription.ends_at is not None

    @property
    def is_counted(self) -> bool:
        """Whether the customer says how many of something."""
        components = self.subscription.price_version.components.all()
        return any(component.is_counted for component in components)

    def allows(self, action: Action) -> bool:
        """By status and dates: a planned end can only be withdrawn, none cannot."""
        if action is Action.WITHDRAW_CANCELLATION and not self.is_ending:
            return False
        if action is Action.CHANGE_QUANTITY and not self.is_counted:
            return False
        return allows(self.status, action)


@dataclass(frozen=True)
class Place:
    """A tenant (or none: the whole organisation), and what stands in the way of an order there."""

    tenant: Tenant | None
    refusals: tuple[Refusal, ...]
    subscription_id: int | None = None  # the live one of this product that is there already

    @property
    def can_order(self) -> bool:
        return not self.refusals


@dataclass(frozen=True)
class Offer:
    """What would be sold to an organisation today: version, price, and where it can be had."""

    version: ProductVersion
    price: PriceVersion | None  # None: no price in the organisation's currency
    zone: ZoneInfo
    places: tuple[Place, ...]

    @property
    def for_organisation(self) -> bool:
        return self.version.scope == Scope.ORGANISATION


@dataclass(frozen=True)
class Gains:
    """What an order brings to a place beyond what is there."""

    capabilities: tuple[str, ...]
    back_unasked: tuple[Authorisation, ...]
    asked_again: tuple[Authorisation, ...]


def subscriptions_of(organisation: Organisation) -> SubscriptionQuerySet:
    """Every subscription it has or had, with names and prices."""
    return Subscription.objects.of(organisation).with_names().with_price().with_terms()


def subscriptions_reached_by(organisation: Organisation) -> SubscriptionQuerySet:
    """For its programs: its own, and those of customers that let it in as their partner."""
    return Subscription.objects.reached_by(organisation).with_names().with_price().with_terms()


def held_all(subscriptions: Iterable[Subscription], at: dt.datetime) -> list[Held]:
    """The same subscriptions as they are at `at`, in their order; load them with prices."""
    return _held(subscriptions, at)


def held(subscription: Subscription, at: dt.datetime) -> Held:
    return _held([subscription], at)[0]


def held_of(subscriptions: SubscriptionQuerySet, at: dt.datetime) -> Iterator[Held]:
    """The same for a list of any length, so many at a time."""
    return in_batches(subscriptions, lambda rows: _held(rows, at))


def subscription_list(
    organisation: Organisation,
    *,
    at: dt.datetime,
    status: str = "",
    tenant_id: int | None = None,
    product_code: str = "",
) -> SubscriptionQuerySet:
    """Its subscriptions, what works first; `status` is the one by times.

    It may also be "ending": cancelled, still there, and then no longer called active.
    """
    found = subscriptions_of(organisation).narrowed(tenant_id=tenant_id, product_code=product_code)
    return _in_status(found, status, at).what_works_first(at)


def live_subscriptions(organisation: Organisation, *, at: dt.datetime) -> SubscriptionQuerySet:
    """Those that have not ended and that nobody has refused or taken back, what works first."""
    return subscriptions_of(organisation).live_at(at).what_works_first(at)


def products_had(organisation: Organisation, language: str) -> list[tuple[str, str]]:
    """Code and name of every product it has or had a subscription of, for the filter."""
    newest = Subscription.objects.of(organisation).order_by("product", "-pk").distinct("product")
    names = {s.product.code: s.product_version.name_in(language) for s in newest.with_names()}
    return sorted(names.items(), key=lambda item: item[1])


def tenants_for_filter(organisation: Organisation) -> list[Tenant]:
    return list(Tenant.objects.of(organisation).order_by("name", "pk"))


def zone_of(organisation: Organisation) -> ZoneInfo:
    """The zone in which its days and months begin: its seller's."""
    return seller_for(organisation.country).zone


def applications_on(subscription: Subscription, at: dt.datetime) -> list[Working]:
    """The applications that need this very licence, whatever has become of them."""
    tenant, code = subscription.tenant, subscription.product.code
    if tenant is None or code not in FOR_APPLICATIONS:
        return []
    found = Authorisation.objects.on(tenant).with_names().order_by("application__name", "pk")
    return [each for each in working(found, at) if code in each.needed]


def open_suspension(suspensions: Iterable[Suspension]) -> Suspension | None:
    """Of those of one subscription: at most one."""
    return next((each for each in suspensions if each.resumed_at is None), None)


def owners_of(organisation: Organisation) -> list[Person]:
    """Who gets a letter about its subscriptions."""
    owners = Membership.objects.of(organisation).owners().reachable()
    return [membership.person for membership in owners.order_by("person__name", "pk")]


def offer(organisation: Organisation, product_code: str, *, at: dt.datetime) -> Offer:
    """What the product is and costs today, and for each place why it can or cannot be had there.

    A constant number of queries, however many tenants. Raises NotForSale for an unknown product.
    """
    version = current_version(product_code)
    zone = zone_of(organisation)
    return Offer(
        version=version,
        price=_price(version, organisation, local_day(at, zone)),
        zone=zone,
        places=tuple(_places(version, organisation, at)),
    )


def live_at_place(
    organisation: Organisation, product_code: str, tenant: Tenant | None, *, at: dt.datetime
) -> Subscription | None:
    """The one live subscription of the product there; the database allows no second."""
    live = subscriptions_of(organisation).live_at(at)
    return live.filter(product__code=product_code, tenant=tenant).first()


def gains(version: ProductVersion, tenant: Tenant | None, at: dt.datetime) -> Gains:
    """What becomes available on `tenant` when `version` starts there at `at`."""
    own = tuple(version.capabilities)
    if tenant is None:
        return Gains(own, (), ())
    licences = licences_of([tenant], at)[tenant.pk]
    had = {capability for licence in licences for capability in licence.capabilities}
    licensed = {version.product.code, *(licence.product_code for licence in licences)}
    waiting: list[Authorisation] = []
    if version.product.code in FOR_APPLICATIONS:
        off = Authorisation.objects.on(tenant).filter(status=AuthorisationStatus.DEACTIVATED)
        off = off.with_names().order_by("application__name", "pk")
        waiting = [each for each in off if needed_by(each) <= licensed]
    more = can_do_more(waiting)
    back = [each for each in waiting if comes_back(each, at=at) and each.pk not in more]
    return Gains(
        capabilities=tuple(code for code in own if code not in had),
        back_unasked=tuple(back),
        asked_again=tuple(each for each in waiting if each not in back),
    )


def had_again(subscription: Subscription, at: dt.datetime) -> Gains | None:
    """What an ended one would bring if it were ordered for the same place now; None where it
    cannot be, or is there anew.
    """
    tenant = subscription.tenant
    if status_at(subscription, at) != Status.ENDED:
        return None
    try:
        version = current_version(subscription.product.code)
    except NotForSale:
        return None
    is_elsewhere = (version.scope == Scope.ORGANISATION) != (tenant is None)
    organisation = subscription.organisation
    if is_elsewhere or refusals(version, organisation=organisation, tenant=tenant, at=at):
        return None
    return gains(version, tenant, at)


def _held(subscriptions: Iterable[Subscription], at: dt.datetime) -> list[Held]:
    subscriptions = list(subscriptions)
    counts = _applications_living_on(subscriptions)
    return [
        Held(
            subscription=each.subscription,
            status=status_at(each.subscription, at),
            priced=each,
            applications=counts[each.subscription.tenant_id, each.subscription.product.code]
            if status_at(each.subscription, at) in LIVE
            else 0,
        )
        for each in priced(subscriptions, at)
    ]


def _applications_living_on(
    subscriptions: Iterable[Subscription],
) -> Counter[tuple[int | None, str]]:
    """How many authorised applications live on a product, by tenant id and its code."""
    tenants = {s.tenant_id: s.tenant for s in subscriptions if s.tenant}
    found = Authorisation.objects.filter(
        tenant__in=tenants, status=AuthorisationStatus.ACTIVE
    ).select_related("application")
    counts: Counter[tuple[int | None, str]] = Counter()
    for authorisation in found:
        authorisation.tenant = tenants[authorisation.tenant_id]
        counts.update((authorisation.tenant_id, code) for code in needed_by(authorisation))
    return counts


def _in_status(found: SubscriptionQuerySet, status: str, at: dt.datetime) -> SubscriptionQuerySet:
    if not status:
        return found
    if status == "ending":
        return found.ending_at(at)
    if status == Status.ACTIVE:
        return found.in_status_at(Status.ACTIVE, at).filter(ends_at__isnull=True)
    return found.in_status_at(Status(status), at)


def _price(version: ProductVersion, organisation: Organisation, on: dt.date) -> PriceVersion | None:
    try:
        return price_for(version.product, organisation.currency, on=on)
    except NotForSale:
        return None


def _places(
    version: ProductVersion, organisation: Organisation, at: dt.datetime
) -> Iterable[Place]:
    tenants = tenants_for_filter(organisation)
    deployments = deployments_of(tenants)
    live = Subscription.objects.of(organisation).live_at(at).select_related("product")
    had: dict[int | None, dict[str, int]] = {}
    for subscription in live:
        at_place = had.setdefault(subscription.tenant_id, {})
        at_place[subscription.product.code] = subscription.pk
    licences = licences_of(tenants, at)
    places: list[Tenant | None] = [*tenants]
    if version.scope == Scope.ORGANISATION:
        places = [None]
    for tenant in places:
        subscribed = had.get(tenant.pk if tenant else None, {})
        licensed = licences[tenant.pk] if tenant else ()
        holdings = Holdings(
            subscribed=frozenset(subscribed),
            licensed=frozenset(licence.product_code for licence in licensed),
            deployments=deployments,
        )
        reasons = why_not(version.facts, facts_of(tenant) if tenant else None, holdings)
        yield Place(tenant, tuple(reasons), subscribed.get(version.product.code))
