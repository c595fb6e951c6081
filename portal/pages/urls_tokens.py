"""Addresses below `/organisations/<int:organisation_id>/tokens/`."""

from __future__ import annotations

from django.urls import path

from portal.pages import tokens

LIST = "organisations/<int:organisation_id>/tokens/"

urlpatterns = [
    path(LIST, tokens.token_list, name="token_list"),
    path(f"{LIST}make/", tokens.token_make, name="token_make"),
    path(f"{LIST}<int:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
]
