from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management.base import CommandError

from billing.models import BillingRun, Invoice
from tests.factories.billing import subscriber
from tests.portal.management.conftest import ORDERED

if TYPE_CHECKING:
    from collections.abc import Callable


def test_preview_then_run(shop: None, run: Callable[..., str]) -> None:
    subscriber(ORDERED, name="Voorbeeld B.V.")
    subscriber(ORDERED, name="Clairière", country="german", vat_number="")

    previewed = run("run_billing", "--month", "2098-12", "--preview")

    assert not Invoice.objects.exists()
    assert "Voorbeeld B.V." in previewed
    assert "63.70 net" in previewed
    assert "77.08 EUR" in previewed
    assert "without a valid VAT number" in previewed

    run("advance_clock", "--to", "2098-12-01")
    printed = run("run_billing", "--month", "2098-12")

    assert "1 invoiced, 0 with nothing due, 1 held, 0 failed, 0 waiting" in printed
    assert "Clairière: The customer is in another EU country" in printed
    assert str(Invoice.objects.get().gross) == "77.08"


def test_by_hand_as_by_schedule(shop: None, run: Callable[..., str]) -> None:
    subscriber(ORDERED)
    run("advance_clock", "--to", "2098-11-30T23:59")

    with pytest.raises(CommandError, match="has not begun yet"):
        run("run_billing", "--month", "2098-12")

    assert not BillingRun.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--month", "2098-13"], "'2098-13' is no month", id="no such month"),
        pytest.param(["--month", "soon"], "write it as 2026-11", id="no month at all"),
        pytest.param(["--month", "2099-03"], "has not begun yet", id="too far ahead"),
        pytest.param(
            ["--month", "2099-03", "--preview"], "Only the next month", id="too far to preview"
        ),
        pytest.param(
            ["--month", "2098-12", "--seller", "dk"],
            "no seller 'dk'; there are: nl, no",
            id="seller",
        ),
        pytest.param(
            ["--month", "2098-10", "--seller", "nl"], "Nothing is due", id="before anything"
        ),
    ],
)
def test_refused_with_a_sentence(
    shop: None, run: Callable[..., str], arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("run_billing", *arguments)


def test_without_a_catalogue(run: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="load the catalogue first"):
        run("run_billing", "--month", "2026-11")
