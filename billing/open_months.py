"""Which months of use may differ from what was billed for them, and what was used in them.

A run need not read again what an earlier one settled. What makes that safe although events come
late, and while a run is at work, says docs/decisions/0040.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from billing.metering.queries import changed_later, usage_of_every_month

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from billing.metering.queries import MonthUsage
    from subscriptions.periods import Month


def usage_of_open_months(
    organisation_of: Mapping[int, int], settled_before: Mapping[int, Month]
) -> Iterator[MonthUsage]:
    """By tenant id; a month is read of all tenants of the organisation, or of none of them.

    Two queries per month that organisations are settled until, which is the same one for nearly
    all. Of newcomers every month is read.
    """
    alike: dict[Month | None, list[int]] = defaultdict(list)
    for tenant_id, organisation_id in organisation_of.items():
        alike[settled_before.get(organisation_id)].append(tenant_id)
    for since, tenant_ids in alike.items():
        if since is not None:
            yield from _changed_later(tenant_ids, since, organisation_of)
        yield from usage_of_every_month(tenant_ids, since=since)


def _changed_later(
    tenant_ids: list[int], since: Month, organisation_of: Mapping[int, int]
) -> Iterator[MonthUsage]:
    changed: dict[Month, set[int]] = defaultdict(set)
    for tenant_id, month in changed_later(tenant_ids, since):
        changed[month].add(organisation_of[tenant_id])
    for month, organisations in sorted(changed.items()):
        theirs = [pk for pk in tenant_ids if organisation_of[pk] in organisations]
        yield from usage_of_every_month(theirs, since=month, before=month.next)
