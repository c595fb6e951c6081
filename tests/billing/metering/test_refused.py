"""What is reported in vain is noted: whose it was, why, and of which customer's month.

An application's is told its developers once a day, the platform's waits for staff.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from billing.metering import known, refused_queries
from billing.metering.models import CountedEvent, DailyTotal, RefusedUsage
from billing.metering.operations import credentials, refused
from customers.models import OutgoingMail
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.metering import NOON, correction, event, report, taken_back
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

    from billing.metering.models import ApiCredential
    from customers.models import Tenant

pytestmark = pytest.mark.django_db

LAST_MINUTE = dt.datetime(2026, 11, 18, 23, 59, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 11, 19, tzinfo=dt.UTC)


@pytest.fixture
def sender(platform: ApiCredential, tenant: Tenant) -> ApiCredential:
    authorisation = AuthorisationFactory(
        active=True,
        tenant=tenant,
        application__standard=True,
        application__name="Webshop sync",
        application__error_mails=["errors@example.com"],
        application__owner__language="en",
    )
    return credentials.issue_for_application(
        authorisation.application,
        reference="webshop",
        name="Webshop sync",
        by=PersonFactory(staff=True),
        at=NOON,
    ).credential


def test_a_day_is_told_once_it_is_over_with_counts_by_reason(sender: ApiCredential) -> None:
    for at in (NOON, LAST_MINUTE):
        report(
            event("Cust12345", source="webshop/1"), event("Cust404"), event("Cust405"),
            event("Cust12345", source="webshop/1", quantity=0),
            by=sender, at=at,
        )  # fmt: skip

    assert refused.tell(at=LAST_MINUTE) == 0
    assert refused.tell(at=MIDNIGHT) == 1
    assert refused.tell(at=MIDNIGHT + dt.timedelta(days=1)) == 0

    letters = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(letters) == {"errors@example.com", "developer@example.com"}
    letter = letters["errors@example.com"]
    assert letter.subject == "Usage that Webshop sync reported on 18 November 2026 was refused"
    assert "6 events that Webshop sync reported" in letter.body
    assert "- 4 × unknown_tenant: No tenant here has this identifier" in letter.body
    assert "- 2 × not_positive: A quantity is at least 1" in letter.body
    assert {row.told_at for row in RefusedUsage.objects.all()} == {MIDNIGHT}


def test_each_day_has_a_letter_of_its_own(sender: ApiCredential) -> None:
    report(event("Cust404"), by=sender, at=NOON)
    report(event("Cust404"), by=sender, at=MIDNIGHT)

    assert refused.tell(at=MIDNIGHT + dt.timedelta(days=3)) == 2

    assert OutgoingMail.objects.filter(to="errors@example.com").count() == 2


def test_what_counts_and_what_the_platform_reports_in_vain_is_no_developer_s_error(
    sender: ApiCredential, platform: ApiCredential
) -> None:
    report(event("Cust12345", source="webshop/1"), by=sender)
    report(event("Cust404"), by=platform)

    assert refused.tell(at=MIDNIGHT) == 0
    assert not OutgoingMail.objects.exists()


def noted() -> list[tuple[Any, ...]]:
    rows = RefusedUsage.objects.order_by("code", "organisation", "month")
    return list(rows.values_list("code", "organisation", "month", "tenant", "events"))


def test_what_the_platform_reports_in_vain_is_noted_by_customer_and_month_of_use(
    platform: ApiCredential, tenant: Tenant
) -> None:
    """A tenant is registered three days late: what was sent before was answered, and dropped."""
    answer = report(
        event("Cust404"),
        event("Cust405", environment="stage"),
        event("Cust12345", quantity=0),
        event("Cust12345", time="2026-08-31T22:30:00Z"),  # September where its seller is
        event("Cust12345"),
        {"id": "neither a time nor a meter"},
        by=platform,
    )

    assert (answer.accepted, len(answer.rejections)) == (1, 5)
    own = tenant.organisation_id
    assert noted() == [
        ("invalid", None, None, "", 1),
        ("not_positive", own, dt.date(2026, 11, 1), "Cust12345", 1),
        ("too_old", own, dt.date(2026, 9, 1), "Cust12345", 1),
        ("unknown_tenant", None, None, "Cust405 stage", 2),
    ]
    assert {row.credential for row in RefusedUsage.objects.all()} == {platform}


def test_a_day_of_one_sender_is_one_row_for_each_reason(platform: ApiCredential) -> None:
    for at in (LAST_MINUTE, NOON, MIDNIGHT):
        report(event("Cust404"), event("Cust\x00404"), by=platform, at=at)

    days = RefusedUsage.objects.order_by("day").values_list("day", "events", "first_at", "last_at")
    assert list(days) == [
        (NOON.date(), 4, NOON, LAST_MINUTE),
        (MIDNIGHT.date(), 2, MIDNIGHT, MIDNIGHT),
    ]
    assert {row.tenant for row in RefusedUsage.objects.all()} == {"Cust\ufffd404"}


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_cannot_be_is_of_the_month_in_which_it_came(
    platform: ApiCredential, tenant: Tenant, time: str
) -> None:
    report(event("Cust12345", time=time), by=platform)

    assert RefusedUsage.objects.get().month == dt.date(2026, 11, 1)


def test_who_is_let_in_nowhere_writes_nothing_on_a_customer_s_account(
    sender: ApiCredential, tenant: Tenant
) -> None:
    elsewhere = TenantFactory(identifier="Cust777")

    report(event(elsewhere.identifier, source="webshop/1"), by=sender)

    assert noted() == [("unknown_tenant", None, None, "Cust777", 1)]


def test_who_sends_what_counts_pays_nothing_for_it(
    platform: ApiCredential,
    tenant: Tenant,
    django_assert_num_queries: DjangoAssertNumQueries,
    settings: Settings,
) -> None:
    settings.METERING_MEMORY_SECONDS = 60
    known.forget()
    report(event("Cust12345"), by=platform)  # makes the month
    report(event("Cust12345"), by=platform)

    with django_assert_num_queries(0):  # beside what is prepared, see fetch_prepared
        report(event("Cust12345"), by=platform)
    with django_assert_num_queries(1):
        report(event("Cust12345"), event("Cust404"), event("Cust12345", quantity=0), by=platform)


def test_staff_look_at_the_platform_s_once_the_day_is_over(
    sender: ApiCredential, platform: ApiCredential
) -> None:
    report(event("Cust404"), by=sender)
    report(event("Cust404"), by=platform)
    person = PersonFactory(staff=True)

    assert not refused_queries.refused_to_look_at(LAST_MINUTE).exists()
    with pytest.raises(refused.NothingToLookAt):
        refused.look_at(until=dt.date.max, by=person, at=LAST_MINUTE)
    [waiting] = refused_queries.refused_to_look_at(MIDNIGHT)
    assert waiting.credential == platform

    report(event("Cust404"), by=platform, at=MIDNIGHT)
    tomorrow = MIDNIGHT + dt.timedelta(days=1)
    assert refused.look_at(until=NOON.date(), by=person, at=tomorrow) == 1

    waiting.refresh_from_db()
    assert (waiting.looked_by, waiting.looked_at) == (person, tomorrow)
    assert [row.day for row in refused_queries.refused_to_look_at(tomorrow)] == [MIDNIGHT.date()]


def test_it_is_kept_as_long_as_any_detail(platform: ApiCredential) -> None:
    """Of the only meter 25 months, of which the first is October 2024."""
    october = dt.datetime(2024, 10, 1, tzinfo=dt.UTC)
    for at in (october - dt.timedelta(hours=1), october):
        report(event("Cust404"), by=platform, at=at)

    assert refused.forget(at=NOON) == 1
    assert refused.forget(at=NOON) == 0

    assert RefusedUsage.objects.get().day == dt.date(2024, 10, 1)


TIMES = ["2026-11-18T10:00:00Z", "2026-10-02T10:00:00Z", "2020-01-01T00:00:00Z"]
IDS = st.sampled_from([str(UUID(int=number, version=4)) for number in range(6)])
EVENTS = st.one_of(
    st.builds(
        event,
        st.sampled_from(["Cust12345", "Cust404"]),
        id=IDS,
        quantity=st.sampled_from([0, 5, 6]),
        time=st.sampled_from(TIMES),
    ),
    st.builds(correction, st.just("Cust12345"), voids=IDS, id=IDS),
    st.just({"id": "neither a time nor a meter"}),
)
BATCHES = st.lists(st.lists(EVENTS, min_size=1, max_size=6), max_size=5)


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_whatever_is_received_is_accepted_known_or_noted_as_refused(
    platform: ApiCredential, tenant: Tenant, batches: list[list[dict[str, Any]]]
) -> None:
    """Also what is sent again: a duplicate was received before, what is refused again was not."""
    with taken_back():
        answers = [report(*batch, by=platform) for batch in batches]

        for batch, answer in zip(batches, answers, strict=True):
            assert answer.accepted + answer.duplicate + len(answer.rejections) == len(batch)
        codes = Counter(str(each.code) for answer in answers for each in answer.rejections)
        rows = RefusedUsage.objects.all()
        assert sum((Counter({row.code: row.events}) for row in rows), Counter()) == codes

        named = sum(each.get("tenant") == "Cust12345" for batch in batches for each in batch)
        known_before = sum(answer.duplicate for answer in answers)
        voided = CountedEvent.objects.filter(voided_by__isnull=False).count()
        counting = sum(total.events for total in DailyTotal.objects.all())
        own = sum(row.events for row in rows if row.organisation_id == tenant.organisation_id)
        assert counting + own == named - known_before - 2 * voided
