"""What the platform reports of its tenants, a page at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings

from subscriptions.provisioning import exchange
from subscriptions.provisioning.models import LONGEST_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from customers.clock import Clock
    from customers.models import Tenant
    from subscriptions.provisioning.exchange import Line

PAGE = 500  # tenants the platform reports at a time

type Key = tuple[str, str]  # environment, identifier in capitals


# What staff read in words of their own language (`portal/backoffice/differences.py`).
NO_PLATFORM = "OPERATION_CENTER_URL is not set"
NOT_AS_AGREED = "a report that is not as agreed"


class NoReport(Exception):
    """The platform did not report as agreed."""


@dataclass(frozen=True)
class Report:
    """What the platform believes of one tenant; or which field of what it says is not as agreed."""

    state: int | None
    sequence: int  # of the last fact that it applied
    holds: Mapping[str, Any]
    odd_field: str = ""


def reports(real_now: Clock) -> dict[Key, Report]:
    """What the platform believes of all its tenants. Raises NoReport.

    An entry that is not as agreed concerns its own tenant; one that names none, all:
    nobody could say which tenant it leaves out.
    """
    if not settings.OPERATION_CENTER_URL:
        raise NoReport(NO_PLATFORM)
    with exchange.open_line(real_now) as line:
        return dict(_pages(line))


def key_of(tenant: Tenant) -> Key:
    """Identifiers are the same in any case (D2.1)."""
    return tenant.environment, tenant.identifier.upper()


def _pages(line: Line) -> Iterator[tuple[Key, Report]]:
    after = ""
    while True:
        answer = line.get(f"/tenants?limit={PAGE}&after={after}")
        content = answer.json() if answer.is_good else None
        if not isinstance(content, dict) or not isinstance(content.get("tenants"), list):
            raise NoReport(answer.trouble or f"HTTP {answer.status}")
        try:
            yield from map(_report, content["tenants"])
            following = quote(content.get("next") or "")
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise NoReport(NOT_AS_AGREED) from None
        if not following or following == after:
            return
        after = following


def _report(said: Any) -> tuple[Key, Report]:
    """Raises what an entry that names no tenant leads to."""
    environment, identifier = said["environment"], said["identifier"]
    if not isinstance(environment, str):
        raise TypeError(environment)
    _require_keepable([environment, identifier])
    key = environment, identifier.upper()
    if odd := next((field for field in READ if not _is_as_agreed(field, said)), ""):
        return key, Report(None, 0, {}, odd_field=odd)
    return key, Report(said.get("state"), int(said["sequence"]), dict(said["holds"]))


def _is_as_agreed(field: str, said: Any) -> bool:
    try:
        value = said.get(field) if field == "state" else said[field]
        _require_keepable(value)
        READ[field](value)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    return True


def _subjects(holds: Any) -> dict[str, Any]:
    """Raises ValueError for a subject that is too long."""
    found = dict(holds)
    if max(map(len, found), default=0) > LONGEST_SUBJECT:
        raise ValueError(found)
    return found


# What is read of an entry, and what raises where it is not as agreed.
READ: dict[str, Callable[[Any], object]] = {
    "state": lambda code: code,
    "sequence": int,
    "holds": _subjects,
}


def _require_keepable(said: Any) -> None:
    """Raises ValueError for what no row of ours could hold: a NUL, half a pair, no number."""
    text = json.dumps(said, ensure_ascii=False, allow_nan=False)
    text.encode()
    if r"\u0000" in text.replace(r"\\", ""):  # as JSON writes a NUL, and not what looks like it
        raise ValueError("a NUL")
