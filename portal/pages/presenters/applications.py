"""Words for applications: whether one works on a tenant, for whom it waits, why it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access import Permission, Seat, who_can
from portal.pages.presenters import needed
from portal.pages.presenters.subscriptions import Badge, end, instant
from subscriptions.applications.approvers import NotYoursToApprove, OnBothSides, elsewhere
from subscriptions.applications.lifecycle import ASKED, CLOSED
from subscriptions.applications.models import (
    Application,
    Authorisation,
    AuthorisationStatus,
)
from subscriptions.applications.verdicts import UNLICENSED, Obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from django.utils.functional import Promise

    from portal.responses.tables import Column
    from subscriptions.applications.approvers import Elsewhere
    from subscriptions.applications.queries import Decision, Working
    from subscriptions.applications.verdicts import Availability

_CLOSED = {
    AuthorisationStatus.DENIED: "bad",
    AuthorisationStatus.EXPIRED: "bad",
    AuthorisationStatus.REVOKED: "bad",
    AuthorisationStatus.DEACTIVATED: "warn",
}


_UNDECIDED = {
    AuthorisationStatus.REQUESTED: (
        "info",
        gettext_lazy("Waits for the customer"),
        gettext_lazy("An owner or a tenant administrator decides."),
    ),
    AuthorisationStatus.CONFIRMED: (
        "info",
        gettext_lazy("Waits for the app manager"),
        gettext_lazy("The customer has confirmed; the vendor's app manager grants it."),
    ),
    AuthorisationStatus.NEEDS_REAPPROVAL: (
        "warn",
        gettext_lazy("Needs approval again"),
        gettext_lazy(
            "It can do more than was agreed to. It is shut out until the customer agrees."
        ),
    ),
}
_BLOCKED = (
    "bad",
    gettext_lazy("Blocked"),
    gettext_lazy("Blocked by us on every tenant. Consent stays as it is and gives nothing now."),
)
_OBSTACLES = {
    Obstacle.TENANT_NOT_RUNNING: (
        "warn",
        gettext_lazy("Waits for the tenant"),
        gettext_lazy("It is authorised, but the tenant is not running."),
    ),
}

# What those on an application's list for errors, and its technical contact, are written to about.
ERRORS_HEARD = gettext_lazy(
    "When it is denied, shut out, suspended or deactivated on a tenant and when it works again; "
    "when a client secret is about to end; when usage that it reports is refused; and when a "
    "webhook that tells of it gives a message up, or is switched off."
)


@dataclass(frozen=True)
class State:
    """In a badge what it is, in a sentence since or until when and why."""

    tone: str
    text: str
    detail: str = ""

    @property
    def badge(self) -> Badge:
        return Badge(self.tone, self.text)


@dataclass(frozen=True)
class Row:
    """An application on a tenant, in a list."""

    authorisation: Authorisation
    name: str
    builder: str
    kind: str
    tenant: str
    state: State


COLUMNS: tuple[Column[Row], ...] = (
    (gettext_lazy("Application"), lambda row: row.name),
    (gettext_lazy("Built by"), lambda row: row.builder),
    (gettext_lazy("Kind"), lambda row: row.kind),
    (gettext_lazy("Tenant"), lambda row: row.tenant),
    (gettext_lazy("State"), lambda row: row.state.text),
    (gettext_lazy("Explanation"), lambda row: row.state.detail),
)


def rows(found: Iterable[Working], zone: ZoneInfo, seat: Seat | None = None) -> list[Row]:
    """With a seat, a state says “you” where it is the reader who decides."""
    beside = elsewhere(seat.person, seat.organisation) if seat else None
    return [row(each, zone, seat, beside) for each in found]


def row(
    working: Working, zone: ZoneInfo, seat: Seat | None = None, beside: Elsewhere | None = None
) -> Row:
    authorisation = working.authorisation
    return Row(
        authorisation=authorisation,
        name=authorisation.application.name,
        builder=authorisation.application.owner.name,
        kind=str(authorisation.application.get_kind_display()),
        tenant=authorisation.tenant.label,
        state=_waits_for_you(authorisation)
        if seat and beside and decides(seat, beside, working)
        else state(working, zone),
    )


def state(working: Working, zone: ZoneInfo) -> State:
    """What the customer should know: it works, or on whom or what it waits."""
    authorisation, availability = working.authorisation, working.availability
    status = AuthorisationStatus(authorisation.status)
    if status in _CLOSED:
        return _closed(working, status, zone)
    if availability.obstacle is Obstacle.EXPIRED:
        return State("bad", str(AuthorisationStatus.EXPIRED.label), _valid(authorisation, zone))
    if waits := _waits(status, availability, is_blocked=authorisation.application.is_blocked):
        return waits
    if not availability.until:
        return State("ok", _("Available now"))
    if availability.until == authorisation.valid_until:
        return State("ok", _("Available now"), _valid(authorisation, zone))
    until = _("Until %(at)s: then the subscription it needs ends.")
    return State("ok", _("Available now"), until % {"at": end(availability.until, zone)})


def _waits(
    status: AuthorisationStatus, availability: Availability, *, is_blocked: bool
) -> State | None:
    """For whom or what, of one that is not closed; None when it works."""
    obstacle = availability.obstacle
    if is_blocked:
        return _written(_BLOCKED)
    if obstacle in UNLICENSED:
        why = needed.gives_nothing(availability.missing)
        return State("warn", _("Waits for the subscription"), why)
    waits = _UNDECIDED.get(status) or (_OBSTACLES.get(obstacle) if obstacle else None)
    return _written(waits) if waits else None


def _written(state: tuple[str, Promise | str, Promise | str]) -> State:
    tone, text, detail = state
    return State(tone, str(text), str(detail))


def asked(authorisation: Authorisation, seat: Seat) -> str:
    """Said after somebody asked for it: of a customer, or of their own organisation."""
    if authorisation.tenant.organisation_id != seat.organisation.pk:
        return _("The customer has been asked by e-mail.")
    if says_yes(seat, elsewhere(seat.person, seat.organisation), authorisation):
        return _("Asked: you decide here.")
    return _("Asked: an owner or tenant administrator of your organisation decides.")


def decided(decision: str, application: Application) -> str:
    """Said after it was done."""
    words = {"application": application.name}
    match decision:
        case "approve":
            return _("You have approved %(application)s.") % words
        case "agree":
            return _("You have agreed: from its next token on %(application)s may do this too.") % (
                words
            )
        case "confirm":
            return _("You have confirmed %(application)s. The app manager is next.") % words
        case "deny":
            return _("%(application)s is denied and does not get in.") % words
        case _:
            return _("%(application)s is shut out, from now on.") % words


def why_not(authorisation: Authorisation, seat: Seat) -> str:
    """Why the reader cannot decide, and who can; empty when nobody has to."""
    if authorisation.status in CLOSED:
        return ""
    if authorisation.tenant.organisation_id != seat.organisation.pk:
        return str(NotYoursToApprove())
    needed = _permission(authorisation)
    if not seat.may(needed):
        return str(who_can(needed, seat))
    return str(NotYoursToApprove()) if seat.person.is_staff else ""


def why_no_yes(authorisation: Authorisation, decision: Decision, *, asks_for_more: bool) -> str:
    """Why the reader, who may say no, may not say yes; empty when a yes is not asked for."""
    asked = asks_for_more or authorisation.status in ASKED
    return str(OnBothSides()) if decision.on_both_sides and asked else ""


def _permission(authorisation: Authorisation) -> Permission:
    if authorisation.needs_grant:
        return Permission.CONFIRM_CUSTOM_APPLICATION
    return Permission.APPROVE_STANDARD_APPLICATION


def decides(seat: Seat, beside: Elsewhere, working: Working) -> bool:
    """Whether it waits for the customer's yes, and the reader is one who gives that."""
    return (
        working.authorisation.status in ASKED
        and working.availability.obstacle is not Obstacle.EXPIRED
        and says_yes(seat, beside, working.authorisation)
    )


