"""Every POST of an organisation's token is done once by its `Idempotency-Key`."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from portal.api.once import answered_once
from portal.api.v1.door import token_behind

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from ninja import NinjaAPI


def once(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Around ninja's `Operation.run`, which answers every refusal by itself."""

    @wraps(run)
    def wrapped(request: HttpRequest, **parts: Any) -> HttpResponse:
        api: NinjaAPI = run.__self__.api  # type: ignore[attr-defined]  # its operation's
        try:
            return answered_once(
                request,
                token_behind(request),
                key=request.headers.get("Idempotency-Key", ""),
                do=lambda: run(request, **parts),
            )
        except Exception as failure:  # noqa: BLE001 - as ninja does for what runs inside
            return api.on_exception(request, failure)

    return wrapped
