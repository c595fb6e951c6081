"""What somebody has to know or do about an organisation, the gravest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import TenantState
from portal.access import Permission
from portal.pages.presenters import subscriptions as words
from portal.pages.presenters.applications import says_yes
from portal.pages.presenters.beside_plan import smaller_meanwhile
from portal.pages.presenters.tenants import state_meaning
from subscriptions.applications.approvers import elsewhere
from subscriptions.applications.coming_back import comes_back
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.lifecycle import Status

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from customers.models import AdviceQuestion, Tenant
    from portal.access import Seat
    from subscriptions.applications.counted import Asking
    from subscriptions.applications.queries import Working
    from subscriptions.models import Subscription
    from subscriptions.plan_overlap import AlsoInPlan
    from subscriptions.queries import Held

_GRAVITY = ("bad", "warn", "info", "ok")
_ICONS = {"bad": "circle-alert", "warn": "triangle-alert", "info": "info", "ok": "circle-check"}


@dataclass(frozen=True)
class Attention:
    """A note on the overview. `action_url` leads somewhere; `undo_url` is posted to at once."""

    tone: str
    title: str
    text: str
    action_url: str = ""
    action_text: str = ""
    undo_url: str = ""
    undo_text: str = ""
    asks: bool = False  # somebody waits for a yes or no: shown among the gravest

    @property
    def icon(self) -> str:
        return _ICONS[self.tone]


def attention(
    seat: Seat,
    *,
    held: Iterable[Held],
    also: Iterable[tuple[Subscription, AlsoInPlan]],
    left: Mapping[int, AlsoInPlan],
    applications: Asking,
    stopped: Iterable[Tenant],
    answered: Iterable[AdviceQuestion],
    has_questions: bool,
    zone: ZoneInfo,
    at: dt.datetime,
) -> list[Attention]:
    found = [
        *(note for each in held for note in _about_subscription(seat, each, zone, left)),
        *(_also_in_plan(seat, *each) for each in also),
        *_about_applications(seat, applications, zone, at),
        *(_not_running(seat, tenant) for tenant in stopped),
        *(_answered(seat, question, zone) for question in answered),
        *([_questions_waiting(seat)] if has_questions else []),
    ]
    return sorted(found, key=lambda note: 0 if note.asks else _GRAVITY.index(note.tone))


def _about_subscription(
    seat: Seat, held: Held, zone: ZoneInfo, left: Mapping[int, AlsoInPlan]
) -> Iterator[Attention]:
    subscription = held.subscription
    place = {"product": words.product_name(subscription), "place": words.place_within(subscription)}
    url = reverse("pages:subscription_detail", args=[seat.organisation.pk, subscription.pk])
    if held.status is Status.SUSPENDED:
        plan = left.get(subscription.pk)
        yield Attention(
            "warn" if plan else "bad",
            _("%(product)s is suspended") % place,
            _while_suspended(place, plan),
            url,
            _("See why"),
        )
    if held.status is Status.REQUESTED:
        yield Attention(
            "info",
            _("Your order of %(product)s is being set up") % place,
            _("It starts on %(place)s when we have confirmed it. Nothing is charged before.")
            % place,
            url,
            _("See the order"),
        )
    if held.is_ending and subscription.ends_at:
        may_undo = seat.may(Permission.CANCEL)
        undo = "pages:subscription_withdraw_cancellation"
        yield Attention(
            "warn",
            _("%(product)s ends on %(day)s")
            % (place | {"day": words.last_day(subscription.ends_at, zone)}),
            _until_the_end(held) % (place | {"at": words.end(subscription.ends_at, zone)}),
            url,
            _("See what stops"),
            reverse(undo, args=[seat.organisation.pk, subscription.pk]) if may_undo else "",
            _("Withdraw the cancellation"),
        )


def _while_suspended(place: dict[str, str], left: AlsoInPlan | None) -> str:
    if left is None:
        return _("On %(place)s it keeps everything and gives nothing.") % place
    works = _("On %(place)s it still works, because %(plan)s gives it too.")
    return f"{works % (place | {'plan': left.plan_name})} {smaller_meanwhile(left)}".rstrip()


def _until_the_end(held: Held) -> str:
    if held.status is Status.SUSPENDED:
        return _("On %(place)s it stays suspended until %(at)s, unless it is resumed.")
    return _("On %(place)s everything keeps working until %(at)s.")


def _also_in_plan(seat: Seat, subscription: Subscription, also: AlsoInPlan) -> Attention:
    names = {
        "product": words.product_name(subscription),
        "place": words.place_within(subscription),
        "plan": also.plan_name,
    }
    may_cancel = seat.may(Permission.CANCEL)
    page = "subscription_cancel" if may_cancel else "subscription_detail"
    text = _("On %(place)s you pay for what the plan gives as well.") % names
    stops = (
        _("Cancelling stops no application; what gets smaller is on its page.")
        if also.smaller
        else _("Cancelling stops nothing.")
    )
    return Attention(
        "info",
        _("%(product)s is also in your plan, %(plan)s") % names,
        f"{text} {stops}",
        reverse(f"pages:{page}", args=[seat.organisation.pk, subscription.pk]),
        _("See what cancelling does") if may_cancel else _("See the subscription"),
    )


def _about_applications(
    seat: Seat, applications: Asking, zone: ZoneInfo, at: dt.datetime
) -> Iterator[Attention]:
    if not applications.shown:
        return
    beside = elsewhere(seat.person, seat.organisation)
    for each in applications.shown:
        if each.authorisation.application.is_blocked:
            continue  # nobody decides about it now
        yield from _asks(seat, each, may=says_yes(seat, beside, each.authorisation))
        yield from _stopped(seat, each, applications, zone, at)


def _asks(seat: Seat, working: Working, *, may: bool) -> Iterator[Attention]:
    """For the customer's yes; to who `may` not give it, it says who does."""
    authorisation = working.authorisation
    names = {"application": authorisation.application.name, "tenant": authorisation.tenant.name}
    url = reverse("pages:authorisation_detail", args=[seat.organisation.pk, authorisation.pk])
    way = _("Decide") if may else _("See the application")
    if authorisation.status == AuthorisationStatus.REQUESTED:
        yield Attention(
            "warn" if may else "info",
            _("%(application)s waits for your consent") % names
            if may
            else _("%(application)s waits for an owner or tenant administrator") % names,
            _("It asks to work on %(tenant)s. Then our app manager decides.") % names
            if authorisation.needs_grant
            else _("It asks to work on %(tenant)s.") % names,
            url,
            way,
            asks=may,
        )
    if authorisation.status == AuthorisationStatus.NEEDS_REAPPROVAL:
        yield Attention(
            "bad" if may else "info",
            _("%(application)s waits for your consent again") % names
            if may
            else _("%(application)s waits again for an owner or tenant administrator") % names,
            _(
                "On %(tenant)s it can do more than was agreed to, and is shut out until the "
                "organisation agrees."
            )
            % names,
            url,
            way,
            asks=may,
        )
    if working.asks_for_more and authorisation.status != AuthorisationStatus.DEACTIVATED:
        yield Attention(
            "warn" if may else "info",
            _("%(application)s asks to do more") % names,
            _("On %(tenant)s it goes on with what was agreed to before.") % names,
            url,
            way,
        )


