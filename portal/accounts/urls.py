"""Addresses around having an account: of allauth's those that are wanted, and ours."""

from __future__ import annotations

from allauth.mfa.base.views import authenticate, reauthenticate
from allauth.mfa.recovery_codes.views import (
    download_recovery_codes,
    generate_recovery_codes,
    view_recovery_codes,
)
from django.urls import include, path

from portal.accounts import contacts, second_factor_views, views

SECOND_FACTOR = "accounts/second-factor/"
RECOVERY_CODES = SECOND_FACTOR + "recovery-codes/"

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path(SECOND_FACTOR, second_factor_views.index, name="mfa_index"),
    path(SECOND_FACTOR + "code/", authenticate, name="mfa_authenticate"),
    path(SECOND_FACTOR + "code/again/", reauthenticate, name="mfa_reauthenticate"),
    path(SECOND_FACTOR + "on/", second_factor_views.activate, name="mfa_activate_totp"),
    path(SECOND_FACTOR + "off/", second_factor_views.deactivate, name="mfa_deactivate_totp"),
    path(RECOVERY_CODES, view_recovery_codes, name="mfa_view_recovery_codes"),
    path(RECOVERY_CODES + "new/", generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(RECOVERY_CODES + "file/", download_recovery_codes, name="mfa_download_recovery_codes"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("contact-addresses/<str:token>/", contacts.contact_address, name="contact_address"),
    path("developers/", views.developers_door, name="developers"),
    path("accounts/name/", views.change_name, name="change_name"),
    path("language/", views.set_language, name="set_language"),
]
