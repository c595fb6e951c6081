"""`POST /api/v1/usage/events`: what the platform and applications report as used."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing import queries as billing
from billing.metering.events import UnreadableBatch
from billing.metering.operations import reports
from customers import clock
from portal.api.answers import answer, problem
from portal.api.doors import reporting_view

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from billing.metering.models import ApiCredential
    from subscriptions.applications.tokens import Shown

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
    try:
        counted = reports.report(
            request.body,
            by=reporter,
            first_days_open=billing.first_days_open,
            at=clock.now(),
        )
    except UnreadableBatch as unreadable:
        return problem(HTTPStatus.BAD_REQUEST, str(unreadable))
    return answer(
        {
            "accepted": counted.accepted,
            "duplicate": counted.duplicate,
            "rejected": len(counted.rejections),
            "rejections": counted.rejections,
        }
    )
