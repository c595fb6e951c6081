"""What may be used, as programs ask it: who may ask, what is answered, for how long it stands."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from catalog.models import Product, ProductVersion
from customers.models import Organisation, OrganisationToken, Person, Tenant, TokenScope
from customers.operations import tokens
from subscriptions.applications import operations as applications
from subscriptions.operations import orders, suspensions
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from tests.factories.customers import (
    LONG_AGO,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
    TenantUserPlanFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM, open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subscriptions.models import Subscription

SCOPE = ApiCredential.Scope.ENTITLEMENTS_READ
NOON = dt.datetime(2026, 11, 18, 11, 0, tzinfo=dt.UTC)
A_MINUTE = dt.timedelta(minutes=1)
MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)  # midnight in Amsterdam
TOOLS = [
    "crmscript",
    "triggers",
    "screen-designer",
    "custom-screens",
    "extra-tables",
    "apis",
    "sod",
    "custom-applications",
]


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def secret(db: None) -> str:
    open_shop()
    _sell_all_the_tools()
    by = PersonFactory(staff=True)
    return credentials.issue_for_platform(name="Platform", scope=SCOPE, by=by, at=LONG_AGO).secret


@pytest.fixture
def customer(secret: str) -> Organisation:
    return OrganisationFactory(dutch=True)


@pytest.fixture
def owner(customer: Organisation) -> Person:
    return MembershipFactory(organisation=customer).person


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, identifier="Cust12345")


def _sell_all_the_tools() -> None:
    """As the catalogue's own file has it."""
    ProductVersion.objects.create(
        product=Product.objects.get(code=DEVELOPMENT_TOOLS),
        number=2,
        content_hash="1" * 64,
        scope="site",
        deployments=["online", "on_premise"],
        included_in_plans=["core", "growth", "plus", "super"],
        capabilities=TOOLS,
        inside=[
            {"code": code, "minimum_crm_version": "10.0" if code == "screen-designer" else ""}
            for code in TOOLS
        ],
        texts={"en": {"name": "Development Tools"}},
    )


def subscribe(
    tenant: Tenant, owner: Person, product: str = DEVELOPMENT_TOOLS, at: dt.datetime = NOON
) -> Subscription:
    place = None if product == SCIM else tenant
    return orders.subscribe(
        tenant.organisation, product_code=product, tenant=place, by=owner, at=at
    )


def cancel_at_month_end(subscription: Subscription, owner: Person) -> None:
    when = CancelWhen.MONTH_END
    shown = consequences(subscription, when=when, at=NOON)
    cancel(subscription, when=when, confirmed=shown.fingerprint, by=owner, at=NOON)


def ask(secret: str | None, tenant: object, path: str = "entitlements", **headers: str) -> Any:
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    return Client().get(f"/api/v1/tenants/{tenant}/{path}", headers=headers)


def capabilities(secret: str, tenant: Tenant) -> dict[str, dict[str, Any]]:
    answer = ask(secret, tenant.pk)
    assert answer.status_code == 200
    return {each["code"]: each for each in answer.json()["capabilities"]}


# --- Capabilities ---


def test_a_tenant_without_anything_may_use_nothing(secret: str, tenant: Tenant) -> None:
    answer = ask(secret, tenant.pk)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "at": "2026-11-18T11:00:00Z",
        "valid_until": "2026-11-18T11:01:00Z",
        "tenant": {"id": tenant.pk, "identifier": "Cust12345", "environment": "production"},
        "capabilities": [],
    }


def test_a_subscription_gives_its_capabilities_and_no_product_names(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)

    found = capabilities(secret, tenant)

    assert list(found) == TOOLS
    assert found["crmscript"] == {
        "code": "crmscript",
        "available": True,
        "source": ["subscription"],
    }
    assert found["screen-designer"] == {
        "code": "screen-designer",
        "available": True,
        "source": ["subscription"],
        "minimum_crm_version": "10.0",
        "right": "field-administrator",
    }
    assert DEVELOPMENT_TOOLS not in ask(secret, tenant.pk).content.decode()


