"""One judge answers one question after the other, each with its own verdict."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from tests.factories.documents import issued

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def test_who_stops_waiting_leaves_no_verdict_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose time is over while it waits lives on, and asks about the next invoice."""
    valid = render(issued()).ubl
    wrong = valid.replace(b"<cbc:InvoiceTypeCode>380", b"<cbc:InvoiceTypeCode>999")
    assert wrong != valid
    broken_rules("ubl", valid, is_german=False)
    wait: Callable[..., object] = select.select

    def over(*_args: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(select, "select", over)
    with pytest.raises(SoftTimeLimitExceeded):
        broken_rules("ubl", wrong, is_german=False)
    monkeypatch.setattr(select, "select", wait)

    assert broken_rules("ubl", valid, is_german=False) == ()
