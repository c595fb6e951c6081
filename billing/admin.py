"""Runs and invoices for looking up. Nothing is edited here: what is issued stays."""

from __future__ import annotations

from django.contrib import admin

from billing.models import (
    BillingHold,
    BillingPolicy,
    BillingRun,
    BrokenRule,
    CreditProposal,
    CreditProposalLine,
    Invoice,
    InvoiceLine,
    InvoiceVat,
    NumberSeries,
    ReachedThreshold,
    RunItem,
)
from customers.admin import ReadMostlyAdmin, ReadOnlyInline


class InvoiceLineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = (
        "position",
        "kind",
        "product_code",
        "component",
        "tenant_label",
        "period_from",
        "period_until",
        "quantity",
        "unit_price",
        "net",
        "vat_category",
        "vat_rate",
    )
    readonly_fields = fields
    show_change_link = False


class InvoiceVatInline(ReadOnlyInline):
    model = InvoiceVat
    fields = ("category", "rate", "net", "vat", "note_code")
    readonly_fields = fields
    show_change_link = False


@admin.register(Invoice)
class InvoiceAdmin(ReadMostlyAdmin):
    list_display = (
        "number",
        "kind",
        "origin",
        "organisation",
        "month",
        "net",
        "vat",
        "gross",
        "currency",
        "issued_on",
        "due_on",
    )
    list_filter = ("kind", "origin", "seller", "currency", "month")
    list_select_related = ("organisation",)
    search_fields = ("=number", "organisation__name", "=organisation__customer_number")
    date_hierarchy = "issued_on"
    ordering = ("-month", "-pk")
    inlines = (InvoiceLineInline, InvoiceVatInline)


class CreditProposalLineInline(ReadOnlyInline):
    model = CreditProposalLine
    fields = ("line", "quantity", "net")
    readonly_fields = fields
    show_change_link = False


@admin.register(CreditProposal)
class CreditProposalAdmin(ReadMostlyAdmin):
    list_display = (
        "invoice",
        "scope",
        "status",
        "net",
        "gross",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
    )
    list_filter = ("status", "scope", "invoice__seller")
    list_select_related = ("invoice", "requested_by", "decided_by")
    search_fields = ("=invoice__number", "=credit_note__number", "invoice__organisation__name")
    date_hierarchy = "requested_at"
    ordering = ("-requested_at",)
    inlines = (CreditProposalLineInline,)


@admin.register(BillingRun)
class BillingRunAdmin(ReadMostlyAdmin):
    list_display = ("seller", "month", "started_at", "approved_at", "finished_at", "closed_at")
    list_filter = ("seller", "month")
    list_select_related = ("seller",)


@admin.register(RunItem)
class RunItemAdmin(ReadMostlyAdmin):
    list_display = ("organisation", "run", "outcome", "cause", "attempts", "done_at")
    list_filter = ("outcome", "cause", "run")
    list_select_related = ("organisation", "run__seller")
    search_fields = ("organisation__name", "=organisation__customer_number")
    ordering = ("-run__month", "organisation__name")


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadMostlyAdmin):
    list_display = ("seller", "kind", "year", "last")
    list_filter = ("seller", "kind", "year")
    list_select_related = ("seller",)


@admin.register(BillingHold)
class BillingHoldAdmin(ReadMostlyAdmin):
    list_display = ("organisation", "month", "placed_by", "placed_at", "released_at")
    list_filter = ("month",)
    list_select_related = ("organisation", "placed_by")
    search_fields = ("organisation__name", "=organisation__customer_number")


@admin.register(BillingPolicy)
class BillingPolicyAdmin(ReadMostlyAdmin):
    list_display = ("seller", "needs_approval", "set_by", "set_at")
    list_filter = ("seller",)
    list_select_related = ("seller", "set_by")


@admin.register(BrokenRule)
class BrokenRuleAdmin(ReadMostlyAdmin):
    list_display = ("code", "count", "first_seen_at", "last_seen_at", "gone_at")
    list_filter = ("code",)


@admin.register(ReachedThreshold)
class ReachedThresholdAdmin(ReadMostlyAdmin):
    list_display = ("organisation", "tenant", "component", "month", "percent", "reached_at")
    list_filter = ("percent", "month")
    list_select_related = ("organisation", "tenant")
    search_fields = ("organisation__name", "=organisation__customer_number")
