"""Time passing: at each turn of a month what customers notice, by the functions the schedule calls.

What compares, checks and forgets at night is left to the worker: it goes by the real night, and
the platform may not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.documents import operations as documents
from billing.operations import coming_prices, runs, thresholds
from catalog.queries import sellers
from customers.operations import mail
from subscriptions.applications import credentials, deactivation
from subscriptions.licence_files import operations as licence_files
from subscriptions.operations import endings
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.models import BillingRun


@dataclass(frozen=True)
class Done:
    """What the jobs found to do at one instant."""

    at: dt.datetime
    ended: int
    expired: int
    runs: tuple[BillingRun, ...]
    documents: int
    thresholds: int
    coming_prices: int
    warned: int
    licence_files: int
    mailed: int


def do_what_is_due(at: dt.datetime, *, send_mail: bool = True) -> Done:
    """Ends first, so that history reads in order; amounts do not depend on it."""
    return Done(
        at=at,
        ended=endings.end_due(at=at),
        expired=deactivation.expire_due(at=at),
        runs=tuple(runs.run_due(at=at)),
        documents=_make_documents(at),
        thresholds=thresholds.tell_reached(at=at),
        coming_prices=coming_prices.tell_coming(at=at),
        warned=credentials.warn_of_ends(at=at),
        licence_files=licence_files.follow_up_due(at=at),
        mailed=_deliver_all(at) if send_mail else 0,
    )


def stops(start: dt.datetime, target: dt.datetime) -> Iterator[dt.datetime]:
    """Every start of a month of some seller after `start`, in order, and then `target`."""
    turns: set[dt.datetime] = set()
    for zone in {seller.zone for seller in sellers()}:
        month = Month.at(start, zone).next
        while month.starts_at(zone) < target:
            turns.add(month.starts_at(zone))
            month = month.next
    yield from sorted(turns)
    yield target


def _make_documents(at: dt.datetime) -> int:
    """One that fails waits for its next attempt, so this ends too."""
    made = 0
    while dealt_with := documents.make_due(at):
        made += dealt_with
    return made


def _deliver_all(at: dt.datetime) -> int:
    """A mail that fails waits for its next attempt, so this ends."""
    sent = 0
    while delivered := mail.deliver_due(at):
        sent += delivered
    return sent
