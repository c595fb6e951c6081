"""Tokens for the organisation's own programs: made, shown once, revoked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import clock, queries
from customers.operations import tokens
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms_tokens import TokenForm
from portal.pages.presenters import tokens as words
from portal.responses.forms import filled_in, read_or_submit, told
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from portal.responses.seen import Seen
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from customers.models import Organisation


@organisation_view(Permission.MANAGE_TOKENS)
@require_safe
def token_list(request: HttpRequest, seat: Seat) -> HttpResponse:
    everything = queries.tokens_of(seat.organisation)
    page = page_of(request, everything, of=ROWS_OF_CUSTOMERS)
    rows = words.rows(page, clock.now())
    orphaned = [row.token.name for row in rows if row.is_orphaned]
    may_more = [row.token.name for row in rows if row.may_more]
    context = {
        "seat": seat,
        "page": page,
        "rows": rows,
        "orphaned": orphaned,
        "may_more": may_more,
    }
    return render(request, "pages/tokens/list.html", context)


@organisation_view(Permission.MANAGE_TOKENS)
@read_or_submit
def token_make(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Answers with the secret itself, once: it stands in no address and no message."""
    form = TokenForm(request.POST or None, scopes=seat.scopes)
    seen = Seen.of(request, seat.organisation, _newest)

    def make() -> HttpResponse:
        at = clock.now()
        issued = tokens.issue(
            seat.organisation,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=at + dt.timedelta(days=form.cleaned_data["days"]),
            as_seen=seen.is_still,
            by=seat.person,
            at=at,
        )
        return render(request, "pages/tokens/made.html", {"seat": seat, "issued": issued})

    context = {"seat": seat}
    return filled_in(request, "pages/tokens/make.html", form, context, then=make, seen=seen)


def _newest(organisation: Organisation) -> dict[str, object]:
    """What a person who makes another token has seen of those there are."""
    return {"newest": queries.newest_token(organisation)}


@organisation_view(Permission.MANAGE_TOKENS)
@read_or_submit
def token_revoke(request: HttpRequest, seat: Seat, token_id: int) -> HttpResponse:
    """Says first what the token is for, and what stops."""
    token = get_object_or_404(queries.tokens_of(seat.organisation), pk=token_id)
    at = clock.now()
    if request.method != "POST" and token.is_live(at):
        context = {"seat": seat, "token": token, "zone": zone_of(seat.organisation)}
        return render(request, "pages/tokens/revoke.html", context)
    if request.method != "POST":
        return redirect("pages:token_list", seat.organisation.pk)

    def revoke() -> str:
        tokens.revoke(token, by=seat.person, at=at)
        return _("Revoked: %(name)s opens nothing any more.") % {"name": token.name}

    return told(request, revoke, "pages:token_list", seat.organisation.pk)
