"""What a programmer reads before the first request.

The document has it in English, whoever asks; the page translates the same sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.utils.functional import Promise


@dataclass(frozen=True)
class Noun:
    """What operations with the same tag are about; `title` of the page, `text` in a sentence."""

    title: str | Promise
    text: str | Promise


@dataclass(frozen=True)
class Topic:
    """What holds for every operation; `sample` is what goes over the line, the same everywhere."""

    id: str
    title: str | Promise
    texts: tuple[str | Promise, ...]
    sample: str = ""


WHAT = _("What the customer portal does for people, for programs.")

ORGANISATION_TOKEN = _(
    "A token of your organisation (`exo_…`); each operation names the scope that it must have."
)
ACCESS_TOKEN = _("An application's, for one tenant (`ext_…`): see `POST /api/oauth/token`.")
CLIENT_SECRET = _(
    "Client id and secret (`exc_…`) of an application, by Basic or in the form; for the OAuth "
    "addresses only."
)
PROGRAM_CREDENTIAL = _("Of the platform or of an application (`exs_…`), made by staff.")

SAMPLE_KEY = "0199a1b2-3c4d-7e5f-8a6b-7c8d9e0f1a2b"
SAMPLE_MARK = '"5d41402abc4b2a76b9719d91"'

TOPICS = (
    Topic(
        "sign-in",
        _("Signing in"),
        (
            _(
                "Send `Authorization: Bearer <secret>` with a token that an owner of your "
                "organisation makes under “API tokens”; it acts as your organisation."
            ),
            _(
                "A partner's token reaches the customers that let the partner in: name one with "
                "`organisation_id`."
            ),
        ),
        "GET /api/v1/products HTTP/1.1\nAuthorization: Bearer exo_…\nAccept-Language: en",
    ),
    Topic(
        "errors",
        _("Errors"),
        (
            _(
                "They are problem details (RFC 9457). Go by `code`; `detail` is a sentence in the "
                "language of `Accept-Language`."
            ),
            _(
                "In English are the `error` of the OAuth addresses, which has its own form (RFC "
                "6749), and what is said about a part of the content: `errors` and `rejections`."
            ),
        ),
        'HTTP/1.1 404 Not Found\nContent-Type: application/problem+json\n\n{\n  "type": '
        '"/developers/api/problems/#not_found",\n  "title": "Not Found",\n  "status": 404,\n'
        '  "code": "not_found",\n  "detail": "There is no such thing, or it is not yours."\n}',
    ),
    Topic(
        "idempotency",
        "Idempotency-Key",
        (
            _(
                "Every POST carries an `Idempotency-Key` of your own, but for those below. Sent "
                "again with the same key and content it is answered the same and done once; the "
                "answer is kept for seven days. The same key with other content is refused (422), "
                "and so is one that is still being answered (409)."
            ),
            _(
                "`POST /api/v1/usage/events` may come without a key, for each event is counted "
                "once for ever, by its source and id. These take none: `POST /api/oauth/token`, "
                "where another token is asked for, and `POST /api/oauth/revoke` and `POST "
                "/api/oauth/introspect`, which change nothing when they are sent again."
            ),
        ),
        f"POST /api/v1/subscriptions HTTP/1.1\nIdempotency-Key: {SAMPLE_KEY}",
    ),
    Topic(
        "changes",
        _("Changing what others change"),
        (
            _(
                "What can be changed with PUT is read with an `ETag`. Send that as `If-Match`, and "
                "what somebody changed meanwhile is not overwritten: 412, and nothing was done. "
                "Without `If-Match` the last one wins."
            ),
        ),
        f"PUT /api/v1/applications/3 HTTP/1.1\nIf-Match: {SAMPLE_MARK}",
    ),
    Topic(
        "lists",
        _("Lists"),
        (_("Lists come in pages: send `next_cursor` as `cursor` for the next one."),),
        "GET /api/v1/invoices?cursor=… HTTP/1.1",
    ),
    Topic(
        "people",
        _("What takes a person"),
        (
            _(
                "A token agrees to nothing: an application works on a tenant after an owner or "
                "tenant administrator of the customer has said yes in the portal, and to a custom "
                "one the vendor's app manager as well. A token registers and publishes it, asks "
                "for authorisation, and revokes that."
            ),
            _(
                "To deny a request, and to change until when an application is let in "
                "(`valid_until`), are answers of people too; a token reads what they said."
            ),
            _(
                "Client secrets are made, replaced and revoked by people too, on the application's "
                "page: an answer with a secret would be kept for seven days."
            ),
        ),
    ),
    Topic(
        "limits",
        _("How often"),
        (
            _(
                "`RateLimit` says how many requests are left in this minute; then 429 with "
                "`Retry-After`."
            ),
            _("Each token has a limit of its own; an organisation has at most 20 at a time."),
        ),
        'RateLimit-Policy: "minute";q=600;w=60\nRateLimit: "minute";r=599;t=41',
    ),
    Topic(
        "values",
        _("Amounts and times"),
        (
            _("Amounts are text with a decimal point, excl. VAT unless said otherwise."),
            _(
                "Instants are UTC; periods are half-open: `period_until` is the first day that is "
                "not in it."
            ),
        ),
        '{"amount": "49.00", "currency": "EUR"}\n"2026-11-30T23:00:00Z"',
    ),
)

# By the tag of the operations, which is also, in small letters, where their page is.
NOUNS: Mapping[str, Noun] = {
    "Catalogue": Noun(_("Catalogue"), _("What is for sale to an organisation, and its prices.")),
    "Tenants": Noun(
        _("Tenants"), _("Installations of the CRM, and the organisations whose they are.")
    ),
    "Subscriptions": Noun(
        _("Subscriptions"),
        _("What an organisation has. Order, read what cancelling does, cancel, and undo that."),
    ),
    "Applications": Noun(
        _("Applications"), _("Software that works with the CRM, and the tenants it may be used on.")
    ),
    "Invoices": Noun(_("Invoices"), _("Invoices and credit notes, with their files.")),
    "Usage": Noun(_("Usage"), _("What was used and what it costs; and how programs report it.")),
    "History": Noun(_("History"), _("What happened, when, and who did it.")),
    "Entitlements": Noun(_("Entitlements"), _("What may be used on a tenant at this instant.")),
    "OAuth": Noun(
        _("Tokens for applications"),
        _("How an application gets a token for one tenant, and what one is good for (OAuth 2)."),
    ),
    "Licences": Noun(
        _("Licence files"), _("The public keys with which a licence file is verified.")
    ),
}


def in_english() -> str:
    """The introduction of the document, in Markdown."""
    with override("en"):
        return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield from (str(WHAT), "")
    for topic in TOPICS:
        yield f"- **{topic.title}**: {' '.join(map(str, topic.texts))}"
    yield ""
