"""What whoever builds an application reads at each choice: which licence it needs in production."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from portal.api.v1.document import document
from portal.pages.forms_applications import KIND_HINTS, TYPE_HINTS
from subscriptions.applications.models import ApplicationKind, ApplicationType
from tests.factories.customers import MembershipFactory
from tests.factories.subscriptions import ApplicationFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person


def cards(html: str, field: str) -> dict[str, str]:
    """What stands on the card of each choice of a field, by its value."""
    found = {}
    for card in re.findall(r"<label class=\"option\".*?</label>", html, re.DOTALL):
        named = re.search(rf'name="{field}" value="(\w+)"', card)
        if named:
            found[named[1]] = " ".join(re.sub(r"<[^>]+>", " ", card).split())
    return found


@pytest.fixture
def pages(customer: Organisation, browser_of: Callable[[Person], Client]) -> tuple[str, str]:
    """Where an application is registered, and the draft of one."""
    application = ApplicationFactory(unpublished=True)
    maker = MembershipFactory(organisation=application.owner)
    client, at = browser_of(maker.person), application.owner_id
    draft = [at, application.pk, application.versions.get().pk]
    return (
        client.get(reverse("pages:application_register", args=[at])).text,
        client.get(reverse("pages:application_version", args=draft)).text,
    )


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("custom", "the customer's tenant needs a subscription to Development Tools"),
        ("standard", "needs Development Tools on on-premise tenants only"),
    ],
)
def test_each_kind_says_what_it_needs(pages: tuple[str, str], value: str, says: str) -> None:
    assert says in cards(pages[0], "kind")[value].replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("web", "People sign in to it at the CRM platform"),
        ("native", "It gets no tokens from the portal; people sign in at the CRM platform."),
        ("server", "It gets tokens from the portal with its secret."),
        ("erp_sync", "needs a subscription to Development Tools, unless it is a standard"),
        ("empty", "It gets tokens from the portal with its secret."),
    ],
)
def test_each_type_says_what_it_needs_and_gets(
    pages: tuple[str, str], value: str, says: str
) -> None:
    assert says in cards(pages[0], "type")[value].replace("&#x27;", "'")


def test_mirroring_says_what_it_needs(pages: tuple[str, str]) -> None:
    said = cards(pages[1], "capabilities")

    assert set(said) == {"system_user", "webhooks", "mirroring"}
    assert "needs a subscription to Database Mirroring for it" in said["mirroring"]
    assert said["webhooks"] == "Webhooks"


def test_no_kind_and_no_type_is_without_a_line() -> None:
    assert set(KIND_HINTS) == set(ApplicationKind)
    assert set(TYPE_HINTS) == set(ApplicationType)


@pytest.mark.parametrize(
    ("schema", "field", "says"),
    [
        ("ApplicationDetails", "kind", "needs a subscription to Development Tools"),
        ("ApplicationDetails", "type", "`erp_sync` needs Development Tools in production"),
        ("ApplicationDetails", "type", "it gets no tokens from the portal"),
        ("VersionSettings", "capabilities", "needs a subscription to Database Mirroring"),
    ],
)
def test_the_api_says_it_too(schema: str, field: str, says: str) -> None:
    written: dict[str, Any] = document()["components"]["schemas"][schema]["properties"][field]

    assert says in written["description"]
