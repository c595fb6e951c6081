"""The addresses of the portal, and a second time, on purpose, whose each of them is."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from portal.access import Access, Audience

# A guard decides before it looks at the method (test_registers.py), so these two stand for all;
# each is asked with every one by `make test-slow`.
SHOWN_AND_SENT = ("get", "post")
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")

PUBLIC = {
    "home",
    "developers",
    "healthz",
    "contact_address",
    "invitation",
    "licence_keys",
    "oauth_metadata",
    "set_language",
    "set_theme",
    "pages:api_reference",
    "pages:api_noun",
    "pages:api_problems",
    "pages:api_document",
}
SIGNED_IN = {"pages:organisation_chooser", "change_name"}
PROGRAMS = {
    "api:usage_events",
    "api:platform_events",
    "api:oauth_token",
    "api:oauth_revoke",
    "api:oauth_introspect",
    "api:oauth_application",
}

# What a token must be for, by address and method.
API: dict[str, dict[str, str]] = {
    "api:products": {"GET": "catalogue:read"},
    "api:product": {"GET": "catalogue:read"},
    "api:organisations": {"GET": "tenants:read"},
    "api:tenants": {"GET": "tenants:read"},
    "api:tenant": {"GET": "tenants:read"},
    "api:subscriptions": {"GET": "subscriptions:read", "POST": "subscriptions:write"},
    "api:subscription": {"GET": "subscriptions:read"},
    "api:subscription_order": {"DELETE": "subscriptions:write"},
    "api:order_preview": {"GET": "subscriptions:read"},
    "api:subscription_quantities": {"GET": "subscriptions:read", "POST": "subscriptions:write"},
    "api:subscription_cancellation": {
        "GET": "subscriptions:read",
        "POST": "subscriptions:write",
        "DELETE": "subscriptions:write",
    },
    "api:applications": {"GET": "applications:read", "POST": "applications:write"},
    "api:application": {"GET": "applications:read", "PUT": "applications:write"},
    "api:application_versions": {"GET": "applications:read", "POST": "applications:write"},
    "api:application_version": {"GET": "applications:read", "PUT": "applications:write"},
    "api:application_publications": {"POST": "applications:write"},
    "api:authorisations": {"GET": "applications:read", "POST": "applications:write"},
    "api:authorisation": {"GET": "applications:read"},
    "api:authorisation_revocation": {"POST": "authorisations:revoke"},
    "api:invoices": {"GET": "invoices:read"},
    "api:invoice": {"GET": "invoices:read"},
    "api:invoice_document": {"GET": "invoices:read"},
    "api:invoice_translation": {"GET": "invoices:read"},
    "api:usage": {"GET": "usage:read"},
    "api:usage_days": {"GET": "usage:read"},
    "api:history": {"GET": "history:read"},
    "api:tenant_entitlements": {"GET": "entitlements:read", "HEAD": "entitlements:read"},
    "api:licence_file": {"GET": "entitlements:read", "HEAD": "entitlements:read"},
    "api:application_entitlement": {"GET": "entitlements:read", "HEAD": "entitlements:read"},
}
APPLICATION = {
    "kind": "custom",
    "type": "server",
    "name": "Webshop sync",
    "summary": "",
    "technical_contact": "developer@example.com",
    "error_mails": [],
    "uninstall_mails": [],
}
# What an address names that belongs to no organisation.
NOBODYS = {"product_code", "language", "offer_id"}
# What a POST or a PUT says, so that it is refused for whose things it names and for nothing else.
CONTENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "api:subscriptions": lambda ids: {
        "product_code": "development-tools",
        "price_id": 1,
        "tenant_id": ids["tenant_id"],
    },
    "api:subscription_quantities": lambda _ids: {"quantities": {"sales-premium": 4}},
    "api:subscription_cancellation": lambda _ids: {"when": "now", "confirmed": "0" * 32},
    "api:applications": lambda _ids: APPLICATION,
    "api:application": lambda _ids: APPLICATION,
    "api:application_versions": lambda _ids: {},
    "api:application_version": lambda _ids: {
        "scopes": [],
        "capabilities": [],
        "deployments": ["online"],
        "redirect_uris": [],
        "note": "",
    },
    "api:application_publications": lambda _ids: {"environment": "sod"},
    "api:authorisations": lambda ids: {
        "application_id": ids["application_id"],
        "tenant_id": ids["tenant_id"],
    },
    "api:authorisation_revocation": lambda _ids: {"reason": "It is not needed any more."},
}

# allauth guards its own pages; True where only somebody signed in gets anything.
ACCOUNTS = {
    "account_login": False,
    "account_logout": False,
    "account_inactive": False,
    "account_signup": False,
    "account_reauthenticate": True,
    "account_email": True,
    "account_email_verification_sent": False,
    "account_confirm_email": False,
    "account_change_password": True,
    "account_set_password": True,
    "account_reset_password": False,
    "account_reset_password_done": False,
    "account_reset_password_from_key": False,
    "account_reset_password_from_key_done": False,
    "account_confirm_login_code": False,
    "mfa_index": True,
    "mfa_authenticate": False,
    "mfa_reauthenticate": True,
    "mfa_activate_totp": True,
    "mfa_deactivate_totp": True,
    "mfa_view_recovery_codes": True,
    "mfa_generate_recovery_codes": True,
    "mfa_download_recovery_codes": True,
    "usersessions_list": True,
}


@dataclass(frozen=True)
class Route:
    name: str
    address: str  # "organisations/<int:organisation_id>/"
    access: Access | None
    outermost: CodeType | None  # what runs first when somebody asks; decorators cannot copy it

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(re.findall(r"<(?:\w+:)?(\w+)>", self.address))


def walk(resolver: URLResolver, prefix: str = "", namespace: str = "") -> Iterator[Route]:
    for each in resolver.url_patterns:
        address = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from walk(each, address, inner)
        else:
            assert isinstance(each, URLPattern)
            name = f"{namespace}{each.name or ''}"
            access = getattr(each.callback, "access", None)
            yield Route(name, address, access, getattr(each.callback, "__code__", None))


ROUTES = [route for route in walk(get_resolver()) if not route.name.startswith("admin:")]


def routes(audience: Audience) -> list[Any]:
    found = [route for route in ROUTES if route.access and route.access.audience is audience]
    return [pytest.param(route, id=route.name) for route in found]


def address_of(route: Route, ids: dict[str, Any]) -> str:
    return reverse(route.name, kwargs={name: ids[name] for name in route.ids})


ANY_IDS = {
    "application_id": 1,
    "organisation_id": 1,
    "invitation_id": 1,
    "tenant_id": 1,
    "person_id": 1,
    "subscription_id": 1,
    "authorisation_id": 1,
    "publication_id": 1,
    "request_id": 1,
    "question_id": 1,
    "run_id": 1,
    "item_id": 1,
    "hold_id": 1,
    "preview_id": 1,
    "seller_code": "nl",
    "product_code": "development-tools",
    "currency": "EUR",
    "policy_name": "licence_file_grace",
    "invoice_id": 1,
    "document_id": 1,
    "language": "nl",
    "rendering_id": 1,
    "transmission_id": 1,
    "line_id": 1,
    "mail_id": 1,
    "price_id": 1,
    "announcement_id": 1,
    "proposal_id": 1,
    "meter_code": "api-calls",
    "credential_id": 1,
    "fact_id": uuid.UUID(int=1),
}
