"""Words for subscriptions: status, price, what it gives, when it ends."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from catalog.models import PriceComponent, in_language
from customers.models import History
from portal.formatting import day_text, instant_text, last_minute, money_text, number_text
from portal.pages.presenters.beside_plan import what_suspended_means
from subscriptions.lifecycle import LABELS, Action, Status

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from catalog.models import ProductVersion
    from catalog.money import Money
    from customers.models import Tenant
    from subscriptions.models import Subscription
    from subscriptions.plan_overlap import AlsoInPlan
    from subscriptions.prices import Position
    from subscriptions.queries import Gains, Held

_TONES = {
    Status.REQUESTED: "info",
    Status.ACTIVE: "ok",
    Status.SUSPENDED: "bad",
    Status.ENDED: "neutral",
    Status.REJECTED: "bad",
    Status.WITHDRAWN: "neutral",
}


_SENTENCES = {
    Status.ACTIVE: gettext_lazy("Active since %(at)s, until you cancel."),
    Status.REJECTED: gettext_lazy(
        "Rejected: the order was not carried out, and nothing is charged."
    ),
    Status.WITHDRAWN: gettext_lazy("Withdrawn: the order was taken back, nothing is charged."),
}


@dataclass(frozen=True)
class Badge:
    tone: str
    text: str


@dataclass(frozen=True)
class Again:
    """Where an ended one is ordered anew, and what comes back with it; nothing when empty."""

    url: str
    brings_back: str


@dataclass(frozen=True)
class Row:
    """A subscription in a list."""

    held: Held
    product: str
    place: str
    tenant: Tenant | None
    badge: Badge
    quantities: tuple[str, ...]
    per_month: str
    next_step: str  # what the link at the end of the row says


CSV_HEADER = (
    gettext_lazy("Product"),
    gettext_lazy("Tenant"),
    gettext_lazy("Status"),
    gettext_lazy("Starts at"),
    gettext_lazy("Ends at"),
    gettext_lazy("Quantities"),
    gettext_lazy("Per month, excl. VAT"),
    gettext_lazy("Currency"),
)


def language() -> str:
    return get_language() or "en"


def rows(found: Iterable[Held], zone: ZoneInfo) -> list[Row]:
    return [row(held, zone) for held in found]


def csv_rows(rows: Iterable[Row], zone: ZoneInfo) -> Iterator[tuple[object, ...]]:
    """Instants as ISO 8601, for spreadsheets."""
    for row in rows:
        subscription, amount = row.held.subscription, row.held.per_month
        yield (
            row.product,
            row.place,
            str(LABELS[row.held.status]),
            _iso(subscription.starts_at, zone),
            _iso(subscription.ends_at, zone),
            "; ".join(row.quantities),
            amount.amount,
            str(amount.currency),
        )


def row(held: Held, zone: ZoneInfo) -> Row:
    subscription = held.subscription
    return Row(
        held=held,
        product=product_name(subscription),
        place=place_name(subscription),
        tenant=subscription.tenant,
        badge=badge(held, zone),
        quantities=quantity_texts(held.positions),
        per_month=money(held.per_month),
        next_step=_("Manage") if held.is_live else _("Look back"),
    )


def product_name(subscription: Subscription) -> str:
    """As it was sold: names change with versions."""
    return subscription.product_version.name_in(language())


def place_name(subscription: Subscription) -> str:
    if subscription.tenant:
        return subscription.tenant.label
    return _("All tenants of %(organisation)s") % {"organisation": subscription.organisation.name}


def place_within(subscription: Subscription) -> str:
    """The same where a sentence goes on before it."""
    if subscription.tenant:
        return subscription.tenant.label
    return _("all tenants of %(organisation)s") % {"organisation": subscription.organisation.name}


def ordered_by(subscription: Subscription, history: Iterable[History]) -> str:
    """Who was a colleague of ours when they ordered it is said to be one, as in its history."""
    person = subscription.ordered_by
    ordering = (entry for entry in history if entry.verb == "subscription.requested")
    if any(entry.actor_kind == History.ActorKind.STAFF for entry in ordering):
        return _("%(person)s (Expander Services)") % {"person": person}
    return str(person)


def badge(held: Held, zone: ZoneInfo) -> Badge:
    """Its status in a word or two; a planned end counts for more than “active”."""
    ends_at = held.subscription.ends_at
    if held.is_ending and ends_at and held.status is Status.ACTIVE:
        return Badge("warn", _("Ends %(day)s") % {"day": last_day(ends_at, zone, short=True)})
    return Badge(_TONES[held.status], str(LABELS[held.status]))


def status_sentence(
    held: Held, zone: ZoneInfo, suspended_because: str = "", left: AlsoInPlan | None = None
) -> str:
    """Its status as a sentence that names the instant; `left`: what a plan gives without it."""
    subscription = held.subscription
    ends_at = subscription.ends_at
    if held.status is Status.REQUESTED:
        return _(
            "Requested on %(at)s. We set it up and confirm it; nothing is charged before that."
        ) % {"at": instant(subscription.requested_at, zone)}
    if held.status is Status.ENDED and ends_at:
        return _("Ended on %(at)s.") % {"at": end(ends_at, zone)}
    if held.status is Status.SUSPENDED:
        return _suspended_sentence(held, zone, suspended_because, left)
    if held.is_ending and ends_at:
        return _(
            "Cancelled, ends on %(at)s. Until then everything keeps working, and you can "
            "withdraw the cancellation."
        ) % {"at": end(ends_at, zone)}
    since = instant(subscription.starts_at, zone) if subscription.starts_at else ""
    return str(_SENTENCES[held.status]) % {"at": since}


def end(ends_at: dt.datetime, zone: ZoneInfo) -> str:
    """A half-open end as people say it: midnight is 23:59 of the day before."""
    return instant_text(last_minute(ends_at.astimezone(zone)), language())


def last_day(ends_at: dt.datetime, zone: ZoneInfo, *, short: bool = False) -> str:
    day = last_minute(ends_at.astimezone(zone)).date()
    return day_text(day, language(), short=short)


def instant(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant_text(at.astimezone(zone), language())


def money(amount: Money) -> str:
    return money_text(amount.amount, amount.currency, language())


def quantity_texts(positions: Iterable[Position]) -> tuple[str, ...]:
    """“5 users: Sales Premium”, for what is counted; a licence counts nothing."""
    return tuple(
        _("%(label)s: %(users)s")
        % {"label": p.component.name_in(language()), "users": users(p.quantity)}
        for p in positions
        if p.component.is_counted
    )


def position_label(position: Position) -> str:
    """“Sales Premium · 5 × € 70.00”; what is flat is only named."""
    name = position.component.name_in(language())
    if not position.component.is_counted:
        return name
    quantity = number_text(position.quantity, language())
    if position.component.model != PriceComponent.ModelChoice.PER_UNIT:
        return f"{name} · {users(position.quantity)}"
    return f"{name} · {quantity} × {money(position.component.unit_price)}"


def lines(positions: Iterable[Position]) -> list[tuple[str, str]]:
    """Label and amount of each, for a list of lines."""
    return [(position_label(p), money(p.per_month)) for p in positions]


def difference(now: Money, then: Money) -> str:
    """What a change of users does to the monthly amount."""
    if then == now:
        return _("The amount per month stays the same.")
    words = {"amount": money(then - now if then > now else now - then)}
    if then > now:
        return _("%(amount)s more per month, excl. VAT.") % words
    return _("%(amount)s less per month, excl. VAT.") % words


def users(number: int) -> str:
    return ngettext("%(number)s user", "%(number)s users", number) % {
        "number": number_text(number, language())
    }


def capability_names(version: ProductVersion, codes: Iterable[str]) -> list[str]:
    """The names of capabilities in the reader's language, in the product's own order."""
    wanted = set(codes)
    names = {tool["code"]: _tool_name(tool["texts"]) for tool in version.inside}
    known = [name for code, name in names.items() if code in wanted]
    return known + sorted(wanted - names.keys())


def what_stays(version: ProductVersion) -> list[str]:
    """The product's own sentences about leaving it: what stays, and whose duty it is."""
    return [str(sentence) for sentence in version.text_in(language()).get("leaving", ())]


