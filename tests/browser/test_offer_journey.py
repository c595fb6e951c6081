"""A customer finds a standard application, lets it in itself, and ends it again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from customers import clock
from customers.models import Environment, OutgoingMail
from portal.demo import people
from portal.demo.customers import create_demo_customers
from subscriptions.applications import credentials
from subscriptions.applications.models import Authorisation
from tests.browser.conftest import set_clock
from tests.browser.programs import send, token_for
from tests.factories.subscriptions import ApplicationFactory

if TYPE_CHECKING:
    from tests.browser.conftest import Door

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MORNING = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def test_found_approved_used_and_ended(door: Door) -> None:
    set_clock(MORNING)
    call_command("load_catalogue", verbosity=0)
    demo = create_demo_customers(at=MORNING - dt.timedelta(days=30))
    survey = ApplicationFactory(
        owner=demo.partner,
        standard=True,
        name="Klantonderzoek",
        version__scopes=["crm:read", "entitlements:read"],
        version__capabilities=["webhooks"],
    )
    issued = credentials.create(survey, Environment.PRODUCTION, by=demo.consultant, at=clock.now())
    client_id, secret = issued.credential.client_id, issued.secret
    assert secret
    tenant = demo.production.identifier
    before = token_for(door, client_id, secret, tenant)
    assert "access_token" not in before

    owner = door.visitor(language="en", who=people.OWNER)
    owner.go(f"/organisations/{demo.dutch.pk}/applications/")
    owner.follow("Applications you can use")
    owner.write("q", "onderzoek")
    owner.press("Search")
    owner.follow_name("Klantonderzoek", within="main")
    owner.reads("Webhooks: it hears at once when something changes in the CRM.")
    owner.main.locator(f"a[href$='/tenants/{demo.production.pk}/']").click()
    owner.reads("You can end it at any moment", "Read the CRM")
    owner.press("I approve")
    owner.reads("You have approved Klantonderzoek.", "Available now")

    found = token_for(door, client_id, secret, tenant)
    shown = {"Authorization": f"Bearer {found['access_token']}"}
    assert send(f"{door.address}/api/oauth/application", shown)[0] == 200
    letter = OutgoingMail.objects.get(
        to=survey.technical_contact, body__contains="/authorisations/"
    )
    assert demo.production.label in letter.body

    owner.main.locator("[name=reason]").first.fill("Geen behoefte meer")
    owner.press("Revoke the authorisation")
    owner.reads("Klantonderzoek is shut out, from now on.")

    assert send(f"{door.address}/api/oauth/application", shown)[0] == 401
    assert token_for(door, client_id, secret, tenant)["reason"] == "revoked"
    assert Authorisation.objects.get().status == "revoked"
    owner.follow("Let it in again")
    owner.reads("I approve")
