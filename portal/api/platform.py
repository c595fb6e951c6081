"""`POST /api/platform/events`: what the CRM platform tells of its tenants."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from customers import clock
from portal.api.answers import answer, problem
from portal.api.doors import platform_view
from subscriptions.provisioning import news, receiving

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@platform_view
def platform_events(request: HttpRequest) -> HttpResponse:
    """Take an event, and say what it did; a second delivery is answered as the first was."""
    if request.method != "POST":
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, _("Events are posted."), Allow="POST")
    if request.content_type != "application/json":
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _("Events come as application/json."))
    try:
        event = news.read(request.body)
        row, is_new = receiving.receive(event, at=clock.now(), ahead_by=clock.shift())
    except news.UnreadableEvent as unreadable:
        return problem(HTTPStatus.BAD_REQUEST, str(unreadable))
    except receiving.UnknownTenant:
        return problem(HTTPStatus.NOT_FOUND, _("No online tenant goes by this identifier here."))
    except receiving.OtherContent as other:
        detail = _(
            "An event of this id or number has arrived with another content. The highest number "
            "known of the tenant is %(number)s: go on behind it."
        ) % {"number": other.last}
        return problem(HTTPStatus.CONFLICT, detail, more={"last_sequence": other.last})
    return answer({"id": row.event_id, "outcome": row.outcome, "is_new": is_new})
