"""`GET /.well-known/licence-keys.json`: the keys that licence files are verified with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.views.decorators.http import require_safe

from portal.access import public_view
from subscriptions.licence_files.signing import published_keys

if TYPE_CHECKING:
    from django.http import HttpRequest


@public_view
@require_safe
def licence_keys(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """A JWK set. A new key stands in it days before it signs: an hour's cache is young enough."""
    return JsonResponse(published_keys(), headers={"Cache-Control": "public, max-age=3600"})
