from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from billing.conservation import Amount, changed_since
from billing.given_back import TAKEN_BACK, known_to_the_run
from billing.metering.queries import last_changes, usage_of_every_month
from billing.models import Invoice, InvoiceLine
from customers.bulk import any_of
from customers.models import Tenant
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from billing.metering.queries import MonthUsage

RULE = "A usage line lists what was accepted for its month when it was made, event for event."

AT_ONCE = 500  # organisations at a time

type What = tuple[str, str]  # application, class


@dataclass(frozen=True, slots=True)
class Listed:
    """What the newest line about a meter's month at a place lists."""

    organisation_id: int
    tenant_id: int | None
    month: Month
    line: str
    why: Mapping[str, Any]
    made_at: dt.datetime


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was billed is in the rows
    """What came since may have changed nothing (within a pack, say), and no later line lists it."""
    explained = InvoiceLine.objects.filter(why__isnull=False)
    ids = sorted(set(explained.order_by().values_list("invoice__organisation", flat=True)))
    for start in range(0, len(ids), AT_ONCE):
        yield from _check(ids[start : start + AT_ONCE])


def _check(organisation_ids: list[int]) -> Iterator[str]:
    tenants = Tenant.objects.filter(any_of("organisation", organisation_ids)).order_by()
    organisation_of = dict(tenants.values_list("pk", "organisation_id"))
    theirs: dict[int, list[int]] = defaultdict(list)
    for tenant_id, organisation_id in organisation_of.items():
        theirs[organisation_id].append(tenant_id)
    accepted: dict[tuple[int, str, Month], list[MonthUsage]] = defaultdict(list)
    for row in usage_of_every_month(organisation_of):
        place = (organisation_of[row.tenant_id], row.meter, Month.of(row.month))
        accepted[place].append(row)
    differing = [
        (listed, what)
        for listed in _listed(organisation_ids)
        for what in _differing(
            listed, accepted[listed.organisation_id, listed.why["meter"], listed.month]
        )
    ]
    if not differing:
        return
    months = [listed.month for listed, _what in differing]
    changes = last_changes(organisation_of, min(months), max(months))
    for listed, what in differing:
        there = theirs[listed.organisation_id] if listed.tenant_id is None else [listed.tenant_id]
        changed = changed_since(
            listed.made_at,
            changes,
            tenant_ids=there,
            meter=listed.why["meter"],
            month=listed.month,
        )
        if not changed:
            yield f"{listed.line}: {what}"


def _listed(organisation_ids: list[int]) -> list[Listed]:
    """A reissue lists what its original did, so what changed since that one's month counts. What
    takes a credit back repeats its line, which is there.
    """
    lines = known_to_the_run(
        InvoiceLine.objects.filter(
            any_of("invoice__organisation", organisation_ids), why__isnull=False
        ).exclude(TAKEN_BACK)
    ).select_related("invoice__seller")
    newest: dict[tuple[object, ...], Listed] = {}
    for line in lines.order_by("invoice__month", "invoice_id", "position"):
        invoice, why = line.invoice, line.why or {}
        made_at = invoice.issued_at
        if invoice.origin == Invoice.Origin.REISSUE:
            made_at = Month.of(invoice.month).starts_at(invoice.seller.zone)
        month = Month.of(line.period_from)
        place = (invoice.organisation_id, line.product_code, line.tenant_id, why["meter"], month)
        newest[place] = Listed(
            invoice.organisation_id,
            line.tenant_id,
            month,
            f"{invoice}, {line.product_code} of {month}",
            why,
            made_at,
        )
    return list(newest.values())


def _differing(listed: Listed, accepted: list[MonthUsage]) -> Iterator[str]:
    told: dict[What, Amount] = defaultdict(Amount)
    for each in listed.why["used"]:
        what = (each["application"], each["class"])
        told[what] = told[what].more(each["quantity"], each["events"], each["fingerprint"])
    found: dict[What, Amount] = defaultdict(Amount)
    for row in accepted:
        if listed.tenant_id in (None, row.tenant_id):
            what = (row.application, row.usage_class.value)
            found[what] = found[what].more(row.quantity, row.events, row.fingerprint)
    for what in sorted({*told, *found}):
        if told[what] != found[what]:
            yield (
                f"{what[0] or '–'}, {what[1]}: {told[what].quantity} in {told[what].events} "
                f"events listed, {found[what].quantity} in {found[what].events} accepted"
            )
