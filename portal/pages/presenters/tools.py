"""The tools of a tenant in words: what works now, why something does not, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product, in_language
from catalog.queries import current_versions
from customers.models import CrmSuitePlan, TenantState, UserPlan
from portal.pages.presenters.subscriptions import Badge, capability_names, language, names_listed
from subscriptions.entitlements import NONE_OF_IT, Missing, first_plan_with, limit_of
from subscriptions.licences import capabilities_given, capabilities_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.utils.functional import Promise

    from catalog.models import ProductVersion
    from customers.models import Tenant
    from portal.access import Seat
    from subscriptions.entitlements import Capability, Licence

RIGHTS: Mapping[str, str | Promise] = {
    "field-administrator": gettext_lazy("Field administrator"),
}

# What people may do, by the rights that the rule gives those with a plan.
PER_PLAN: Mapping[tuple[str, ...], str | Promise] = {
    ("view", "edit", "search", "report"): gettext_lazy("view, edit, search and include in reports"),
    ("view", "edit"): gettext_lazy(
        "view and edit through web panels, without search, selections or dashboards"
    ),
    ("use",): gettext_lazy("use in Service"),
    ("use_in_web_panel",): gettext_lazy("use through web panels"),
}


@dataclass(frozen=True)
class ToolRow:
    """One tool of a tenant."""

    name: str
    badge: Badge
    way_out: str  # empty while it works
    url: str  # where the way out leads; empty when that is no page
    notes: tuple[str, ...]  # who may do what with it, and how many


@dataclass(frozen=True)
class ToolGiven:
    """One thing that a subscription gives, and why not yet."""

    name: str
    available: bool
    notes: tuple[str, ...]


def rows(tenant: Tenant, licences: Iterable[Licence], seat: Seat) -> list[ToolRow]:
    """What may be used there, and what the tools on sale would add. Load it `with_users()`.

    None for a tenant that is gone: nothing is on sale for it.
    """
    if tenant.state == TenantState.DELETED:
        return []
    found = {each.code: each for each in capabilities_of(tenant, licences)}
    return [
        _available_or_not(found[code], name, tenant)
        if code in found
        else _lacking(code, name, product, tenant, seat)
        for product, code, name in _tools_on_sale()
    ]


def given(version: ProductVersion, tenant: Tenant | None, codes: Iterable[str]) -> list[ToolGiven]:
    """What a version gives on a tenant, of these `codes`; nothing is known of no tenant."""
    wanted = list(codes)
    if tenant is None:
        return [
            ToolGiven(name, available=True, notes=()) for name in capability_names(version, wanted)
        ]
    by_code = {each.code: each for each in capabilities_given(version, tenant)}
    names = {code: capability_names(version, [code])[0] for code in wanted}
    return [_given(by_code[code], names[code], tenant) for code in wanted]


def _tools_on_sale() -> Iterator[tuple[str, str, str]]:
    """Product, code and name of each, in catalogue order."""
    for version in current_versions():
        if version.product.kind == Product.Kind.TOOL:
            for tool in version.inside:
                name = str(in_language(tool["texts"], language()).get("name", tool["code"]))
                yield version.product.code, tool["code"], name


def _available_or_not(found: Capability, name: str, tenant: Tenant) -> ToolRow:
    match found.reason:
        case None:
            badge, way_out = Badge("ok", _("Available")), ""
        case Missing.CRM_VERSION_TOO_LOW:
            badge = Badge("warn", _from_version(found))
            way_out = _has_version(tenant)
        case Missing.TENANT_NOT_RUNNING:
            badge = Badge("warn", _("Not at this moment"))
            way_out = _("The tenant is not running. It works again when it does.")
    return ToolRow(name, badge, way_out, "", tuple(_notes(found, tenant)))


def _lacking(code: str, name: str, product: str, tenant: Tenant, seat: Seat) -> ToolRow:
    plan = tenant.crm_suite_plan
    larger = first_plan_with(code)
    if plan and larger and limit_of(code, plan) == NONE_OF_IT:
        return ToolRow(
            name,
            Badge("neutral", _("Not in %(plan)s") % {"plan": CrmSuitePlan(plan).label}),
            _("It comes with %(plan)s.") % {"plan": CrmSuitePlan(larger).label},
            "",
            (),
        )
    return ToolRow(
        name,
        Badge("neutral", _("No licence")),
        _("See how to get it"),
        reverse("pages:product", args=[seat.organisation.pk, product]),
        (),
    )


def _given(found: Capability, name: str, tenant: Tenant) -> ToolGiven:
    too_low = found.reason is Missing.CRM_VERSION_TOO_LOW
    notes = [f"{_from_version(found)}. {_has_version(tenant)}"] if too_low else []
    return ToolGiven(name, available=not too_low, notes=(*notes, *_notes(found, tenant)))


def _from_version(found: Capability) -> str:
    return _("From CRM %(version)s") % {"version": found.minimum_crm_version}


def _has_version(tenant: Tenant) -> str:
    return _("This tenant has %(version)s: upgrade the CRM first.") % {
        "version": tenant.crm_version
    }


def _notes(found: Capability, tenant: Tenant) -> Iterator[str]:
    if found.right:
        yield _("Right needed: %(right)s") % {"right": RIGHTS[found.right]}
    by_rights: dict[tuple[str, ...], list[str]] = {}
    for plan, rights in (found.user_plans or {}).items():
        by_rights.setdefault(rights, []).append(str(UserPlan(plan).label))
    for rights, plans in by_rights.items():
        yield _("%(plans)s: %(rights)s") % {
            "plans": names_listed(plans),
            "rights": PER_PLAN[rights],
        }
    if found.limit is not None:
        yield _("At most %(number)s with %(plan)s") % {
            "number": found.limit,
            "plan": CrmSuitePlan(tenant.crm_suite_plan).label,
        }