def test_it_is_right_at_the_very_instant_without_any_job(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    cancel_at_month_end(subscribe(tenant, owner), owner)

    with time_machine.travel(MONTH_END - dt.timedelta(seconds=1), tick=False):
        before = ask(secret, tenant.pk)
    with time_machine.travel(MONTH_END, tick=False):
        after = ask(secret, tenant.pk)

    assert before.json()["capabilities"][0]["until"] == "2026-11-30T23:00:00Z"
    assert before.json()["valid_until"] == "2026-11-30T23:00:00Z"
    assert before.headers["Cache-Control"] == "private, max-age=1"
    assert after.json()["capabilities"] == []


def test_extra_tables_depend_on_the_user_plan(secret: str, tenant: Tenant, owner: Person) -> None:
    subscribe(tenant, owner)
    TenantUserPlanFactory(tenant=tenant, plan="service-essentials")
    TenantUserPlanFactory(tenant=tenant, plan="sales-premium")
    TenantUserPlanFactory(tenant=tenant, plan="complete")
    TenantUserPlanFactory(tenant=tenant, plan="marketing-premium", users=0)

    tables = capabilities(secret, tenant)["extra-tables"]

    assert tables["user_plans"] == {
        "complete": ["view", "edit", "search", "report"],
        "sales-premium": ["view", "edit"],
        "service-essentials": ["view", "edit", "search", "report"],
    }


@pytest.mark.parametrize(
    ("version", "available"),
    [("9.2", False), ("9.12.1", False), ("10", True), ("10.0", True), ("10.3.2", True)],
)
def test_screen_designer_needs_version_10(
    secret: str, customer: Organisation, owner: Person, version: str, available: bool
) -> None:
    tenant = TenantFactory(organisation=customer, crm_version=version)
    subscribe(tenant, owner)

    found = capabilities(secret, tenant)

    assert found["screen-designer"]["available"] == available
    assert found["screen-designer"].get("reason") == (None if available else "crm_version_too_low")
    assert found["crmscript"]["available"]


@pytest.mark.parametrize(
    ("plan", "limit"), [("core", 0), ("growth", 15), ("plus", None), ("super", None)]
)
def test_a_crm_suite_plan_counts_and_fences_in(
    secret: str, customer: Organisation, plan: str, limit: int | None
) -> None:
    tenant = TenantFactory(organisation=customer, commercial_model="crm_suite", crm_suite_plan=plan)

    found = capabilities(secret, tenant)

    assert list(found) == TOOLS
    assert found["extra-tables"]["source"] == ["plan"]
    assert found["extra-tables"].get("limit") == limit


def test_the_starter_plan_brings_no_tools(secret: str, customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, crm_suite_starter=True)

    assert capabilities(secret, tenant) == {}


def test_a_sod_tenant_has_the_tools_for_free(secret: str, customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, developer=True)

    found = capabilities(secret, tenant)

    assert list(found) == TOOLS
    assert found["apis"]["source"] == ["developer_tenant"]


def test_a_sandbox_has_its_own_licences_and_not_its_sources(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)
    copy = TenantFactory(
        organisation=tenant.organisation, kind="sandbox", source=tenant, identifier="Cust2"
    )

    assert capabilities(secret, copy) == {}

    subscribe(copy, owner)
    assert list(capabilities(secret, copy)) == TOOLS


def test_what_is_for_online_tenants_is_not_for_one_on_premise(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    ProductVersion.objects.create(
        product=Product.objects.get(code=SCIM),
        number=2,
        content_hash="2" * 64,
        scope="organisation",
        deployments=["online"],
        capabilities=["scim"],
        texts={"en": {"name": "SCIM"}},
    )
    subscribe(tenant, owner, SCIM)
    basement = TenantFactory(organisation=tenant.organisation, on_premise=True)

    assert list(capabilities(secret, tenant)) == ["scim"]
    assert capabilities(secret, basement) == {}


def test_nothing_is_available_on_a_tenant_that_does_not_run(
    secret: str, customer: Organisation, owner: Person
) -> None:
    tenant = TenantFactory(organisation=customer)
    subscribe(tenant, owner)
    Tenant.objects.update(state=4)

    found = capabilities(secret, tenant)

    assert {each["reason"] for each in found.values()} == {"tenant_not_running"}
    assert not any(each["available"] for each in found.values())


def test_a_suspension_takes_everything_at_once(secret: str, tenant: Tenant, owner: Person) -> None:
    subscription = subscribe(tenant, owner, at=NOON - A_MINUTE)
    sales = PersonFactory(staff=True, duties=["sales"])
    suspensions.suspend(subscription, reason="Not paid", by=sales, at=NOON)

    assert capabilities(secret, tenant) == {}

    with time_machine.travel(NOON + A_MINUTE, tick=False):
        suspensions.resume(subscription, by=sales, at=NOON + A_MINUTE)
        assert list(capabilities(secret, tenant)) == TOOLS


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Cust12345", 200),
        ("cUST12345", 200),
        ("Cust12345?environment=production", 200),
        ("Cust12345?environment=sod", 404),
        ("Cust99", 404),
        ("0", 404),
        ("nobody", 404),
        ("9" * 40, 404),
    ],
)
def test_a_tenant_is_named_by_identifier_too(
    secret: str, tenant: Tenant, name: str, status: int
) -> None:
    name, _mark, query = name.partition("?")

    answer = ask(secret, name, f"entitlements?{query}")

    assert answer.status_code == status


