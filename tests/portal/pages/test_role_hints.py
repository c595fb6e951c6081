"""Whoever gives a role reads all that it may do."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from customers.models import Role
from portal.access import PERMISSIONS, Permission
from portal.pages.forms_people import ROLE_HINTS

SAID = {
    "en": {
        Permission.ORDER: "orders",
        Permission.CANCEL: "cancels",
        Permission.APPROVE_STANDARD_APPLICATION: "approves applications",
        Permission.CONFIRM_CUSTOM_APPLICATION: "approves applications",
        Permission.REQUEST_AUTHORISATION: "registers applications",
        Permission.VIEW_USAGE: "usage",
        Permission.VIEW_INVOICES: "invoices",
        Permission.CHANGE_BILLING_DETAILS: "billing details",
        Permission.MANAGE_TOKENS: "api tokens",
        Permission.MANAGE_WEBHOOKS: "webhooks",
        Permission.ASK_ADVICE: "advice",
    },
    "nl": {
        Permission.ORDER: "bestelt",
        Permission.CANCEL: "zegt",
        Permission.APPROVE_STANDARD_APPLICATION: "keurt applicaties goed",
        Permission.CONFIRM_CUSTOM_APPLICATION: "keurt applicaties goed",
        Permission.REQUEST_AUTHORISATION: "registreert applicaties",
        Permission.VIEW_USAGE: "verbruik",
        Permission.VIEW_INVOICES: "facturen",
        Permission.CHANGE_BILLING_DETAILS: "factuurgegevens",
        Permission.MANAGE_TOKENS: "api-tokens",
        Permission.MANAGE_WEBHOOKS: "webhooks",
        Permission.ASK_ADVICE: "advies",
    },
}
MANAGING = [
    Permission.CHANGE_BILLING_DETAILS,
    Permission.MANAGE_TOKENS,
    Permission.MANAGE_WEBHOOKS,
]


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_a_role_s_hint_says_what_it_may(role: Role, language: str) -> None:
    """An owner may everything, and reads just that."""
    words = SAID[language]
    with override(language):
        hint = str(ROLE_HINTS[role]).lower()

    for permission in PERMISSIONS[role] - {Permission.VIEW}:
        assert words[permission] in hint
    for permission in set(MANAGING) - PERMISSIONS[role]:
        assert words[permission] not in hint


def test_only_an_owner_manages_people() -> None:
    """So say the page that changes a role, and the operation that invites."""
    assert [role for role in Role if Permission.MANAGE_PEOPLE in PERMISSIONS[role]] == [Role.OWNER]
