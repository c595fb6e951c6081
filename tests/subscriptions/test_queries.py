from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from catalog.eligibility import RefusalCode
from catalog.money import Currency, Money
from catalog.queries import NotForSale
from subscriptions import queries
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.lifecycle import Action, Status
from subscriptions.operations import cancellations, orders
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import OrganisationFactory, PartnerAccessFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
A_SECOND = dt.timedelta(seconds=1)


def listed(customer: Organisation, *, at: dt.datetime, status: str = "") -> list[queries.Held]:
    return queries.held_all(queries.subscription_list(customer, at=at, status=status), at)


def place_of(offer: queries.Offer, tenant: Tenant) -> queries.Place:
    [place] = [place for place in offer.places if place.tenant == tenant]
    return place


def end_of(subscription: Subscription, when: CancelWhen, by: Person, at: dt.datetime) -> None:
    found = cancellations.consequences(subscription, when=when, at=at)
    cancellations.cancel(subscription, when=when, confirmed=found.fingerprint, by=by, at=at)


def test_a_list_is_as_things_are_at_the_instant(
    customer: Organisation, subscription: Subscription, owner: Person
) -> None:
    end_of(subscription, CancelWhen.MONTH_END, owner, NOON)

    [before] = listed(customer, at=MONTH_END - A_SECOND)
    [after] = listed(customer, at=MONTH_END)

    assert (before.status, before.is_ending) == (Status.ACTIVE, True)
    assert (after.status, after.is_ending) == (Status.ENDED, False)
    assert before.per_month == Money(Decimal(49), Currency.EUR)


@pytest.mark.parametrize(
    ("status", "found"),
    [("", 2), ("active", 0), ("ending", 1), ("requested", 1), ("ended", 0)],
)
def test_a_list_narrowed_by_status(
    customer: Organisation,
    subscription: Subscription,
    tenant: Tenant,
    owner: Person,
    status: str,
    found: int,
) -> None:
    end_of(subscription, CancelWhen.MONTH_END, owner, NOON)
    orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 1},
        by=owner,
        at=NOON,
    )

    assert len(listed(customer, at=NOON, status=status)) == found


def test_what_can_be_done_follows_status_and_dates(
    subscription: Subscription, owner: Person
) -> None:
    running = queries.held(subscription, NOON)
    assert running.allows(Action.CANCEL)
    assert not running.allows(Action.WITHDRAW_CANCELLATION)
    assert not running.allows(Action.CHANGE_QUANTITY)  # a licence counts nobody

    end_of(subscription, CancelWhen.MONTH_END, owner, NOON)
    subscription.refresh_from_db()
    ending = queries.held(subscription, NOON)
    assert ending.allows(Action.WITHDRAW_CANCELLATION)
    assert not queries.held(subscription, MONTH_END).allows(Action.WITHDRAW_CANCELLATION)


def test_applications_that_live_on_a_subscription_are_counted(
    customer: Organisation, subscription: Subscription, tenant: Tenant
) -> None:
    AuthorisationFactory(tenant=tenant, active=True)
    AuthorisationFactory(tenant=tenant, active=True, application__standard=True)
    AuthorisationFactory(tenant=tenant)

    [row] = listed(customer, at=NOON)

    assert row.applications == 1
    assert len(queries.applications_on(subscription, NOON)) == 2  # one of them only asked for


def test_an_offer_says_of_every_tenant_whether_it_can_be_had_there(
    customer: Organisation, subscription: Subscription, tenant: Tenant
) -> None:
    free = TenantFactory(organisation=customer)
    old = TenantFactory(organisation=customer, suspended=True)
    TenantFactory()

    offer = queries.offer(customer, DEVELOPMENT_TOOLS, at=NOON)

    assert {place.tenant for place in offer.places} == {tenant, free, old}
    taken = place_of(offer, tenant)
    assert [refusal.code for refusal in taken.refusals] == [RefusalCode.ALREADY_SUBSCRIBED]
    assert taken.subscription_id == subscription.pk
    assert place_of(offer, free).can_order
    asleep = place_of(offer, old)
    assert [refusal.code for refusal in asleep.refusals] == [RefusalCode.TENANT_NOT_RUNNING]


