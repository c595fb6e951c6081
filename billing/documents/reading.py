"""From the frozen rows of an issued invoice to what its documents say."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from billing.characters import for_xml
from billing.documents.editions import (
    AS_RULES_WANT,
    NEWEST,
    REFERENCE_WHERE_PAID,
    SELLERS_PHRASE,
)
from billing.documents.einvoice.facts import InvoiceData, Line, Original, Vat
from billing.documents.einvoice.parties import named, party_of
from billing.documents.einvoice.references import printed, reference_of
from billing.documents.page import terms
from billing.documents.words import WORDS, law_sentence
from billing.models import Invoice, InvoiceLine
from billing.queries.corrections import corrected_by, reason_of
from billing.queries.shown import name_in
from customers.addresses import XRECHNUNG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from billing.documents.words import Words
    from billing.models import InvoiceVat

# The currency in which a seller of the country also states the VAT (art. 230; bokføringsforskriften
# § 5-1-1), where the invoice is in another.
ACCOUNTING_CURRENCIES = {"NL": "EUR", "NO": "NOK"}


def invoice_data(invoice: Invoice, *, language: str, edition: int = NEWEST) -> InvoiceData:
    """Everything the documents say, in one of the six languages; five queries, one more of what
    staff asked for and of VAT in another currency.

    The same for the same rows and edition, for ever.

    Raises ValueError where VAT must be stated in another currency and was not yet
    (`accounting.state`).
    """
    words = WORDS[language]
    seller, buyer = named(invoice.seller_snapshot), named(invoice.buyer_snapshot)
    accounting_currency = accounting_currency_of(invoice)
    sellers_country = seller["country"] if edition >= SELLERS_PHRASE else ""
    return InvoiceData(
        number=invoice.number,
        is_credit_note=invoice.kind == Invoice.Kind.CREDIT_NOTE,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        seller=party_of(seller, is_buyer=False, edition=edition),
        buyer=party_of(buyer, is_buyer=True, edition=edition),
        lines=tuple(_line(line, language, words) for line in invoice.lines.order_by("position")),
        vat_rows=tuple(
            _vat(row, language, sellers_country)
            for row in invoice.vat_rows.order_by("-rate", "category")
        ),
        net=invoice.net,
        vat=invoice.vat,
        gross=invoice.gross,
        iban=seller["iban"],
        bic=seller["bic"],
        reference=_reference(invoice, edition),
        terms=terms(invoice.due_on, asks_for_payment=invoice.asks_for_payment, language=language),
        buyer_reference=_buyer_reference(buyer, edition),
        order_number=buyer.get("order_number", ""),
        note=_note(reason_of(invoice), edition),
        originals=tuple(
            Original(number=each.number, issued_on=each.issued_on) for each in _originals(invoice)
        ),
        accounting_currency=accounting_currency,
        accounting_vat=_accounting_vat(invoice) if accounting_currency else None,
    )


def accounting_currency_of(invoice: Invoice) -> str:
    """In which other currency the VAT is stated as well; empty where there is none."""
    own = ACCOUNTING_CURRENCIES.get(invoice.seller_snapshot["country"], "")
    return "" if own == invoice.currency else own


def needs_exchange_rate(invoice: Invoice) -> bool:
    """Nothing in one currency is nothing in another."""
    return bool(accounting_currency_of(invoice) and invoice.vat)


def _accounting_vat(invoice: Invoice) -> Decimal:
    stated = accounting_vat_of(invoice)
    if stated is None:
        raise ValueError("VAT in another currency was not stated yet")
    return stated


def accounting_vat_of(invoice: Invoice) -> Decimal | None:
    """The VAT in `accounting_currency_of`; None until its documents are made, which state it."""
    if not needs_exchange_rate(invoice):
        return Decimal("0.00")
    stated = list(invoice.accounting_vat.values_list("amount", flat=True))
    return sum(stated, Decimal(0)) if stated else None


def reference_shown(invoice: Invoice) -> str:
    """What its documents ask the buyer to name, as people write it; empty where nothing is paid.

    No queries.
    """
    reference = _reference(invoice, NEWEST)
    return printed(reference, invoice.buyer_snapshot["country"]) if reference else ""


def _reference(invoice: Invoice, edition: int) -> str:
    """What the buyer names when paying; empty where nothing is to be paid."""
    if edition >= REFERENCE_WHERE_PAID and not invoice.asks_for_payment:
        return ""
    return reference_of(
        invoice.buyer_snapshot["country"],
        number=invoice.number,
        year=invoice.series_year,
        sequence=invoice.sequence,
    )


def _buyer_reference(buyer: Mapping[str, str], edition: int) -> str:
    """Its own, or the customer number where one must be there: Peppol is content with an order
    number in its place (R003), XRechnung is not (BR-DE-15).
    """
    given = buyer.get("buyer_reference", "")
    always = edition >= AS_RULES_WANT and buyer["country"] in XRECHNUNG
    if given or (buyer.get("order_number") and not always):
        return given
    return buyer["customer_number"]


def _note(reason: str, edition: int) -> str:
    """Line breaks are spaces: to XML and to the page alike it is one paragraph.

    What stands between the first two # is taken for a code of the subject where it has the length
    of one, as in “tickets #12 #13”; with a blank it has not.
    """
    note = " ".join(reason.split())
    before, _sign, after = note.partition("#")
    code, second, _rest = after.partition("#")
    if edition >= AS_RULES_WANT and second and len(code) == len("AAI"):
        return f"{before}# {after}"
    return note


def _line(line: InvoiceLine, language: str, words: Words) -> Line:
    return Line(
        id=str(line.position),
        name=_name(line, language, words),
        group=for_xml(line.tenant_label),
        quantity=line.quantity,
        unit_price=line.unit_price,
        days=(line.period_until - line.period_from).days,
        month_days=line.month_days,
        net=line.net,
        vat_category=line.vat_category,
        vat_rate=line.vat_rate,
        period_from=line.period_from,
        period_until=line.period_until,
        is_usage=line.why is not None,
    )


def _name(line: InvoiceLine, language: str, words: Words) -> str:
    """“Sandbox · Sales Premium (Credited)”."""
    product = name_in(line.product_names, language)
    component = name_in(line.component_names, language)
    name = product if component in ("", product) else f"{product} · {component}"
    kind = {
        InvoiceLine.Kind.ADJUSTMENT.value: words.adjustment,
        InvoiceLine.Kind.CREDIT.value: words.credit,
        InvoiceLine.Kind.SETTLEMENT.value: words.settlement,
    }.get(line.kind)
    return f"{name} ({kind})" if kind else name


def _vat(row: InvoiceVat, language: str, sellers_country: str) -> Vat:
    return Vat(
        category=row.category,
        rate=row.rate,
        net=row.net,
        vat=row.vat,
        reason=law_sentence(row.note_code, language=language, sellers_country=sellers_country),
    )


def _originals(invoice: Invoice) -> Iterable[Invoice]:
    """What a reissue credits of earlier months is of other invoices than the cancelled one."""
    if invoice.corrects and invoice.kind == Invoice.Kind.INVOICE:
        return [invoice.corrects]
    return corrected_by(invoice)
