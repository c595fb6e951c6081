"""Ordering: subscribe, and the vendor's confirmation where a product asks for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.queries import current_version, next_steps, price_for, seller_for
from customers.actors import answerable
from customers.refusals import Refusal
from subscriptions import eligibility
from subscriptions.applications.deactivation import restore_licensed
from subscriptions.lifecycle import Action, Status, outcome
from subscriptions.locks import lock_organisation, lock_subscription, not_before_its_past
from subscriptions.models import Quantity, Subscription
from subscriptions.operations import endings, sandboxes, terms
from subscriptions.periods import first_day_free, local_day
from subscriptions.provisioning import facts
from subscriptions.telling import tell, write_about_order

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from catalog.models import PriceVersion, ProductVersion
    from customers.actors import Customer
    from customers.asked import Asked
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.operations.terms import Acceptance


class NotEligible(Refusal):
    """The product cannot be had here; `refusals` says why and what to do about it."""

    sentence = _("This product cannot be ordered here.")

    def __init__(self, refusals: list[eligibility.Refusal]) -> None:
        super().__init__(refusals)
        self.refusals = refusals


class OfferChanged(Refusal):
    """The price is not the one that the person agreed to."""

    sentence = _("The price has changed since you saw it. Please look at the new price.")


class WrongQuantities(Refusal):
    """A component that the price does not know, or no quantity at all."""

    sentence = _("Choose how many users you need: at least one, in whole numbers.")


class NotTheirTenant(Refusal):
    """The tenant belongs to another organisation than the one that orders."""

    sentence = _("This tenant does not belong to your organisation.")


@dataclass(frozen=True, kw_only=True)
class Orderable:
    """What would be sold: version, price, and the quantity of every component."""

    version: ProductVersion
    price: PriceVersion
    quantities: dict[str, int]
    zone: ZoneInfo  # in which its days begin


@transaction.atomic
def subscribe(
    organisation: Organisation,
    *,
    product_code: str,
    tenant: Tenant | None = None,
    quantities: Mapping[str, int] | None = None,
    agreed_price: int | None = None,
    acceptance: Acceptance | None = None,
    asked: Asked | None = None,
    by: Customer,
    at: dt.datetime,
) -> Subscription:
    """Order a product for a tenant, or for the whole organisation when it is licensed so.

    It starts at once (ACTIVE, licence from `at`, applications that were waiting for it come
    back), or waits for the vendor's confirmation where the product's policy says so
    (REQUESTED). `quantities` counts users per price component; flat components need none.
    `agreed_price` is the id of the price version that the person saw, `acceptance` of the
    supplementary terms that the product has. `asked`: for whom of the customer staff order it.

    Raises NotEligible, OfferChanged, WrongQuantities, NotTheirTenant, NotForSale,
    TermsNotAccepted, TermsChanged.
    """
    if tenant and tenant.organisation_id != organisation.pk:
        raise NotTheirTenant
    organisation = lock_organisation(organisation.pk)
    endings.end_due_of(organisation, at=at)
    # As it is now: its state may have changed since it was read.
    tenant = organisation.tenants.get(pk=tenant.pk) if tenant else None
    order = orderable(
        organisation,
        product_code=product_code,
        tenant=tenant,
        quantities=quantities or {},
        agreed_price=agreed_price,
        at=at,
    )
    accepted = terms.check(order.version, acceptance)

    subscription = _requested(organisation, tenant, order, accepted, by=by, at=at)
    tell(
        subscription,
        "requested",
        by=by,
        at=at,
        details={"quantities": dict(quantities or {})} | (accepted.details if accepted else {}),
        asked=asked,
    )
    if order.version.policy.needs_confirmation:
        told = {"asked": asked, "terms": terms.accepted_with(subscription)}
        write_about_order(subscription, "requested", context=told, at=at)
        return subscription
    return _start(subscription, by=by, at=at, zone=order.zone, asked=asked)


def _requested(
    organisation: Organisation,
    tenant: Tenant | None,
    order: Orderable,
    accepted: Acceptance | None,
    *,
    by: Customer,
    at: dt.datetime,
) -> Subscription:
    """The rows of an order: what is asked for, how much of it, and on which terms."""
    subscription = Subscription.objects.create(
        organisation=organisation,
        tenant=tenant,
        product=order.version.product,
        product_version=order.version,
        price_version=order.price,
        status=Status.REQUESTED,
        ordered_by=answerable(by),
        requested_at=at,
    )
    set_quantities(subscription, order.quantities, at=at)
    if accepted:
        terms.keep(subscription, accepted, by=by, at=at)
    return subscription


def orderable(
    organisation: Organisation,
    *,
    product_code: str,
    tenant: Tenant | None,
    quantities: Mapping[str, int],
    agreed_price: int | None = None,
    at: dt.datetime,
) -> Orderable:
    """What an order at `at` would be, refused as `subscribe` refuses it. Changes nothing.

    Raises NotEligible, OfferChanged, WrongQuantities, NotForSale.
    """
    version = current_version(product_code)
    zone = seller_for(organisation.country).zone
    price = price_for(version.product, organisation.currency, on=local_day(at, zone))
    if agreed_price not in (None, price.pk):
        raise OfferChanged
    refusals = eligibility.refusals(version, organisation=organisation, tenant=tenant, at=at)
    if refusals:
        raise NotEligible(refusals)
    return Orderable(
        version=version, price=price, quantities=whole_order(price, quantities), zone=zone
    )


@transaction.atomic
def confirm(
    subscription: Subscription,
    *,
    set_up: sandboxes.SetUp | None = None,
    by: Person,
    at: dt.datetime,
) -> Subscription:
    """The vendor's yes to a requested order: it starts at `at`.

    Applications come back that would have when it was ordered.

    Where a tenant comes with the product, `set_up` is the one that the platform has made; the
    organisation has it from `at` on. One that is there already is used again.

    Raises NotAllowedNow when it is not waiting any more, TermsNotAccepted when its product asks
    for supplementary terms that nobody has accepted, NotEligible when meanwhile
    something stands in its way (the tenant was suspended, say), and what
    `sandboxes.provide` raises.
    """
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    outcome(Status(subscription.status), Action.CONFIRM)
    if terms.are_lacking(subscription):
        raise terms.TermsNotAccepted
    refusals = eligibility.refusals(
        subscription.product_version,
        organisation=subscription.organisation,
        tenant=subscription.tenant,
        at=at,
        without=subscription,
    )
    if refusals:
        raise NotEligible(refusals)
    if subscription.product_version.makes_tenant:
        users = quantities_at(subscription, at)
        sandboxes.provide(subscription, set_up, users=users, by=by, at=at)
    zone = seller_for(subscription.organisation.country).zone
    return _start(subscription, by=by, at=at, zone=zone)


@transaction.atomic
def reject(subscription: Subscription, *, reason: str, by: Person, at: dt.datetime) -> Subscription:
    """The vendor's no to a requested order. Raises NotAllowedNow."""
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    subscription.status = outcome(Status(subscription.status), Action.REJECT)
    subscription.save(update_fields=["status"])
    tell(subscription, "rejected", by=by, at=at, reason=reason)
    write_about_order(
        subscription,
        "rejected",
        context={"reason": reason},
        at=at,
    )
    return subscription


