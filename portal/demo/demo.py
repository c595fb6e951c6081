"""The demo: some months in the life of a few customers, made by the real operations.

Everything happens in the order of time, and the billing runs of the months between are the real
ones, so the demo is a portal that has been in use since `FIRST_MONTHS_BACK` months.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from billing.models import Invoice, RunItem
from catalog.loading import load_catalogue
from customers.models import Environment, Organisation, OutgoingMail
from customers.operations.advice import ask_for_advice
from portal.demo.customers import DemoCustomers, create_demo_customers
from portal.demo.passing import do_what_is_due, stops
from portal.demo.usage import WEEK, Platform
from subscriptions.applications import operations as applications
from subscriptions.applications import versions
from subscriptions.applications.models import Application, ApplicationKind, Scope
from subscriptions.models import Subscription
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Person, Tenant
    from subscriptions.applications.models import Authorisation

FIRST_MONTHS_BACK = 4
ZONE = ZoneInfo("Europe/Amsterdam")

DEVELOPMENT_TOOLS = "development-tools"
SANDBOX = "sandbox-production-environment"
MIRRORING = "database-mirroring"
SCIM = "scim"

WEBSHOP = "Webshopkoppeling"


class DemoNotEmpty(Exception):
    """There are customers already; the demo never mixes with real ones."""

    def __str__(self) -> str:
        return "There are customers in this portal already: the demo only goes into an empty one."


@dataclass(frozen=True)
class LoadedDemo:
    customers: int
    subscriptions: int
    invoices: int
    held: int


@dataclass
class Story:
    """What happens when. Played in the order of time, whatever the order it was told in."""

    events: list[tuple[dt.datetime, Callable[[dt.datetime], object]]] = field(default_factory=list)

    def at(self, instant: dt.datetime, event: Callable[[dt.datetime], object]) -> None:
        self.events.append((instant, event))

    def play(self, start: dt.datetime, until: dt.datetime) -> None:
        """Between two events time passes, and at each turn of a month the due jobs run."""
        now = start
        for instant, event in sorted(self.events, key=lambda pair: pair[0]):
            now = _pass(now, min(instant, until))
            event(now)
        _pass(now, until)


@transaction.atomic
def load_demo(*, at: dt.datetime) -> LoadedDemo:
    """Catalogue, customers and their last months, up to `at`. Raises DemoNotEmpty."""
    if Organisation.objects.exists():
        raise DemoNotEmpty
    load_catalogue()
    start = _back(at, FIRST_MONTHS_BACK, day=1, time="09:00")
    who = create_demo_customers(at=start)
    story = Story()
    _tell_dutch(story, who, at)
    _tell_on_premise(story, who, at)
    _tell_others(story, who, at)
    _tell_what_waits(story, who, at)
    _tell_usage(story, who, start, at)
    story.play(start, at)
    # Nobody wants months of mail at the first start: it counts as sent when it was written.
    OutgoingMail.objects.filter(sent_at=None).update(sent_at=F("created_at"), next_attempt_at=None)
    return LoadedDemo(
        customers=Organisation.objects.count(),
        subscriptions=Subscription.objects.count(),
        invoices=Invoice.objects.count(),
        held=RunItem.objects.needing_attention().values("organisation").distinct().count(),
    )


def _tell_dutch(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """Development Tools with two applications, a sandbox that grew, SCIM given up again."""
    story.at(
        _back(at, 4, day=13, time="10:12"),
        _order(who.dutch, who.owner, DEVELOPMENT_TOOLS, who.production),
    )
    story.at(
        _back(at, 4, day=15, time="11:40"),
        _custom_application(
            who,
            name=WEBSHOP,
            summary="Bestellingen uit de webshop naar verkoop en terug",
            owner=who.partner,
            developer=who.consultant,
        ),
    )
    story.at(_back(at, 4, day=20, time="15:05"), _standard_application(who))
    ordered = _order(
        who.dutch,
        who.owner,
        SANDBOX,
        who.production,
        quantities={"sales-premium": 3, "service-premium": 2},
        confirmed_by=who.sales,
    )
    story.at(_back(at, 3, day=9, time="09:30"), ordered)
    story.at(_back(at, 2, day=17, time="14:00"), _more_sandbox_users(who))
    story.at(_back(at, 3, day=21, time="16:20"), _order(who.dutch, who.owner, SCIM, None))
    story.at(
        _back(at, 1, day=10, time="09:30"), _cancel(who.dutch, who.owner, SCIM, CancelWhen.NOW)
    )


def _tell_on_premise(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """Works until the end of this month: the cancellation can still be withdrawn."""
    story.at(
        _back(at, 3, day=5, time="13:15"),
        _order(who.dutch, who.owner, DEVELOPMENT_TOOLS, who.on_premise),
    )
    story.at(
        _back(at, 3, day=6, time="10:00"),
        _custom_application(
            who,
            name="Weegbrugkoppeling",
            summary="Weegresultaten bij de relatie",
            owner=who.dutch,
            developer=who.owner,
            tenant=who.on_premise,
        ),
    )
    story.at(
        at,
        _cancel(who.dutch, who.owner, DEVELOPMENT_TOOLS, CancelWhen.MONTH_END, who.on_premise),
    )


def _tell_others(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """One of each VAT treatment; the French customer without a VAT number is held."""
    for months, day, organisation, owner, tenant in (
        (3, 3, who.norwegian, who.norwegian_owner, who.norwegian_production),
        (3, 18, who.german, who.german_owner, who.german_production),
        (2, 8, who.british, who.british_owner, who.british_production),
        (2, 24, who.without_vat_number, who.without_vat_number_owner,
         who.without_vat_number_production),
    ):  # fmt: skip
        story.at(
            _back(at, months, day=day, time="10:45"),
            _order(organisation, owner, DEVELOPMENT_TOOLS, tenant),
        )
    story.at(_back(at, 2, day=12, time="11:00"), _order(who.suite, who.suite_owner, SCIM, None))


def _tell_usage(story: Story, who: DemoCustomers, start: dt.datetime, at: dt.datetime) -> None:
    """Up to today, a week at a time, as far back as there are tenants."""
    platform = Platform(who, since=start)
    for weeks in range((at - start) // dt.timedelta(days=WEEK)):
        story.at(at - dt.timedelta(days=WEEK * weeks), platform.report_week)


def _tell_what_waits(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """For everybody something to do: an order, two consents, a question."""
    story.at(
        at - dt.timedelta(days=2, hours=3),
        _order(who.dutch, who.owner, MIRRORING, who.production),
    )
    story.at(
        at - dt.timedelta(days=1, hours=5),
        lambda now: _requested(
            who,
            who.partner,
            ApplicationKind.CUSTOM,
            "Factuurexport",
            "Facturen naar de boekhouding, elke nacht",
            who.consultant,
            who.production,
            now,
        ),
    )
    story.at(at - dt.timedelta(days=1, hours=2), _confirmed_in_norway(who))
    story.at(at - dt.timedelta(days=3), _agreed_for_the_sandbox(who))
    story.at(
        at - dt.timedelta(hours=20),
        lambda now: ask_for_advice(
            who.dutch,
            about=MIRRORING,
            question="Welke regio kiezen we voor de gespiegelde database?",
            by=who.administrator,
            at=now,
        ),
    )


def _order(
    organisation: Organisation,
    owner: Person,
    product: str,
    tenant: Tenant | None,
    *,
    quantities: dict[str, int] | None = None,
    confirmed_by: Person | None = None,
) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        subscription = orders.subscribe(
            organisation,
            product_code=product,
            tenant=tenant,
            quantities=quantities or {},
            by=owner,
            at=now,
        )
        if confirmed_by:
            orders.confirm(subscription, by=confirmed_by, at=now + dt.timedelta(hours=3))

    return event


def _cancel(
    organisation: Organisation,
    owner: Person,
    product: str,
    when: CancelWhen,
    tenant: Tenant | None = None,
) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        subscription = _held(organisation, product, tenant, now)
        cancel(
            subscription,
            when=when,
            confirmed=consequences(subscription, when=when, at=now).fingerprint,
            reason="Wij stappen over naar de cloud" if tenant else "Wij doen dit voorlopig zelf",
            by=owner,
            at=now,
        )

    return event


def _more_sandbox_users(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        sandbox = _held(who.dutch, SANDBOX, who.production, now)
        orders.change_quantities(sandbox, quantities={"sales-premium": 5}, by=who.owner, at=now)

    return event


def _custom_application(
    who: DemoCustomers,
    *,
    name: str,
    summary: str,
    owner: Organisation,
    developer: Person,
    tenant: Tenant | None = None,
) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        authorisation = _requested(
            who,
            owner,
            ApplicationKind.CUSTOM,
            name,
            summary,
            developer,
            tenant or who.production,
            now,
        )
        later = now + dt.timedelta(hours=1)
        authorisation = applications.confirm(authorisation, by=who.administrator, at=later)
        applications.grant(authorisation, by=who.app_manager, at=later + dt.timedelta(hours=2))

    return event


def _standard_application(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    def event(now: dt.datetime) -> None:
        authorisation = _requested(
            who,
            who.partner,
            ApplicationKind.STANDARD,
            "Routeplanner",
            "Plant bezoeken op de kaart",
            who.consultant,
            who.production,
            now,
        )
        applications.approve(authorisation, by=who.administrator, at=now + dt.timedelta(hours=1))

    return event


def _confirmed_in_norway(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    """The customer said yes; the vendor's app manager has the next word."""

    def event(now: dt.datetime) -> None:
        authorisation = _requested(
            who,
            who.norwegian,
            ApplicationKind.CUSTOM,
            "Lagerstatus",
            "Stock levels beside every sale",
            who.norwegian_owner,
            who.norwegian_production,
            now,
        )
        applications.confirm(authorisation, by=who.norwegian_owner, at=now)

    return event


