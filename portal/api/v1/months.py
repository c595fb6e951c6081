"""Months as programs write them: "2026-11"."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from ninja import Field

from subscriptions.periods import Month

MonthText = Annotated[
    str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", max_length=7, examples=["2026-11"])
]


def month_in(text: str) -> Month:
    return Month.of(dt.date.fromisoformat(f"{text}-01"))
