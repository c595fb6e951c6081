"""Files to download: never shown by the browser, never run by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse

if TYPE_CHECKING:
    from billing.documents.queries import DocumentFile


def file_response(file: DocumentFile | None) -> HttpResponse:
    """The file under its own name. Raises Http404 where there is none."""
    if file is None:
        raise Http404
    return HttpResponse(
        file.content,
        content_type=file.content_type,
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )
