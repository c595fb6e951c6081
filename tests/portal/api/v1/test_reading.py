"""What a program reads: the same facts as on the pages, page by page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.loading import load_catalogue
from customers import history
from customers.actors import SCHEDULE
from customers.models import TokenScope
from subscriptions.applications.models import Scope
from subscriptions.operations import orders
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory
from tests.factories.documents import kept_document
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.usage import RECORDS, UNPRICED, count, explained_line, open_metered_services
from tests.portal.api.v1.conftest import NOON, pages_of, subscribed
from tests.portal.gate.worlds import issued_invoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Tenant
    from tests.portal.api.v1.conftest import Program


def every_page(program: Program, address: str, **query: Any) -> list[list[int]]:
    pages = pages_of(program, address, limit=2, **query)
    return [[each["id"] for each in page["items"]] for page in pages]


def test_pages_go_on_where_the_last_one_ended(program: Program, customer: Organisation) -> None:
    ids = [TenantFactory(organisation=customer).pk for _tenant in range(5)]

    assert every_page(program, "tenants") == [ids[:2], ids[2:4], ids[4:]]


def test_history_is_read_to_the_end_though_it_happened_at_one_instant(
    program: Program, customer: Organisation
) -> None:
    at = NOON + dt.timedelta(microseconds=123_457)
    with transaction.atomic():
        rows = [
            history.record(
                customer, "billing.held", organisation=customer, by=PersonFactory(), at=at
            )
            for _row in range(5)
        ]
    newest_first = [row.pk for row in reversed(rows)]

    pages = every_page(program, "history", verb="billing.held")

    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:]]


@pytest.mark.parametrize(
    "address", ["tenants", "subscriptions", "applications", "authorisations", "history"]
)
def test_a_longer_list_asks_no_more(
    program: Program, customer: Organisation, address: str, settings: Any
) -> None:
    settings.CLOCK_CAN_MOVE = False  # its row is a query of its own

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert program.get(address).status_code == 200
        return len(queries)

    _one_more(customer)
    asked()  # notes that the token was used
    few = asked()
    for _time in range(3):
        _one_more(customer)

    assert asked() == few


def _one_more(customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer)
    orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=PersonFactory(), at=NOON
    )
    AuthorisationFactory(active=True, tenant=tenant)


def test_history_since_a_day(program: Program, customer: Organisation) -> None:
    assert program.get("history", since="2026-11-23").json()["items"]
    assert program.get("history", since="2026-11-24").json()["items"] == []


def test_history_is_silent_about_invoices_and_usage_without_their_scopes(
    program_of: Callable[..., Program], customer: Organisation
) -> None:
    both = {"invoice.issued", "usage.threshold_reached"}
    for verb in both:
        history.record(customer, verb, organisation=customer, by=SCHEDULE, at=NOON)

    def verbs(*scopes: TokenScope) -> set[str]:
        found = program_of(customer, *scopes).get("history").json()["items"]
        return {each["verb"] for each in found} & both

    assert verbs(TokenScope.HISTORY_READ) == set()
    assert verbs(TokenScope.HISTORY_READ, TokenScope.INVOICES_READ) == {"invoice.issued"}
    assert verbs(TokenScope.HISTORY_READ, TokenScope.USAGE_READ) == {"usage.threshold_reached"}


def test_a_tenant(program: Program, tenant: Tenant) -> None:
    answer = program.get(f"tenants/{tenant.pk}").json()

    assert (answer["identifier"], answer["state"], answer["is_running"]) == (
        "Cust10001",
        "running",
        True,
    )
    assert program.get("tenants", environment="stage").json()["items"] == []
    assert program.get("tenants", environment="production").json()["items"] == [answer]


def test_products_and_where_they_can_be_had(program: Program, tenant: Tenant) -> None:
    codes = [each["code"] for each in program.get("products").json()["items"]]
    product = program.get(f"products/{DEVELOPMENT_TOOLS}").json()

    assert codes[0] == DEVELOPMENT_TOOLS
    assert product["price"]["components"][0]["unit_price"] == {
        "amount": "49.00",
        "currency": "EUR",
    }
    assert product["places"] == [
        {"tenant_id": tenant.pk, "can_order": True, "subscription_id": None, "obstacles": []}
    ]
    assert program.get("products/moon").json()["code"] == "not_for_sale"


def test_products_come_in_pages_in_the_order_of_the_catalogue(program: Program) -> None:
    everything = program.get("products").json()
    codes = [each["code"] for each in everything["items"]]
    found, cursor = [], None
    while True:
        page = program.get("products", limit=1, **({"cursor": cursor} if cursor else {})).json()
        found += [each["code"] for each in page["items"]]
        if not (cursor := page["next_cursor"]):
            break

    assert found == codes
    assert len(codes) > 1
    assert everything["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["WyJhIl0", "W10", "WzEsMl0", "WyJhIiwiYiJd"])
def test_products_go_on_behind_a_product_only(program: Program, cursor: str) -> None:
    response = program.get("products", cursor=cursor)

    assert (response.status_code, response.json()["code"]) == (422, "unreadable_cursor")


def test_a_product_says_what_it_measures_and_what_that_costs(
    program_of: Callable[..., Program],
) -> None:
    load_catalogue(on=NOON.date())
    program = program_of(OrganisationFactory(dutch=True))

    [charge] = program.get("products/development-tools").json()["charges"]
    none = program.get("products/scim").json()["charges"]

    assert (charge["code"], charge["name"], charge["is_example"]) == (
        "api-usage",
        "API usage",
        True,
    )
    calls = charge["rates"][0]
    assert (calls["model"], calls["included_per_user"]) == ("graduated", 10_000)
    assert [(tier["up_to"], tier["unit_price"]["amount"]) for tier in calls["tiers"]] == [
        (1_000_000, "0.0004"),
        (None, "0.0003"),
    ]
    assert none == []


def test_subscriptions_are_narrowed(program: Program, tenant: Tenant) -> None:
    subscription = orders.subscribe(
        tenant.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=tenant,
        by=PersonFactory(),
        at=NOON,
    )

    def found(**query: Any) -> list[int]:
        return [each["id"] for each in program.get("subscriptions", **query).json()["items"]]

    assert found() == found(status="active") == found(tenant_id=tenant.pk) == [subscription.pk]
    assert found(product_code=DEVELOPMENT_TOOLS) == [subscription.pk]
    assert found(status="ended") == found(tenant_id=1) == found(product_code="scim") == []


def test_applications_and_what_they_may(
    program: Program, customer: Organisation, tenant: Tenant
) -> None:
    own = ApplicationFactory(owner=customer)
    authorisation = AuthorisationFactory(active=True, tenant=tenant)

    applications = program.get("applications").json()["items"]
    one = program.get(f"authorisations/{authorisation.pk}").json()

    assert [each["id"] for each in applications] == [own.pk, authorisation.application_id]
    assert (one["status"], one["is_available"], one["obstacle"]) == (
        "active",
        False,
        "licence_missing",
    )
    assert (one["code"], one["scopes"]) == (1, [scope.value for scope in Scope])
    assert one["tenant"] == {
        "identifier": tenant.identifier,
        "serial_number": "",
        "environment": "production",
    }
    listed = program.get("authorisations", tenant_id=tenant.pk, status="active").json()["items"]
    assert listed == [one]
    assert program.get("authorisations", application_id=own.pk).json()["items"] == []
    assert one["valid_until"] is None


def test_an_authorisation_says_until_when_the_customer_let_it_in(
    program: Program, tenant: Tenant
) -> None:
    subscribed(tenant)
    until = NOON + dt.timedelta(days=30)
    authorisation = AuthorisationFactory(active=True, tenant=tenant, valid_until=until)

    one = program.get(f"authorisations/{authorisation.pk}").json()

    assert one["valid_until"] == one["available_until"] == "2026-12-23T11:00:00Z"


def test_an_invoice_with_its_lines_and_files(program: Program, customer: Organisation) -> None:
    invoice = issued_invoice(customer)
    line, document = explained_line(invoice), kept_document(invoice)

    [listed] = program.get("invoices", month="2026-11").json()["items"]
    answer = program.get(f"invoices/{invoice.pk}").json()

    assert listed.items() <= answer.items()
    assert [each["id"] for each in answer["lines"]] == [line.pk]
    [file] = answer["documents"]
    assert file["id"] == document.pk
    kept = program.get(file["url"].removeprefix("/api/v1/"))
    assert kept.content == bytes(document.content)
    assert kept.headers["Content-Type"] == document.content_type
    assert program.get("invoices", month="2026-10").json()["items"] == []


def test_an_invoice_in_the_portals_other_language(program: Program, customer: Organisation) -> None:
    invoice = issued_invoice(customer)
    explained_line(invoice)
    assert program.get(f"invoices/{invoice.pk}").json()["translations"] == []
    kept_document(invoice)

    [listed] = program.get(f"invoices/{invoice.pk}").json()["translations"]

    assert listed["language"] == "nl"
    answer = program.get(listed["url"].removeprefix("/api/v1/"))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f"{invoice.number}-translation-nl.pdf" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert program.get(f"invoices/{invoice.pk}/translations/en").status_code == 404
    assert program.get(f"invoices/{invoice.pk}/translations/de").status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "2026-1", "november"])
def test_a_month_is_written_as_one(program: Program, month: str) -> None:
    assert program.get("invoices", month=month).status_code == 422
    assert program.get("usage", month=month).status_code == 422


def test_use_says_why_it_costs_nothing_as_the_invoice_does(
    program: Program, customer: Organisation, tenant: Tenant
) -> None:
    open_metered_services()
    count(tenant, "2026-11-09", 150_000, meter=RECORDS)

    def free() -> list[str | None]:
        return [each["free"] for each in program.get("usage").json()["totals"]]

    assert free() == ["not_subscribed"]
    count(tenant, "2026-11-09", 5, meter=UNPRICED)
    assert free() == ["not_subscribed", "no_price"]
    orders.subscribe(customer, product_code=SCIM, by=PersonFactory(), at=NOON)
    assert free() == [None, "no_price"]


def test_use_comes_by_tenant_and_all_of_a_tenant_together(
    program: Program, customer: Organisation, tenant: Tenant
) -> None:
    open_metered_services()
    orders.subscribe(customer, product_code=SCIM, by=PersonFactory(), at=NOON)
    others: list[Tenant] = [TenantFactory(organisation=customer, name=name) for name in ("C", "B")]
    unused = TenantFactory(organisation=customer)
    for each in (*others, tenant):
        count(each, "2026-11-09", 1_000)
        count(each, "2026-11-09", 50_000, meter=RECORDS)
        count(each, "2026-11-10", 7, application="other")

    whole = program.get("usage").json()
    pages = list(pages_of(program, "usage", limit=2))

    assert unused.pk not in {each["tenant_id"] for each in whole["totals"]}
    assert [[each["tenant_id"] for each in page["totals"]] for page in pages] == [
        [tenant.pk] * 3 + [others[0].pk] * 3,
        [others[1].pk] * 3,
    ]
    # The licence for the whole organisation is charged once, not on every page.
    assert [[each["tenant"] for each in page["services"]].count("") for page in pages] == [1, 0]
    assert [each for page in pages for each in page["totals"]] == whole["totals"]
    assert len(whole["services"]) == sum(len(page["services"]) for page in pages) == 4


@pytest.mark.parametrize("cursor", ["WyJhIl0", "W10", "WzEsMl0"])
def test_use_goes_on_behind_a_tenant_only(program: Program, cursor: str) -> None:
    response = program.get("usage", cursor=cursor)

    assert (response.status_code, response.json()["code"]) == (422, "unreadable_cursor")
