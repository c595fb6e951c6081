"""What the CRM platform reports of the demo's tenants, once a week."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.metering.operations import credentials, reports
from billing.queries import first_days_open
from portal.demo.events import WEBSHOP
from portal.demo.queries import client_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Tenant
    from portal.demo.customers import DemoCustomers

WEEK = 7  # days
AT_NOON = dt.time(12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Habit:
    """So many of a meter on a working day; a tenth of it at the weekend.

    Events say `client_id` of the application, and its name where it has none.
    """

    tenant: Tenant
    application: str
    usage_class: str
    meter: str
    per_day: int
    client_id: str | None = None


class Platform:
    """Reports with a credential of its own, as the real one does."""

    def __init__(self, who: DemoCustomers, *, since: dt.datetime) -> None:
        self._who = who
        self._credential = credentials.issue_for_platform(
            name="Operation Center", by=who.operations, at=since
        ).credential

    def report_week(self, now: dt.datetime) -> None:
        """The seven days before today."""
        events = [
            _event(habit, now.date() - dt.timedelta(days=back))
            for habit in _habits(self._who)
            for back in range(WEEK, 0, -1)
        ]
        reports.report(
            json.dumps({"events": events}).encode(),
            by=self._credential,
            first_days_open=first_days_open,
            at=now,
        )
        # Noted at the door, which these do not come by.
        credentials.note_use(self._credential.pk, at=now)


def _habits(who: DemoCustomers) -> Iterator[Habit]:
    webshop = client_id_of(WEBSHOP, who.partner)
    yield Habit(who.production, WEBSHOP, "MeteredApps", "api-calls", 17_300, webshop)
    yield Habit(who.production, WEBSHOP, "MeteredApps", "api-records", 98_000, webshop)
    yield Habit(who.production, "CRMScript", "Customizations", "api-calls", 2_450)
    yield Habit(who.production, "Outlook", "IncludedApps", "api-calls", 6_100)
    for sandbox in who.production.sandboxes.all():  # none before it was ordered
        yield Habit(sandbox, WEBSHOP, "MeteredApps", "api-calls", 900, webshop)
    yield Habit(who.norwegian_production, "Lagersync", "MeteredApps", "api-calls", 5_200)


def _event(habit: Habit, day: dt.date) -> dict[str, object]:
    weekend = day.isoweekday() > 5
    # No two days are the same, and the demo is the same however often it is loaded.
    varied = habit.per_day * (90 + day.toordinal() * 7 % 21) // 100
    return {
        "id": f"{habit.application}-{habit.meter}-{day:%Y%m%d}",
        "source": "operation-center",
        "tenant": habit.tenant.identifier,
        "application": habit.client_id or habit.application,
        "class": habit.usage_class,
        "meter": habit.meter,
        "quantity": varied // 10 if weekend else varied,
        "time": dt.datetime.combine(day, AT_NOON).isoformat(),
    }
