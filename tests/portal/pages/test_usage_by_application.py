"""Which application made these calls, on which day, on which tenant: asked by the address."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.metering.models import UsageClass
from billing.metering.operations import credentials as keys
from customers.models import Environment, Role
from portal.responses.lists import ROWS_OF_SEVERAL
from subscriptions.applications import credentials
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.usage import RECORDS, UNPRICED, count, open_metered_services
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Application

    type Address = Callable[..., str]


@pytest.fixture
def branch(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Filiaal")


@pytest.fixture(autouse=True)
def used(tenant: Tenant, branch: Tenant, noon: time_machine.Traveller) -> str:
    """In November, by an application of its own client id, an included one and who knows which.

    Answers that client id.
    """
    open_metered_services()
    webshop = let_in(tenant, "Webshop sync")
    client_id = client_id_of(webshop)
    count(tenant, "2026-11-05", 400, application=client_id)
    count(tenant, "2026-11-06", 30, application=client_id)
    count(branch, "2026-11-06", 7, application=client_id)
    count(tenant, "2026-11-06", 5, meter=RECORDS, application=client_id)
    count_of_outlook(tenant, "2026-11-06", 900)
    count_of_outlook(tenant, "2026-10-06", 11)
    count(branch, "2026-11-09", 60, application="")
    count(TenantFactory(), "2026-11-05", 5_555, application="Of others")
    return client_id


def count_of_outlook(tenant: Tenant, day: str, quantity: int) -> None:
    count(tenant, day, quantity, application="Outlook", usage_class=UsageClass.INCLUDED_APPS)


def let_in(tenant: Tenant, name: str) -> Application:
    application = ApplicationFactory(name=name)
    AuthorisationFactory(application=application, tenant=tenant, active=True)
    return application


def client_id_of(application: Application) -> str:
    issued = credentials.create(
        application, Environment.PRODUCTION, by=PersonFactory(), at=NOON
    ).credential
    return issued.client_id


def offered(html: str, name: str) -> list[str]:
    [select] = re.findall(rf'<select name="{name}".*?</select>', html, flags=re.DOTALL)
    return [unescape(value) for value in re.findall(r'<option value="(.*?)"', select)]


def csv_of(client: Client, address: str, **asked: str | int) -> list[list[str]]:
    body = client.get(address, {"format": "csv", **asked}).content.decode("utf-8-sig")
    return [line.split(",") for line in body.splitlines()[1:]]


def test_offered_is_what_used_something_in_that_month(signed_in: Client, page: Address) -> None:
    november = signed_in.get(page("usage")).content.decode()
    october = signed_in.get(page("usage"), {"month": "2026-10"}).content.decode()

    assert offered(november, "application") == ["", "Outlook", "Webshop sync", "–"]
    assert offered(october, "application") == ["", "Outlook"]
    assert "Of others" not in november


def test_one_application_has_its_chart_its_days_and_its_csv(
    signed_in: Client, page: Address, tenant: Tenant, branch: Tenant
) -> None:
    found = signed_in.get(page("usage"), {"application": "Webshop sync"})

    calls, records = found.context["charts"]
    assert [(bar.day.day, bar.quantity) for bar in calls.bars] == [(5, "400"), (6, "37")]
    assert [(bar.day.day, bar.quantity) for bar in records.bars] == [(6, "5")]
    days = [(day.day.day, day.tenant, day.quantity) for day in found.context["day_rows"]]
    assert days == [
        (5, tenant.label, "400"),
        (6, branch.label, "7"),
        (6, tenant.label, "30"),
        (6, tenant.label, "5"),
    ]
    assert {row.application for row in found.context["rows"]} == {"Webshop sync"}
    assert [row[0] for row in csv_of(signed_in, page("usage"), application="Webshop sync")] == [
        "2026-11-05",
        "2026-11-06",
        "2026-11-06",
        "2026-11-06",
    ]
    assert "900" not in found.content.decode()
    assert "for all applications together" in found.content.decode()
    assert not found.context["places"].paginator.count


def test_a_day_says_which_application_it_was_on_which_tenant(
    signed_in: Client, page: Address, branch: Tenant
) -> None:
    found = signed_in.get(page("usage"), {"day": "6", "meter": "api-calls"})

    rows = [(row.application, row.tenant, row.quantity) for row in found.context["rows"]]
    assert ("Webshop sync", branch.label, "7") in rows
    assert sorted(quantity for _who, _where, quantity in rows) == ["30", "7", "900"]
    assert not found.context["day_rows"]
    [chart] = found.context["charts"]
    assert [bar.day.day for bar in chart.bars if not bar.is_aside] == [6]
    assert len(csv_of(signed_in, page("usage"), day=6, meter="api-calls")) == 3


def test_with_a_tenant_and_a_meter_it_is_the_days_of_one_row(
    signed_in: Client, page: Address
) -> None:
    rows = signed_in.get(page("usage")).context["rows"]

    for row in rows:
        found = signed_in.get(page("usage") + row.address)
        [same] = found.context["rows"]
        assert (same.application, same.tenant, same.meter) == (
            row.application,
            row.tenant,
            row.meter,
        )
        assert same.quantity == row.quantity
        days = [int(day.quantity) for day in found.context["day_rows"]]
        assert sum(days) == int(row.quantity)
    assert len(rows) == 5


def test_what_the_applications_used_is_all_that_was_used(signed_in: Client, page: Address) -> None:
    names = offered(signed_in.get(page("usage")).content.decode(), "application")

    apart = [
        row for name in names[1:] for row in csv_of(signed_in, page("usage"), application=name)
    ]

    assert sorted(apart) == sorted(csv_of(signed_in, page("usage")))


def test_every_client_id_of_an_application_is_the_application(
    signed_in: Client, page: Address, tenant: Tenant, used: str
) -> None:
    [webshop] = [each.application for each in tenant.authorisations.all()]
    keys.issue_for_application(
        webshop, name="Gateway", reference="shop-1", by=PersonFactory(), at=NOON
    )
    count(tenant, "2026-11-10", 8, application="shop-1")

    for asked in ("Webshop sync", "shop-1", used):
        found = signed_in.get(page("usage"), {"application": asked, "tenant": str(tenant.pk)})
        assert [day.day.day for day in found.context["day_rows"]] == [5, 6, 6, 10]
        assert 'value="Webshop sync" selected' in found.content.decode()


def test_two_of_the_same_name_are_told_apart_by_who_built_them(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    second = let_in(tenant, "Webshop sync")
    count(tenant, "2026-11-20", 77, application=client_id_of(second))
    name = f"Webshop sync ({second.owner.name})"

    found = signed_in.get(page("usage"), {"application": name})

    assert [row.quantity for row in found.context["rows"]] == ["77"]
    assert len(offered(found.content.decode(), "application")) == 5


@pytest.mark.parametrize(
    "asked",
    [
        {"application": "Of others"},
        {"application": "Webshop sync", "month": "2026-10"},
        {"application": "<script>"},
        {"application": "Outlook", "day": "7"},
        {"meter": UNPRICED},
    ],
    ids=["of others", "another month", "no name", "another day", "meter"],
)
def test_what_was_not_used_has_an_empty_answer_that_keeps_the_question(
    signed_in: Client, page: Address, asked: dict[str, str]
) -> None:
    found = signed_in.get(page("usage"), asked)
    html = found.content.decode()

    assert found.status_code == 200
    assert "Nothing was used of what you chose" in html
    assert "Show everything of this month" in html
    assert "5,555" not in html
    assert "<script>" not in html
    for name, value in asked.items():
        assert value in offered(html, name)
    assert csv_of(signed_in, page("usage"), **asked) == []


def test_a_tenant_without_use_is_ones_own(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    quiet = TenantFactory(organisation=customer, name="Stil")

    found = signed_in.get(page("usage"), {"tenant": quiet.pk})

    assert found.status_code == 200
    assert f'value="{quiet.pk}" selected' in found.content.decode()
    assert "Nothing was used of what you chose" in found.content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"month": "november"}, "This is no month."),
        ({"month": "9999-12"}, "This is no month."),
        ({"tenant": "0"}, "There is no such tenant here."),
        ({"tenant": "all of them"}, "There is no such tenant here."),
        ({"meter": "miles"}, "There is no such meter."),
        ({"day": "31"}, "This month has no such day."),
        ({"day": "yesterday"}, "This month has no such day."),
    ],
)
@pytest.mark.parametrize("shape", ["", "csv"])
def test_what_there_is_not_is_said_and_nothing_is_shown_for_it(
    signed_in: Client, page: Address, asked: dict[str, str], said: str, shape: str
) -> None:
    found = signed_in.get(page("usage"), {**asked, "format": shape})

    assert found.status_code == 400
    html = found.content.decode()
    assert said in html
    assert "There is nothing at this address" in html
    assert not found.context["rows"]
    assert not found.context["charts"]


def test_a_tenant_of_others_is_none(signed_in: Client, page: Address) -> None:
    theirs = TenantFactory(name="Geheim")
    count(theirs, "2026-11-05", 4_321)

    found = signed_in.get(page("usage"), {"tenant": theirs.pk})

    assert found.status_code == 400
    assert "Geheim" not in found.content.decode()
    assert "4,321" not in found.content.decode()


def test_many_days_are_read_a_page_at_a_time(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    for number in range(ROWS_OF_SEVERAL):
        count_of_outlook(TenantFactory(organisation=customer), "2026-11-06", number + 1)

    asked = {"application": "Outlook", "days": "2"}
    with CaptureQueriesContext(connection) as context:
        found = signed_in.get(page("usage"), asked)

    assert len(found.context["day_rows"]) == 1
    read = [each["sql"] for each in context.captured_queries]
    assert not [sql for sql in read if "metering_usageevent" in sql]
    of_days = [sql for sql in read if 'FROM "metering_dailytotal"' in sql]
    plain = [sql for sql in of_days if "GROUP BY" not in sql and "DISTINCT" not in sql]
    assert all("LIMIT" in sql or "COUNT(" in sql for sql in plain)


def test_a_developer_follows_it_without_its_cost(
    browser_of: Callable[[Person], Client], member_of: Callable[[Role], Person], page: Address
) -> None:
    developer = browser_of(member_of(Role.DEVELOPER))

    text = developer.get(page("usage"), {"application": "Webshop sync"}).content.decode()

    assert "437" in text
    assert "€" not in text
