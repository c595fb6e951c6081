from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions.operations.unlicensed import unlicensed_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "No application is active without a live licence of all that it needs."


def check(*, at: dt.datetime) -> Iterator[str]:
    for authorisation, product in unlicensed_at(at):
        tenant = authorisation.tenant_id
        yield f"authorisation {authorisation.pk} on tenant {tenant}: {product}"
