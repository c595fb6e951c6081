"""Subscriptions and tenants for looking up; what changes them are the operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin

from customers import clock
from customers.admin import ReadMostlyAdmin, ReadOnlyInline
from customers.models import Duty, Tenant, TenantUserPlan
from subscriptions.models import (
    PriceAnnouncement,
    PriceChange,
    Quantity,
    Subscription,
    Suspension,
)
from subscriptions.operations import tenants

if TYPE_CHECKING:
    from django.http import HttpRequest

    from customers.models import Person


class TenantUserPlanInline(ReadOnlyInline):
    model = TenantUserPlan
    fields = ("plan", "users")


@admin.register(Tenant)
class TenantAdmin(ReadMostlyAdmin):
    """Here and not with the customers: the platform is told what a tenant is called."""

    editable = ("name",)
    edited_by = Duty.OPERATIONS
    list_display = (
        "name",
        "identifier",
        "serial_number",
        "organisation",
        "deployment",
        "kind",
        "crm_version",
        "state",
    )
    list_filter = ("deployment", "environment", "kind", "state", "commercial_model")
    list_select_related = ("organisation",)
    search_fields = ("name", "identifier", "serial_number", "organisation__name")
    inlines = (TenantUserPlanInline,)

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:  # noqa: ARG002
        tenants.rename(obj, obj.name, by=cast("Person", request.user), at=clock.now())


class QuantityInline(ReadOnlyInline):
    model = Quantity
    show_change_link = False


class SuspensionInline(ReadOnlyInline):
    model = Suspension
    show_change_link = False


@admin.register(Subscription)
class SubscriptionAdmin(ReadMostlyAdmin):
    list_display = (
        "organisation",
        "tenant",
        "product",
        "status",
        "requested_at",
        "starts_at",
        "ends_at",
    )
    list_display_links = ("organisation", "product")
    list_filter = ("status", "product")
    list_select_related = ("organisation", "tenant", "product")
    search_fields = (
        "organisation__name",
        "=organisation__customer_number",
        "tenant__name",
        "=tenant__identifier",
        "=tenant__serial_number",
    )
    date_hierarchy = "requested_at"
    ordering = ("-requested_at", "-pk")
    inlines = (QuantityInline, SuspensionInline)


@admin.register(Quantity)
class QuantityAdmin(ReadMostlyAdmin):
    list_display = ("subscription", "component", "quantity", "effective_at")
    list_filter = ("component", "effective_at")
    list_select_related = (
        "subscription__organisation",
        "subscription__tenant",
        "subscription__product",
    )
    search_fields = ("subscription__organisation__name", "subscription__tenant__name")
    ordering = ("-effective_at", "-pk")


@admin.register(Suspension)
class SuspensionAdmin(ReadMostlyAdmin):
    list_display = ("subscription", "suspended_at", "resumed_at", "reason")
    list_filter = ("suspended_at",)
    list_select_related = (
        "subscription__organisation",
        "subscription__tenant",
        "subscription__product",
    )
    search_fields = ("subscription__organisation__name", "subscription__tenant__name", "reason")
    ordering = ("-suspended_at", "-pk")


@admin.register(PriceAnnouncement)
class PriceAnnouncementAdmin(ReadMostlyAdmin):
    list_display = ("price_version", "effective_on", "announced_at", "announced_by", "withdrawn_at")
    list_filter = ("effective_on",)
    list_select_related = ("price_version__product", "announced_by")
    ordering = ("-effective_on", "-pk")


@admin.register(PriceChange)
class PriceChangeAdmin(ReadMostlyAdmin):
    list_display = ("subscription", "announcement", "effective_at", "announced_at")
    list_filter = ("effective_at",)
    list_select_related = (
        "subscription__organisation",
        "subscription__tenant",
        "subscription__product",
        "announcement__price_version__product",
    )
    search_fields = ("subscription__organisation__name", "subscription__tenant__name")
    ordering = ("-effective_at", "-pk")
