"""What a run makes for each organisation, before anything of it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from msgspec import Struct

from billing import drafting
from billing.accounts import account_of, open_books
from billing.drafts import Draft, Held
from billing.foreseen import once_done
from billing.operations.addressing import addressed
from billing.operations.parking import Parked, with_parked
from billing.schedule import months_to_do

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from billing.accounts import Books
    from billing.drafts import DraftLine
    from catalog.models import Seller
    from customers.values import AnyCustomer
    from subscriptions.periods import Month


class Preview(Struct, frozen=True):
    """What the run would make for one organisation, from the same function.

    `parked` says why it would be left out although it could be issued. `last_month` is what the
    run of the month before will issue first, where that one is not done.
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
    return _previews(list(organisations), seller, month, earlier={})


def foreseen_of(
    organisations: Iterable[AnyCustomer], *, seller: Seller, month: Month, at: dt.datetime
) -> list[Preview]:
    """What it will make when the earlier months are done that are not at `at`; a few queries more,
    however many organisations.
    """
    organisations = list(organisations)
    to_do = months_to_do([each.pk for each in organisations], seller, at)
    earlier = {pk: [each for each in own if each < month] for pk, own in to_do.items()}
    return _previews(organisations, seller, month, earlier=earlier)


def _previews(
    organisations: list[AnyCustomer],
    seller: Seller,
    month: Month,
    *,
    earlier: Mapping[int, Sequence[Month]],
) -> list[Preview]:
    books = open_books(organisations)
    previews = [
        _preview(organisation, seller, month, books, earlier.get(organisation.pk, ()))
        for organisation in organisations
    ]
    return judged(previews, seller=seller, month=month)


def _preview(
    organisation: AnyCustomer,
    seller: Seller,
    month: Month,
    books: Books,
    earlier: Sequence[Month],
) -> Preview:
    try:
        account = account_of(organisation, seller=seller, books=books)
        account, lines = once_done(account, earlier)
        return Preview(
            organisation,
            month,
            drafting.draft(account, month),
            last_month=lines.get(month.previous, ()),
        )
    except SoftTimeLimitExceeded:  # the worker's time is over; nothing is wrong with the customer
        raise
    except Exception as failure:  # noqa: BLE001 - one customer never stops the run
        return Preview(organisation, month, failure)
