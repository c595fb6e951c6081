"""What staff see of webhooks: what was told without its details, at whichever customer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.history import record
from portal.webhooks.operations.dispatching import dispatch
from tests.factories.customers import PersonFactory
from tests.factories.webhooks import EndpointFactory, something_happens

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)


def test_staff_see_what_was_told_without_its_details(client: Client) -> None:
    organisation = EndpointFactory(organisation__name="Waterlelie BV").organisation
    client.force_login(PersonFactory(staff=True))
    something_happens(organisation)
    dispatch(at=AT)
    assert "Told without details" not in client.get(reverse("backoffice:webhooks")).text

    record(organisation, "invoice.issued", organisation=organisation, by=PersonFactory(), at=AT)
    dispatch(at=AT)

    page = client.get(reverse("backoffice:webhooks")).text
    assert "Told without details" in page
    assert "invoice.issued" in page
    assert "Waterlelie BV" in page
