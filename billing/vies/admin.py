"""Every question and answer, for looking up."""

from __future__ import annotations

from django.contrib import admin

from billing.vies.models import Consultation
from customers.admin import ReadMostlyAdmin


@admin.register(Consultation)
class ConsultationAdmin(ReadMostlyAdmin):
    list_display = (
        "organisation",
        "vat_number",
        "outcome",
        "asked_at",
        "consultation_number",
        "trouble",
    )
    list_filter = ("outcome", "country")
    list_select_related = ("organisation",)
    search_fields = ("=organisation__customer_number", "vat_number", "=consultation_number")
    ordering = ("-pk",)
