from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from customers.models import History, Organisation, Person
from portal.pages.presenters.history import history_items, timeline
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory

if TYPE_CHECKING:
    from portal.pages.presenters.history import HistoryItem

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)


def told(verb: str, details: dict[str, Any], **fields: Any) -> HistoryItem:
    entry = History(
        verb=verb,
        organisation=fields.pop("organisation", OrganisationFactory.build(pk=1)),
        subject_type="subscription",
        subject_id=7,
        actor_kind=fields.pop("actor_kind", History.ActorKind.SCHEDULE),
        details=details,
        at=AT,
        recorded_at=AT,
        **fields,
    )
    return timeline([entry], ZoneInfo("Europe/Amsterdam"))[0]


@pytest.mark.parametrize(
    ("verb", "details", "title", "text"),
    [
        pytest.param(
            "subscription.cancelled",
            {"product": "scim", "ends_at": "2026-11-30T23:00:00+00:00"},
            "scim cancelled; it ends on 30 November 2026 at 23:59\u00a0CET",
            "",
            id="end-said-as-last-minute",
        ),
        pytest.param(
            "subscription.quantity_changed",
            {
                "product": "sandbox",
                "before": {"sales-premium": 5, "service-premium": 2},
                "after": {"sales-premium": 8, "service-premium": 2},
            },
            "Number of users of sandbox changed",
            "Sales Premium 5 → 8",
            id="only-what-changed",
        ),
        pytest.param(
            "tenant.state_changed",
            {"from": "running", "to": "suspended"},
            "State of : from “Running” to “Suspended”",
            "",
            id="states-by-label",
        ),
        pytest.param(
            "membership.role_changed",
            {"person": "Els", "from": "reader", "to": "tenant_administrator"},
            "Role of Els changed from Reader to Tenant administrator",
            "",
            id="roles-by-label",
        ),
        pytest.param(
            "organisation.billing_details_changed",
            {
                "from": {"city": "Utrecht", "vat_number": ""},
                "to": {"city": "Zwolle", "vat_number": "X"},
            },
            "Billing details changed",
            "City: Utrecht → Zwolle; VAT number: – → X",
            id="fields-by-name",
        ),
        pytest.param(
            "invoice.issued",
            {"number": "NL-2026-00001", "kind": "credit_note", "gross": "12.10", "currency": "EUR"},
            "Credit note NL-2026-00001 issued: €12.10",
            "",
            id="invoice-with-its-amount",
        ),
    ],
)
def test_details_become_words(verb: str, details: dict[str, Any], title: str, text: str) -> None:
    item = told(verb, details)

    assert item.title == title
    assert item.text == text


def test_where_it_happened_is_part_of_the_sentence() -> None:
    tenant = TenantFactory.build(pk=3, name="eu-nordwind")

    item = told("authorisation.deactivated", {"application": "Webshop sync"}, tenant=tenant)

    assert item.title == "Webshop sync on eu-nordwind deactivated"


@pytest.mark.parametrize(
    ("kind", "acting_for", "by"),
    [
        (History.ActorKind.SCHEDULE, False, "Automatically"),
        (History.ActorKind.PLATFORM, False, "The CRM platform"),
        (History.ActorKind.STAFF, False, "Lotte (Expander Services)"),
        (History.ActorKind.PERSON, False, "Lotte"),
        (History.ActorKind.PERSON, True, "Lotte, on behalf of Voorbeeld"),
    ],
)
def test_who_did_it(kind: str, acting_for: bool, by: str) -> None:
    person: Person = PersonFactory.build(name="Lotte")
    customer: Organisation = OrganisationFactory.build(pk=1, name="Voorbeeld")

    item = told(
        "subscription.started",
        {"product": "scim"},
        actor_kind=kind,
        actor=person if kind in ("staff", "person") else None,
        on_behalf_of=customer if acting_for else None,
    )

    assert item.by == by


def test_times_are_in_the_portals_zone_unless_another_is_named() -> None:
    entry = History(
        verb="subscription.started",
        organisation=OrganisationFactory.build(pk=1),
        actor_kind=History.ActorKind.SCHEDULE,
        at=AT,
        recorded_at=AT,
    )

    assert history_items([entry])[0].when == "1 Dec 2026, 00:00\u00a0CET"
    assert history_items([entry], zone=dt.UTC)[0].when == "30 Nov 2026, 23:00\u00a0UTC"


def test_what_is_charged_by_use_has_its_name_too() -> None:
    call_command("load_catalogue", verbosity=0)

    item = told(
        "usage.threshold_reached", {"product": "api-usage", "percent": 85, "month": "2026-11-01"}
    )

    assert item.title == "API usage: 85% of what is included in November 2026 is used"


def test_the_platforms_reasons_are_put_into_words_and_peoples_are_left() -> None:
    word = {"reason": "BackupRestored"}

    by_platform = told(
        "authorisation.revoked",
        {"application": "Printer"},
        actor_kind=History.ActorKind.PLATFORM,
        **word,
    )
    by_another = told("authorisation.revoked", {"application": "Printer"}, **word)

    assert by_platform.text.endswith("what was agreed to before counts no more")
    assert by_another.text == "BackupRestored"


@pytest.mark.parametrize("reason", ["First version.", "First version"])
def test_a_reason_that_ends_in_a_full_stop_gets_no_other(reason: str) -> None:
    item = told(
        "application.version_changed",
        {"application": "Printer", "from": {"scopes": []}, "to": {"scopes": ["crm:read"]}},
        reason=reason,
    )

    assert item.text == "First version. Scopes: – → Read the CRM"


def test_a_share_that_is_used_says_of_what() -> None:
    call_command("load_catalogue", verbosity=0)
    calls, records = (
        told(
            "usage.threshold_reached",
            {"product": "api-usage", "meter": meter, "percent": 50, "month": "2026-11-01"},
        ).title
        for meter in ("api-calls", "api-records")
    )

    assert calls == "API calls: 50% of what is included in November 2026 is used"
    assert records == "API records: 50% of what is included in November 2026 is used"
