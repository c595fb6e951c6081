"""Every way in which a request is refused, as problem details with a code of its own."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError

from catalog.queries import NotForSale
from customers.paging import UnreadableCursor
from customers.refusals import ChangedMeanwhile, Refusal
from portal.answered.operations import KeyUsedBefore
from portal.api.answers import problem
from portal.api.doors import out_of_scope
from portal.api.failures import failed
from portal.api.once import KeyMissing
from portal.api.v1.door import ScopeMissing
from portal.pages.presenters.refusals import explain
from subscriptions.applications.operations import TenantUnknown
from subscriptions.operations.cancellations import ConsequencesChanged
from subscriptions.operations.orders import NotEligible, WrongQuantities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpResponse
    from ninja import NinjaAPI

# What a request says wrongly; every other refusal is about how things stand: 409.
UNPROCESSABLE = (WrongQuantities, UnreadableCursor, KeyUsedBefore, TenantUnknown)


def code_of(refusal: type[Refusal]) -> str:
    """Its name, as programs write it: AlreadyCancelled is `already_cancelled`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", refusal.__name__).lower()


def status_of(refusal: type[Refusal]) -> HTTPStatus:
    if issubclass(refusal, ChangedMeanwhile):
        return HTTPStatus.PRECONDITION_FAILED
    unprocessable = issubclass(refusal, UNPROCESSABLE)
    return HTTPStatus.UNPROCESSABLE_ENTITY if unprocessable else HTTPStatus.CONFLICT


def refused(_request: HttpRequest, refusal: Refusal) -> HttpResponse:
    kind = type(refusal)
    sentence = str(kind.sentence)
    return problem(status_of(kind), sentence, code=code_of(kind), more=_more(refusal))


def not_there(_request: HttpRequest, _missing: Http404) -> HttpResponse:
    return problem(HTTPStatus.NOT_FOUND, _("There is no such thing, or it is not yours."))


def not_for_sale(_request: HttpRequest, _missing: NotForSale) -> HttpResponse:
    detail = _("There is no such product, or it has no price for this organisation.")
    return problem(HTTPStatus.NOT_FOUND, detail, code="not_for_sale")


def scope_missing(_request: HttpRequest, missing: ScopeMissing) -> HttpResponse:
    return out_of_scope(missing.scope)


def key_missing(_request: HttpRequest, _missing: KeyMissing) -> HttpResponse:
    detail = _(
        "Send an Idempotency-Key of 1 to 255 visible characters with every POST; only usage events "
        "may come without one."
    )
    return problem(HTTPStatus.BAD_REQUEST, detail, code="idempotency_key_missing")


def invalid(_request: HttpRequest, invalid: ValidationError) -> HttpResponse:
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("The request does not hold to the document; `errors` says where."),
        code="invalid_request",
        more={"errors": [_where(error) for error in invalid.errors]},
    )


def bad(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(HTTPStatus(error.status_code), str(error))


HANDLERS: Mapping[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Refusal: refused,
    Http404: not_there,
    NotForSale: not_for_sale,
    ScopeMissing: scope_missing,
    KeyMissing: key_missing,
    ValidationError: invalid,
    HttpError: bad,
    Exception: failed,
}


def answer_problems(api: NinjaAPI) -> None:
    """Teach `api` to answer whatever its operations raise."""
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)


def _more(refusal: Refusal) -> dict[str, Any]:
    """What a program can go on with, beside the sentence."""
    if isinstance(refusal, NotEligible):
        return {
            "obstacles": [
                {"code": each.code.value, "why": each.why, "way_out": each.way_out}
                for each in explain(refusal.refusals)
            ]
        }
    if isinstance(refusal, ConsequencesChanged):
        return {"confirmed": refusal.consequences.fingerprint}
    return {}


def _where(error: dict[str, Any]) -> dict[str, str]:
    """In a body it stands behind the name of ninja's argument: "body", "order", "price_id"."""
    place, *path = [str(part) for part in error["loc"]]
    at = path[1:] if place == "body" else path
    return {"in": place, "at": "/".join(at), "code": error["type"], "detail": error["msg"]}
