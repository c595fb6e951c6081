"""Addresses below `/organisations/<int:organisation_id>/invoices/`."""

from __future__ import annotations

from django.urls import path

from portal.pages import invoices, usage

LIST = "organisations/<int:organisation_id>/invoices/"

urlpatterns = [
    path(LIST, invoices.invoice_list, name="invoice_list"),
    path(f"{LIST}<int:invoice_id>/", invoices.invoice_detail, name="invoice_detail"),
    path(
        f"{LIST}<int:invoice_id>/documents/<int:document_id>/",
        invoices.invoice_document,
        name="invoice_document",
    ),
    path(
        f"{LIST}<int:invoice_id>/translations/<slug:language>/",
        invoices.invoice_translation,
        name="invoice_translation",
    ),
    path(
        f"{LIST}<int:invoice_id>/lines/<int:line_id>/", invoices.invoice_line, name="invoice_line"
    ),
    path("organisations/<int:organisation_id>/usage/", usage.usage, name="usage"),
]
