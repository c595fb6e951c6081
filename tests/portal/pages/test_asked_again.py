"""What is asked for once more: approval of what can do more, and of what was ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from customers.models import Role
from subscriptions.applications.models import Authorisation
from tests.factories.customers import MembershipFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Tenant

    type Address = Callable[..., str]


@pytest.fixture
def widened(tenant: Tenant) -> Authorisation:
    """Works no more: it can do more than its customer agreed to."""
    widened: Authorisation = AuthorisationFactory(
        tenant=tenant,
        active=True,
        application__name="Label printer",
        application__version__capabilities=["mirroring", "webhooks"],
        application__version__scopes=["crm:read", "crm:write"],
        agreed_capabilities=["mirroring"],
        agreed_scopes=["crm:read"],
        status="needs_reapproval",
    )
    return widened


def test_who_decides_again_reads_that_it_is_shut_out_and_what_is_new(
    signed_in: Client, page: Address, widened: Authorisation
) -> None:
    listed = signed_in.get(page("application_list")).text
    html = signed_in.get(page("authorisation_detail", widened.pk)).text

    for shown in (listed, html):
        assert "Needs approval again" in shown
        assert "It can do more than was agreed to. It is shut out until you agree." in shown
        assert "You decide whether it may work" not in shown
    assert "New since it was agreed to: <strong>Webhooks, Write to the CRM</strong>" in html
    assert "back in on" in html
    assert "With its tokens it may: <strong>Read the CRM, Write to the CRM</strong>" in html


def test_a_first_request_has_nothing_new(
    signed_in: Client, page: Address, widened: Authorisation
) -> None:
    Authorisation.objects.update(status="requested")

    html = signed_in.get(page("authorisation_detail", widened.pk)).text

    assert "You decide whether it may work on this tenant." in html
    assert "New since" not in html


@pytest.fixture
def denied(tenant: Tenant) -> Authorisation:
    """Asked for by its id, of a customer that let its builder in nowhere."""
    contact = MembershipFactory(organisation=tenant.organisation, role=Role.READER).person
    denied: Authorisation = AuthorisationFactory(
        tenant=tenant,
        status="denied",
        closed_at=NOON,
        contact_email=contact.email,
        note="For the labels",
    )
    return denied


def at_builder(authorisation: Authorisation, name: str, *ids: int) -> str:
    return _at(authorisation.application.owner, name, *ids)


def _at(organisation: Organisation, name: str, *ids: int) -> str:
    from django.urls import reverse

    return reverse(f"pages:{name}", args=[organisation.pk, *ids])


def browser_at(organisation: Organisation) -> Client:
    client = Client()
    member = MembershipFactory(organisation=organisation, role=Role.DEVELOPER)
    client.force_login(member.person)
    return client


def typed_on(html: str) -> dict[str, str]:
    """What the form is filled in with."""
    values = dict(re.findall(r'<input[^>]*name="(\w+)" value="([^"]+)"', html))
    [environment] = re.findall(r'<option value="(production|stage|sod)"[^>]* selected', html)
    [note] = re.findall(r"<textarea[^>]*>\s*([^<]*)</textarea>", html)
    return {key: values[key] for key in ("identifier", "contact_email")} | {
        "tenant": "",
        "environment": environment,
        "note": note,
    }


def test_a_builder_asks_again_without_typing_anything(denied: Authorisation) -> None:
    client = browser_at(denied.application.owner)
    html = client.get(at_builder(denied, "authorisation_detail", denied.pk)).text
    [address] = re.findall(r'href="([^"]*\?again=[^"]*)"', html)

    typed = typed_on(client.get(address).text)
    answer = client.post(address, typed)

    assert typed["identifier"] == denied.tenant.identifier
    assert (typed["contact_email"], typed["note"]) == (denied.contact_email, "For the labels")
    assert answer.status_code == 302
    asked = Authorisation.objects.get()
    assert (asked.status, asked.contact_email) == ("requested", denied.contact_email)


def test_the_customer_asks_again_for_the_tenant_of_its_own(
    signed_in: Client, page: Address, denied: Authorisation
) -> None:
    html = signed_in.get(page("authorisation_detail", denied.pk)).text
    [address] = re.findall(r'href="([^"]*\?again=[^"]*)"', html)

    form = signed_in.get(address).text

    assert re.search(rf'<option value="{denied.tenant_id}"[^>]* selected', form)


def test_nobody_reads_of_anothers_tenant_by_its_number(denied: Authorisation) -> None:
    another = ApplicationFactory()
    client = browser_at(another.owner)
    address = _at(another.owner, "authorisation_request", another.pk)

    for named in (str(denied.pk), "9" * 30, "x", "\u0662"):
        html = client.get(address, {"again": named}).text
        assert denied.contact_email not in html
        assert str(denied.tenant.identifier) not in html
