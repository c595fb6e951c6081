"""The catalogue that ships: what the seed page says must be in it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from catalog.loading import load_catalogue
from catalog.models import Product, Seller
from catalog.money import Currency, Money
from catalog.queries import (
    catalogue_page,
    current_version,
    next_steps,
    price_for,
    product_page,
    seller_for,
)
from catalog.validating import read_catalogue
from tests.catalog.conftest import TODAY
from tests.kept import kept_until_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

TOOLS, SANDBOX = "development-tools", "sandbox-production-environment"
MIRRORING, SCIM, DATABRIDGE = "database-mirroring", "scim", "databridge"
FIVE = [TOOLS, SANDBOX, MIRRORING, SCIM, DATABRIDGE]
PLANS = [
    "sales-essentials",
    "sales-premium",
    "service-essentials",
    "service-premium",
    "marketing-essentials",
    "marketing-premium",
]


@pytest.fixture(scope="module")
def _loaded_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with kept_until_the_end(django_db_blocker, lambda: load_catalogue(on=TODAY)):
        yield


@pytest.fixture
def loaded(_loaded_once: None, db: None) -> None:
    """The tables hold what ships."""


@pytest.mark.parametrize("language", ["nl", "en"])
def test_five_products_in_order(loaded: None, language: str) -> None:
    names = {
        "nl": [
            "Ontwikkeltools",
            "Sandbox Productieomgeving",
            "Database Mirroring",
            "Cross-domain identity management (SCIM)",
            "Databridge",
        ],
        "en": [
            "Development Tools",
            "Sandbox Production Environment",
            "Database Mirroring",
            "Cross-domain identity management (SCIM)",
            "Databridge",
        ],
    }

    entries = catalogue_page(language)

    assert [entry.code for entry in entries] == FIVE
    assert [entry.name for entry in entries] == names[language]


@pytest.mark.parametrize(
    ("code", "scope", "deployments", "confirmed", "plans"),
    [
        (TOOLS, "site", ["online", "on_premise"], False, ["core", "growth", "plus", "super"]),
        (SANDBOX, "tenant", ["online"], True, []),
        (MIRRORING, "tenant", ["online"], True, ["super"]),
        (SCIM, "organisation", ["online"], False, []),
        (DATABRIDGE, "organisation", ["online", "on_premise"], False, []),
    ],
)
def test_how_each_is_sold(
    loaded: None,
    code: str,
    scope: str,
    deployments: list[str],
    confirmed: bool,
    plans: list[str],
) -> None:
    version = current_version(code)

    assert (version.scope, version.deployments) == (scope, deployments)
    assert version.policy.needs_confirmation is confirmed
    assert version.policy.restore_days == 30
    assert version.included_in_plans == plans
    assert version.prerequisites == []
    assert version.needs_online_source is (code == SANDBOX)


def test_what_is_inside_development_tools(loaded: None) -> None:
    page = product_page(TOOLS, "en")

    assert [tool.code for tool in page.inside] == [
        "crmscript",
        "triggers",
        "screen-designer",
        "custom-screens",
        "extra-tables",
        "apis",
        "sod",
        "custom-applications",
    ]
    tools = {tool.code: tool for tool in page.inside}
    assert tools["screen-designer"].minimum_crm_version == "10.0"
    assert "Field administrator" in tools["screen-designer"].who
    assert "Service user plan" in tools["extra-tables"].who
    assert [link.label for link in tools["apis"].links] == ["NuGet packages", "Samples on GitHub"]


@pytest.mark.parametrize("code", FIVE)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_has_every_part(loaded: None, code: str, language: str) -> None:
    page = product_page(code, language, currency="EUR", on=dt.date(2026, 11, 23))

    parts = (page.purpose, page.uses, page.how, page.when, page.getting, page.leaving)
    assert all(parts)
    assert page.inside
    assert page.links
    assert next_steps(Product.objects.get(code=code), language)
    assert page.price is not None
    assert page.price.example


def test_every_link_of_the_seed_page_is_there(loaded: None) -> None:
    links = {link for code in FIVE for link in product_page(code, "nl").links}

    paths = sorted({link.address.split("/", 3)[3] for link in links})
    assert paths == [
        "SuperOffice",
        "appstore/",
        "company/partners/",
        "en/automation/crmscript/overview/index.html",
        "en/automation/trigger/create-trigger-macro.html",
        "en/developer-portal/custom-app/index.html",
        "en/developer-portal/getting-started/get-access-to-sod.html",
        "en/developer-portal/getting-started/index.html#tenant",
        "en/developer-portal/standard-app/index.html",
        "en/online/identity/scim/index.html",
        "en/online/mirroring/index.html",
        "en/online/sandbox/index.html",
        "en/ui/blogic/custom-screens/index.html",
        "nl/admin/license/user-plans.html",
        "nl/custom-objects/learn/extra-table.html",
        "nl/customization/screen-designer/admin/index.html",
        "pricing/",
        "profiles/SuperOffice",
    ]


def test_dutch_and_english_are_not_the_same_text() -> None:
    for product in read_catalogue().products:
        dutch, english = (product.version["texts"][language] for language in ("nl", "en"))
        assert dutch["summary"] != english["summary"]
        for part in ("purpose", "uses", "how", "when", "getting", "leaving"):
            assert not set(dutch[part]) & set(english[part])
        steps = [
            {step["text"] for step in texts.get("next_steps", ())} for texts in (dutch, english)
        ]
        assert not steps[0] & steps[1]


def test_dutch_says_u() -> None:
    """Formal address: the seed's je and jouw are not taken over."""
    for product in read_catalogue().products:
        words = str([product.version["texts"]["nl"], product.version["inside"]]).split()
        assert not {"je", "jij", "jou", "jouw"} & {word.strip("'\",.:;").lower() for word in words}