def _stopped(
    seat: Seat, working: Working, asking: Asking, zone: ZoneInfo, at: dt.datetime
) -> Iterator[Attention]:
    authorisation = working.authorisation
    waits, is_ordered = (authorisation.pk in ids for ids in (asking.waiting, asking.ordered))
    names = {"application": authorisation.application.name, "tenant": authorisation.tenant.name}
    url = reverse("pages:authorisation_detail", args=[seat.organisation.pk, authorisation.pk])
    if authorisation.status == AuthorisationStatus.DEACTIVATED and authorisation.closed_at:
        yield Attention(
            "bad" if waits and not is_ordered else "info",
            _("%(application)s does not work on %(tenant)s") % names,
            _way_back(working, at, waits=waits, is_ordered=is_ordered)
            % {
                "at": words.instant(authorisation.closed_at, zone),
                "why": authorisation.get_deactivation_display(),
            },
            *(
                (not is_ordered and _order_again(seat, working, at))
                or (url, _("See the application"))
            ),
        )


def _order_again(seat: Seat, working: Working, at: dt.datetime) -> tuple[str, str] | None:
    """Where the one subscription is ordered that brings it back; None where that is not so."""
    missing, tenant = working.availability.missing, working.authorisation.tenant
    may = seat.may(Permission.ORDER)
    if not (may and _needs_no_new_yes(working, at)) or len(missing) != 1:
        return None
    order = reverse("pages:subscribe", args=[seat.organisation.pk, *missing])
    return f"{order}?tenant={tenant.pk}", _("Subscribe again")


def _needs_no_new_yes(working: Working, at: dt.datetime) -> bool:
    return comes_back(working.authorisation, at=at) and not working.can_do_more


def _way_back(working: Working, at: dt.datetime, *, waits: bool, is_ordered: bool) -> str:
    """In words with `at` and `why`; of one that `waits` for its licence, or does so no more."""
    if is_ordered:
        return _("Deactivated on %(at)s: %(why)s. It comes back once we have confirmed the order.")
    if _needs_no_new_yes(working, at):
        return _("Deactivated on %(at)s: %(why)s. A new subscription brings it back.")
    if waits:
        return _("Deactivated on %(at)s: %(why)s. It comes back when the subscription is resumed.")
    return _(
        "Deactivated on %(at)s: %(why)s. With a new subscription it asks for your consent again."
    )


def _not_running(seat: Seat, tenant: Tenant) -> Attention:
    names = {"tenant": tenant.name, "state": TenantState(tenant.state).label}
    return Attention(
        "warn",
        _("%(tenant)s is not running: %(state)s") % names,
        state_meaning(tenant),
        reverse("pages:tenant_detail", args=[seat.organisation.pk, tenant.pk]),
        _("See the tenant"),
    )


def _answered(seat: Seat, question: AdviceQuestion, zone: ZoneInfo) -> Attention:
    at = question.answered_at
    return Attention(
        "ok",
        _("Your question was answered by %(person)s") % {"person": question.answered_by},
        words.instant(at, zone) if at else "",
        reverse("pages:advice_detail", args=[seat.organisation.pk, question.pk]),
        _("Read the answer"),
    )


def _questions_waiting(seat: Seat) -> Attention:
    return Attention(
        "info",
        _("Customers wait for your advice"),
        _("They asked you because you are their partner."),
        reverse("pages:advice_list", args=[seat.organisation.pk]),
        _("See the questions"),
    )
