"""What one application may do on a tenant, and for how long an answer stands."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import time_machine

from customers import clock
from customers.operations.policies import set_policy
from customers.policies import Policy
from subscriptions.applications import operations as applications
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.api.entitlements.asking import (
    MONTH_END,
    NOON,
    ask,
    cancel_at_month_end,
    subscribe,
)

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant


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
    assert first.headers["Valid-Until"] == first.json()["valid_until"]
    stands = NOON + dt.timedelta(seconds=90)
    assert dt.datetime.fromisoformat(same.headers["Valid-Until"]) == stands
    assert other.status_code == 200
    assert other.headers["ETag"] != mark


def test_a_policy_caps_how_long_an_answer_stands(secret: str, tenant: Tenant) -> None:
    set_policy(
        Policy.ENTITLEMENTS_STAND,
        3600,
        instead_of=60,
        reason="The platform asks too often.",
        by=PersonFactory(staff=True),
        at=clock.now(),
    )

    assert ask(secret, tenant.pk).json()["valid_until"] == "2026-11-18T12:00:00Z"
