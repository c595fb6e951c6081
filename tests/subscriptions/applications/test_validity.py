"""Until when an application is let in: the customer changes the day, staff bring it forward."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from allauth.idp.oidc.models import Token
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Environment, History, OutgoingMail, Role
from subscriptions.applications import credentials, operations, tokens
from subscriptions.applications.approvers import NotYoursToApprove
from subscriptions.applications.availability import verdict_on
from subscriptions.applications.lifecycle import AuthorisationStatus, WrongStep
from subscriptions.applications.operations import OverAlready
from subscriptions.applications.validity import OnlySooner, change_end
from subscriptions.applications.verdicts import Code
from subscriptions.provisioning.models import Fact
from tests.factories.customers import MembershipFactory, PartnerAccessFactory
from tests.factories.subscriptions import AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation

DAY = dt.timedelta(days=1)
UNTIL = NOON + 30 * DAY
SOONER, LATER = NOON + 10 * DAY, NOON + 60 * DAY


@pytest.fixture
def let_in(tenant: Tenant, administrator: Person) -> Authorisation:
    asked = AuthorisationFactory(
        tenant=tenant, application__standard=True, application__name="Webshop sync"
    )
    return operations.approve(asked, valid_until=UNTIL, by=administrator, at=NOON)


def change(
    authorisation: Authorisation,
    until: dt.datetime | None,
    *,
    by: Person,
    at: dt.datetime = NOON,
) -> Authorisation:
    return change_end(authorisation, valid_until=until, reason="On trial", by=by, at=at)


def end_of(authorisation: Authorisation) -> dt.datetime | None:
    authorisation.refresh_from_db()
    return authorisation.valid_until


@pytest.mark.parametrize("until", [SOONER, LATER, None], ids=["sooner", "later", "no end"])
def test_the_customer_gives_another_day_that_counts_at_once(
    let_in: Authorisation, administrator: Person, until: dt.datetime | None
) -> None:
    change(let_in, until, by=administrator)

    assert end_of(let_in) == until
    assert verdict_on(let_in, NOON).until == until
    if until is not None:
        after = verdict_on(let_in, until)
        assert (after.allowed, after.code) == (False, Code.EXPIRED)


def test_it_is_told_to_history_platform_customer_and_developer(
    let_in: Authorisation, owner: Person, administrator: Person
) -> None:
    OutgoingMail.objects.all().delete()

    change(let_in, SOONER, by=administrator)

    told = History.objects.about(let_in).get(verb="authorisation.valid_until_changed")
    assert told.reason == "On trial"
    assert told.details["before"] == "2026-12-23T11:00:00Z"
    assert told.details["after"] == "2026-12-03T11:00:00Z"
    fact = Fact.objects.order_by("sequence").last()
    assert fact is not None
    assert fact.value is not None
    assert (fact.type, fact.value["until"]) == ("application.changed", SOONER.isoformat())
    letters = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(letters) == {owner.email, administrator.email, "developer@example.com"}
    letter = letters["developer@example.com"]
    assert letter.subject == "Until when Webshop sync may work has changed"
    assert "until 3 December 2026" in letter.body
    assert "On trial" in letter.body


def test_the_same_day_changes_nothing(let_in: Authorisation, administrator: Person) -> None:
    OutgoingMail.objects.all().delete()

    change(let_in, UNTIL, by=administrator)

    assert not History.objects.filter(verb="authorisation.valid_until_changed").exists()
    assert not OutgoingMail.objects.exists()


def test_the_app_manager_brings_the_day_forward_and_gives_no_more_time(
    let_in: Authorisation, app_manager: Person
) -> None:
    for until in (LATER, None):
        with pytest.raises(OnlySooner):
            change(let_in, until, by=app_manager)
    assert end_of(let_in) == UNTIL

    change(let_in, SOONER, by=app_manager)

    assert end_of(let_in) == SOONER


def test_the_app_manager_ends_what_had_no_end(
    let_in: Authorisation, administrator: Person, app_manager: Person
) -> None:
    change(let_in, None, by=administrator)

    change(let_in, LATER, by=app_manager)

    assert end_of(let_in) == LATER


def test_nobody_else_changes_it(
    let_in: Authorisation, customer: Organisation, sales: Person
) -> None:
    reader = MembershipFactory(organisation=customer, role=Role.READER).person
    access = PartnerAccessFactory(customer=customer)
    consultant = MembershipFactory(organisation=access.partner, role=Role.OWNER).person

    for somebody in (reader, consultant, sales):
        with pytest.raises(NotYoursToApprove):
            change(let_in, SOONER, by=somebody)
    assert end_of(let_in) == UNTIL


def test_a_day_in_the_past_is_refused(let_in: Authorisation, administrator: Person) -> None:
    with pytest.raises(OverAlready):
        change(let_in, NOON, by=administrator)
    assert end_of(let_in) == UNTIL


def test_what_is_over_gets_no_other_day(let_in: Authorisation, administrator: Person) -> None:
    with pytest.raises(WrongStep):
        change(let_in, LATER, by=administrator, at=UNTIL)
    assert end_of(let_in) == UNTIL


@pytest.mark.parametrize("status", AuthorisationStatus)
def test_only_a_yes_that_stands_has_a_day(
    tenant: Tenant, administrator: Person, status: AuthorisationStatus
) -> None:
    over = {"denied", "expired", "revoked", "deactivated"}
    authorisation = AuthorisationFactory(
        active=True,
        tenant=tenant,
        status=status,
        valid_until=UNTIL,
        closed_at=NOON if status in over else None,
        deactivation="licence_ended" if status == "deactivated" else "",
    )

    if status in ("confirmed", "active", "deactivated"):
        change(authorisation, SOONER, by=administrator)
        assert end_of(authorisation) == SOONER
    else:
        with pytest.raises(WrongStep):
            change(authorisation, SOONER, by=administrator)
        assert end_of(authorisation) == UNTIL


def test_a_token_is_judged_at_an_instant_under_the_lock(
    let_in: Authorisation, administrator: Person
) -> None:
    """What was suspended while it waited is known then, and lies in the past."""
    issued = credentials.create(
        let_in.application, Environment.PRODUCTION, by=administrator, at=NOON
    )

    def now() -> dt.datetime:
        assert "FOR NO KEY UPDATE" in asked.captured_queries[-1]["sql"]
        return NOON

    with CaptureQueriesContext(connection) as asked:
        token = tokens.issue(
            issued.credential.secrets.get(),
            tenant=let_in.tenant.identifier,
            value=tokens.new_value(),
            scopes=[],
            now=now,
        )

    assert token.created_at == NOON


def test_a_token_does_not_outlive_the_new_day(let_in: Authorisation, administrator: Person) -> None:
    issued = credentials.create(
        let_in.application, Environment.PRODUCTION, by=administrator, at=NOON
    )
    secret = issued.credential.secrets.get()
    value = tokens.new_value()
    tokens.issue(secret, tenant=let_in.tenant.identifier, value=value, scopes=[], now=lambda: NOON)
    soon = NOON + dt.timedelta(minutes=5)

    change(let_in, soon, by=administrator)

    assert Token.objects.get().expires_at == soon
    assert tokens.recognise(value, at=soon - dt.timedelta(seconds=1)) is not None
    assert tokens.recognise(value, at=soon) is None
