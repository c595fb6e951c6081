"""The back office's own navigation, with what waits behind each address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Duty
from portal.access import person_of
from portal.backoffice.waiting import tasks

if TYPE_CHECKING:
    from django.http import HttpRequest

# Pages that belong to an item of the navigation without having its name.
_BELONGS_TO = {
    "new_customer": "customers",
    "customer": "customers",
    "customer_history": "customers",
    "change_billing_details": "customers",
    "invite_person": "customers",
    "register_tenant": "customers",
    "change_partner": "customers",
    "tenant": "customers",
    "change_tenant_state": "customers",
    "correct_tenant": "customers",
    "delete_tenant": "customers",
    "change_users": "customers",
    "subscription": "customers",
    "suspend": "customers",
    "resume": "customers",
    "order": "orders",
    "confirm_order": "orders",
    "reject_order": "orders",
    "authorisations": "consents",
    "authorisation": "consents",
    "grant": "consents",
    "deny": "consents",
    "revoke": "consents",
    "tenant_request": "tenant_requests",
    "reject_tenant_request": "tenant_requests",
    "publication": "publications",
    "publish_version": "publications",
    "reject_version": "publications",
    "question": "questions",
    "run": "runs",
    "preview_month": "runs",
    "ask_for_preview": "runs",
    "start_run": "runs",
    "run_items": "runs",
    "run_item": "runs",
    "review_item": "runs",
    "explain_item": "runs",
    "explain_cause": "runs",
    "billing_policy": "runs",
    "hold_customer": "customers",
    "invoice": "invoices",
    "announce_price": "prices",
    "credit": "invoices",
    "reissue": "invoices",
    "credit_proposal": "credits",
    "reject_credit": "credits",
    "invoice_document": "invoices",
    "invoice_translation": "invoices",
    "retry_documents": "documents",
    "exchange_rates": "documents",
    "ec_sales": "journal",
    "platform_facts": "platform",
    "platform_fact": "platform",
    "platform_replay": "platform",
    "send_all_again": "mail",
    "meter": "metering",
    "make_credential": "metering",
    "revoke_credential": "metering",
    "invite_to_staff": "staff",
    "colleague": "staff",
    "end_colleague": "staff",
}


@dataclass(frozen=True)
class NavigationItem:
    label: str
    icon: str
    url: str
    is_current: bool
    count: int = 0


def staff_navigation(request: HttpRequest) -> list[NavigationItem]:
    """For `base_backoffice.html`; a few counts, so only ask on pages that show it."""
    waiting = {task.code: task.count for task in tasks()}
    current = _current_item(request)
    items = _items()
    if person_of(request).has_duty(Duty.BILLING):
        items.append(("journal", _("Journal"), "scale"))
    if person_of(request).has_duty(Duty.STAFF_MANAGER):
        items.append(("staff", _("Staff"), "users"))
    return [
        NavigationItem(
            label=label,
            icon=icon,
            url=reverse(f"backoffice:{code}"),
            is_current=code == current,
            count=waiting.get(code, 0),
        )
        for code, label, icon in items
    ] + [NavigationItem(_("Administration"), "database", reverse("admin:index"), is_current=False)]


def _items() -> list[tuple[str, str, str]]:
    return [
        ("home", _("Home"), "house"),
        ("customers", _("Customers"), "building"),
        ("orders", _("Orders"), "shopping-cart"),
        ("consents", _("Consents"), "shield-check"),
        ("tenant_requests", _("Development tenants"), "server"),
        ("publications", _("Versions to publish"), "upload"),
        ("questions", _("Questions"), "message-circle"),
        ("runs", _("Billing runs"), "calculator"),
        ("invoices", _("Invoices"), "receipt"),
        ("prices", _("Prices"), "banknote"),
        ("credits", _("Credits to approve"), "file-check"),
        ("documents", _("Documents"), "file-check"),
        ("metering", _("Metering"), "gauge"),
        ("platform", _("Platform"), "plug"),
        ("mail", _("Outgoing mail"), "mail"),
        ("webhooks", _("Webhooks"), "webhook"),
    ]


def _current_item(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None or match.namespace != "backoffice":
        return ""
    name = match.url_name or ""
    return _BELONGS_TO.get(name, name)