def _agreed_for_the_sandbox(who: DemoCustomers) -> Callable[[dt.datetime], object]:
    """The webshop's second authorisation: it works as soon as the sandbox has the licence."""

    def event(now: dt.datetime) -> None:
        webshop = Application.objects.get(owner=who.partner, name=WEBSHOP)
        authorisation = applications.request(webshop, tenant=who.sandbox, by=who.consultant, at=now)
        authorisation = applications.confirm(authorisation, by=who.administrator, at=now)
        applications.grant(authorisation, by=who.app_manager, at=now + dt.timedelta(hours=2))

    return event


def _requested(
    who: DemoCustomers,
    owner: Organisation,
    kind: ApplicationKind,
    name: str,
    summary: str,
    developer: Person,
    tenant: Tenant,
    now: dt.datetime,
) -> Authorisation:
    application: Application = applications.register(
        owner,
        kind=kind,
        name=name,
        summary=summary,
        technical_contact=developer.email,
        by=developer,
        at=now,
    )
    _publish(application, who, developer, now)
    return applications.request(application, tenant=tenant, by=developer, at=now)


def _publish(
    application: Application, who: DemoCustomers, developer: Person, now: dt.datetime
) -> None:
    """Version 1, in SOD by its developer and in production by the app manager."""
    version = versions.change(
        application.versions.get(),
        versions.Settings(
            redirect_uris=[],
            scopes=[Scope.CRM_READ, Scope.CRM_WRITE, Scope.USAGE_WRITE],
            capabilities=[],
        ),
        note="",
        by=developer,
        at=now,
    )
    versions.submit(version, Environment.SOD, by=developer, at=now)
    asked = versions.submit(version, Environment.PRODUCTION, by=developer, at=now)
    versions.publish(asked, by=who.app_manager, at=now)


def _held(
    organisation: Organisation, product: str, tenant: Tenant | None, now: dt.datetime
) -> Subscription:
    """The live subscription of a product there."""
    live = Subscription.objects.of(organisation).live_at(now).with_names()
    return live.get(product__code=product, tenant=tenant)


def _back(at: dt.datetime, months: int, *, day: int, time: str) -> dt.datetime:
    """A local moment in the month that lies `months` before that of `at`."""
    month = Month.at(at, ZONE)
    for _step in range(months):
        month = month.previous
    moment = dt.datetime.combine(month.first_day.replace(day=day), dt.time.fromisoformat(time))
    return moment.replace(tzinfo=ZONE).astimezone(dt.UTC)


def _pass(now: dt.datetime, until: dt.datetime) -> dt.datetime:
    if until > now:
        for stop in stops(now, until):
            do_what_is_due(stop, send_mail=False)
    return max(now, until)
