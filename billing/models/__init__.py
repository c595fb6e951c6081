"""What is owed: runs, invoices, credit proposals, numbers."""

from billing.models.credit_proposals import CreditProposal, CreditProposalLine
from billing.models.invoices import Invoice, InvoiceLine, InvoiceVat
from billing.models.numbers import NumberSeries
from billing.models.runs import BillingRun, RunItem

__all__ = [
    "BillingRun",
    "CreditProposal",
    "CreditProposalLine",
    "Invoice",
    "InvoiceLine",
    "InvoiceVat",
    "NumberSeries",
    "RunItem",
]
