"""The page that says why a usage line is what it is, of a million events in its month."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measuring import Row

EVENTS = 1_000_000
BATCH = 1_000
APPLICATIONS = 5
TIMES = 25
OCTOBER = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)


def measure() -> list[Row]:
    """From the request to the answer, in this process; everything is loaded before."""
    from django.test import Client
    from django.urls import reverse

    from benchmarks import crowd
    from billing.metering.models import UsageEvent
    from billing.models import InvoiceLine
    from billing.operations import runs
    from customers.models import Organisation
    from tests.factories.customers import MembershipFactory

    crowd.forget_everybody()
    crowd.gather(1)
    _report()
    runs.run_due(at=OCTOBER)
    line = InvoiceLine.objects.select_related("invoice").filter(why__isnull=False)[0]
    assert UsageEvent.objects.count() >= EVENTS
    client = Client()
    client.force_login(MembershipFactory(organisation=Organisation.objects.get()).person)
    address = reverse(
        "pages:invoice_line", args=[line.invoice.organisation_id, line.invoice_id, line.pk]
    )
    seconds = []
    for _time in range(TIMES + 5):
        begun = time.perf_counter()
        response = client.get(address)
        seconds.append(time.perf_counter() - begun)
        assert response.status_code == 200, response
    seconds = seconds[5:]
    spread = f"{min(seconds) * 1000:.1f} – {max(seconds) * 1000:.1f}"
    what = f"“Why this amount”, {EVENTS:,} events in the month"
    return [(what, f"{statistics.median(seconds) * 1000:.1f} ms", spread)]


def _report() -> None:
    """Every day of September, by several applications, as the platform reports it."""
    from billing.metering.operations import credentials, reports
    from customers.models import Tenant
    from tests.factories.customers import PersonFactory

    platform = credentials.issue_for_platform(
        name="Benchmark", by=PersonFactory(staff=True), at=OCTOBER
    ).credential
    name = Tenant.objects.get().identifier
    for batch in range(EVENTS // BATCH):
        day = f"2026-09-{1 + batch % 30:02d}T12:00:00+00:00"
        events = [
            {
                "id": f"{batch}-{number}",
                "source": "gateway-1",
                "tenant": name,
                "application": f"application-{number % APPLICATIONS}",
                "class": "MeteredApps",
                "meter": "api-calls",
                "quantity": 1,
                "time": day,
            }
            for number in range(BATCH)
        ]
        body = json.dumps({"events": events}).encode()
        reports.report(body, by=platform, first_days_open=dict, at=OCTOBER)
