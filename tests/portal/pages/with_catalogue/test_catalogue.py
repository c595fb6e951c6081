from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Organisation, Role
from subscriptions.operations import orders
from tests.factories.customers import TenantFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Person, Tenant

pytestmark = pytest.mark.django_db

PRODUCTS = (
    "Development Tools",
    "Sandbox Production Environment",
    "Database Mirroring",
    "Cross-domain identity management (SCIM)",
    "Databridge",
)


def test_the_five_products_stand_in_two_groups(signed_in: Client, show: Callable[..., str]) -> None:
    html = show("catalogue")

    headings = ("Development tools</h2>", "Development products</h2>")
    in_order = (
        headings[0],
        f">{PRODUCTS[0]}<",
        headings[1],
        *(f">{name}<" for name in PRODUCTS[1:]),
    )
    places = [html.index(text) for text in in_order]
    assert places == sorted(places)
    assert html.count("Example price") == 5
    assert "from €45.00" in html


def test_what_one_has_is_shown_with_its_tenant(
    signed_in: Client,
    show: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
) -> None:
    TenantFactory(organisation=customer, name="Met plan", crm_suite_core=True)
    orders.subscribe(customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON)

    html = show("catalogue")

    assert "Hoofdkantoor" in html
    assert "Met plan" in html
    assert "In CRM Suite Core" in html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Expander Services", ["Development Tools"]),
        ("tool box", ["Development Tools"]),
        ("database mirror", ["Database Mirroring"]),
        ("crmscript", ["Development Tools"]),
        ("soap", ["Development Tools"]),
        ("koppelingen", ["Development Tools"]),
        ("testomgeving", ["Sandbox Production Environment"]),
        ("zzz", []),
    ],
)
def test_the_search_knows_other_names(
    signed_in: Client, show: Callable[..., str], text: str, found: list[str]
) -> None:
    html = show("catalogue", query=f"?q={text}")

    assert [name for name in PRODUCTS if f">{name}<" in html] == found


@pytest.mark.parametrize(
    ("question", "first"),
    [
        pytest.param("wat kost ontwikkeltools", "Development Tools", id="what one costs"),
        pytest.param("sandbox kopie", "Sandbox Production Environment", id="one word of two"),
        pytest.param("CRMScript macro", "Development Tools", id="two things inside"),
        pytest.param("hoe krijg ik een database", "Database Mirroring", id="a question"),
        pytest.param("what does the sandbox do?", "Sandbox Production Environment", id="English"),
    ],
)
def test_a_question_is_searched_word_by_word(
    signed_in: Client, show: Callable[..., str], question: str, first: str
) -> None:
    html = show("catalogue", query=f"?q={question}")

    found = [name for name in PRODUCTS if f">{name}<" in html]
    assert first in found
    assert len(found) < len(PRODUCTS)


@pytest.mark.parametrize("question", ["prijs", "kosten", "wat kost", "how much does it cost", ""])
def test_who_asks_for_prices_sees_everything_with_its_price(
    signed_in: Client, show: Callable[..., str], question: str
) -> None:
    html = show("catalogue", query=f"?q={question}")

    assert [name for name in PRODUCTS if f">{name}<" in html] == list(PRODUCTS)
    assert html.count("€") >= len(PRODUCTS)


def test_within_a_group_the_best_comes_first(signed_in: Client, show: Callable[..., str]) -> None:
    """Several say “database” somewhere; one is called so."""
    html = show("catalogue", query="?q=databridge")

    products = [name for name in PRODUCTS[1:] if f">{name}<" in html]
    assert min(products, key=lambda name: html.index(f">{name}<")) == "Databridge"


def test_the_search_says_which_other_name_it_met(
    signed_in: Client, show: Callable[..., str]
) -> None:
    assert "Also known as Expander Services" in show("catalogue", query="?q=expander")


