"""Files to download: never shown by the browser, never run by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

if TYPE_CHECKING:
    from billing.documents.queries import DocumentFile


def file_response(file: DocumentFile | None) -> HttpResponse:
    """The file under its own name. Raises Http404 where there is none."""
    if file is None:
        raise Http404
    return attachment(file.name, file.content_type, file.content)


def attachment(name: str, content_type: str, content: bytes | str) -> HttpResponse:
    """To keep under that name, whatever characters it has."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
