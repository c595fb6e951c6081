"""What is for sale, as the catalogue and a product's page say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.metering.models import UsageClass
from billing.tenants_of_use import free_because
from catalog.eligibility import RefusalCode, Scope
from catalog.models import PriceComponent, Product
from customers.models import CrmSuitePlan, Deployment
from portal.access import Permission
from portal.formatting import day_text, number_text
from portal.pages.presenters import subscriptions as words
from portal.pages.presenters.catalogue_search import found, says
from portal.pages.presenters.refusals import Explained, explain
from portal.pages.presenters.subscriptions import language, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from django.utils.functional import Promise

    from billing.queries.coming_prices import ComingPrice
    from catalog.models import ProductVersion
    from catalog.pricing import Rate
    from catalog.queries import CatalogueEntry, Link, Measured, PriceShown, ProductPage, Tool
    from customers.models import Tenant
    from portal.access import Seat
    from subscriptions.entitlements import Licence
    from subscriptions.queries import Held, Offer, Place

_SCOPES: Mapping[Scope, str | Promise] = {
    Scope.SITE: gettext_lazy("Site-wide licence: one per tenant, for all its users"),
    Scope.TENANT: gettext_lazy("Ordered per tenant"),
    Scope.ORGANISATION: gettext_lazy("Company-wide licence: one for all your tenants"),
}

_ICONS = {
    "development-tools": "code",
    "sandbox-production-environment": "flask-conical",
    "database-mirroring": "database",
    "scim": "users",
    "databridge": "repeat",
}

_TOOL_ICONS = {
    "crmscript": "code",
    "triggers": "repeat",
    "screen-designer": "monitor",
    "custom-screens": "layout-dashboard",
    "extra-tables": "database",
    "apis": "plug",
    "sod": "flask-conical",
    "custom-applications": "sparkles",
}

_LINK_GROUPS: Mapping[str, str | Promise] = {
    "documentation": gettext_lazy("Documentation"),
    "sdk": gettext_lazy("SDK packages and samples"),
    "app_store": gettext_lazy("App Store"),
    "partners": gettext_lazy("Partners and vendors"),
    "price": gettext_lazy("Prices"),
}


@dataclass(frozen=True)
class Having:
    """That a product is there already: where, and in which state."""

    place: str
    tone: str
    text: str


@dataclass(frozen=True)
class Price:
    """ "€588.00" "per month"; `is_from` when it is the cheapest of several."""

    amount: str
    per: str
    is_from: bool
    is_example: bool


@dataclass(frozen=True)
class Tile:
    code: str
    name: str
    summary: str
    scope: str
    icon: str
    price: Price | None
    having: tuple[Having, ...]
    found_as: str  # the other name that the search matched
    found_in: str  # or what is inside it


@dataclass(frozen=True)
class ToolShown:
    """One thing inside a product, with its symbol."""

    name: str
    icon: str
    what: str
    skill: str
    who: str
    minimum_crm_version: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class PriceTable:
    """Every component of a price, with the day from which it holds."""

    rows: tuple[tuple[str, str, str], ...]  # label, amount, per what
    since: str
    is_example: bool


@dataclass(frozen=True)
class MeasuredShown:
    """What use costs: a row for each thing that is counted."""

    title: str
    how: str
    currency: str
    is_example: bool
    rows: tuple[tuple[str, Rate, str], ...]  # what, what it costs, what that includes here


@dataclass(frozen=True)
class Spot:
    """A place where the product can be had, or why it cannot."""

    name: str
    tenant: Tenant | None
    explained: tuple[Explained, ...]
    url: str  # to order there; empty when that is impossible
    subscription_url: str  # to what is there already
    is_had: bool  # subscribed, or part of the plan
    is_for_others: bool  # it can be ordered there, and not by the reader


def groups(tiles: Iterable[tuple[str, Tile]]) -> list[tuple[str, list[Tile]]]:
    """The two groups of the family, with their headings; a group without products is left out."""
    tiles = list(tiles)
    headings = (
        (Product.Kind.TOOL, _("Development tools")),
        (Product.Kind.PRODUCT, _("Development products")),
    )
    found = [
        (title, [tile for kind, tile in tiles if kind == wanted]) for wanted, title in headings
    ]
    return [(title, members) for title, members in found if members]


def tiles(
    entries: Iterable[CatalogueEntry], having: Mapping[str, tuple[Having, ...]], text: str
) -> list[tuple[str, Tile]]:
    """Those that `text` is about, the best first; all when it is empty."""
    return [
        (entry.kind, _tile(entry, having.get(entry.code, ()), said))
        for entry, said in found(entries, text)
    ]


def having(
    held: Iterable[Held],
    tenants: Iterable[Tenant],
    licences: Mapping[int, tuple[Licence, ...]],
    zone: ZoneInfo,
) -> dict[str, tuple[Having, ...]]:
    """By product code, what the organisation has: subscriptions, and what plans include."""
    found: dict[str, list[Having]] = {}
    for each in held:
        found.setdefault(each.subscription.product.code, []).append(_subscribed(each, zone))
    for tenant in tenants:
        for licence in licences[tenant.pk]:
            if licence.plan:
                found.setdefault(licence.product_code, []).append(_in_plan(tenant, licence))
    return {code: tuple(each) for code, each in found.items()}


def tools(inside: Iterable[Tool]) -> list[ToolShown]:
    return [
        ToolShown(
            name=tool.name,
            icon=_TOOL_ICONS.get(tool.code, "package"),
            what=tool.what,
            skill=tool.skill,
            who=tool.who,
            minimum_crm_version=tool.minimum_crm_version,
            links=tool.links,
        )
        for tool in inside
    ]


def icon(code: str) -> str:
    return _ICONS.get(code, "package")


def scope(value: str) -> str:
    return str(_SCOPES[Scope(value)])


def deployments(codes: Iterable[str]) -> str:
    return _(" and ").join(str(Deployment(code).label) for code in codes)


def plans(codes: Iterable[str]) -> str:
    return ", ".join(str(CrmSuitePlan(code).label) for code in codes)


def per(unit: str) -> str:
    return str(PriceComponent.Unit(unit).label)


def price(shown: PriceShown | None) -> Price | None:
    if shown is None or not shown.components:
        return None
    cheapest = min(shown.components, key=lambda component: component.unit_price.amount)
    return Price(
        money(cheapest.unit_price), per(cheapest.unit), len(shown.components) > 1, shown.example
    )


def price_table(shown: PriceShown | None) -> PriceTable | None:
    if shown is None:
        return None
    return PriceTable(
        rows=tuple((c.label, money(c.unit_price), per(c.unit)) for c in shown.components),
        since=day_text(shown.valid_from, language()),
        is_example=shown.example,
    )


def measured(found: Iterable[Measured], tenant: Tenant | None = None) -> list[MeasuredShown]:
    """Of a tenant, what its users make of the allowance; nothing where use costs nothing."""
    if tenant and free_because(tenant, UsageClass.METERED_APPS):
        return []
    return [
        MeasuredShown(
            title=_("Measured: %(service)s") % {"service": each.name},
            how=" ".join(each.how),
            currency=each.currency,
            is_example=each.example,
            rows=tuple((label, rate, _included(rate, tenant)) for label, rate in each.rates),
        )
        for each in found
        if tenant is None or tenant.deployment in each.deployments
    ]


def coming(
    prices: Iterable[ComingPrice], version: ProductVersion, tenant: Tenant | None
) -> list[tuple[ComingPrice, str, list[tuple[str, Rate | None, Rate | None]]]]:
    """Other prices of what `measured` shows for the place, with words for `_coming.html`."""
    if tenant and free_because(tenant, UsageClass.METERED_APPS):
        return []
    return [
        (each, each.service_in(language()), each.rates_in(language()))
        for each in prices
        if each.price.product.code in version.charges
    ]


def spots(seat: Seat, offer: Offer, names: Mapping[str, str]) -> list[Spot]:
    """Each place, those first where it can be ordered."""
    found = [_spot(seat, offer, place, names) for place in offer.places]
    return sorted(found, key=lambda spot: (not spot.url, not spot.is_had))


def link_groups(links: Iterable[Link]) -> list[tuple[str, list[Link]]]:
    """Links under a heading per group, in the order of the headings."""
    links = list(links)
    found = [
        (str(title), [link for link in links if link.group == code])
        for code, title in _LINK_GROUPS.items()
    ]
    return [(title, members) for title, members in found if members]


def who_for(page: ProductPage, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Terms and values: what the product asks of the place where it is used."""
    facts = [
        (_("Licence"), scope(page.scope)),
        (_("Available for"), deployments(page.deployments)),
    ]
    if page.minimum_crm_version:
        facts.append(
            (_("CRM version"), _("%(version)s or later") % {"version": page.minimum_crm_version})
        )
    if page.prerequisites:
        facts.append((_("Needs"), ", ".join(names.get(code, code) for code in page.prerequisites)))
    if page.included_in_plans:
        facts.append((_("Already included in"), plans(page.included_in_plans)))
    facts.append(
        (
            _("Starts"),
            _("When we have set it up and confirmed your order")
            if page.needs_confirmation
            else _("At once"),
        )
    )
    if page.aliases:
        facts.append((_("Also known as"), ", ".join(page.aliases)))
    return facts


