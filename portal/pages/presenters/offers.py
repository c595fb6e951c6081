"""Words for applications on offer: what they ask for, and where they can be let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.eligibility import Refusal, RefusalCode, WayOut
from customers.models import TenantState
from portal.access import Permission, Seat, who_can
from portal.pages.presenters import needed
from portal.pages.presenters.refusals import explain
from portal.pages.presenters.subscriptions import Badge
from subscriptions.applications.fits import Hurdle
from subscriptions.applications.models import Capability
from subscriptions.applications.version_queries import (
    capability_labels,
    deployment_labels,
    scope_labels,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.utils.functional import Promise

    from subscriptions.applications.approvers import Elsewhere, NotYoursToApprove
    from subscriptions.applications.models import ApplicationVersion
    from subscriptions.applications.offers import Offer, Spot

_APPROVE = Permission.APPROVE_STANDARD_APPLICATION

# So many tenants on a card; all of them on the application's own page.
MOST_ON_A_CARD = 4

_BADGES: Mapping[Hurdle | None, tuple[str, str | Promise]] = {
    None: ("info", gettext_lazy("Can be let in")),
    Hurdle.LET_IN: ("ok", gettext_lazy("Let in")),
    Hurdle.ASKED: ("warn", gettext_lazy("Asked for")),
    Hurdle.NOT_PUBLISHED: ("neutral", gettext_lazy("Not possible")),
    Hurdle.WRONG_DEPLOYMENT: ("neutral", gettext_lazy("Not possible")),
    Hurdle.NOT_RUNNING: ("neutral", gettext_lazy("Not possible now")),
    Hurdle.UNLICENSED: ("warn", gettext_lazy("Needs a subscription")),
}

# What each of them comes down to for the customer (D3.7, D1.4).
_CAPABILITIES: Mapping[str, str | Promise] = {
    Capability.SYSTEM_USER: gettext_lazy(
        "System user: it works in the background, also where the person who uses it may not."
    ),
    Capability.WEBHOOKS: gettext_lazy(
        "Webhooks: it hears at once when something changes in the CRM."
    ),
    Capability.MIRRORING: gettext_lazy(
        "Database mirroring: it keeps a copy of the database outside the CRM."
    ),
}


@dataclass(frozen=True)
class Reader:
    """Who reads, and for whom they work beside the customer."""

    seat: Seat
    elsewhere: Elsewhere

    def refusal_at(self, spot: Spot) -> type[NotYoursToApprove] | None:
        """Why a yes of theirs would be refused that their role lets them say."""
        if spot.fit.hurdle or spot.version is None:
            return None
        return self.elsewhere.refusal_of(spot.version.application, spot.tenant)

    def decides_on(self, spot: Spot) -> bool:
        return self.seat.may(_APPROVE) and self.refusal_at(spot) is None


@dataclass(frozen=True)
class SpotRow:
    """A tenant, whether the application can be let in there, and where one goes on."""

    name: str
    label: str  # with what its deployment goes by
    kind: str
    badge: Badge
    why: str
    subscription: str  # that it needs there, and whether that is so
    url: str = ""
    url_text: str = ""


@dataclass(frozen=True)
class Asks:
    """What a version asks for, as a customer reads it."""

    scopes: list[str]
    capabilities: list[str]  # in a sentence each
    flags: list[str]  # the same in a word or two
    deployments: list[str]
    read: str  # the codes, for the form to bring back


@dataclass(frozen=True)
class Card:
    """An application in the list."""

    pk: int
    name: str
    builder: str
    summary: str
    asks: Asks
    needs: str
    spots: list[SpotRow]
    more: int  # tenants that the card leaves out


def card(offer: Offer, reader: Reader) -> Card:
    rows = [spot_row(spot, reader) for spot in offer.spots[:MOST_ON_A_CARD]]
    application = offer.application
    return Card(
        pk=application.pk,
        name=application.name,
        builder=application.owner.name,
        summary=application.summary,
        asks=asks(offer.version),
        needs=_needs(offer.spots),
        spots=rows,
        more=len(offer.spots) - len(rows),
    )


def asks(version: ApplicationVersion) -> Asks:
    return Asks(
        scopes=scope_labels(version.scopes),
        capabilities=[str(_CAPABILITIES[each]) for each in version.capabilities],
        flags=capability_labels(version.capabilities),
        deployments=deployment_labels(version.deployments),
        read=",".join([*version.capabilities, *version.scopes]),
    )


def spot_rows(spots: Iterable[Spot], reader: Reader) -> list[SpotRow]:
    return [spot_row(spot, reader) for spot in spots]


def spot_row(spot: Spot, reader: Reader) -> SpotRow:
    tone, text = _BADGES[spot.fit.hurdle]
    url, url_text = _next_step(spot, reader)
    tenant = spot.tenant
    return SpotRow(
        name=tenant.name,
        label=tenant.label,
        kind=f"{tenant.get_kind_display()}, {tenant.get_deployment_display()}",
        badge=Badge(tone, str(text)),
        why=why_not(spot),
        subscription=_subscription(spot),
        url=url,
        url_text=url_text,
    )


def why_not(spot: Spot) -> str:
    """What stands in the way and what to do about it; empty when nothing does."""
    match spot.fit.hurdle:
        case Hurdle.ASKED:
            return _("It has been asked for there. Decide about that request.")
        case Hurdle.NOT_PUBLISHED:
            return _("It is not published in the environment of this tenant: %(environment)s.") % {
                "environment": spot.tenant.get_environment_display()
            }
        case Hurdle.WRONG_DEPLOYMENT | Hurdle.NOT_RUNNING | Hurdle.UNLICENSED:
            return " ".join(str(each) for each in explain(_refusals(spot)))
        case _:
            return ""


def _refusals(spot: Spot) -> list[Refusal]:
    """As the catalogue would say it of a product."""
    tenant = spot.tenant
    if spot.fit.hurdle is Hurdle.WRONG_DEPLOYMENT:
        works_with = ",".join(spot.version.deployments) if spot.version else ""
        return [
            Refusal(
                RefusalCode.WRONG_DEPLOYMENT,
                WayOut.CHOOSE_ANOTHER_TENANT,
                needs=works_with,
                has=tenant.deployment,
            )
        ]
    if spot.fit.hurdle is Hurdle.NOT_RUNNING:
        state = TenantState(tenant.state).name.lower()
        return [Refusal(RefusalCode.TENANT_NOT_RUNNING, WayOut.WAIT_UNTIL_RUNNING, has=state)]
    return [
        Refusal(RefusalCode.MISSING_PREREQUISITE, WayOut.ORDER_PREREQUISITE, needs=code)
        for code in sorted(spot.fit.missing)
    ]


def why_no_yes(spots: Iterable[Spot], reader: Reader) -> str:
    """Why the reader cannot let it in where nothing else stands in the way, and who can."""
    if not reader.seat.may(_APPROVE):
        return str(who_can(_APPROVE, reader.seat))
    refusals = filter(None, map(reader.refusal_at, spots))
    return next((str(refusal()) for refusal in refusals), "")


def _next_step(spot: Spot, reader: Reader) -> tuple[str, str]:
    """Where one goes from here, and what that is called; nothing for who can do nothing."""
    seat, organisation = reader.seat, reader.seat.organisation.pk
    if spot.fit.hurdle in (Hurdle.LET_IN, Hurdle.ASKED) and spot.authorisation:
        address = reverse("pages:authorisation_detail", args=[organisation, spot.authorisation.pk])
        return address, _("To the authorisation")
    if spot.fit.hurdle is Hurdle.UNLICENSED:
        return _to_subscribe(spot, seat)
    if spot.version and spot.fit.hurdle is None and reader.decides_on(spot):
        args = [organisation, spot.version.application_id, spot.tenant.pk]
        return reverse("pages:offer_consent", args=args), _("Let it in")
    return "", ""


def _to_subscribe(spot: Spot, seat: Seat) -> tuple[str, str]:
    """Who may not order reads on the product's page who can."""
    code = min(spot.fit.missing)
    words = _("To %(products)s") % {"products": needed.products([code])}
    if not seat.may(Permission.ORDER):
        return reverse("pages:product", args=[seat.organisation.pk, code]), words
    address = reverse("pages:subscribe", args=[seat.organisation.pk, code])
    return f"{address}?{urlencode({'tenant': spot.tenant.pk})}", words


def _subscription(spot: Spot) -> str:
    if not _is_for(spot):
        return "–"
    if not spot.fit.needed:
        return _("None")
    if spot.fit.missing:
        words = _("%(products)s: missing or suspended")
    else:
        words = _("%(products)s: there")
    return words % {"products": needed.products(spot.fit.needed)}


def _needs(spots: Iterable[Spot]) -> str:
    """Of a card: what some of the tenants must have for it."""
    codes = frozenset[str]().union(*(spot.fit.needed for spot in spots if _is_for(spot)))
    if not codes:
        return _("It needs no subscription on your tenants.")
    return _("On-premise it needs %(products)s.") % {"products": needed.products(codes)}


def _is_for(spot: Spot) -> bool:
    return spot.fit.hurdle not in (Hurdle.WRONG_DEPLOYMENT, Hurdle.NOT_PUBLISHED)
