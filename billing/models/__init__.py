"""What is owed: runs, invoices, numbers."""

from billing.models.invoices import Invoice, InvoiceLine, InvoiceVat
from billing.models.numbers import NumberSeries
from billing.models.runs import BillingRun, RunItem

__all__ = ["BillingRun", "Invoice", "InvoiceLine", "InvoiceVat", "NumberSeries", "RunItem"]
