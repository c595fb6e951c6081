"""The back office's own navigation, with what waits behind each address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers.models import Duty
from portal.access import person_of
from portal.backoffice.waiting import waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

# Pages belong to the item that is named as they are, else to that of the module they live in.
_ITEM_OF_PAGE = {
    "credit_proposal": "credits",
    "approve_credit": "credits",
    "reject_credit": "credits",
    "reset_of_colleague": "staff",
    "account": "staff",
    "search": "home",
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
    "refused_usage": "metering",
    "run_items": "runs",
    "second_factors": "customers",
    "subscriptions": "customers",
    "vat_numbers": "customers",
    "vat_return": "journal",
}

# What waits on the page of an item, where that is not the one list of its name.
_COUNTED = {
    "documents": ("documents", "not_carried"),
    "mail": ("mail", "files_for_nobody"),
    "metering": ("refused_usage",),
    "platform": ("feeds", "differences"),
}
_ELSEWHERE = {"administration": "admin:index"}

type _Named = tuple[str, str, str, Duty | None]  # code, label, icon, and for whom alone


@dataclass(frozen=True)
class NavigationItem:
    label: str
    icon: str
    url: str
    is_current: bool
    count: int = 0


@dataclass(frozen=True)
class NavigationGroup:
    label: str  # empty: what stands above the groups
    items: list[NavigationItem]

    @property
    def is_current(self) -> bool:
        return any(item.is_current for item in self.items)

    @property
    def count(self) -> int:
        return sum(item.count for item in self.items)


def staff_navigation(request: HttpRequest) -> list[NavigationGroup]:
    """For `base_backoffice.html`; a query, so only ask on pages that show it."""
    counts = waiting(request)
    current = _current_item(request)
    person = person_of(request)
    return [
        NavigationGroup(
            label,
            [
                _item(code, name, icon, current, counts)
                for code, name, icon, duty in items
                if duty is None or person.has_duty(duty)
            ],
        )
        for label, items in _every_group()
    ]


def _item(
    code: str, label: str, icon: str, current: str, counts: Mapping[str, int]
) -> NavigationItem:
    return NavigationItem(
        label=label,
        icon=icon,
        url=reverse(_ELSEWHERE.get(code, f"backoffice:{code}")),
        is_current=code == current,
        count=sum(counts.get(each, 0) for each in _COUNTED.get(code, (code,))),
    )


def _every_group() -> list[tuple[str, list[_Named]]]:
    return [
        ("", [("home", _("Home"), "house", None)]),
        (
            _("Work"),
            [
                ("orders", _("Orders"), "shopping-cart", None),
                ("consents", _("Consents"), "shield-check", None),
                ("tenant_requests", _("Development tenants"), "server", None),
                ("publications", _("Versions to publish"), "upload", None),
                ("questions", _("Questions"), "message-circle", None),
                ("credits", _("Credits to approve"), "file-check", None),
            ],
        ),
        (
            _("Customers"),
            [
                ("customers", _("Customers"), "building", None),
                ("applications", _("Applications"), "code", None),
            ],
        ),
        (
            pgettext("in the navigation", "Money"),
            [
                ("runs", _("Billing runs"), "calculator", None),
                ("invoices", _("Invoices"), "receipt", None),
                ("documents", _("Documents"), "file-check", None),
                ("prices", _("Prices"), "banknote", None),
                ("journal", _("Journal"), "scale", Duty.BILLING),
            ],
        ),
        (
            _("Platform"),
            [
                ("platform", _("Platform"), "plug", None),
                ("metering", _("Metering"), "gauge", None),
                ("webhooks", _("Webhooks"), "webhook", None),
                ("mail", _("Outgoing mail"), "mail", None),
                ("breaches", _("Broken rules"), "triangle-alert", None),
            ],
        ),
        (
            _("Set-up"),
            [
                ("products", _("Products"), "package", None),
                ("policies", _("Policies"), "settings", None),
                ("staff", _("Staff"), "users", Duty.STAFF_MANAGER),
                ("administration", _("Administration"), "database", None),
            ],
        ),
    ]


def _current_item(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None or match.namespace != "backoffice":
        return ""
    return item_of(match.url_name or "", match.func.__module__.rpartition(".")[2])


def item_of(page: str, module: str) -> str:
    """The item of the navigation to which the page of that name belongs."""
    if page in {code for _label, items in _every_group() for code, *_rest in items}:
        return page
    return _ITEM_OF_PAGE.get(page) or _ITEM_OF_MODULE.get(module, module)
