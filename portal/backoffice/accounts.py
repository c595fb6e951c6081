"""The account of one person: shut, or opened again, by who manages the staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import clock, queries
from customers.models import Duty
from customers.operations import accounts
from portal import leaving
from portal.access import asks_who_it_is, person_of, staff_view
from portal.backoffice.answers import form_page
from portal.backoffice.forms_staff import AccountForm
from portal.backoffice.staff import Change
from portal.responses.forms import done, read_or_submit, refusals_told_at

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from customers.models import AccountChange, Person


@staff_view(Duty.STAFF_MANAGER)
@asks_who_it_is
@read_or_submit
@refusals_told_at("backoffice:account", "person_id")
def account(request: HttpRequest, person_id: int) -> HttpResponse:
    person = get_object_or_404(queries.people(), pk=person_id)
    form = AccountForm(
        request.POST or None, initial={"wanted": "shut" if person.is_active else "open"}
    )
    if form.is_valid():
        sentence = _carry_out(request, person, **form.cleaned_data)
        return done(request, sentence, "backoffice:account", person_id)
    context = {
        "person": person,
        "colleague": person if person.is_staff else None,
        "memberships": queries.memberships_of(person),
        "invitations": queries.open_invitations_sent_by(person, clock.now()),
        "changes": [_change(each) for each in queries.account_changes_of(person)],
    }
    return form_page(request, "backoffice/account.html", form, context)


def _carry_out(request: HttpRequest, person: Person, *, wanted: str, reason: str) -> str:
    """What is to be said of it."""
    by, at = person_of(request), clock.now()
    if wanted == "open":
        accounts.open_again(person, reason=reason, by=by, at=at)
        return _("%(person)s can sign in again.") % {"person": person}
    leaving.shut_account(person, reason=reason, by=by, at=at)
    if left := queries.left_without_owner_by(person):
        names = ", ".join(f"{each.name} ({each.customer_number})" for each in left)
        warning = _("No owner of these organisations can sign in any more: %(names)s. Invite one.")
        messages.warning(request, warning % {"names": names})
    return _("%(person)s cannot sign in any more.") % {"person": person}


def _change(row: AccountChange) -> Change:
    title = (
        _("Account of %(person)s opened again") if row.is_open else _("Account of %(person)s shut")
    )
    icon = "user" if row.is_open else "lock"
    return Change(title % {"person": row.person}, icon, row.at, str(row.by), row.reason)
