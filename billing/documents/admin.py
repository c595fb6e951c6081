"""Documents for looking up, and the exchange rates that staff enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from billing.documents.models import ExchangeRate, Rendering, Transmission, VatEvidence
from customers.admin import ReadMostlyAdmin
from customers.models import Duty, Person

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(Rendering)
class RenderingAdmin(ReadMostlyAdmin):
    list_display = ("invoice", "status", "cause", "attempts", "next_attempt_at", "validated_at")
    list_filter = ("status", "cause")
    list_select_related = ("invoice",)
    search_fields = ("=invoice__number",)
    ordering = ("-pk",)


@admin.register(VatEvidence)
class VatEvidenceAdmin(ReadMostlyAdmin):
    list_display = ("invoice", "vat_number", "method", "valid", "checked_at")
    list_filter = ("method", "valid")
    list_select_related = ("invoice",)
    search_fields = ("=invoice__number", "vat_number")
    ordering = ("-pk",)


@admin.register(Transmission)
class TransmissionAdmin(ReadMostlyAdmin):
    list_display = ("sender", "receiver", "attempts", "next_attempt_at", "sent_at", "last_error")
    ordering = ("-pk",)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadMostlyAdmin):
    """Entered by staff who bill; what was entered stays."""

    list_display = ("on", "currency", "in_currency", "rate", "source")
    list_filter = ("currency", "in_currency")
    ordering = ("-on",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, Person) and user.is_staff and user.has_duty(Duty.BILLING)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return super().get_readonly_fields(request, obj) if obj else []
