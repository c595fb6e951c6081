from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Q

from billing.conservation import Fault, changed_since, faults
from billing.given_back import taken_back
from billing.invariants.settled_accounts import settled_accounts
from billing.metering.models import DailyTotal
from billing.metering.queries import last_changes
from billing.settled import looked_at
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from billing.models import BillingRun

RULE = "Each event accepted for an invoiced month is billed, or free for a reason, exactly once."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was run is in the rows
    """What came after the run had looked is open until the next one, which bills the month."""
    using = DailyTotal.objects.order_by().values("tenant__organisation")
    for settled in settled_accounts(Q(pk__in=using)):
        usage = settled.books.usage
        found: dict[int, tuple[Month, list[Fault]]] = {}
        for organisation, account, until in settled.accounts:
            rows = [
                row for row in usage.used.get(organisation.pk, ()) if Month.of(row.month) < until
            ]
            uses = [use for use in account.usage if use.month < until]
            without_price = {
                (Month.of(row.month), row.meter)
                for row in rows
                if not usage.has_price(
                    row.meter, usage.currency_of(organisation, row.month), row.month
                )
            }
            own = list(faults(rows, uses, account.billed_usage, without_price=without_price))
            if own:
                found[organisation.pk] = (until, own)
        places = {pk: place.organisation_id for pk, place in usage.places.items()}
        yield from _not_open(found, settled.newest, places)


def _not_open(
    found: Mapping[int, tuple[Month, list[Fault]]],
    newest: BillingRun,
    organisation_of: Mapping[int, int],
) -> Iterator[str]:
    """Without what changed since: mostly all of it, for those who are late. And without credits
    that were taken back with their invoice since.
    """
    if not found:
        return
    looked = looked_at(found)
    last = {pk: looked.get((pk, until), newest.started_at) for pk, (until, _) in found.items()}
    due_again = taken_back(last)
    months = [fault.month for _until, own in found.values() for fault in own]
    theirs: dict[int, list[int]] = defaultdict(list)
    for tenant_id, organisation_id in organisation_of.items():
        theirs[organisation_id].append(tenant_id)
    late = [pk for organisation_id in found for pk in theirs[organisation_id]]
    changes = last_changes(late, min(months), max(months))
    for organisation_id, (_until, own) in found.items():
        for fault in own:
            if fault.month in due_again.get(organisation_id, ()):
                continue
            there = theirs[organisation_id] if fault.tenant_id is None else [fault.tenant_id]
            if not changed_since(
                last[organisation_id],
                changes,
                tenant_ids=there,
                meter=fault.meter,
                month=fault.month,
            ):
                yield f"organisation {organisation_id}, {fault.month}, {fault.meter}: {fault.what}"
