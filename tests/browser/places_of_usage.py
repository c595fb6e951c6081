"""Pages of use: of everything, of one application, of a day, and of what there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from billing.metering.models import ApiCredential, RefusedUsage
from portal.demo import people
from portal.demo.events import WEBSHOP
from subscriptions.applications.models import Application
from tests.browser.place import TODAY, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Organisation


def pages_of_usage(dutch: Organisation) -> Iterator[Place]:
    path = reverse("pages:usage", args=[dutch.pk])
    asked = {
        "": "",
        " of one application": f"?application={WEBSHOP}",
        " of a day": "?meter=api-calls&day=1",
        " nothing found": "?application=Niemand",
    }
    _some_was_refused(dutch)
    for name, query in asked.items():
        yield Place(f"pages:usage{name}", path + query, people.BILLING_CONTACT)
    nowhere = f"{path}?tenant=0"
    yield Place("pages:usage of no tenant", nowhere, people.BILLING_CONTACT, status=400)
    webshop = Application.objects.get(name=WEBSHOP)
    built = reverse("pages:application_usage", args=[webshop.owner_id, webshop.pk])
    yield Place("pages:application_usage", built, people.CONSULTANT)
    yield Place("pages:application_usage nothing found", f"{built}?day=30", people.CONSULTANT)


def _some_was_refused(dutch: Organisation) -> None:
    credential = ApiCredential.objects.filter(application=None).order_by("pk")[0]
    for code, events in (("too_old", 12), ("not_positive", 1)):
        RefusedUsage.objects.create(
            credential=credential,
            organisation=dutch,
            month=TODAY.date().replace(day=1),
            day=TODAY.date(),
            code=code,
            events=events,
            first_at=TODAY,
            last_at=TODAY,
        )
