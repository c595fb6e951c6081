"""History in sentences: what happened, where, who did it, and why.

`WORDS` in `verbs.py` knows every verb that an operation writes; a test collects them from the
code, so that a new verb without words fails there and not in front of a customer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.queries.usage import meter_names
from customers import asked as asked_for
from customers.models import Environment, History, Role
from portal.access import Permission
from portal.formatting import (
    day_text,
    instant_text,
    money_text,
    month_text,
)
from portal.pages.presenters.changes import end_text, what_changed
from portal.pages.presenters.products import product_names
from portal.pages.presenters.refusals import state_label
from portal.pages.presenters.subscriptions import language
from portal.pages.presenters.verbs import (
    UNKNOWN,
    WORDS,
    Kind,
    verbs_of,
)
from subscriptions.reasons import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from customers.models import Organisation, OrganisationToken, Person
    from customers.querysets import HistoryQuerySet
    from portal.access import Seat
    from portal.responses.tables import Column


@dataclass(frozen=True)
class HistoryItem:
    """One entry, ready to lay out: `{% feed_item item.title text=item.text … %}`."""

    at: dt.datetime
    recorded_at: dt.datetime
    when: str  # `at` as people write it
    title: str
    text: str  # the reason, or what changed; may be empty
    by: str
    icon: str
    tone: str
    tenant: str = ""
    url: str = ""


COLUMNS: tuple[Column[HistoryItem], ...] = (
    (gettext_lazy("When"), lambda each: each.at.isoformat(timespec="seconds")),
    (gettext_lazy("Recorded at"), lambda each: each.recorded_at.isoformat(timespec="seconds")),
    (gettext_lazy("What"), lambda each: each.title),
    (gettext_lazy("Tenant"), lambda each: each.tenant),
    (gettext_lazy("Who"), lambda each: each.by),
    (gettext_lazy("Why or details"), lambda each: each.text),
)


# Where an entry's subject can be looked at, and what one must be allowed to see it.
_PLACES = {
    "subscription": ("pages:subscription_detail", Permission.VIEW),
    "tenant": ("pages:tenant_detail", Permission.VIEW),
    "advicequestion": ("pages:advice_detail", Permission.VIEW),
    "invoice": ("pages:invoice_detail", Permission.VIEW_INVOICES),
}

# What not everybody may read who reads the history.
_SEEN_WITH = {Kind.INVOICES: Permission.VIEW_INVOICES, Kind.USAGE: Permission.VIEW_USAGE}

_ASKING = (
    "authorisation.requested",
    "authorisation.reapproval_needed",
    "authorisation.scopes_asked",
)
# What an owner or tenant administrator of the customer decides.
_DECIDING = (
    "authorisation.approved",
    "authorisation.confirmed",
    "authorisation.scopes_agreed",
    "authorisation.denied",
    "authorisation.revoked",
    "authorisation.valid_until_changed",
)


def kinds_for(may: Callable[[Permission], bool]) -> list[Kind]:
    """What the history tells to who `may` do so much."""
    return [kind for kind in Kind if kind not in _SEEN_WITH or may(_SEEN_WITH[kind])]


def readable(entries: HistoryQuerySet, may: Callable[[Permission], bool]) -> HistoryQuerySet:
    """Without what tells of invoices, or of usage, for who may not see those."""
    told = kinds_for(may)
    hidden = [verb for kind in Kind if kind not in told for verb in verbs_of(kind)]
    return entries.telling_none_of(hidden) if hidden else entries


def history_items(
    entries: Iterable[History], seat: Seat | None = None, zone: dt.tzinfo | None = None
) -> list[HistoryItem]:
    """Entries loaded `with_names()`, in their order; a query or two more, however many.

    With a seat they link to what they are about. Times are in `zone`, else in the portal's.
    """
    entries = list(entries)
    names = product_names()
    tells_of_meters = any("meter" in entry.details for entry in entries)
    meters = meter_names(language()) if tells_of_meters else {}
    zone = zone or get_current_timezone()
    return [_item(entry, names, meters, seat, zone) for entry in entries]


def timeline(entries: Iterable[History], zone: dt.tzinfo) -> list[HistoryItem]:
    """The history of one thing, on that thing's own page: no links to itself."""
    return history_items(entries, zone=zone)


@dataclass(frozen=True)
class Outsiders:
    """Who built an application, reading of a customer: not who does what there. Ids of people."""

    customer: Organisation
    customers: Container[int]
    own: Container[int]

    def asker(self, person: Person) -> str:
        """Who asked for consent, which both sides do."""
        if person.pk in self.own:
            return str(person)
        return self.customer.name if person.pk in self.customers else _("Somebody who has left")

    def approver(self, person: Person) -> str:
        """Who decided for the customer: a role, for that is what made it good."""
        if person.pk in self.own:
            return str(person)
        return _("An owner or tenant administrator of %(customer)s") % {"customer": self.customer}

    def timeline(self, entries: Iterable[History], zone: dt.tzinfo) -> list[HistoryItem]:
        entries = list(entries)
        return [
            replace(item, by=self._who(entry, entry.actor))
            if entry.actor and entry.actor_kind == History.ActorKind.PERSON
            else item
            for entry, item in zip(entries, timeline(entries, zone), strict=True)
        ]

    def _who(self, entry: History, person: Person) -> str:
        if entry.verb in _ASKING:
            return self.asker(person)
        if entry.verb in _DECIDING:
            return self.approver(person)
        return str(person) if person.pk in self.own else self.customer.name


