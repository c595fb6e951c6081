"""The back office's own navigation, with what waits behind each address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Duty
from portal.access import person_of
from portal.backoffice.waiting import waiting

if TYPE_CHECKING:
    from django.http import HttpRequest

    from customers.models import Person

# Pages belong to the item that is named as they are, else to that of the module they live in.
_ITEM_OF_PAGE = {
    "credit_proposal": "credits",
    "approve_credit": "credits",
    "reject_credit": "credits",
    "reset_of_colleague": "staff",
    "account": "staff",
}
_ITEM_OF_MODULE = {
    "advice": "questions",
    "credit_notes": "invoices",
    "customer_actions": "customers",
    "deletions": "customers",
    "development_tenants": "tenant_requests",
    "ec_sales": "journal",
    "exchange_rates": "documents",
    "holds": "customers",
    "new_customers": "customers",
    "new_orders": "customers",
    "new_prices": "prices",
    "new_tenants": "customers",
    "platform_facts": "platform",
    "policies": "runs",
    "portal_policies": "policies",
    "previews": "runs",
    "run_items": "runs",
    "second_factors": "customers",
    "subscriptions": "customers",
    "vat_numbers": "customers",
    "vat_return": "journal",
}

# What waits on the page of an item, where that is not the one list of its name.
_COUNTED = {"platform": ("feeds", "differences")}


@dataclass(frozen=True)
class NavigationItem:
    label: str
    icon: str
    url: str
    is_current: bool
    count: int = 0


def staff_navigation(request: HttpRequest) -> list[NavigationItem]:
    """For `base_backoffice.html`; a query, so only ask on pages that show it."""
    counts = waiting(request)
    current = _current_item(request)
    items = _items(person_of(request))
    return [
        NavigationItem(
            label=label,
            icon=icon,
            url=reverse(f"backoffice:{code}"),
            is_current=code == current,
            count=sum(counts.get(each, 0) for each in _COUNTED.get(code, (code,))),
        )
        for code, label, icon in items
    ] + [NavigationItem(_("Administration"), "database", reverse("admin:index"), is_current=False)]


def _items(person: Person) -> list[tuple[str, str, str]]:
    return [
        (code, label, icon)
        for code, label, icon, duty in _every_item()
        if duty is None or person.has_duty(duty)
    ]


def _every_item() -> list[tuple[str, str, str, Duty | None]]:
    return [
        ("home", _("Home"), "house", None),
        ("customers", _("Customers"), "building", None),
        ("orders", _("Orders"), "shopping-cart", None),
        ("consents", _("Consents"), "shield-check", None),
        ("applications", _("Applications"), "code", None),
        ("tenant_requests", _("Development tenants"), "server", None),
        ("publications", _("Versions to publish"), "upload", None),
        ("questions", _("Questions"), "message-circle", None),
        ("runs", _("Billing runs"), "calculator", None),
        ("invoices", _("Invoices"), "receipt", None),
        ("products", _("Products"), "package", None),
        ("prices", _("Prices"), "banknote", None),
        ("credits", _("Credits to approve"), "file-check", None),
        ("documents", _("Documents"), "file-check", None),
        ("metering", _("Metering"), "gauge", None),
        ("platform", _("Platform"), "plug", None),
        ("breaches", _("Broken rules"), "triangle-alert", None),
        ("mail", _("Outgoing mail"), "mail", None),
        ("webhooks", _("Webhooks"), "webhook", None),
        ("policies", _("Policies"), "settings", None),
        ("journal", _("Journal"), "scale", Duty.BILLING),
        ("staff", _("Staff"), "users", Duty.STAFF_MANAGER),
    ]


def _current_item(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None or match.namespace != "backoffice":
        return ""
    return item_of(match.url_name or "", match.func.__module__.rpartition(".")[2])


def item_of(page: str, module: str) -> str:
    """The item of the navigation to which the page of that name belongs."""
    if page in {code for code, _label, _icon, _duty in _every_item()}:
        return page
    return _ITEM_OF_PAGE.get(page) or _ITEM_OF_MODULE.get(module, module)