# --- One application ---


def test_an_application_works_as_long_as_consent_and_licence_do(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    application = ApplicationFactory()
    path = f"applications/{application.pk}"
    never = ask(secret, tenant.pk, path).json()["entitlement"]
    consent = applications.request(application, tenant=tenant, by=owner, at=NOON)
    asked = ask(secret, tenant.pk, path).json()["entitlement"]
    applications.confirm(consent, by=owner, at=NOON)
    confirmed = ask(secret, tenant.pk, path).json()["entitlement"]
    applications.grant(consent, by=PersonFactory(staff=True, duties=["app_manager"]), at=NOON)
    waiting = ask(secret, tenant.pk, path).json()["entitlement"]
    cancel_at_month_end(subscribe(tenant, owner), owner)
    works = ask(secret, tenant.pk, path).json()
    with time_machine.travel(MONTH_END, tick=False):
        ended = ask(secret, tenant.pk, path).json()["entitlement"]
    applications.revoke(consent, reason="No longer needed", by=owner, at=NOON)
    revoked = ask(secret, tenant.pk, path).json()["entitlement"]

    found = [never, asked, confirmed, waiting, works["entitlement"], ended, revoked]
    assert [(each["allowed"], each["code"], each["reason"]) for each in found] == [
        (False, 4, "not_requested"),
        (False, 4, "requested"),
        (False, 4, "confirmed"),
        (False, 1, "licence_missing"),
        (True, 0, None),
        (False, 1, "licence_missing"),
        (False, 1, "revoked"),
    ]
    assert works["entitlement"]["until"] == "2026-11-30T23:00:00Z"
    assert works["application"] == application.pk
    assert all(each["detail"] for each in found)


def test_consent_stands_while_the_tenant_does_not_run(secret: str, customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer, suspended=True, crm_suite_core=True)
    consent = AuthorisationFactory(tenant=tenant, active=True)

    found = ask(secret, tenant.pk, f"applications/{consent.application_id}").json()

    verdict = found["entitlement"]
    assert (verdict["allowed"], verdict["code"]) == (False, 0)
    assert verdict["reason"] == "tenant_not_running"


def test_an_unknown_application_is_not_there(secret: str, tenant: Tenant) -> None:
    assert ask(secret, tenant.pk, "applications/1").status_code == 404


# --- For how long ---


def test_who_has_the_same_answer_gets_none(secret: str, tenant: Tenant, owner: Person) -> None:
    subscription = subscribe(tenant, owner)
    first = ask(secret, tenant.pk)
    mark = first.headers["ETag"]

    with time_machine.travel(NOON + dt.timedelta(seconds=30), tick=False):
        same = ask(secret, tenant.pk, if_none_match=f'"other", {mark}')
        cancel_at_month_end(subscription, owner)
        other = ask(secret, tenant.pk, if_none_match=mark)

    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["ETag"] == mark
    assert same.headers["Cache-Control"] == "private, max-age=60"
    assert other.status_code == 200
    assert other.headers["ETag"] != mark


def test_a_policy_caps_how_long_an_answer_stands(
    secret: str, tenant: Tenant, settings: Any
) -> None:
    settings.ENTITLEMENTS_STAND_SECONDS = 3600

    assert ask(secret, tenant.pk).json()["valid_until"] == "2026-11-18T12:00:00Z"


# --- Who may ask ---


@pytest.mark.parametrize("shown", [None, "", "exs_guessed"])
def test_nobody_asks_without_a_credential(secret: str, tenant: Tenant, shown: str | None) -> None:
    answer = ask(shown, tenant.pk)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_revoked_credential_asks_nothing_from_the_next_question_on(
    secret: str, tenant: Tenant
) -> None:
    assert ask(secret, tenant.pk).status_code == 200

    credentials.revoke(ApiCredential.objects.get(), by=PersonFactory(staff=True), at=NOON)

    assert ask(secret, tenant.pk).status_code == 401


def test_a_credential_for_something_else_is_refused(secret: str, tenant: Tenant) -> None:
    other = credentials.issue_for_platform(name="Usage", by=PersonFactory(staff=True), at=LONG_AGO)

    assert ask(other.secret, tenant.pk).status_code == 403


def test_an_application_asks_about_itself_where_it_was_let_in(secret: str, tenant: Tenant) -> None:
    consent = AuthorisationFactory(tenant=tenant, active=True)
    other = AuthorisationFactory(tenant=tenant, active=True)
    asked_for = AuthorisationFactory(application=consent.application)
    stranger = TenantFactory()
    own = credentials.issue_for_application(
        consent.application,
        name="Shop",
        reference="shop-1",
        scope=SCOPE,
        by=PersonFactory(staff=True),
        at=LONG_AGO,
    ).secret
    itself = f"applications/{consent.application_id}"

    statuses = {
        "tenant": ask(own, tenant.pk).status_code,
        "itself": ask(own, tenant.pk, itself).status_code,
        "another": ask(own, tenant.pk, f"applications/{other.application_id}").status_code,
        "tenant that has not answered": ask(own, asked_for.tenant_id).status_code,
        "itself there": ask(own, asked_for.tenant_id, itself).status_code,
        "stranger": ask(own, stranger.pk).status_code,
        "itself at a stranger's": ask(own, stranger.pk, itself).status_code,
    }

    assert statuses == {
        "tenant": 200,
        "itself": 200,
        "another": 404,
        "tenant that has not answered": 404,
        "itself there": 200,
        "stranger": 404,
        "itself at a stranger's": 404,
    }


def test_an_organisation_asks_about_its_own_tenants(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    own = token_of(tenant.organisation, owner)
    subscribe(tenant, owner)
    consent = AuthorisationFactory(tenant=tenant)
    strangers = AuthorisationFactory()
    nowhere = ApplicationFactory()

    statuses = {
        "its own": ask(own, tenant.pk).status_code,
        "another's": ask(own, strangers.tenant_id).status_code,
        "who asked": ask(own, tenant.pk, f"applications/{consent.application_id}").status_code,
        "who never did": ask(own, tenant.pk, f"applications/{nowhere.pk}").status_code,
    }

    assert statuses == {"its own": 200, "another's": 404, "who asked": 200, "who never did": 404}
    assert OrganisationToken.objects.get().last_used_at == NOON


def test_who_built_an_application_asks_about_it_on_every_tenant(secret: str) -> None:
    consent = AuthorisationFactory()
    builder = consent.application.owner
    own = token_of(builder, MembershipFactory(organisation=builder).person)

    application = ask(own, consent.tenant_id, f"applications/{consent.application_id}")
    tenant = ask(own, consent.tenant_id)

    assert (application.status_code, tenant.status_code) == (200, 404)


@pytest.mark.parametrize("what", ["expired", "revoked", "for something else"])
def test_a_token_that_is_not_good_asks_nothing(
    secret: str, tenant: Tenant, owner: Person, what: str
) -> None:
    scope = TokenScope.USAGE_READ if what == "for something else" else TokenScope.ENTITLEMENTS_READ
    own = token_of(tenant.organisation, owner, scope)
    token = OrganisationToken.objects.get()
    if what == "expired":
        OrganisationToken.objects.update(expires_at=NOON)
    elif what == "revoked":
        tokens.revoke(token, by=owner, at=NOON)

    assert ask(own, tenant.pk).status_code == (403 if what == "for something else" else 401)


def token_of(
    organisation: Organisation, by: Person, scope: TokenScope = TokenScope.ENTITLEMENTS_READ
) -> str:
    expires_at = LONG_AGO + dt.timedelta(days=365)
    return tokens.issue(
        organisation, name="ERP", scopes=[scope], expires_at=expires_at, by=by, at=LONG_AGO
    ).secret


def test_last_use_is_noted_to_the_minute(secret: str, tenant: Tenant) -> None:
    ask(secret, tenant.pk)
    with time_machine.travel(NOON + dt.timedelta(seconds=50), tick=False):
        ask(secret, tenant.pk)

    assert ApiCredential.objects.get().last_used_at == NOON


def test_it_is_asked_with_get(secret: str, tenant: Tenant) -> None:
    refused = Client().post(
        f"/api/v1/tenants/{tenant.pk}/entitlements", headers={"authorization": f"Bearer {secret}"}
    )

    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


def test_it_costs_one_statement(secret: str, tenant: Tenant, owner: Person, settings: Any) -> None:
    subscribe(tenant, owner)
    ask(secret, tenant.pk)
    settings.CLOCK_CAN_MOVE = False  # as on a server; otherwise the shift is asked for

    with CaptureQueriesContext(connection) as through_django:
        answer = ask(secret, tenant.pk)

    assert answer.status_code == 200
    assert len(through_django) == 0  # its one statement goes past Django's cursor
