"""Colleagues: who comes in, with which duties, and who leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.metering import staff_queries as metering
from customers import clock, queries
from customers.models import Duty
from customers.operations import staff as colleagues
from portal import leaving
from portal.access import asks_who_it_is, person_of, staff_view
from portal.backoffice.forms_staff import DutiesForm, InviteColleagueForm
from portal.responses.forms import done, filled_in, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.seen import Seen

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from customers.models import SecondFactorReset, StaffChange

RECENT = 10


@dataclass(frozen=True)
class Change:
    """What the history of staff says in a sentence."""

    title: str
    icon: str
    at: dt.datetime
    by: str
    text: str = ""


@staff_view(Duty.STAFF_MANAGER)
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    page = page_of(request, queries.staff())
    context = {
        "page": page,
        "colleagues": [(each, _duty_names(each.duties)) for each in page],
        "changes": _changes(
            queries.staff_changes()[:RECENT], queries.second_factor_resets_of_staff()[:RECENT]
        )[:RECENT],
        "without_maker": metering.credentials_without_maker(),
    }
    return render(request, "backoffice/staff.html", context)


@staff_view(Duty.STAFF_MANAGER)
@asks_who_it_is
@read_or_submit
def invite_to_staff(request: HttpRequest) -> HttpResponse:
    by = person_of(request)
    form = InviteColleagueForm(request.POST or None, initial={"language": by.language})

    def invite() -> HttpResponse:
        person = colleagues.invite(**form.cleaned_data, by=by, at=clock.now())
        sentence = _("A letter is on its way to %(email)s.") % {"email": person.email}
        return done(request, sentence, "backoffice:staff")

    template = "backoffice/invite_to_staff.html"
    return filled_in(request, template, form, {}, then=invite, blamed="email")


@staff_view(Duty.STAFF_MANAGER)
@asks_who_it_is
@read_or_submit
def colleague(request: HttpRequest, person_id: int) -> HttpResponse:
    person, by = get_object_or_404(queries.staff(), pk=person_id), person_of(request)
    sent = request.POST if request.method == "POST" else None  # no duty at all sends nothing
    form = DutiesForm(sent, initial=DutiesForm.shown(person))
    seen = Seen.of(request, person, DutiesForm.shown)

    def change() -> HttpResponse:
        colleagues.change_duties(
            person, form.cleaned_data["duties"], by=by, at=clock.now(), as_seen=seen.is_still
        )
        # Whoever gives this duty up is shut out of these pages.
        to = ["backoffice:home"] if person == by else ["backoffice:colleague", person_id]
        return done(request, _("The duties are changed."), *to)

    def context() -> dict[str, object]:
        return {
            "colleague": person,
            "second_factor": queries.second_factor_of(person),
            "works_on": metering.credentials_made_by(person),
            "invitations": queries.open_invitations_sent_by(person, clock.now()),
            "changes": _changes(
                queries.staff_changes_of(person), queries.second_factor_resets_of(person)
            ),
        }

    template = "backoffice/colleague.html"
    return filled_in(request, template, form, context, then=change, blamed="duties", seen=seen)


@staff_view(Duty.STAFF_MANAGER)
@asks_who_it_is
@require_POST
@refusals_told_at("backoffice:colleague", "person_id")
def end_colleague(request: HttpRequest, person_id: int) -> HttpResponse:
    person = get_object_or_404(queries.staff(), pk=person_id)
    by = person_of(request)
    leaving.end_colleague(person, by=by, at=clock.now())
    sentence = _("%(person)s comes into the back office no more.") % {"person": person}
    return done(request, sentence, "home" if person == by else "backoffice:staff")


def _change(row: StaffChange) -> Change:
    """ "Eva: Sales, Billing"."""
    if row.after is None:
        title, icon = _("%(person)s is no colleague any more"), "log-out"
    elif row.before is None:
        title, icon = _("%(person)s was invited: %(duties)s"), "user-plus"
    else:
        title, icon = _("%(person)s has other duties: %(duties)s"), "users"
    words = title % {"person": row.person, "duties": _duty_names(row.after or [])}
    by = str(row.by) if row.by else _("command line")
    return Change(words, icon, row.at, by, _left_behind(row))


def _left_behind(row: StaffChange) -> str:
    left = []
    if row.works_on:
        names = {"names": ", ".join(row.works_on)}
        left.append(_("Credentials of theirs that work on: %(names)s") % names)
    if row.invitations:
        names = {"names": ", ".join(row.invitations)}
        left.append(_("Open invitations of theirs: %(names)s") % names)
    return ". ".join(left)


def _reset(row: SecondFactorReset) -> Change:
    title = _("Second factor of %(person)s taken away") % {"person": row.person}
    by = str(row.by) if row.by else _("command line")
    return Change(title, "shield-check", row.at, by, row.reason)


def _changes(rows: Iterable[StaffChange], resets: Iterable[SecondFactorReset]) -> list[Change]:
    """Both, the newest first."""
    all_of_them = [*map(_change, rows), *map(_reset, resets)]
    return sorted(all_of_them, key=lambda each: each.at, reverse=True)


def _duty_names(duties: Iterable[str]) -> str:
    return ", ".join(str(Duty(duty).label) for duty in duties) or _("none, may look")
