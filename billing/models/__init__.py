"""What is owed: runs, invoices, credit proposals, numbers."""

from billing.models.breaches import BrokenRule
from billing.models.credit_proposals import CreditProposal, CreditProposalLine
from billing.models.holds import BillingHold, ItemReview
from billing.models.invoices import Invoice, InvoiceLine, InvoiceVat, sign_of
from billing.models.numbers import NumberSeries
from billing.models.policies import BillingPolicy
from billing.models.previews import MonthPreview, PreviewRow
from billing.models.runs import BillingRun, RunItem
from billing.models.thresholds import ReachedThreshold

__all__ = [
    "BillingHold",
    "BillingPolicy",
    "BillingRun",
    "BrokenRule",
    "CreditProposal",
    "CreditProposalLine",
    "Invoice",
    "InvoiceLine",
    "InvoiceVat",
    "ItemReview",
    "MonthPreview",
    "NumberSeries",
    "PreviewRow",
    "ReachedThreshold",
    "RunItem",
    "sign_of",
]
