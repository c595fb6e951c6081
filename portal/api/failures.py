"""What a program is told when it is we who fail: problem details, never a page."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from portal.api.answers import problem

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

RETRY_AFTER_SECONDS = 5
OF_THE_DATABASE = (OperationalError, InterfaceError)

log = structlog.get_logger(__name__)


def failed(request: HttpRequest, failure: Exception) -> HttpResponse:
    """503 while the database cannot be reached, 500 for whatever nobody foresaw; noted."""
    log.error("a request failed", path=request.path, exc_info=failure)
    if isinstance(failure, OF_THE_DATABASE):
        detail = _("The portal cannot work for a moment. Send the same again a little later.")
        again = str(RETRY_AFTER_SECONDS)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, Retry_After=again)
    detail = _("Something went wrong on our side. Nothing was changed; you may try again.")
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