def _included(rate: Rate, tenant: Tenant | None) -> str:
    if tenant is None or not rate.included_per_user:
        return ""
    users = sum(plan.users for plan in tenant.user_plans.all())
    return _("%(tenant)s has %(users)s: %(number)s included per month") % {
        "tenant": tenant.name,
        "users": words.users(users),
        "number": number_text(rate.allowance(users), language()),
    }


def _tile(entry: CatalogueEntry, had: tuple[Having, ...], said: list[str]) -> Tile:
    return Tile(
        code=entry.code,
        name=entry.name,
        summary=entry.summary,
        scope=scope(entry.scope),
        icon=icon(entry.code),
        price=price(entry.price),
        having=had,
        found_as=_other_name(entry, said),
        found_in=_part(entry, said),
    )


def _other_name(entry: CatalogueEntry, said: list[str]) -> str:
    if says(said, entry.name):
        return ""
    return next((alias for alias in entry.aliases if says(said, alias)), "")


def _part(entry: CatalogueEntry, said: list[str]) -> str:
    """What is inside that it is about, where the tile itself does not say it."""
    if says(said, entry.name, entry.summary, *entry.aliases):
        return ""
    return next((part.name for part in entry.inside if says(said, *part.words)), "")


def _subscribed(held: Held, zone: ZoneInfo) -> Having:
    badge = words.badge(held, zone)
    tenant = held.subscription.tenant
    return Having(tenant.name if tenant else _("All tenants"), badge.tone, badge.text)


def _in_plan(tenant: Tenant, licence: Licence) -> Having:
    return Having(tenant.name, "ok", _("In %(plan)s") % {"plan": CrmSuitePlan(licence.plan).label})


def _spot(seat: Seat, offer: Offer, place: Place, names: Mapping[str, str]) -> Spot:
    organisation = seat.organisation.pk
    url = reverse("pages:subscribe", args=[organisation, offer.version.product.code])
    if place.tenant:
        url = f"{url}?tenant={place.tenant.pk}"
    possible, may_order = place.can_order and offer.price is not None, seat.may(Permission.ORDER)
    had = {RefusalCode.ALREADY_SUBSCRIBED, RefusalCode.INCLUDED_IN_PLAN}
    return Spot(
        name=place.tenant.label if place.tenant else seat.organisation.name,
        tenant=place.tenant,
        explained=tuple(explain(place.refusals, names)),
        url=url if possible and may_order else "",
        subscription_url=reverse(
            "pages:subscription_detail", args=[organisation, place.subscription_id]
        )
        if place.subscription_id
        else "",
        is_had=any(refusal.code in had for refusal in place.refusals),
        is_for_others=possible and not may_order,
    )
