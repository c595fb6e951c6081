"""Accepted = billed + free: each way to break it is planted, and found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
import pytest

from billing.invariants import conserved, every, explained
from billing.metering.models import DailyTotal, UsageClass
from billing.models import Invoice, InvoiceLine, RunItem
from billing.operations import runs
from catalog.models import PriceComponent, Product
from subscriptions.operations import orders
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import TenantFactory
from tests.factories.metering import correction, event, platform_credential, report
from tests.factories.shop import SCIM
from tests.factories.usage import RECORDS, UNPRICED, open_metered_services

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from billing.metering.models import ApiCredential
    from catalog.models import Seller
    from customers.models import Tenant

pytestmark = pytest.mark.usefixtures("credits_go")

FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


@pytest.fixture(autouse=True)
def services(shop: None) -> None:
    open_metered_services()


@pytest.fixture
def platform(services: None) -> ApiCredential:
    return platform_credential()


@pytest.fixture
def tenant(platform: ApiCredential, seller: Seller) -> Tenant:
    """Uses calls and records that are charged, and what is free for every reason."""
    customer, subscription = subscriber(local("2026-11-03"))
    tenant = subscription.tenant
    assert tenant
    orders.subscribe(
        customer,
        product_code=SCIM,
        tenant=None,
        by=subscription.ordered_by,
        at=local("2026-11-03"),
    )
    sandbox = TenantFactory(organisation=customer, sandbox=True, source=tenant)
    for used in (
        event(tenant.identifier, quantity=1500),
        event(tenant.identifier, quantity=700, **{"class": "IncludedApps"}),
        event(tenant.identifier, quantity=110_000, meter=RECORDS),
        event(sandbox.identifier, quantity=900),
        event(tenant.identifier, quantity=40, meter=UNPRICED),
    ):
        assert report(used, by=platform, at=local("2026-11-18", "18:00")).accepted == 1
    return tenant


def broken(*, at: dt.datetime) -> dict[str, list[str]]:
    """By rule, of the two that this is about."""
    checked = {rule.RULE: list(rule.check(at=at)) for rule in (conserved, explained)}
    return {rule: breaches for rule, breaches in checked.items() if breaches}


def test_everything_is_billed_or_free(tenant: Tenant) -> None:
    runs.run_due(at=FIRST_OF_DECEMBER)

    assert InvoiceLine.objects.filter(why__isnull=False).count() == 3
    assert every.check_all(at=FIRST_OF_DECEMBER) == []


def test_what_comes_after_the_run_is_open_until_the_next(
    tenant: Tenant, platform: ApiCredential
) -> None:
    runs.run_due(at=FIRST_OF_DECEMBER)
    late = event(tenant.identifier, quantity=1000)
    assert report(late, by=platform, at=local("2026-12-05")).accepted == 1
    assert broken(at=local("2026-12-05")) == {}

    runs.run_due(at=FIRST_OF_JANUARY)

    assert InvoiceLine.objects.filter(invoice__month="2027-01-01", why__isnull=False).exists()
    assert broken(at=FIRST_OF_JANUARY) == {}


def test_what_comes_within_a_pack_that_is_paid_is_no_line_and_no_breach(
    tenant: Tenant, platform: ApiCredential
) -> None:
    runs.run_due(at=FIRST_OF_DECEMBER)
    late = event(tenant.identifier, quantity=10, meter=RECORDS)
    assert report(late, by=platform, at=local("2026-12-05")).accepted == 1

    runs.run_due(at=FIRST_OF_JANUARY)

    lines = InvoiceLine.objects.filter(product_code="databridge-records")
    assert lines.count() == 1
    assert broken(at=FIRST_OF_JANUARY) == {}


def test_what_is_voided_within_the_allowance_is_no_breach(
    tenant: Tenant, platform: ApiCredential
) -> None:
    free = event(tenant.identifier, quantity=5, **{"class": "IncludedApps"})
    report(free, by=platform, at=local("2026-11-18", "18:00"))
    runs.run_due(at=FIRST_OF_DECEMBER)
    report(
        correction(tenant.identifier, free["id"], time="2026-12-05T08:00:00+00:00"),
        by=platform,
        at=local("2026-12-05"),
    )

    runs.run_due(at=FIRST_OF_JANUARY)

    assert broken(at=FIRST_OF_JANUARY) == {}


def _lose_a_charge() -> None:
    InvoiceLine.objects.filter(component="calls.1").delete()


def _lose_every_charge() -> None:
    InvoiceLine.objects.filter(why__isnull=False).delete()


def _never_asked() -> None:
    InvoiceLine.objects.all().delete()
    RunItem.objects.all().delete()


def _charge_too_much() -> None:
    InvoiceLine.objects.filter(component="calls.2").update(net=3)


def _charge_twice() -> None:
    line = InvoiceLine.objects.get(component="calls.1")
    line.pk, line.position = None, 99
    line.save()


def _list_too_little() -> None:
    line = InvoiceLine.objects.get(component="records")
    assert line.why
    line.why["used"][0]["quantity"] -= 1
    line.save()


def _list_other_events() -> None:
    line = InvoiceLine.objects.get(component="records")
    assert line.why
    line.why["used"][0]["fingerprint"] = line.why["fingerprint"] = "00000000000000ff"
    line.save()


def _list_nothing_of_what_is_free() -> None:
    for line in InvoiceLine.objects.filter(product_code="api-usage"):
        assert line.why
        line.why["used"] = [each for each in line.why["used"] if not each["free"]]
        line.save()


def _count_more() -> None:
    DailyTotal.objects.filter(usage_class=UsageClass.METERED_APPS).update(quantity=900_000)


def _count_more_of_what_is_free() -> None:
    DailyTotal.objects.filter(usage_class=UsageClass.INCLUDED_APPS).update(quantity=900_000)


def _forget_what_was_used() -> None:
    DailyTotal.objects.filter(quantity=110_000).delete()


def _two_services_for_one_meter() -> None:
    component = PriceComponent.objects.filter(
        code="calls", price_version__product__code="api-usage", price_version__currency="EUR"
    ).get()
    component.pk = None
    component.price_version = Product.objects.get(code="databridge-records").prices.get(
        currency="EUR"
    )
    component.save()


@pytest.mark.parametrize(
    ("damage", "rules"),
    [
        pytest.param(_lose_a_charge, {conserved}, id="a line is missing"),
        pytest.param(_lose_every_charge, {conserved}, id="every line is missing"),
        pytest.param(_never_asked, {conserved}, id="a run never asked"),
        pytest.param(_charge_too_much, {conserved}, id="too much is charged"),
        pytest.param(_charge_twice, {conserved}, id="charged twice"),
        pytest.param(_list_too_little, {explained}, id="a line lists less than was used"),
        pytest.param(_list_other_events, {explained}, id="a line lists other events"),
        pytest.param(_list_nothing_of_what_is_free, {explained}, id="free use is not listed"),
        pytest.param(_count_more, {conserved, explained}, id="totals grow by themselves"),
        pytest.param(_count_more_of_what_is_free, {explained}, id="free totals grow"),
        pytest.param(_forget_what_was_used, {explained}, id="billed, and nothing was used"),
        pytest.param(_two_services_for_one_meter, {conserved}, id="one meter is charged twice"),
    ],
)
def test_what_breaks_it_is_found(
    tenant: Tenant, damage: Callable[[], None], rules: set[object]
) -> None:
    runs.run_due(at=FIRST_OF_DECEMBER)

    with pgtrigger.ignore():
        damage()

    assert broken(at=FIRST_OF_DECEMBER).keys() == {rule.RULE for rule in rules}  # type: ignore[attr-defined]


def test_a_charge_that_a_run_missed_is_found_although_nothing_was_invoiced(
    tenant: Tenant, platform: ApiCredential
) -> None:
    """Who only uses, and was left out."""
    customer, _owner, other = customer_with_tenant()
    report(event(other.identifier, quantity=250), by=platform, at=local("2026-11-18", "18:00"))
    runs.run_due(at=FIRST_OF_DECEMBER)
    with pgtrigger.ignore():
        InvoiceLine.objects.filter(invoice__organisation=customer).delete()
    RunItem.objects.filter(organisation=customer).delete()

    missed = "api-usage calls.1, 250 for 1.00 EUR not billed"
    assert broken(at=FIRST_OF_DECEMBER)[conserved.RULE] == [
        f"organisation {customer.pk}, 2026-11, api-calls: {missed}"
    ]


def test_a_missed_charge_stays_found_when_something_comes_late(
    tenant: Tenant, platform: ApiCredential
) -> None:
    """Open while it is late; what the next run bills covers both."""
    runs.run_due(at=FIRST_OF_DECEMBER)
    with pgtrigger.ignore():
        _lose_a_charge()
    report(event(tenant.identifier, quantity=10), by=platform, at=local("2026-12-05"))
    assert conserved.RULE not in broken(at=local("2026-12-05"))

    runs.run_due(at=FIRST_OF_JANUARY)

    assert conserved.RULE not in broken(at=FIRST_OF_JANUARY)
    assert InvoiceLine.objects.filter(invoice__month="2027-01-01", component="calls.1").exists()


def test_who_is_held_is_no_breach(tenant: Tenant, platform: ApiCredential) -> None:
    customer, _owner, other = customer_with_tenant(city="")
    report(event(other.identifier, quantity=250), by=platform, at=local("2026-11-18", "18:00"))

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert not Invoice.objects.of(customer).exists()
    assert broken(at=FIRST_OF_DECEMBER) == {}
