"""Where people read what: the language that is proposed for a new customer's invoices."""

from __future__ import annotations

from customers.models.organisations import InvoiceLanguage

# Countries with one language for all of them, that is one of ours. Switzerland and Belgium have
# several: which of them a company keeps its books in is for it to say.
OF_COUNTRY = {
    "AT": InvoiceLanguage.GERMAN,
    "DE": InvoiceLanguage.GERMAN,
    "DK": InvoiceLanguage.DANISH,
    "LI": InvoiceLanguage.GERMAN,
    "NL": InvoiceLanguage.DUTCH,
    "NO": InvoiceLanguage.NORWEGIAN,
    "SE": InvoiceLanguage.SWEDISH,
}
OF_OTHERS = InvoiceLanguage.ENGLISH
