"""Applications and authorisations for looking up; consent is given by operations alone."""

from __future__ import annotations

from allauth.idp.oidc import admin as _of_the_library  # noqa: F401 - so that it can be taken back
from allauth.idp.oidc.models import Client, Token
from django.contrib import admin

from customers.admin import ReadMostlyAdmin
from subscriptions.applications.models import (
    Application,
    Authorisation,
    ContactAddress,
    Credential,
    DevelopmentTenantRequest,
    Publication,
)

# Clients and tokens are made and ended by operations; by hand nobody's authorisation would count.
admin.site.unregister([Client, Token])


@admin.register(Application)
class ApplicationAdmin(ReadMostlyAdmin):
    list_display = ("name", "kind", "owner", "technical_contact", "created_at")
    list_filter = ("kind", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__name", "=owner__customer_number", "technical_contact")
    ordering = ("name", "pk")


@admin.register(ContactAddress)
class ContactAddressAdmin(ReadMostlyAdmin):
    """Why somebody hears nothing of an application."""

    list_display = ("address", "owner", "asked_at", "confirmed_at")
    list_select_related = ("owner",)
    search_fields = ("address", "owner__name", "=owner__customer_number")
    ordering = ("-asked_at", "-pk")


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


@admin.register(Publication)
class PublicationAdmin(ReadMostlyAdmin):
    list_display = ("version", "environment", "status", "requested_at", "decided_at")
    list_filter = ("status", "environment")
    list_select_related = ("version",)
    search_fields = ("application__name", "application__owner__name")
    ordering = ("-requested_at", "-pk")


@admin.register(Credential)
class CredentialAdmin(ReadMostlyAdmin):
    list_display = ("application", "environment", "client_id", "created_at", "revoked_at")
    list_filter = ("environment",)
    list_select_related = ("application",)
    search_fields = ("application__name", "=client__id")
    ordering = ("-created_at", "-pk")


@admin.register(DevelopmentTenantRequest)
class DevelopmentTenantRequestAdmin(ReadMostlyAdmin):
    list_display = ("organisation", "purpose", "requested_at", "tenant", "decided_at")
    list_select_related = ("organisation", "tenant")
    search_fields = ("organisation__name", "=tenant__identifier")
    ordering = ("-requested_at", "-pk")
