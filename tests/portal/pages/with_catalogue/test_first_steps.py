"""Where a partner that has built nothing yet is led from its first page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Role
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
)
from tests.factories.subscriptions import ApplicationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_who_builds_is_led_to_an_application_and_a_development_tenant() -> None:
    builder = OrganisationFactory(is_partner=True)
    client, reader = Client(), Client()
    client.force_login(MembershipFactory(organisation=builder, role=Role.OWNER).person)
    reader.force_login(MembershipFactory(organisation=builder, role=Role.READER).person)
    address = reverse("pages:overview", args=[builder.pk])
    register = reverse("pages:application_register", args=[builder.pk])
    development = reverse("pages:request_development_tenant", args=[builder.pk])

    html, by_reader = client.get(address).text, reader.get(address).text
    ApplicationFactory(owner=builder)
    registered = client.get(address).text
    client.post(development, {"purpose": "Try it"})
    later = client.get(address).text

    for step in (register, development):
        assert step in html
        assert step not in by_reader
        assert step not in later
    assert register not in registered
    assert development in registered
    assert "Add a product" not in html
    assert "Add a product" in later


def test_nor_is_a_partner_that_has_customers() -> None:
    partner = PartnerAccessFactory().partner
    client = Client()
    client.force_login(MembershipFactory(organisation=partner, role=Role.OWNER).person)

    html = client.get(reverse("pages:overview", args=[partner.pk])).text

    assert "Build an application" not in html
