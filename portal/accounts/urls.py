"""Addresses around having an account, beside allauth's."""

from __future__ import annotations

from django.urls import path

from portal.accounts import views

urlpatterns = [
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("developers/", views.developers_door, name="developers"),
    path("accounts/name/", views.change_name, name="change_name"),
    path("language/", views.set_language, name="set_language"),
]
