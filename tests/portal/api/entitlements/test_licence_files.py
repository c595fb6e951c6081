"""A platform keeps what the portal has signed, for when it cannot be reached."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import time_machine

from customers.models import OutgoingMail, TokenScope
from customers.operations import tokens
from examples.verify_licence import keys_of, verify
from subscriptions.licence_files import operations, signing
from subscriptions.licence_files.models import LicenceFile
from tests.factories.customers import LONG_AGO, TenantFactory
from tests.portal.api.entitlements.asking import (
    MONTH_END,
    NOON,
    ask,
    cancel_at_month_end,
    subscribe,
)

if TYPE_CHECKING:
    from pytest_django import Settings

    from customers.models import Organisation, Person, Tenant

A_DAY = dt.timedelta(days=1)
A_SECOND = dt.timedelta(seconds=1)


def read(secret: str, tenant: Tenant, **headers: str) -> Any:
    return ask(secret, tenant.pk, "licence-file", **headers)


def letters() -> int:
    return OutgoingMail.objects.filter(subject__icontains="licence file").count()


def test_the_platform_gets_a_file_that_it_can_verify_alone(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)

    said = read(secret, tenant).json()

    keys = keys_of(json.dumps(signing.published_keys()))
    named = {"identifier": "Cust12345", "environment": "production"}
    content = verify(said["content"], keys, named, NOON)
    assert "custom-applications" in [each["code"] for each in content["capabilities"]]
    assert said["number"] == content["number"] == 1
    assert said["expires_at"] == content["expires_at"]


def test_asked_again_it_is_the_same_until_another_is_due(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)
    first = read(secret, tenant)

    again = read(secret, tenant, **{"if-none-match": first.headers["ETag"]})
    with time_machine.travel(MONTH_END - A_DAY, tick=False):
        due = read(secret, tenant).json()

    assert again.status_code == 304
    assert (first.json()["number"], due["number"]) == (1, 2)
    assert due["expires_at"] > first.json()["expires_at"]


def test_an_answer_stands_no_longer_than_the_file_is_the_one_that_counts(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)
    first = read(secret, tenant).json()
    warning_at = dt.datetime.fromisoformat(first["warning_at"])

    with time_machine.travel(warning_at - 20 * A_SECOND, tick=False):
        told = read(secret, tenant).json()

    assert (first["valid_until"], told["number"]) == ("2026-11-18T11:01:00Z", 1)
    assert dt.datetime.fromisoformat(told["valid_until"]) == warning_at


def test_of_the_last_file_an_answer_stands_to_its_end(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    cancel_at_month_end(subscribe(tenant, owner), owner)

    with time_machine.travel(MONTH_END - A_SECOND, tick=False):
        told = read(secret, tenant).json()

    assert told["expires_at"] == told["grace_until"] == told["valid_until"]
    assert dt.datetime.fromisoformat(told["valid_until"]) == MONTH_END


def test_nobody_gets_letters_about_what_a_program_asked_for(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    subscribe(tenant, owner)
    read(secret, tenant)

    assert operations.follow_up_due(at=MONTH_END) == 0
    assert letters() == 0

    operations.issue(tenant, by=owner, at=NOON)  # a person wants it by mail
    with time_machine.travel(MONTH_END - A_DAY, tick=False):
        assert operations.follow_up_due(at=MONTH_END - A_DAY) == 1
        said = read(secret, tenant).json()
    assert letters() == 1
    assert said["number"] == LicenceFile.objects.present().get().number == 3


def test_whoever_needs_it_by_mail_gets_it_though_a_program_was_quicker(
    secret: str, customer: Organisation, owner: Person
) -> None:
    on_premise = TenantFactory(organisation=customer, on_premise=True)
    subscribe(on_premise, owner)
    read(secret, on_premise)

    made = [operations.follow_up_due(at=NOON) for _run in range(2)]

    assert made == [1, 0]
    assert letters() == 1
    assert read(secret, on_premise).json()["number"] == 2


def test_without_a_licence_there_is_nothing_to_sign(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    cancel_at_month_end(subscribe(tenant, owner), owner)
    read(secret, tenant)

    with time_machine.travel(MONTH_END, tick=False):
        answer = read(secret, tenant)

    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_to_license")
    assert LicenceFile.objects.count() == 1


def test_without_a_key_it_says_that_nothing_can_be_signed_now(
    secret: str, tenant: Tenant, owner: Person, settings: Settings
) -> None:
    subscribe(tenant, owner)
    settings.LICENCE_SIGNING_KEY = ""

    answer = read(secret, tenant)

    assert (answer.status_code, answer.json()["code"]) == (503, "no_signing_key")
    assert "has no key" in answer.json()["detail"]
    assert LicenceFile.objects.count() == 0


def test_an_organisation_reads_its_own(
    secret: str, tenant: Tenant, owner: Person, customer: Organisation
) -> None:
    subscribe(tenant, owner)
    expires_at = LONG_AGO + 365 * A_DAY
    own = tokens.issue(
        customer,
        name="ERP",
        scopes=[TokenScope.ENTITLEMENTS_READ],
        expires_at=expires_at,
        by=owner,
        at=LONG_AGO,
    ).secret

    assert read(own, tenant).status_code == 200
    assert read(own, TenantFactory()).status_code == 404
