"""One of each thing in the document, as it really looks; a test holds them to the schemas."""

from __future__ import annotations

from typing import Any

from portal.api.v1.examples_of_applications import APPLICATIONS
from portal.api.v1.examples_of_oauth import OAUTH
from portal.api.v1.examples_of_usage import USAGE

EURO = {"amount": "49.00", "currency": "EUR"}
NOON = "2026-11-23T11:00:00Z"
MONTH_END = "2026-11-30T23:00:00Z"

_PRICE = {
    "id": 12,
    "valid_from": "2026-01-01",
    "is_example": False,
    "components": [
        {
            "code": "licence",
            "label": "Licence",
            "unit": "month",
            "model": "flat",
            "unit_price": EURO,
            "is_counted": False,
        }
    ],
}
_PRODUCT = {
    "code": "development-tools",
    "name": "Development Tools",
    "summary": "Build your own customisations and applications.",
    "kind": "tool",
    "scope": "site",
    "deployments": ["online", "on_premise"],
    "price": _PRICE,
}
_SUBSCRIPTION = {
    "id": 301,
    "organisation_id": 5,
    "tenant_id": 7,
    "product_code": "development-tools",
    "status": "active",
    "requested_at": NOON,
    "starts_at": NOON,
    "cancelled_at": None,
    "cancel_reason": "",
    "ends_at": None,
    "price_id": 12,
    "is_example_price": False,
    "positions": [{"component": "licence", "quantity": 1, "per_month": EURO}],
    "per_month": EURO,
    "next_price_from": None,
    "terms": None,
}
_LINE = {
    "kind": "recurring",
    "product_code": "development-tools",
    "product": "Development Tools",
    "component": "Licence",
    "period_from": "2026-12-01",
    "period_until": "2027-01-01",
    "quantity": 1,
    "unit_price": EURO,
    "net": EURO,
}
_FIVE_USERS = {"amount": "150.00", "currency": "EUR"}
_USERS = _LINE | {
    "product_code": "sandbox-production-environment",
    "product": "Sandbox Production Environment",
    "component": "Sales Premium",
    "period_from": "2027-01-01",
    "period_until": "2027-02-01",
    "quantity": 5,
    "unit_price": {"amount": "30.00", "currency": "EUR"},
    "net": _FIVE_USERS,
}
_INVOICE = {
    "id": 88,
    "number": "NL-2026-000088",
    "is_credit_note": False,
    "month": "2026-11-01",
    "issued_on": "2026-11-01",
    "due_on": "2026-11-15",
    "net": EURO,
    "vat": {"amount": "10.29", "currency": "EUR"},
    "gross": {"amount": "59.29", "currency": "EUR"},
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "Organisation": {
        "id": 5,
        "customer_number": "50001",
        "name": "Voorbeeld B.V.",
        "kind": "customer",
        "country": "NL",
        "currency": "EUR",
    },
    "Tenant": {
        "id": 7,
        "organisation_id": 5,
        "name": "Productie",
        "deployment": "online",
        "environment": "production",
        "kind": "production",
        "source_tenant_id": None,
        "identifier": "Cust12345",
        "serial_number": "",
        "crm_version": "10.3.2",
        "commercial_model": "modules",
        "crm_suite_plan": "",
        "state": "running",
        "is_running": True,
        "state_changed_at": NOON,
        "user_plans": [{"plan": "sales-premium", "users": 25}],
    },
    "ProductSummary": _PRODUCT,
    "Product": _PRODUCT
    | {
        "minimum_crm_version": "",
        "prerequisites": [],
        "included_in_plans": ["core", "growth", "plus", "super"],
        "needs_confirmation": False,
        "supplement": None,
        "next_price": None,
        "charges": [
            {
                "code": "api-usage",
                "name": "API usage",
                "deployments": ["online"],
                "is_example": False,
                "rates": [
                    {
                        "label": "API records",
                        "model": "per_unit",
                        "unit_price": {"amount": "0.00005", "currency": "EUR"},
                        "tiers": [],
                        "package_size": None,
                        "included": 0,
                        "included_per_user": 100_000,
                        "minimum": {"amount": "0.00", "currency": "EUR"},
                    }
                ],
            }
        ],
        "places": [
            {"tenant_id": 7, "can_order": True, "subscription_id": None, "obstacles": []},
            {
                "tenant_id": 9,
                "can_order": False,
                "subscription_id": 301,
                "obstacles": [
                    {
                        "code": "already_subscribed",
                        "why": "There is a subscription already.",
                        "way_out": "Look at the subscription to change or cancel it.",
                    }
                ],
            },
        ],
    },
    "Subscription": _SUBSCRIPTION,
    "SubscriptionOrder": {
        "product_code": "development-tools",
        "price_id": 12,
        "tenant_id": 7,
    },
    "OrderPreview": {
        "product_code": "development-tools",
        "price_id": 12,
        "is_example_price": False,
        "organisation_id": 5,
        "tenant_id": 7,
        "quantities": {"licence": 1},
        "needs_confirmation": False,
        "today": {"amount": "0.00", "currency": "EUR"},
        "charged_from": "2026-11-23",
        "per_month": EURO,
        "per_month_gross": {"amount": "59.29", "currency": "EUR"},
        "first_invoice": {
            "on": "2026-12-01",
            "lines": [
                _LINE
                | {
                    "period_from": "2026-11-23",
                    "period_until": "2026-12-01",
                    "net": {"amount": "13.07", "currency": "EUR"},
                },
                _LINE,
            ],
            "net": {"amount": "62.07", "currency": "EUR"},
            "vat": {"amount": "13.03", "currency": "EUR"},
            "gross": {"amount": "75.10", "currency": "EUR"},
        },
        "held": None,
    },
    "Quantities": {"quantities": {"sales-premium": 5}},
    "QuantitiesPreview": {
        "subscription_id": 302,
        "quantities_now": {"sales-premium": 2, "service-premium": 0},
        "quantities": {"sales-premium": 5, "service-premium": 0},
        "per_month_now": {"amount": "60.00", "currency": "EUR"},
        "per_month": _FIVE_USERS,
        "is_example_price": False,
        "next_charge": {
            "on": "2027-01-01",
            "lines": [
                _USERS
                | {
                    "kind": "adjustment",
                    "period_from": "2026-12-22",
                    "period_until": "2027-01-01",
                    "quantity": 3,
                    "net": {"amount": "29.04", "currency": "EUR"},
                },
                _USERS,
            ],
            "net": {"amount": "179.04", "currency": "EUR"},
        },
    },
    "CancellationPreview": {
        "subscription_id": 301,
        "when": "month_end",
        "ends_at": MONTH_END,
        "first_day_not_charged": "2026-12-01",
        "applications": [{"authorisation_id": 61, "application_id": 3, "name": "Webshop sync"}],
        "shut_out": [],
        "capabilities": ["crmscript", "custom-applications"],
        "smaller": [],
        "quantities": {"licence": 1},
        "restore_until": "2026-12-30T23:00:00Z",
        "last_charge": None,
        "sandbox": None,
        "use": {
            "last_on": "2026-12-01",
            "net_so_far": {"amount": "7.90", "currency": "EUR"},
        },
        "sentences": [
            "What happens on 30 November 2026 at 23:59 CET",
            "1 application is deactivated: Webshop sync",
            "Only what is used is still charged",
            "What was invoiced covers the time until the end.",
            "What is used until the end is charged on the invoice of 1 December 2026.",
            "What was used so far comes to €7.90, excl. VAT.",
            (
                "With a new subscription until 30 December 2026 at 23:59 CET the applications come "
                "back by themselves. After that they ask for consent again."
            ),
        ],
        "confirmed": "0f343b0931126a20f133d67c2b018a3b",
    },
    "Cancellation": {
        "when": "month_end",
        "confirmed": "0f343b0931126a20f133d67c2b018a3b",
        "with_sandbox": False,
        "reason": "We have moved to another platform.",
    },
    **APPLICATIONS,
    "InvoiceSummary": _INVOICE,
    "Invoice": _INVOICE
    | {
        "organisation_id": 5,
        "language": "nl",
        "corrects_invoice_id": None,
        "lines": [
            {
                "id": 501,
                "kind": "recurring",
                "subscription_id": 301,
                "tenant_id": 7,
                "tenant": "Productie (Cust12345)",
                "product_code": "development-tools",
                "product": "Development Tools",
                "component": "Licence",
                "period_from": "2026-11-01",
                "period_until": "2026-12-01",
                "quantity": 1,
                "unit_price": EURO,
                "net": EURO,
                "vat_category": "S",
                "vat_rate": "21.00",
            }
        ],
        "vat_rows": [
            {
                "category": "S",
                "rate": "21.00",
                "net": EURO,
                "vat": {"amount": "10.29", "currency": "EUR"},
                "note": "",
            }
        ],
        "documents": [
            {
                "id": 41,
                "kind": "pdf",
                "language": "nl",
                "content_type": "application/pdf",
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "url": "/api/v1/invoices/88/documents/41",
            }
        ],
        "translations": [{"language": "en", "url": "/api/v1/invoices/88/translations/en"}],
    },
    "HistoryEntry": {
        "id": 9001,
        "at": NOON,
        "recorded_at": NOON,
        "verb": "subscription.started",
        "subject_type": "subscription",
        "subject_id": 301,
        "tenant_id": 7,
        "actor_kind": "token",
        "by": "API token Webshop of Voorbeeld B.V.",
        "title": "Development Tools on Productie started",
        "text": "",
    },
    **OAUTH,
    **USAGE,
    "TenantEntitlements": {
        "at": NOON,
        "valid_until": "2026-11-23T11:01:00Z",
        "tenant": {"id": 7, "identifier": "Cust12345", "environment": "production"},
        "capabilities": [
            {
                "code": "crmscript",
                "available": True,
                "source": ["subscription"],
                "until": MONTH_END,
            }
        ],
    },
    "SignedLicence": {
        "at": NOON,
        "valid_until": "2026-11-23T11:01:00Z",
        "tenant": {"id": 7, "identifier": "Cust12345", "environment": "production"},
        "number": 3,
        "content": "eyJhbGciOiJFZERTQSIsImtpZCI6Ij.eyJudW1iZXIiOjN9.c2lnbmF0dXJl",
        "warning_at": "2026-11-23T23:00:00Z",
        "expires_at": "2026-11-30T23:00:00Z",
        "grace_until": "2026-12-12T23:00:00Z",
    },
    "ApplicationEntitlement": {
        "at": NOON,
        "valid_until": "2026-11-23T11:01:00Z",
        "tenant": {"id": 7, "identifier": "Cust12345", "environment": "production"},
        "application": 3,
        "entitlement": {"allowed": True, "code": 0, "reason": None, "detail": "", "until": None},
    },
}

for _page, _item in {
    "OrganisationPage": "Organisation",
    "TenantPage": "Tenant",
    "SubscriptionPage": "Subscription",
    "ApplicationPage": "Application",
    "ApplicationVersionPage": "ApplicationVersion",
    "AuthorisationPage": "Authorisation",
    "InvoicePage": "InvoiceSummary",
    "HistoryPage": "HistoryEntry",
    "ProductPage": "ProductSummary",
}.items():
    EXAMPLES[_page] = {"items": [EXAMPLES[_item]], "next_cursor": None}
