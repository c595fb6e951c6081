"""What pages about invoices and runs read: querysets, and frozen dataclasses."""

from billing.queries.estimates import (
    CancellationCharges,
    NextInvoice,
    OrderPreview,
    cancellation_charges,
    next_invoice,
    next_invoice_with,
    order_preview,
)
from billing.queries.invoices import (
    InvoiceDetail,
    InvoiceRow,
    every_invoice,
    invoice_detail,
    invoice_list,
    invoices_of,
    invoices_visible_to,
)
from billing.queries.runs import (
    Progress,
    RunDetail,
    RunRow,
    every_run,
    items_needing_attention,
    items_needing_attention_of,
    items_of,
    progress,
    run_detail,
    run_list,
)
from billing.queries.shown import Document, LineShown, TenantGroup, VatShown

__all__ = [
    "CancellationCharges",
    "Document",
    "InvoiceDetail",
    "InvoiceRow",
    "LineShown",
    "NextInvoice",
    "OrderPreview",
    "Progress",
    "RunDetail",
    "RunRow",
    "TenantGroup",
    "VatShown",
    "cancellation_charges",
    "every_invoice",
    "every_run",
    "invoice_detail",
    "invoice_list",
    "invoices_of",
    "invoices_visible_to",
    "items_needing_attention",
    "items_needing_attention_of",
    "items_of",
    "next_invoice",
    "next_invoice_with",
    "order_preview",
    "progress",
    "run_detail",
    "run_list",
]
