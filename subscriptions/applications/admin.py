"""Applications and authorisations for looking up; consent is given by operations alone."""

from __future__ import annotations

from django.contrib import admin

from customers.admin import ReadMostlyAdmin
from subscriptions.applications.models import Application, Authorisation


@admin.register(Application)
class ApplicationAdmin(ReadMostlyAdmin):
    list_display = ("name", "kind", "owner", "technical_contact", "created_at")
    list_filter = ("kind", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__name", "=owner__customer_number", "technical_contact")
    ordering = ("name", "pk")


@admin.register(Authorisation)
class AuthorisationAdmin(ReadMostlyAdmin):
    list_display = ("application", "tenant", "status", "requested_at", "confirmed_at", "granted_at")
    list_display_links = ("application", "tenant")
    list_filter = ("status", "application__kind", "deactivation")
    list_select_related = ("application", "tenant")
    search_fields = (
        "application__name",
        "application__owner__name",
        "tenant__name",
        "=tenant__identifier",
        "=tenant__serial_number",
        "tenant__organisation__name",
    )
    date_hierarchy = "requested_at"
    ordering = ("-requested_at", "-pk")
