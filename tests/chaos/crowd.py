"""Customers of every kind in bulk, made by the operations that people use."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from django.db import connection

from billing.operations import runs
from customers.models import Duty, Tenant
from subscriptions.applications import operations as applications
from subscriptions.operations import cancellations, orders
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import MembershipFactory, PersonFactory, TenantFactory
from tests.factories.metering import event, platform_credential, report
from tests.factories.policies import let_credits_go
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX
from tests.factories.subscriptions import ApplicationFactory, confirm_set_up

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Organisation, Person
    from subscriptions.models import Subscription

EARLY = local("2026-10-12")
FIRST_OF_NOVEMBER = local("2026-11-01", "00:05")
USED_BY = local("2026-11-29")


@dataclass(frozen=True)
class Crowd:
    """Everybody, and the two whom no run can invoice: one for a rule, one for a fault."""

    size: int
    held: Organisation
    failing: Organisation


def gather(size: int) -> Crowd:
    """A third was invoiced in November; what they did since then gives credits and ends.

    Everybody used something in November, which December's invoice charges.
    """
    let_credits_go(at=EARLY)
    early = [subscriber(EARLY, country=_country(number)) for number in range(size // 3)]
    runs.run_due(at=FIRST_OF_NOVEMBER)
    for number, (organisation, subscription) in enumerate(early):
        _something_happens(number, organisation, subscription)
    for number in range(size // 3, size - 2):
        _joins_in_november(number)
    held, _subscription = subscriber(local("2026-11-10"), country="german", vat_number="")
    failing, _subscription = subscriber(local("2026-11-10"))
    _everybody_uses_something()
    _refuse_in_the_database(failing)
    return Crowd(size, held, failing)


def leave_together(count: int, *, ordered: dt.datetime, cancelled: dt.datetime) -> list[int]:
    """Subscriptions that all end with the month, each with an application that lives on it."""
    vendor = MembershipFactory(organisation__is_partner=True)
    application = ApplicationFactory(owner=vendor.organisation, standard=True, name="Report")
    ids: list[int] = []
    for _number in range(count):
        organisation, owner, _online = customer_with_tenant()
        server = TenantFactory(organisation=organisation, on_premise=True)
        subscription = orders.subscribe(
            organisation, product_code=DEVELOPMENT_TOOLS, tenant=server, by=owner, at=ordered
        )
        asked = applications.request(application, tenant=server, by=vendor.person, at=ordered)
        applications.approve(asked, by=owner, at=ordered)
        _cancel(subscription, CancelWhen.MONTH_END, by=owner, at=cancelled)
        ids.append(subscription.pk)
    return ids


def forgive_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse_one ON customers_history")
        cursor.execute("DROP FUNCTION refuse_one()")


def _country(number: int) -> str:
    return "norwegian" if number % 10 == 9 else "dutch"


def _something_happens(number: int, customer: Organisation, subscription: Subscription) -> None:
    """Of ten: three cancel now, two of two tenants cancel one, one leaves, four go on."""
    at = local(f"2026-11-{2 + number % 27:02d}", f"{number % 24:02d}:30")
    owner = subscription.ordered_by
    match number % 10:
        case 0 | 1 | 9:
            _cancel(subscription, CancelWhen.NOW, by=owner, at=at)
        case 2 | 3:
            second = TenantFactory(organisation=customer, name="Second")
            orders.subscribe(
                customer, product_code=DEVELOPMENT_TOOLS, tenant=second, by=owner, at=at
            )
            _cancel(subscription, CancelWhen.NOW, by=owner, at=at)
        case 4:
            _cancel(subscription, CancelWhen.MONTH_END, by=owner, at=at)


def _joins_in_november(number: int) -> None:
    at = local(f"2026-11-{1 + number % 30:02d}", f"{number % 24:02d}:30")
    if number % 10 != 5:
        subscriber(at, country=_country(number))
        return
    customer, owner, tenant = customer_with_tenant()
    sandbox = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 2, "service-premium": 1},
        by=owner,
        at=at,
    )
    confirm_set_up(sandbox, by=PersonFactory(staff=True, duties=list(Duty)), at=at)


def _everybody_uses_something() -> None:
    """Reported as the platform does it, so that each event is there to be found again."""
    platform = platform_credential()
    names = Tenant.objects.exclude(identifier="").values_list("identifier", flat=True)
    for batch in batched(names.order_by("pk"), 250):
        events = [
            event(name, quantity=1_500, time=f"2026-11-{day:02d}T10:00:00+01:00")
            for name in batch
            for day in (3, 17)
        ]
        answer = report(*events, by=platform, at=USED_BY)
        assert answer.accepted == len(events)


def _cancel(subscription: Subscription, when: CancelWhen, *, by: Person, at: dt.datetime) -> None:
    read = cancellations.consequences(subscription, when=when, at=at)
    cancellations.cancel(subscription, when=when, confirmed=read.fingerprint, by=by, at=at)


def _refuse_in_the_database(customer: Organisation) -> None:
    """Fail at the latest moment there is: after the number was taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'only this customer' USING ERRCODE = 'check_violation'; END $$
            """
        )
        cursor.execute(
            f"""
            CREATE TRIGGER refuse_one BEFORE INSERT ON customers_history FOR EACH ROW
            WHEN (NEW.verb = 'invoice.issued' AND NEW.organisation_id = {customer.pk:d})
            EXECUTE FUNCTION refuse_one()
            """
        )
