"""Months and days as programs write them: "2026-11", "2026-11-23"."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from ninja import Field
from pydantic import BeforeValidator

from subscriptions.periods import Month

MonthText = Annotated[
    str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", max_length=7, examples=["2026-11"])
]


def _written_out(value: Any) -> Any:
    """A number is no day, though pydantic would count seconds from 1970."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        raise ValueError("a day is written as 2026-11-23")
    return value


DayText = Annotated[dt.date, BeforeValidator(_written_out)]


def month_in(text: str) -> Month:
    return Month.of(dt.date.fromisoformat(f"{text}-01"))
