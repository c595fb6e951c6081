"""What people do in a journey, and what can be seen from outside. The schedule does the rest.

Only the first moment of a story is set; after that its clock runs, and moves forward as the
demo's does. Nothing here does the work of a job: `eventually` waits until the worker has.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from billing.invariants import every
from billing.models import BillingRun, Invoice
from customers import clock
from customers.models import (
    ClockShift,
    Duty,
    Environment,
    History,
    Organisation,
    OutgoingMail,
    Person,
    Role,
    Tenant,
)
from subscriptions.applications import details
from subscriptions.applications import operations as applications
from subscriptions.applications.availability import availability
from subscriptions.applications.models import ApplicationKind, Authorisation
from subscriptions.models import Subscription
from subscriptions.operations import cancellations, orders
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import put_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from subscriptions.operations.cancellations import CancelWhen

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SECONDS = 60  # until the worker must have done what is due

# Product, from, until, quantity, net, VAT category and rate: a line as a reader checks it.
type Line = tuple[str, str, int, str, str]


# time


def local(text: str) -> dt.datetime:
    """`2026-11-16 10:00` in Amsterdam, which is also the time in Oslo."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def the_story_begins(at: dt.datetime) -> None:
    """The one time that a clock may be set back: before anything has happened."""
    ahead_by = at - clock.real_now()
    ClockShift.objects.update_or_create(only=True, defaults={"ahead_by": ahead_by})


def time_passes_until(at: dt.datetime) -> None:
    clock.move_to(at)


def eventually(what: str, happened: Callable[[], object], *, seconds: float = SECONDS) -> None:
    """Wait for what the schedule and the worker do by themselves."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"after {seconds} seconds still not: {what}"
        time.sleep(0.1)


# people


@dataclass(frozen=True)
class Customer:
    organisation: Organisation
    owner: Person
    tenant: Tenant


def customer(trait: str, *, tenant: str = "Production", on_premise: bool = False) -> Customer:
    """An organisation of one tenant, with an owner who decides and signs: `dutch`, `german`, …"""
    organisation = OrganisationFactory(**{trait: True})
    owner = MembershipFactory(organisation=organisation, role=Role.OWNER).person
    place = TenantFactory(organisation=organisation, name=tenant, on_premise=on_premise)
    return Customer(organisation, owner, place)


def app_manager() -> Person:
    person: Person = PersonFactory(staff=True, duties=[Duty.APP_MANAGER])
    return person


# what they do


def subscribe(buyer: Customer, *, tenant: Tenant | None = None) -> Subscription:
    return orders.subscribe(
        buyer.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=tenant or buyer.tenant,
        by=buyer.owner,
        at=clock.now(),
    )


def cancel(subscription: Subscription, when: CancelWhen, *, by: Person) -> Subscription:
    """Read what will happen, and confirm exactly that."""
    now = clock.now()
    read = cancellations.consequences(as_it_is(subscription), when=when, at=now)
    return cancellations.cancel(subscription, when=when, confirmed=read.fingerprint, by=by, at=now)


def ask_to_let_in(kind: ApplicationKind, tenant: Tenant) -> Authorisation:
    """A developer registers an application and asks the customer to let it in."""
    developer = MembershipFactory(organisation__is_partner=True, role=Role.DEVELOPER)
    now = clock.now()
    application = details.register(
        developer.organisation,
        kind=kind,
        name=f"Webshop {kind.label.lower()}",
        technical_contact=developer.person.email,
        by=developer.person,
        at=now,
    )
    put_in(application.versions.get(), [Environment(tenant.environment)])
    return applications.request(application, tenant=tenant, by=developer.person, at=now)


# what can be seen


def as_it_is[Row: (Authorisation, Subscription, Organisation)](row: Row) -> Row:
    row.refresh_from_db()
    return row


def works(authorisation: Authorisation) -> bool:
    """Whether the application may be used at this very moment, job or no job."""
    return availability(as_it_is(authorisation), clock.now()).available


def documents_of(organisation: Organisation) -> list[Invoice]:
    """Issued, oldest first."""
    return list(Invoice.objects.of(organisation).order_by("issued_at", "pk"))


def lines_of(invoice: Invoice) -> list[Line]:
    """Days of which month, how many, net, VAT: `("Production", "2026-11 16–30", 1, …)`."""
    return [
        (
            line.tenant_label.partition(" (")[0],
            _days(line.period_from, line.period_until),
            line.quantity,
            str(line.net),
            f"{line.vat_category} {line.vat_rate.normalize():f}",
        )
        for line in invoice.lines.all()
    ]


def totals_of(invoice: Invoice) -> tuple[Decimal, Decimal, Decimal]:
    return invoice.net, invoice.vat, invoice.gross


def invoiced(month: str) -> bool:
    """Whether every seller with a run of that month (`2026-12`) has finished it."""
    runs = BillingRun.objects.filter(month=dt.date.fromisoformat(f"{month}-01"))
    return runs.exists() and not runs.unfinished().exists()


def story_of(organisation: Organisation) -> list[str]:
    """What the activity page tells, oldest first."""
    told = History.objects.of(organisation).order_by("recorded_at", "pk")
    return list(told.values_list("verb", flat=True))


def mails_to(person: Person) -> list[str]:
    """Subjects of what was really sent to them, in the order in which it was written."""
    sent = OutgoingMail.objects.filter(to=person.email, sent_at__isnull=False)
    return list(sent.order_by("pk").values_list("subject", flat=True))


def all_mail_is_sent() -> bool:
    """What tells of an invoice is written once its documents are made."""
    if Invoice.objects.exclude(rendering__status="ready").exists():
        return False
    return not OutgoingMail.objects.filter(sent_at__isnull=True).exists()


def everything_holds() -> None:
    """What `manage.py check_invariants` checks."""
    assert every.check_all(at=clock.now()) == []


def _days(first: dt.date, until: dt.date) -> str:
    last = until - dt.timedelta(days=1)
    return f"{first:%Y-%m} {first:%d}–{last:%d}"