def test_an_offer_for_the_organisation_has_one_place(
    customer: Organisation, tenant: Tenant
) -> None:
    offer = queries.offer(customer, SCIM, at=NOON)

    [place] = offer.places
    assert offer.for_organisation
    assert place.tenant is None
    assert place.can_order


def test_an_end_that_nobody_wrote_down_yet_frees_the_place(
    customer: Organisation, subscription: Subscription, tenant: Tenant, owner: Person
) -> None:
    end_of(subscription, CancelWhen.MONTH_END, owner, NOON)

    before = queries.offer(customer, DEVELOPMENT_TOOLS, at=MONTH_END - A_SECOND)
    after = queries.offer(customer, DEVELOPMENT_TOOLS, at=MONTH_END)

    assert not place_of(before, tenant).can_order
    assert place_of(after, tenant).can_order


def test_an_offer_of_nothing_is_refused(customer: Organisation) -> None:
    with pytest.raises(NotForSale):
        queries.offer(customer, "telephony", at=NOON)


def test_an_offer_without_a_price_in_the_currency_has_none(customer: Organisation) -> None:
    customer.currency = "SEK"

    assert queries.offer(customer, DEVELOPMENT_TOOLS, at=NOON).price is None


@pytest.mark.parametrize(
    ("days", "back", "again"),
    [
        pytest.param(30, 1, 0, id="the-last-instant-of-the-window"),
        pytest.param(31, 0, 1, id="a-day-too-late"),
    ],
)
def test_what_an_order_brings_back_is_what_it_then_does(
    customer: Organisation,
    subscription: Subscription,
    tenant: Tenant,
    owner: Person,
    days: int,
    back: int,
    again: int,
) -> None:
    authorisation = AuthorisationFactory(tenant=tenant, active=True)
    end_of(subscription, CancelWhen.NOW, owner, NOON)
    later = NOON + dt.timedelta(days=days)
    version = queries.offer(customer, DEVELOPMENT_TOOLS, at=later).version

    gains = queries.gains(version, tenant, later)
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=later)

    authorisation.refresh_from_db()
    assert (len(gains.back_unasked), len(gains.asked_again)) == (back, again)
    assert gains.capabilities == ("crmscript", "custom-applications")
    expected = AuthorisationStatus.ACTIVE if back else AuthorisationStatus.REQUESTED
    assert authorisation.status == expected


def test_a_capability_that_is_there_already_is_no_gain(
    customer: Organisation, subscription: Subscription, tenant: Tenant
) -> None:
    version = queries.offer(customer, DEVELOPMENT_TOOLS, at=NOON).version

    assert queries.gains(version, tenant, NOON).capabilities == ()


def test_a_builder_reaches_the_tenants_of_customers_that_let_it_in(
    customer: Organisation, tenant: Tenant
) -> None:
    from subscriptions.applications.queries import tenants_open_to

    partner = OrganisationFactory(is_partner=True)
    own = TenantFactory(organisation=partner)
    application = ApplicationFactory(owner=partner)
    TenantFactory()
    assert set(tenants_open_to(application, partner)) == {own}

    PartnerAccessFactory(customer=customer, partner=partner)
    assert set(tenants_open_to(application, partner)) == {own, tenant}

    AuthorisationFactory(application=application, tenant=tenant)
    assert set(tenants_open_to(application, partner)) == {own}


def test_access_that_was_withdrawn_reaches_nothing(customer: Organisation, tenant: Tenant) -> None:
    from subscriptions.applications.queries import tenants_open_to

    partner = OrganisationFactory(is_partner=True)
    PartnerAccessFactory(customer=customer, partner=partner, withdrawn=True)

    assert set(tenants_open_to(ApplicationFactory(owner=partner), partner)) == set()