@pytest.mark.parametrize(
    ("code", "currency", "on", "amount"),
    [
        (TOOLS, "EUR", dt.date(2026, 1, 1), "588"),
        (TOOLS, "EUR", dt.date(2026, 12, 31), "588"),
        (TOOLS, "EUR", dt.date(2027, 1, 1), "604"),
        (TOOLS, "NOK", dt.date(2026, 1, 1), "6790"),
        (TOOLS, "NOK", dt.date(2027, 1, 1), "6990"),
        (MIRRORING, "EUR", dt.date(2027, 1, 1), "392.50"),
        (SCIM, "NOK", dt.date(2026, 6, 1), "2790"),
        (DATABRIDGE, "EUR", dt.date(2026, 6, 1), "149.95"),
    ],
)
def test_flat_example_prices(
    loaded: None, code: str, currency: str, on: dt.date, amount: str
) -> None:
    price = price_for(Product.objects.get(code=code), currency, on)

    licence = price.components.get()
    assert price.example
    assert (licence.code, licence.is_counted) == ("licence", False)
    assert licence.charge(1) == Money(Decimal(amount), Currency(currency))


@pytest.mark.parametrize("currency", ["EUR", "NOK"])
def test_a_sandbox_is_priced_per_user_plan(loaded: None, currency: str) -> None:
    price = price_for(Product.objects.get(code=SANDBOX), currency, dt.date(2026, 1, 1))

    components = list(price.components.all())
    assert [component.code for component in components] == PLANS
    assert all(component.is_counted for component in components)


def test_two_sellers(loaded: None) -> None:
    assert seller_for("NO").currency == "NOK"
    assert seller_for("NL").currency == seller_for("SE").currency == "EUR"
    assert all("Example" in seller.legal_name for seller in Seller.objects.all())


def test_loading_it_again_changes_nothing(loaded: None) -> None:
    assert load_catalogue(on=TODAY).changes == ()
