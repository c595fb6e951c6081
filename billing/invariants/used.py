from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any

from billing.given_back import known_to_the_run
from billing.metering.queries import combined
from billing.models import InvoiceLine
from customers.bulk import any_of
from customers.models import Organisation
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping

AT_ONCE = 500  # organisations at a time

RULE = "Every event an invoice counted is charged or free on it, and its lines sum to that."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was billed is in the rows
    """What was used since, or voided, is open until the next invoice and not judged here.

    What staff gave back by hand changes nothing of what was used (docs/decisions/0017).
    """
    every = Organisation.objects.order_by("pk").values_list("pk", flat=True).iterator(AT_ONCE)
    for organisation_ids in batched(every, AT_ONCE):
        yield from _check(organisation_ids)


def _check(organisation_ids: Collection[int]) -> Iterator[str]:
    billed: dict[tuple[object, ...], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    newest: dict[tuple[object, ...], InvoiceLine] = {}
    explained = known_to_the_run(
        InvoiceLine.objects.filter(
            any_of("invoice__organisation", organisation_ids), why__isnull=False
        )
    )
    lines = explained.select_related("invoice")
    for line in lines.order_by("invoice__month", "invoice_id", "position"):
        component = line.component.partition(".")[0]
        where: tuple[object, ...] = (
            line.invoice.organisation_id,
            line.product_code,
            line.tenant_id,
            component,
            Month.of(line.period_from),
        )
        billed[where][line.component] += line.invoice.sign * line.net
        newest[where] = line
    for place, line in newest.items():
        yield from _differing(line, billed[place])


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
