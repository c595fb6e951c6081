"""The pages of webhooks: an endpoint that works, one that fails and one that is gone; another is
being removed, and messages are being sent again.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.urls import reverse

from portal.demo import people
from portal.webhooks.operations import endpoints, replays
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.sending import Outcome
from tests.browser.place import TODAY, Place, person_of
from tests.factories.webhooks import EndpointFactory, answered, something_happens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Organisation

GOOD = Outcome(status=204, duration_ms=48)
BAD = Outcome(status=503, answer="<html><h1>Service Unavailable</h1></html>", duration_ms=210)
SILENT = Outcome(trouble="timed_out", duration_ms=10_000)
GONE = Outcome(status=410, duration_ms=31)


def webhook_pages(organisation: Organisation) -> Iterator[Place]:
    owner = person_of(people.OWNER)
    working, failing, gone = (
        EndpointFactory(
            organisation=organisation,
            address=f"https://hooks.waterlelie.example/{name}",
            description=description,
            created_by=owner,
        )
        for name, description in (
            ("orders", "Orderverwerking"),
            ("accounting", "Boekhouding"),
            ("old-reports", ""),
        )
    )
    for hours in range(3):
        something_happens(organisation, at=TODAY - dt.timedelta(hours=hours))
    dispatch(at=TODAY)
    for endpoint, outcomes in ((working, [GOOD]), (failing, [BAD, SILENT]), (gone, [GONE])):
        for delivery in endpoint.deliveries.order_by("pk")[:2]:
            for outcome in outcomes:
                answered(delivery, outcome, at=TODAY)
    endpoints.rotate_secret(failing, overlap=dt.timedelta(days=1), by=owner, at=TODAY)
    for name, *args in (
        ("webhook_list",),
        ("webhook_add",),
        ("webhook_events",),
        ("webhook_change", working.pk),
        ("webhook_rotate", working.pk),
        ("webhook_remove", working.pk),
        ("webhook_detail", failing.pk),
        ("webhook_end_old_secret", failing.pk),
        ("webhook_delivery", failing.pk, failing.deliveries.order_by("pk")[0].pk),
    ):
        path = reverse(f"pages:{name}", args=[organisation.pk, *args])
        yield Place(f"pages:{name}", path, people.OWNER)
    replays.replay_since(working, since=TODAY - dt.timedelta(days=1), by=owner, at=TODAY)
    removed = EndpointFactory(organisation=organisation, created_by=owner)
    endpoints.remove(removed, by=owner, at=TODAY)
    for name, endpoint in (("gone", gone), ("under way", working)):
        path = reverse("pages:webhook_detail", args=[organisation.pk, endpoint.pk])
        yield Place(f"pages:webhook_detail {name}", path, people.OWNER)