def _item(
    entry: History,
    names: Mapping[str, str],
    meters: Mapping[str, str],
    seat: Seat | None,
    zone: dt.tzinfo,
) -> HistoryItem:
    words = WORDS.get(entry.verb, UNKNOWN)
    return HistoryItem(
        at=entry.at,
        recorded_at=entry.recorded_at,
        when=instant_text(entry.at.astimezone(zone), language(), short=True),
        title=str(words.sentence) % _values(entry, names, meters, zone),
        text=_sentences(_reason(entry), what_changed(entry, zone), _asked(entry)),
        by=_who(entry),
        icon=words.icon,
        tone=words.tone,
        tenant=entry.tenant.name if entry.tenant else "",
        url=_url(entry, seat) if seat else "",
    )


def _reason(entry: History) -> str:
    by_platform = entry.actor_kind == History.ActorKind.PLATFORM
    return in_words(entry.reason) if by_platform else entry.reason


def _sentences(*parts: str) -> str:
    """One after the other; who wrote a reason may have ended it with a full stop, or not."""
    *before, last = [*filter(None, parts)] or [""]
    return "".join(f"{part} " if part[-1] in ".!?" else f"{part}. " for part in before) + last


def _values(
    entry: History, names: Mapping[str, str], meters: Mapping[str, str], zone: dt.tzinfo
) -> dict[str, str]:
    """What the sentences may name; a detail that an entry lacks is an empty string."""
    details = {key: _word(key, value, zone) for key, value in entry.details.items()}
    product = names.get(details.get("product", ""), details.get("product", ""))
    # Of a service that counts several things, what was counted says more.
    product = meters.get(details.get("meter", ""), product)
    about = names.get(details.get("about", ""), details.get("about", ""))
    known = dict.fromkeys(
        ("application", "person", "email", "role", "partner", "from", "to", "ends_at", "number",
         "tenant", "month", "effective_on", "percent", "token", "address", "count", "version",
         "environment", "maker", "sender"),
        "",
    )  # fmt: skip
    return known | details | {
        "verb": entry.verb,
        "product": _where(product, entry),
        "application": _where(details.get("application", ""), entry),
        "tenant": details.get("tenant") or (entry.tenant.label if entry.tenant else ""),
        "about": about or _("Expander Services"),
        "document": _document(entry),
        "amount": _amount(entry),
    }  # fmt: skip


def _where(thing: str, entry: History) -> str:
    if entry.tenant is None:
        return thing
    # Translators: a product or application on a tenant, "Development Tools on eu-nordwind"
    return _("%(thing)s on %(tenant)s") % {"thing": thing, "tenant": entry.tenant.name}


def _document(entry: History) -> str:
    """ "Invoice NL-2026-00001"."""
    kind = _("Credit note") if entry.details.get("kind") == "credit_note" else _("Invoice")
    return f"{kind} {entry.details.get('number', '')}"


def _amount(entry: History) -> str:
    gross, currency = entry.details.get("gross"), entry.details.get("currency", "")
    return money_text(Decimal(gross), currency, language()) if gross is not None else ""


def _word(key: str, value: Any, zone: dt.tzinfo) -> str:
    if key == "ends_at":
        return end_text(str(value), zone)
    if key == "environment":
        return str(Environment(value).label)
    if key == "effective_on":
        return day_text(dt.date.fromisoformat(str(value)), language())
    if key == "month":
        return month_text(dt.date.fromisoformat(str(value)), language())
    if key in ("role", "from", "to") and isinstance(value, str):
        return str(Role(value).label) if value in Role.values else state_label(value)
    return "" if isinstance(value, dict) else str(value)


def _asked(entry: History) -> str:
    """For whom of the customer staff did it."""
    asked = entry.details.get(asked_for.DETAIL)
    if not asked:
        return ""
    # Translators: how is "by telephone", say; what it is about stands before
    return _("%(who)s asked for it %(how)s on %(day)s") % {
        "who": asked["by"],
        "how": asked_for.Means(asked["means"]).label,
        "day": day_text(dt.date.fromisoformat(asked["on"]), language()),
    }


def _who(entry: History) -> str:
    if entry.actor_kind == History.ActorKind.SCHEDULE:
        return _("Automatically")
    if entry.actor_kind == History.ActorKind.PLATFORM:
        return _("The CRM platform")
    if entry.actor_kind == History.ActorKind.STAFF:
        return _("%(person)s (Expander Services)") % {"person": entry.actor}
    if entry.token is not None:
        return _token(entry.token, entry.on_behalf_of)
    if entry.on_behalf_of is not None:
        return _("%(person)s, on behalf of %(organisation)s") % {
            "person": entry.actor,
            "organisation": entry.on_behalf_of,
        }
    return str(entry.actor)


def _token(token: OrganisationToken, on_behalf_of: Organisation | None) -> str:
    words = {"token": token.name, "organisation": token.organisation, "customer": on_behalf_of}
    if on_behalf_of is None:
        return _("API token %(token)s of %(organisation)s") % words
    return _("API token %(token)s of %(organisation)s, on behalf of %(customer)s") % words


def _url(entry: History, seat: Seat) -> str:
    place = _PLACES.get(entry.subject_type)
    if place is None or not seat.may(place[1]):
        return ""
    return reverse(place[0], args=[entry.organisation_id, entry.subject_id])
