"""`POST /api/v1/usage/events`: what the platform and applications report as used."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing import queries as billing
from billing.metering.events import UnreadableBatch
from billing.metering.operations import reports
from customers import clock
from portal.answered.operations import KeyInUse, KeyUsedBefore
from portal.api.answers import answer, problem
from portal.api.doors import reporting_view
from portal.api.once import KeyMissing, answered_once
from portal.api.v1.problems import key_missing, refused
from subscriptions.applications.tokens import Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from billing.metering.models import ApiCredential

LARGEST_BODY = 1_000_000  # bytes: a thousand events take a third of it


@reporting_view
def usage_events(request: HttpRequest, reporter: ApiCredential | Shown) -> HttpResponse:
    """Count a batch; answers how many are new, were known, are refused, and which of them why."""
    if request.method != "POST":
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, _("Events are posted."), Allow="POST")
    if request.content_type != "application/json":
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _("Events come as application/json."))
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        detail = _("The content is at most %(bytes)d bytes.") % {"bytes": LARGEST_BODY}
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, code="content_too_large")
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:  # most batches: what they pay for a key is this look
        return _counted(request, reporter)
    return _counted_once(request, reporter, key)


def _counted(request: HttpRequest, reporter: ApiCredential | Shown) -> HttpResponse:
    try:
        counted = reports.report(
            request.body, by=reporter, first_days_open=billing.first_days_open, at=clock.now()
        )
    except UnreadableBatch as unreadable:
        return _no_batch(unreadable)
    return _told(counted)


def _counted_once(request: HttpRequest, reporter: ApiCredential | Shown, key: str) -> HttpResponse:
    """The batch and its answer are written together; what both need is made before."""
    do: Callable[[], HttpResponse]
    try:
        batch = reports.received(
            request.body, by=reporter, first_days_open=billing.first_days_open, at=clock.now()
        )
    except UnreadableBatch as unreadable:
        do = partial(_no_batch, unreadable)
    else:
        reports.make_room(batch)
        do = partial(_count, batch)
    asker = reporter.authorisation if isinstance(reporter, Shown) else reporter
    try:
        return answered_once(request, asker, key=key, do=do)
    except KeyMissing as missing:
        return key_missing(request, missing)
    except (KeyInUse, KeyUsedBefore) as refusal:
        return refused(request, refusal)


def _count(batch: reports.Batch) -> HttpResponse:
    return _told(reports.count(batch))


def _no_batch(unreadable: UnreadableBatch) -> HttpResponse:
    return problem(HTTPStatus.BAD_REQUEST, str(unreadable))


def _told(counted: reports.Answer) -> HttpResponse:
    return answer(
        {
            "accepted": counted.accepted,
            "duplicate": counted.duplicate,
            "rejected": len(counted.rejections),
            "rejections": counted.rejections,
        }
    )
