"""What a program is told when its request cannot be read, or when it is we who fail: problem
details, never a page.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from portal.api.answers import problem

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

RETRY_AFTER_SECONDS = 5
UNREADABLE = (BadRequest, MultiPartParserError, SuspiciousOperation, UnreadablePostError)
OF_THE_DATABASE = (OperationalError, InterfaceError)

log = structlog.get_logger(__name__)


def failed(request: HttpRequest, failure: Exception) -> HttpResponse:
    """413 and 400 for what cannot be read; 503 while the database cannot be reached, 500 for
    whatever nobody foresaw, and noted.
    """
    if isinstance(failure, RequestDataTooBig):
        detail = _("The content is too large.")
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, code="content_too_large")
    if isinstance(failure, UNREADABLE):
        return problem(HTTPStatus.BAD_REQUEST, _("The request cannot be read."))
    log.error("a request failed", path=request.path, exc_info=failure)
    if isinstance(failure, OF_THE_DATABASE):
        detail = _("The portal cannot work for a moment. Send the same again a little later.")
        again = str(RETRY_AFTER_SECONDS)
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, Retry_After=again)
    detail = _("Something went wrong on our side. Nothing was changed; you may try again.")
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