@transaction.atomic
def withdraw(
    subscription: Subscription, *, asked: Asked | None = None, by: Customer, at: dt.datetime
) -> Subscription:
    """The customer takes a requested order back, or staff when it `asked`. Raises NotAllowedNow."""
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    subscription.status = outcome(Status(subscription.status), Action.WITHDRAW)
    subscription.save(update_fields=["status"])
    tell(subscription, "withdrawn", by=by, at=at, asked=asked)
    write_about_order(subscription, "withdrawn", context={"asked": asked}, at=at)
    return subscription


def quantities_at(subscription: Subscription, at: dt.datetime) -> dict[str, int]:
    """The quantity per component in force at `at`."""
    in_force: dict[str, int] = {}
    for row in subscription.quantities.all():  # oldest first
        if row.effective_at <= at:
            in_force[row.component] = row.quantity
    return in_force


def status_at(subscription: Subscription, at: dt.datetime) -> Status:
    """Its status by its times: ENDED from `ends_at` on, even before the job has written that."""
    status = Status(subscription.status)
    over = subscription.ends_at is not None and subscription.ends_at <= at
    return Status.ENDED if over and status in (Status.ACTIVE, Status.SUSPENDED) else status


def _start(
    subscription: Subscription,
    *,
    by: Customer,
    at: dt.datetime,
    zone: ZoneInfo,
    asked: Asked | None = None,
) -> Subscription:
    subscription.status = outcome(Status(subscription.status), Action.CONFIRM)
    subscription.starts_at = at
    subscription.charged_from = _first_day_charged(subscription, at, zone)
    subscription.save(update_fields=["status", "starts_at", "charged_from"])
    tell(subscription, "started", by=by, at=at)
    restored: list[Authorisation] = []
    asking: list[Authorisation] = []
    if subscription.tenant:
        restored, asking = restore_licensed(subscription.tenant, by_order=True, by=by, at=at)
    write_about_order(
        subscription,
        "started",
        context={
            "restored": restored,
            "asking": asking,
            "sandbox": sandboxes.sandbox_of(subscription),
            "asked": asked,
            "terms": terms.accepted_with(subscription),
        },
        told_in=lambda language: {"next_steps": next_steps(subscription.product, language)},
        at=at,
    )
    facts.tell_place_of(subscription, at=at)
    return subscription


def _first_day_charged(subscription: Subscription, at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Today, unless an earlier subscription of the same has charged today already."""
    earlier = (
        Subscription.objects.same_place_as(subscription)
        .filter(status=Status.ENDED)
        .values_list("ends_at", flat=True)
    )
    free_from = [first_day_free(ends_at, zone) for ends_at in earlier if ends_at]
    return max([local_day(at, zone), *free_from])


def whole_order(price: PriceVersion, quantities: Mapping[str, int]) -> dict[str, int]:
    """The quantity of every component: 1 of what is flat, what was asked of the rest.

    What is asked of something flat counts for nothing. Raises WrongQuantities.
    """
    components = {component.code: component for component in price.components.all()}
    counted = {code for code, component in components.items() if component.is_counted}
    asked = {code: number for code, number in quantities.items() if code in counted}
    unknown = set(quantities) - set(components)
    if unknown or any(number < 0 for number in asked.values()):
        raise WrongQuantities
    if counted and not sum(asked.values()):
        raise WrongQuantities
    return {code: asked.get(code, 0) if code in counted else 1 for code in components}


def set_quantities(
    subscription: Subscription, quantities: Mapping[str, int], *, at: dt.datetime
) -> None:
    """From `at` on so many of each component; what was before stays, for what it was charged."""
    Quantity.objects.bulk_create(
        Quantity(subscription=subscription, component=code, quantity=number, effective_at=at)
        for code, number in quantities.items()
    )