def actions(held: Held, allowed: frozenset[str]) -> frozenset[str]:
    """What the reader may do with it now: by their seat, its status and its dates."""
    needed = {
        Action.CHANGE_QUANTITY: "order",
        Action.WITHDRAW: "order",
        Action.CANCEL: "cancel",
        Action.WITHDRAW_CANCELLATION: "cancel",
    }
    found = {
        action.value
        for action, permission in needed.items()
        if permission in allowed and held.allows(action)
    }
    if held.is_ending:
        found.discard(Action.CANCEL.value)
    return frozenset(found)


def again(gains: Gains | None, ended: Subscription, zone: ZoneInfo) -> Again | None:
    """None where it cannot be had again."""
    if gains is None or ended.ends_at is None:
        return None
    order = reverse("pages:subscribe", args=[ended.organisation_id, ended.product.code])
    back: dict[dt.datetime, list[str]] = defaultdict(list)
    for each in gains.back_unasked:
        if each.comes_back_until:
            back[each.comes_back_until].append(each.application.name)
    return Again(
        f"{order}?tenant={ended.tenant_id}" if ended.tenant_id else order,
        " ".join(
            _("Ordered again by %(at)s, it brings back without new consent: %(applications)s.")
            % {"at": end(until, zone), "applications": names_listed(back[until])}
            for until in sorted(back)
        ),
    )


def names_listed(names: Iterable[str]) -> str:
    """“Webshop sync, Warehouse labels and Old BI export”."""
    names = list(names)
    if len(names) < 2:
        return "".join(names)
    return _("%(all_but_last)s and %(last)s") % {
        "all_but_last": ", ".join(names[:-1]),
        "last": names[-1],
    }


def _iso(at: dt.datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="minutes") if at else ""


def _tool_name(texts: dict[str, dict[str, object]]) -> str:
    return str(in_language(texts, language()).get("name", ""))


def _suspended_sentence(held: Held, zone: ZoneInfo, because: str, left: AlsoInPlan | None) -> str:
    """What it means, until when if it has an end, whether it costs anything, and why."""
    subscription = held.subscription
    sentences = [what_suspended_means(left)]
    sandbox = subscription.delivered_tenant
    if sandbox and sandbox.is_running:
        sentences.append(
            _("The sandbox that came with it stops when the platform suspends that as well.")
        )
    if held.is_ending and subscription.ends_at:
        at = end(subscription.ends_at, zone)
        sentences.append(_("Cancelled, ends on %(at)s.") % {"at": at})
    sentences.append(
        _("It goes on being charged while it is suspended.")
        if subscription.product_version.policy.charged_while_suspended
        else _("Whole days on which it is suspended are not charged.")
    )
    if because:
        sentences.append(_("Reason: %(reason)s") % {"reason": because})
    return " ".join(sentences)
