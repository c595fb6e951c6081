"""What the page for cancelling says of the lines of the last document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from billing.operations import runs
from billing.queries import cancellation_charges
from portal.pages.presenters.cancellation import charge
from tests.billing.documents.test_settlements import credited_by_hand
from tests.factories.billing import local, subscriber
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from subscriptions.models import Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("credits_go")]


def said(subscription: Subscription, language: str = "en") -> tuple[str, ...]:
    """Of an end on 16 December at once."""
    now = local("2026-12-16")
    with translation.override(language):
        charges = cancellation_charges(subscription, ends_at=now, at=now, language=language)
        return charge(charges).sentences


@pytest.mark.parametrize(
    ("language", "names"),
    [
        pytest.param("en", ("(Credited)", "(Credited by hand before)"), id="en"),
        pytest.param("nl", ("(Gecrediteerd)", "(Eerder handmatig gecrediteerd)"), id="nl"),
    ],
)
def test_what_was_credited_by_hand_looks_like_no_further_credit(
    language: str, names: tuple[str, str]
) -> None:
    open_shop()
    subscription = credited_by_hand("30.00")

    credit, settled, *_rest = said(subscription, language)

    assert credit.startswith(f"Development Tools · licence {names[0]}, 17–31 ")
    assert settled.startswith(f"Development Tools · licence {names[1]}, ")
    assert settled.replace(",", ".").endswith("14.52")


def test_a_line_alone_needs_no_name() -> None:
    open_shop()
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=local("2026-12-01", "00:05"))

    assert said(subscription)[0].startswith("17–31 December 2026: ")
