"""Who gets a letter when the portal switches an endpoint off."""

from __future__ import annotations

import datetime as dt

import pytest

from customers.models import OutgoingMail
from portal.webhooks.letters import write_that_it_is_off
from portal.webhooks.models import Endpoint
from tests.factories.customers import MembershipFactory
from tests.factories.subscriptions import ApplicationFactory
from tests.factories.webhooks import EndpointFactory

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)


def test_what_it_told_of_applications_is_missed_by_who_hears_of_their_errors() -> None:
    endpoint = EndpointFactory(event_types=["authorisation.revoked"])
    owner = MembershipFactory(organisation=endpoint.organisation).person
    for name in ("Webshop sync", "Invoice export"):
        ApplicationFactory(
            name=name,
            owner=endpoint.organisation,
            technical_contact=owner.email.upper(),
            error_mails=["errors@example.com"],
        )

    write_that_it_is_off(endpoint, Endpoint.Disabled.GONE, failing_days=5, at=AT)

    letters = {mail.to: mail.body for mail in OutgoingMail.objects.all()}
    assert OutgoingMail.objects.count() == 2
    assert "because you are an owner" in letters[owner.email]
    assert (
        "names you as technical contact or for mail about errors" in (letters["errors@example.com"])
    )


def test_of_an_endpoint_that_told_of_something_else_the_owners_alone_hear() -> None:
    endpoint = EndpointFactory(event_types=["invoice.issued"])
    owner = MembershipFactory(organisation=endpoint.organisation).person
    ApplicationFactory(owner=endpoint.organisation, error_mails=["errors@example.com"])

    write_that_it_is_off(endpoint, Endpoint.Disabled.GONE, failing_days=5, at=AT)

    assert OutgoingMail.objects.get().to == owner.email
