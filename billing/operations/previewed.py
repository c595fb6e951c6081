"""What a run makes for each organisation, before anything of it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from msgspec import Struct

from billing import drafting
from billing.accounts import account_of, open_books
from billing.drafts import Account, Draft, Held, lines_of
from billing.foreseen import once_issued
from billing.operations.addressing import addressed
from billing.operations.parking import Parked, with_parked
from billing.schedule import months_to_come
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from billing.drafts import DraftLine
    from catalog.models import Seller
    from customers.values import AnyCustomer


type _Read = tuple[AnyCustomer, Account | Exception]  # or why it cannot be read
type _Issued = Mapping[tuple[int, Month], Sequence[DraftLine]]  # by organisation id and month


class Preview(Struct, frozen=True):
    """What the run would make for one organisation, from the same function.

    `parked` says why it would be left out although it could be issued. `last_month` is what the
    run of the month before will issue first, where that one is still to come.
    """

    organisation: AnyCustomer
    month: Month
    outcome: tuple[Draft, ...] | Held | Exception
    parked: Parked | None = None
    last_month: Sequence[DraftLine] = ()

    @property
    def drafts(self) -> tuple[Draft, ...]:
        return self.outcome if isinstance(self.outcome, tuple) else ()

    @property
    def held(self) -> Held | None:
        return self.outcome if isinstance(self.outcome, Held) else None

    @property
    def failure(self) -> Exception | None:
        return self.outcome if isinstance(self.outcome, Exception) else None

    @property
    def problem(self) -> tuple[str, str]:
        """Cause and detail of why nothing would be issued; both empty when all is well."""
        if self.parked:
            return self.parked.cause, self.parked.detail
        if self.failure:
            return type(self.failure).__name__[:60], str(self.failure)[:2000]
        return (self.held.cause.value, "") if self.held else ("", "")


def judged(previews: Sequence[Preview], *, seller: Seller, month: Month) -> list[Preview]:
    """The same previews, each with whom its documents name, and why it is left out, if it is."""
    return with_parked(addressed(previews), seller=seller, month=month)


def previews_of(
    organisations: Iterable[AnyCustomer], *, seller: Seller, month: Month
) -> list[Preview]:
    """What the run of `month` makes for each now; eleven queries, two more where something only
    credits, however many.
    """
    return _previews(_read(list(organisations), seller), seller, month)


def foreseen_of(
    organisations: Iterable[AnyCustomer], *, seller: Seller, month: Month, at: dt.datetime
) -> list[Preview]:
    """What it will make after the runs of earlier months that are still to come at `at`; a few
    queries more for each of those, however many organisations.

    Whom such a run leaves out owes that month with the next one, as does whoever was left out by
    a run that has been.
    """
    read = {customer.pk: (customer, own) for customer, own in _read(list(organisations), seller)}
    to_come = months_to_come(read, seller, at)
    issued: dict[tuple[int, Month], tuple[DraftLine, ...]] = {}
    for earlier in sorted({each for own in to_come.values() for each in own if each < month}):
        theirs = [read[pk] for pk, own in to_come.items() if earlier in own]
        for preview in _previews(theirs, seller, earlier, issued):
            _issue(preview, read, issued)
    return _previews(read.values(), seller, month, issued)


def next_of(organisation: AnyCustomer, *, seller: Seller, at: dt.datetime) -> list[Preview]:
    """What is made for it next, oldest first: of each month whose run is still to come, and of the
    month after this one. Without those that nothing is due for.
    """
    to_come = months_to_come([organisation.pk], seller, at)[organisation.pk]
    read = {customer.pk: (customer, own) for customer, own in _read([organisation], seller)}
    issued: dict[tuple[int, Month], tuple[DraftLine, ...]] = {}
    found = []
    for month in [*to_come, Month.at(at, seller.zone).next]:
        (preview,) = _previews(read.values(), seller, month, issued)
        _issue(preview, read, issued)
        found.append(preview)
    return [preview for preview in found if preview.outcome != ()]


def _issue(
    preview: Preview,
    read: dict[int, _Read],
    issued: dict[tuple[int, Month], tuple[DraftLine, ...]],
) -> None:
    """Once its run has come: what is left out then stays due."""
    customer, account = read[preview.organisation.pk]
    if isinstance(account, Account) and not preview.problem[0]:
        read[customer.pk] = customer, once_issued(account, preview.drafts, preview.month)
        issued[customer.pk, preview.month] = lines_of(preview.drafts)


def _read(organisations: list[AnyCustomer], seller: Seller) -> Iterator[_Read]:
    """One at a time: the run need not have all of its thousands in memory at once."""
    books = open_books(organisations)
    for customer in organisations:
        try:
            yield customer, account_of(customer, seller=seller, books=books)
        except SoftTimeLimitExceeded:  # the worker's time is over; nothing is wrong with it
            raise
        except Exception as failure:  # noqa: BLE001 - one customer never stops the run
            yield customer, failure


def _previews(
    read: Iterable[_Read], seller: Seller, month: Month, issued: _Issued | None = None
) -> list[Preview]:
    previews = [_preview(customer, own, month, issued or {}) for customer, own in read]
    return judged(previews, seller=seller, month=month)


def _preview(
    organisation: AnyCustomer, account: Account | Exception, month: Month, issued: _Issued
) -> Preview:
    last_month = issued.get((organisation.pk, month.previous), ())
    if isinstance(account, Exception):
        return Preview(organisation, month, account)
    try:
        outcome = drafting.draft(account, month)
    except SoftTimeLimitExceeded:
        raise
    except Exception as failure:  # noqa: BLE001 - see above
        return Preview(organisation, month, failure, last_month=last_month)
    return Preview(organisation, month, outcome, last_month=last_month)
