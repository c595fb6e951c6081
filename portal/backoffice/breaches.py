"""What must always hold and does not, as the nightly check found it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.queries import breaches as queries
from billing.tasks import check_invariants
from customers import clock
from customers.models import Duty
from portal.access import staff_view
from portal.backoffice.answers import whose_task
from portal.responses.forms import done
from portal.responses.lists import page_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.http import HttpRequest, HttpResponse

    from billing.models import BrokenRule

DUTIES = (Duty.OPERATIONS, Duty.BILLING)


class Piece(NamedTuple):
    """Of an example: words, or the number of an invoice."""

    text: str
    invoice_id: int | None = None


@staff_view()
@require_safe
def breaches(request: HttpRequest) -> HttpResponse:
    broken = list(queries.broken_rules())
    context = {
        "broken": with_invoices(broken, queries.invoices_named(broken)),
        "page": page_of(request, queries.rules_that_hold_again()),
        "checked_at": queries.checked_last_at(),
        "is_being_checked": queries.is_being_checked(at=clock.now()),
        "not_mine": whose_task(request, *DUTIES),
    }
    return render(request, "backoffice/breaches.html", context)


def with_invoices(
    broken: Iterable[BrokenRule], invoices: Mapping[str, int]
) -> list[tuple[BrokenRule, list[list[Piece]]]]:
    """Each with its examples in pieces, of which those that are numbers lead to the invoice."""
    return [(each, [list(_pieces(what, invoices)) for what in each.examples]) for each in broken]


def _pieces(what: str, invoices: Mapping[str, int]) -> Iterator[Piece]:
    end = 0
    for number in queries.NUMBER.finditer(what):
        if number[0] in invoices:
            yield Piece(what[end : number.start()])
            yield Piece(number[0], invoices[number[0]])
            end = number.end()
    yield Piece(what[end:])


@staff_view(*DUTIES)
@require_POST
def check_again(request: HttpRequest) -> HttpResponse:
    """Without waiting for the night, as after something was mended."""
    if queries.is_being_checked(at=clock.now()):
        return done(request, _("The rules are being checked already."), "backoffice:breaches")
    transaction.on_commit(check_invariants.delay, robust=True)
    sentence = _("Every rule is being checked; reload the page in some minutes.")
    return done(request, sentence, "backoffice:breaches")
