from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any

from billing.given_back import known_to_the_run, taken_back
from billing.metering.queries import combined
from billing.models import InvoiceLine
from billing.settled import last_looked_at
from customers.bulk import any_of
from customers.models import Organisation
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping

# Organisation, product, tenant (None: all of them), component, month.
type Place = tuple[int, str, int | None, str, Month]

AT_ONCE = 500  # organisations at a time

RULE = "Every event an invoice counted is charged or free on it, and its lines sum to that."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was billed is in the rows
    """What was used since, or voided, is open until the next invoice and not judged here. So is
    a month of which a credit was taken back with its invoice: the next run gives it again.

    What staff gave back by hand changes nothing of what was used (docs/decisions/0017).
    """
    every = Organisation.objects.order_by("pk").values_list("pk", flat=True).iterator(AT_ONCE)
    for organisation_ids in batched(every, AT_ONCE):
        yield from _check(organisation_ids)


def _check(organisation_ids: Collection[int]) -> Iterator[str]:
    billed: dict[Place, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    newest: dict[Place, InvoiceLine] = {}
    explained = known_to_the_run(
        InvoiceLine.objects.filter(
            any_of("invoice__organisation", organisation_ids), why__isnull=False
        )
    )
    lines = explained.select_related("invoice")
    for line in lines.order_by("invoice__month", "invoice_id", "position"):
        component = line.component.partition(".")[0]
        where: Place = (
            line.invoice.organisation_id,
            line.product_code,
            line.tenant_id,
            component,
            Month.of(line.period_from),
        )
        billed[where][line.component] += line.invoice.sign * line.net
        newest[where] = line
    differing = [
        (place, what) for place, line in newest.items() for what in _differing(line, billed[place])
    ]
    if not differing:
        return
    due_again = taken_back(last_looked_at(organisation_ids))
    for (organisation_id, *_what, month), what in differing:
        if month not in due_again.get(organisation_id, ()):
            yield what


def _differing(line: InvoiceLine, billed: Mapping[str, Decimal]) -> Iterator[str]:
    why: Mapping[str, Any] = line.why or {}
    place = f"{line.invoice}, {line.product_code}"
    explained = {each["code"]: Decimal(each["net"]) for each in why["sums"]}
    for code in sorted({*billed, *explained}):
        paid, due = billed.get(code, Decimal(0)), explained.get(code, Decimal(0))
        if paid != due:
            yield f"{place} {code} of {line.period_from}: {paid} billed, {due} explained"
    charged = sum(each["quantity"] for each in why["used"] if not each["free"])
    if charged != why["charged"]:
        yield f"{place} {line.component}: {charged} used, {why['charged']} charged"
    if combined(each["fingerprint"] for each in why["used"]) != why["fingerprint"]:
        yield f"{place} {line.component}: another fingerprint than its events have"