def says_yes(seat: Seat, beside: Elsewhere, authorisation: Authorisation) -> bool:
    """Whether the reader is one whose yes lets it in, and nothing stands against that."""
    return (
        not authorisation.application.is_blocked
        and authorisation.tenant.organisation_id == seat.organisation.pk
        and seat.may(_permission(authorisation))
        and not beside.stands_against(authorisation)
    )


def _waits_for_you(authorisation: Authorisation) -> State:
    if authorisation.status == AuthorisationStatus.NEEDS_REAPPROVAL:
        tone, text, _of_others = _UNDECIDED[AuthorisationStatus.NEEDS_REAPPROVAL]
        shut_out = _("It can do more than was agreed to. It is shut out until you agree.")
        return State(tone, str(text), shut_out)
    return State("warn", _("Waits for you"), _("You decide whether it may work on this tenant."))


def let_in_until(authorisation: Authorisation, zone: ZoneInfo) -> str:
    """The last minute of it; empty when it is for as long as nobody revokes it."""
    until = authorisation.valid_until
    return end(until, zone) if until else ""


def _valid(authorisation: Authorisation, zone: ZoneInfo) -> str:
    until = let_in_until(authorisation, zone)
    return _("Let in until %(at)s.") % {"at": until} if until else ""


def _closed(working: Working, status: AuthorisationStatus, zone: ZoneInfo) -> State:
    authorisation, back = working.authorisation, _back(working, zone)
    if authorisation.deactivation == Authorisation.Deactivation.LICENCE_MISSING:
        why = f"{needed.starts_with(working.availability.missing)} {back}".rstrip()
        return State("warn", _("Waits for the subscription"), why)
    if status is AuthorisationStatus.EXPIRED:
        detail = _valid(authorisation, zone)
    elif authorisation.deactivation == Authorisation.Deactivation.PLAN_CHANGED:
        detail = _("Since %(end)s, because the CRM Suite plan no longer includes what it needs.")
    elif authorisation.deactivation == Authorisation.Deactivation.NEEDS_MORE:
        detail = _("Since %(end)s, because it needs a subscription that it did not need before.")
    elif status is AuthorisationStatus.DEACTIVATED:
        detail = _("Since %(end)s, because the subscription it needs ended.")
    elif authorisation.reason:
        detail = _("On %(at)s. Reason: %(reason)s")
    else:
        detail = _("On %(at)s.")
    closed_at = authorisation.closed_at
    detail %= {
        "at": instant(closed_at, zone) if closed_at else "",
        "end": end(closed_at, zone) if closed_at else "",
        "reason": authorisation.reason_in_words,
    }
    return State(_CLOSED[status], str(status.label), f"{detail} {back}".rstrip())


def _back(working: Working, zone: ZoneInfo) -> str:
    """Of one that is deactivated. What has not worked yet may wait longer for what is suspended."""
    authorisation, until = working.authorisation, working.authorisation.comes_back_until
    if until is None:
        return ""
    if working.can_do_more:
        return _(
            "It can do more by now than was agreed to: with the subscription it needs approval "
            "again."
        )
    if authorisation.deactivation == Authorisation.Deactivation.LICENCE_MISSING:
        said = _("Until %(until)s that takes no new consent.")
    else:
        said = _(
            "With a subscription ordered by %(until)s it comes back by itself; with a later one "
            "consent is asked for again."
        )
    return said % {"until": end(until, zone)}
