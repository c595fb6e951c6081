"""The demo: some months in the life of a few customers, made by the real operations.

Everything happens in the order of time, and the billing runs of the months between are the real
ones, so the demo is a portal that has been in use since `FIRST_MONTHS_BACK` months.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from catalog.loading import load_catalogue
from customers.operations import mail
from customers.operations.advice import ask_for_advice
from customers.queries import has_customers
from portal.demo import webhooks
from portal.demo.customers import DemoCustomers, create_demo_customers
from portal.demo.events import (
    DEVELOPMENT_TOOLS,
    MIRRORING,
    SANDBOX,
    SCIM,
    WEBSHOP,
    agreed_for_the_sandbox,
    cancellation,
    client_id_made,
    confirmed_in_norway,
    custom_application,
    more_sandbox_users,
    order,
    requested,
    standard_application,
    standard_application_asks_for_more,
    standard_application_on_offer,
)
from portal.demo.queries import LoadedDemo, what_was_loaded
from portal.demo.story import Story, back
from portal.demo.usage import WEEK, Platform
from portal.operation_center.hearing import BROKEN
from portal.webhooks.event_types import EVENT_TYPES
from subscriptions.applications.models import ApplicationKind
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.operations.sandboxes import SetUp

FIRST_MONTHS_BACK = 4
DEMO_SANDBOX = "Cust34506"


class DemoNotEmpty(Exception):
    """There are customers already; the demo never mixes with real ones."""

    def __str__(self) -> str:
        return "There are customers in this portal already: the demo only goes into an empty one."


@transaction.atomic
def load_demo(*, at: dt.datetime) -> LoadedDemo:
    """Catalogue, customers and their last months, up to `at`. Raises DemoNotEmpty."""
    if has_customers():
        raise DemoNotEmpty
    load_catalogue(on=at.date())
    start = back(at, FIRST_MONTHS_BACK, day=1, time="09:00")
    who = create_demo_customers(at=start)
    story = Story()
    _tell_dutch(story, who, at)
    _tell_on_premise(story, who, at)
    _tell_others(story, who, at)
    _tell_what_waits(story, who, at)
    _tell_usage(story, who, start, at)
    _tell_webhooks(story, who, at)
    story.play(start, at)
    # Nobody wants months of mail at the first start: it counts as sent when it was written.
    mail.count_as_sent()
    return what_was_loaded()


def _tell_dutch(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """Development Tools with two applications, a sandbox that grew, SCIM given up again."""
    story.at(
        back(at, 4, day=13, time="10:12"),
        order(who.dutch, who.owner, DEVELOPMENT_TOOLS, who.production),
    )
    story.at(
        back(at, 4, day=15, time="11:40"),
        custom_application(
            who,
            name=WEBSHOP,
            summary="Bestellingen uit de webshop naar verkoop en terug",
            owner=who.partner,
            developer=who.consultant,
        ),
    )
    story.at(
        back(at, 4, day=16, time="09:15"), client_id_made(WEBSHOP, who.partner, who.consultant)
    )
    story.at(back(at, 4, day=20, time="15:05"), standard_application(who))
    ordered = order(
        who.dutch,
        who.owner,
        SANDBOX,
        who.production,
        quantities={"sales-premium": 3, "service-premium": 2},
        confirmed_by=who.sales,
        set_up=SetUp(identifier=DEMO_SANDBOX, crm_version="10.3.9"),
    )
    story.at(back(at, 3, day=9, time="09:30"), ordered)
    story.at(back(at, 1, day=6, time="10:45"), standard_application_asks_for_more(who))
    story.at(back(at, 1, day=7, time="10:15"), standard_application_on_offer(who))
    story.at(back(at, 2, day=17, time="14:00"), more_sandbox_users(who))
    story.at(back(at, 3, day=21, time="16:20"), order(who.dutch, who.owner, SCIM, None))
    story.at(
        back(at, 1, day=10, time="09:30"), cancellation(who.dutch, who.owner, SCIM, CancelWhen.NOW)
    )


def _tell_on_premise(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """Works until the end of this month: the cancellation can still be withdrawn."""
    story.at(
        back(at, 3, day=5, time="13:15"),
        order(who.dutch, who.owner, DEVELOPMENT_TOOLS, who.on_premise),
    )
    story.at(
        back(at, 3, day=6, time="10:00"),
        custom_application(
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
        cancellation(who.dutch, who.owner, DEVELOPMENT_TOOLS, CancelWhen.MONTH_END, who.on_premise),
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
            back(at, months, day=day, time="10:45"),
            order(organisation, owner, DEVELOPMENT_TOOLS, tenant),
        )
    story.at(back(at, 2, day=12, time="11:00"), order(who.suite, who.suite_owner, SCIM, None))


def _tell_usage(story: Story, who: DemoCustomers, start: dt.datetime, at: dt.datetime) -> None:
    """Up to today, a week at a time, as far back as there are tenants."""
    platform = Platform(who, since=start)
    for weeks in range((at - start) // dt.timedelta(days=WEEK)):
        story.at(at - dt.timedelta(days=WEEK * weeks), platform.report_week)


def _tell_webhooks(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """Who wants to be told by the portal itself; a worker sends what has happened since."""
    hearing = back(at, 1, day=6, time="11:15")
    story.at(
        hearing,
        webhooks.listening(
            who.dutch,
            who.owner,
            receiver="orders",
            description="Orderverwerking",
            event_types=list(EVENT_TYPES),
        ),
    )
    story.at(
        hearing,
        webhooks.listening(
            who.dutch,
            who.owner,
            receiver=BROKEN,
            description="Boekhouding",
            event_types=webhooks.ABOUT_MONEY,
        ),
    )
    story.at(
        hearing,
        webhooks.listening(
            who.partner,
            who.consultant,
            receiver="developer",
            description="Autorisaties van onze applicaties",
            event_types=webhooks.ABOUT_APPLICATIONS,
        ),
    )


def _tell_what_waits(story: Story, who: DemoCustomers, at: dt.datetime) -> None:
    """For everybody something to do: an order, two consents, a question."""
    story.at(
        at - dt.timedelta(days=2, hours=3),
        order(who.dutch, who.owner, MIRRORING, who.production),
    )
    story.at(
        at - dt.timedelta(days=1, hours=5),
        lambda now: requested(
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
    story.at(at - dt.timedelta(days=1, hours=2), confirmed_in_norway(who))
    story.at(at - dt.timedelta(days=3), agreed_for_the_sandbox(who))
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
