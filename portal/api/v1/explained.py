"""What every problem code means, in the reader's language, for the page about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from customers.paging import UnreadableCursor
from portal.api.v1.documented import OF_THE_KEY, REFUSALS
from portal.api.v1.problems import code_of
from subscriptions.licence_files.operations import NothingToLicense
from subscriptions.licence_files.signing import NoSigningKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

OF_THE_DOOR: Mapping[str, str | Promise] = {
    "bad_request": _("The request cannot be read: its content is no JSON, for instance."),
    "content_too_large": _("The content is too large."),
    "idempotency_key_missing": _(
        "Send an Idempotency-Key of 1 to 255 visible characters with every POST; only usage events "
        "may come without one."
    ),
    "insufficient_scope": _(
        "The token is good, but not for this; `scope` says what it would have to be for."
    ),
    "invalid_request": _("The request does not hold to the document; `errors` says where."),
    "not_for_sale": _("There is no such product, or it has no price for this organisation."),
    "not_found": _("There is no such thing, or it is not yours."),
    "too_many_requests": _("Too many requests in this minute. Go on after `Retry-After` seconds."),
    "unauthorized": _("No token was shown, or it is unknown, expired or revoked."),
    "unsupported_media_type": _("The content must come as application/json."),
}


def explained() -> dict[str, str | Promise]:
    """A refusal's own sentence; for what the door refuses, what it is about."""
    refusals = {kind for kinds in REFUSALS.values() for kind in kinds}
    refusals |= {UnreadableCursor, NothingToLicense, NoSigningKey, *OF_THE_KEY}
    return {code_of(kind): kind.sentence for kind in refusals} | dict(OF_THE_DOOR)
