"""Documents and exchange rates for looking up."""

from __future__ import annotations

from django.contrib import admin

from billing.documents.models import ExchangeRate, Rendering, Transmission, VatEvidence
from customers.admin import ReadMostlyAdmin


@admin.register(Rendering)
class RenderingAdmin(ReadMostlyAdmin):
    list_display = ("invoice", "status", "cause", "attempts", "next_attempt_at", "validated_at")
    list_filter = ("status", "cause")
    list_select_related = ("invoice",)
    search_fields = ("=invoice__number",)
    ordering = ("-pk",)


@admin.register(VatEvidence)
class VatEvidenceAdmin(ReadMostlyAdmin):
    list_display = ("invoice", "number", "method", "valid", "checked_at")
    list_filter = ("method", "valid")
    list_select_related = ("invoice",)
    search_fields = ("=invoice__number", "number")
    ordering = ("-pk",)


@admin.register(Transmission)
class TransmissionAdmin(ReadMostlyAdmin):
    list_display = ("sender", "receiver", "attempts", "next_attempt_at", "sent_at", "last_error")
    ordering = ("-pk",)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadMostlyAdmin):
    list_display = ("on", "currency", "in_currency", "rate", "source", "entered_by")
    list_filter = ("currency", "in_currency")
    list_select_related = ("entered_by",)
    ordering = ("-on",)