@pytest.mark.parametrize("text", ["api", "script", "webhook", "koppeling", "integratie"])
@pytest.mark.parametrize("language", ["en", "nl"])
def test_what_people_look_for_finds_the_tools(
    signed_in: Client, show: Callable[..., str], text: str, language: str
) -> None:
    html = show("catalogue", query=f"?q={text}", language=language)

    assert "/catalogue/development-tools/" in html


def test_the_search_says_what_inside_it_met(signed_in: Client, show: Callable[..., str]) -> None:
    assert "With SuperOffice APIs" in show("catalogue", query="?q=soap")


def test_what_it_costs_and_where_it_is_ordered_comes_before_what_it_is_for(
    signed_in: Client, show: Callable[..., str], tenant: Tenant
) -> None:
    html = show("product", "development-tools")

    places = [html.index(f'id="{each}"') for each in ("price", "places", "purpose", "inside")]
    assert places == sorted(places)


def test_what_is_inside_is_named_and_told_a_click_away(
    signed_in: Client, show: Callable[..., str], tenant: Tenant
) -> None:
    inside = show("product", "development-tools").split('id="inside"')[1].split('id="how"')[0]

    for each in inside.split("<h3>")[1:]:
        assert each.index("<details>") < each.index("Skills it takes") < each.index("</details>")


def test_a_product_page_carries_what_the_seeds_page_carries(
    signed_in: Client, show: Callable[..., str], tenant: Tenant
) -> None:
    html = show("product", "development-tools")

    for section in (
        "What it is for",
        "What you can do with it",
        "What is inside",
        "How it works",
        "When you need it",
        "Do I need Development Tools?",
        "How to get it",
        "When it ends",
        "Read on",
        "Who it is for",
    ):
        assert section in html, section
    for tool in ("CRMScript", "Screen Designer", "Skills it takes", "CRM 10.0 or later"):
        assert tool in html, tool
    assert "https://www.nuget.org/profiles/SuperOffice" in html
    assert "€588.00" in html
    assert "Price since 1 January 2026" in html
    assert "From 1 January 2027" in html


def test_subscribing_is_offered_per_tenant_with_the_reason_where_it_is_not(
    signed_in: Client, show: Callable[..., str], customer: Organisation, tenant: Tenant
) -> None:
    basement = TenantFactory(organisation=customer, name="Kelder", on_premise=True)

    html = show("product", "database-mirroring")

    url = reverse("pages:subscribe", args=[customer.pk, "database-mirroring"])
    assert f"{url}?tenant={tenant.pk}" in html
    assert f"{url}?tenant={basement.pk}" not in html
    assert "It is available for Online tenants; this is On-premise." in html
    assert "Ask for advice about moving online." in html


def test_a_reader_sees_the_page_and_no_way_to_order_or_ask(
    member: Callable[[Role], Membership], show: Callable[..., str], tenant: Tenant
) -> None:
    member(Role.READER)

    html = show("product", "development-tools")

    assert "It can be ordered here by an owner or tenant administrator." in html
    assert "?product=" not in html
    assert "button--primary" not in html


def test_without_a_price_nobody_is_said_to_order_it(
    member: Callable[[Role], Membership],
    show: Callable[..., str],
    customer: Organisation,
    tenant: Tenant,
) -> None:
    Organisation.objects.filter(pk=customer.pk).update(currency="SEK")

    for role in (Role.OWNER, Role.READER):
        member(role)
        html = show("product", "development-tools")

        assert "It has no price in your currency yet." in html
        assert "It can be ordered here" not in html


def test_who_asks_for_advice_while_ordering_asks_about_the_product(
    signed_in: Client, show: Callable[..., str], customer: Organisation, tenant: Tenant
) -> None:
    Organisation.objects.filter(pk=customer.pk).update(currency="SEK")
    ask = reverse("pages:advice_ask", args=[customer.pk])

    html = show("subscribe", "development-tools")

    assert f'href="{ask}?product=development-tools"' in html


def test_an_unknown_product_is_not_there(signed_in: Client, customer: Organisation) -> None:
    address = reverse("pages:product", args=[customer.pk, "perpetuum-mobile"])

    assert signed_in.get(address).status_code == 404
