"""An application reports its own use: nothing free, and nothing in another's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.metering.judging import is_source_of
from billing.metering.models import CountedEvent, DailyTotal, UsageEvent
from billing.metering.operations import credentials
from tests.factories.customers import LONG_AGO, PersonFactory
from tests.factories.metering import codes, correction, event, platform_credential, report
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from billing.metering.models import ApiCredential
    from customers.models import Tenant

INCLUDED = {"class": "IncludedApps"}


@pytest.fixture
def shop(platform: ApiCredential, tenant: Tenant) -> ApiCredential:
    """An application's credential, where the application is let in."""
    application = AuthorisationFactory(
        application__standard=True, active=True, tenant=tenant
    ).application
    return credentials.issue_for_application(
        application, name="Shop", reference="shop-1", by=PersonFactory(staff=True), at=LONG_AGO
    ).credential


def counted_when_that_was_not_asked(event: dict[str, Any], shop: ApiCredential) -> None:
    """As before an application's class and source were looked at."""
    report(event, by=platform_credential())
    UsageEvent.objects.update(credential=shop)


# --- The class -----------------------------------------------------------------------------


def test_only_the_platform_reports_what_is_included(
    platform: ApiCredential, shop: ApiCredential
) -> None:
    free = event("Cust12345", source="shop-1/a", application="shop-1", **INCLUDED)

    refused = report(free, event("Cust12345", source="shop-1/a"), by=shop)

    assert (refused.accepted, codes(refused)) == (1, [(0, "class_not_yours")])
    assert report(free, by=platform).accepted == 1


def test_what_was_counted_as_included_is_no_error_when_it_is_sent_again(
    shop: ApiCredential,
) -> None:
    free = event("Cust12345", source="shop-1/a", application="shop-1", **INCLUDED)
    counted_when_that_was_not_asked(free, shop)

    answer = report(free, free | {"quantity": 7}, by=shop)

    assert (answer.duplicate, codes(answer)) == (1, [(1, "conflict")])


# --- The source ----------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["shop-1/gateway-1", 'shop-1/é "1"'])
def test_its_sources_begin_with_its_client_id(shop: ApiCredential, source: str) -> None:
    first = event("Cust12345", source=source)

    assert report(first, by=shop).accepted == 1
    assert report(correction("Cust12345", first["id"], source=source), by=shop).accepted == 1


@pytest.mark.parametrize(
    "source",
    ["gateway-1", "shop-1", "shop-10/a", "/a", "shop-1/a/b", "Shop-1", "/shop-1", "shop-1-eu/a"],
)
def test_every_other_source_is_refused(shop: ApiCredential, source: str) -> None:
    answer = report(
        event("Cust12345", source=source), correction("Cust12345", "any", source=source), by=shop
    )

    assert (answer.accepted, codes(answer)) == (
        0,
        [(0, "source_not_yours"), (1, "source_not_yours")],
    )
    assert CountedEvent.objects.count() == 0


def test_nothing_stands_in_the_way_of_what_the_platform_reports(
    platform: ApiCredential, shop: ApiCredential
) -> None:
    real = event("Cust12345", application="shop-1", quantity=70)
    report(real | {"quantity": 1}, by=shop)
    report(correction("Cust12345", "any", id=real["id"]), by=shop)

    answer = report(real, by=platform)

    assert (answer.accepted, answer.rejections) == (1, ())
    assert DailyTotal.objects.get().quantity == 70


def test_what_another_counted_is_neither_voided_nor_shown(
    platform: ApiCredential, shop: ApiCredential
) -> None:
    real = event("Cust12345", application="shop-1", quantity=70)
    report(real, by=platform)

    answer = report(real | {"quantity": 1}, correction("Cust12345", real["id"]), by=shop)

    assert codes(answer) == [(0, "source_not_yours"), (1, "source_not_yours")]
    assert DailyTotal.objects.get().quantity == 70


def test_what_it_counted_from_another_source_before_is_a_duplicate(shop: ApiCredential) -> None:
    old = event("Cust12345", application="shop-1")
    counted_when_that_was_not_asked(old, shop)

    answer = report(old, event("Cust12345", application="shop-1"), by=shop)

    assert (answer.accepted, answer.duplicate, codes(answer)) == (0, 1, [(1, "source_not_yours")])


def test_the_platform_takes_back_what_an_application_reported(
    platform: ApiCredential, shop: ApiCredential
) -> None:
    wrong = event("Cust12345", source="shop-1/eu")
    report(wrong, by=shop)

    assert report(correction("Cust12345", wrong["id"], source="shop-1/eu"), by=platform).accepted
    assert DailyTotal.objects.get().events == 0


_PIECES = st.text(st.sampled_from("ab/"), min_size=1, max_size=5)


@given(own=_PIECES, other=_PIECES, source=_PIECES)
def test_no_source_is_one_of_two_client_ids(own: str, other: str, source: str) -> None:
    of_own = f"{own}/{source.replace('/', '')}"

    assert is_source_of(of_own, own)
    assert is_source_of(of_own, other) == (own == other)
    assert is_source_of(source, own) == (
        source.startswith(f"{own}/") and "/" not in source[len(own) + 1 :]
    )
