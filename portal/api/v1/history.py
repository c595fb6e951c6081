"""`/history`: everything that happened to an organisation, and who did it."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from customers import queries
from customers.models import History, TokenScope
from customers.paging import slice_of
from portal.access import permissions_with
from portal.api.v1.door import OrganisationBearer, token_behind
from portal.api.v1.months import DayText
from portal.api.v1.reach import asked_for
from portal.api.v1.shapes import OrganisationQuery, Page, next_cursor
from portal.pages.presenters.history import HistoryItem, history_items, readable
from subscriptions.queries import zone_of

router = Router(auth=OrganisationBearer(TokenScope.HISTORY_READ), tags=["History"])


class HistoryEntry(Schema):
    """`at` is when it took effect, `recorded_at` when it was written down.

    `title`, `text` and `by` are sentences in the reader's language; go by `verb`.
    """

    id: int
    at: dt.datetime
    recorded_at: dt.datetime
    verb: str
    subject_type: str
    subject_id: int
    tenant_id: int | None
    actor_kind: History.ActorKind
    by: str
    title: str
    text: str

    @classmethod
    def of(cls, row: History, words: HistoryItem) -> HistoryEntry:
        return cls(
            id=row.pk,
            at=row.at,
            recorded_at=row.recorded_at,
            verb=row.verb,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            tenant_id=row.tenant_id,
            actor_kind=History.ActorKind(row.actor_kind),
            by=words.by,
            title=words.title,
            text=words.text,
        )


class HistoryPage(Page):
    items: list[HistoryEntry]


class HistoryQuery(OrganisationQuery):
    verb: str | None = Field(
        None, pattern=r"^[a-z_]+\.[a-z_]+$", max_length=60, examples=["subscription.cancelled"]
    )
    since: DayText | None = Field(None, description="From the beginning of this day, UTC.")


@router.get("/history", response=HistoryPage, url_name="history")
def list_history(request: HttpRequest, query: Query[HistoryQuery]) -> HistoryPage:
    """What happened to one organisation, the newest first.

    A token without `invoices:read` is not told of invoices, one without `usage:read` not of usage.
    """
    organisation = asked_for(request, query.organisation_id)
    seen = permissions_with(token_behind(request).scopes)
    found = readable(queries.history_of(organisation), seen.__contains__)
    if query.verb:
        found = found.telling([query.verb])
    if query.since:
        found = found.since(dt.datetime.combine(query.since, dt.time(), dt.UTC))
    page = slice_of(found, size=query.limit, after=query.after, by=("at", "id"), newest_first=True)
    items = history_items(page.rows, zone=zone_of(organisation))
    return HistoryPage(
        items=[HistoryEntry.of(row, words) for row, words in zip(page.rows, items, strict=True)],
        next_cursor=next_cursor(page),
    )
