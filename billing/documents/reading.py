"""From the frozen rows of an issued invoice to what its documents say."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from billing.documents.einvoice.facts import CENT, InvoiceData, Line, Original, Party, Vat
from billing.documents.einvoice.parties import endpoint_of, prefixed
from billing.documents.einvoice.references import reference_of
from billing.documents.page import terms
from billing.documents.words import WORDS
from billing.models import Invoice, InvoiceLine
from billing.queries.corrections import corrected_by, reason_of
from billing.queries.shown import name_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from billing.documents.models import ExchangeRate
    from billing.documents.words import Words
    from billing.models import InvoiceVat

# The currency in which a seller of the country also states the VAT (art. 230; bokføringsforskriften
# § 5-1-1), where the invoice is in another.
ACCOUNTING_CURRENCIES = {"NL": "EUR", "NO": "NOK"}


def invoice_data(
    invoice: Invoice, *, exchange_rate: ExchangeRate | None, language: str
) -> InvoiceData:
    """Everything the documents say, in one of the six languages; five queries, six
    of what staff asked for.

    The same for the same rows, for ever.

    Raises ValueError where VAT must be stated in another currency without a rate for it.
    """
    words = WORDS[language]
    seller, buyer = invoice.seller_snapshot, invoice.buyer_snapshot
    accounting_currency = accounting_currency_of(invoice)
    order_number = buyer.get("order_number", "")
    return InvoiceData(
        number=invoice.number,
        is_credit_note=invoice.kind == Invoice.Kind.CREDIT_NOTE,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        seller=_party(seller),
        buyer=_party(buyer),
        lines=tuple(_line(line, language, words) for line in invoice.lines.order_by("position")),
        vat_rows=tuple(_vat(row, words) for row in invoice.vat_rows.order_by("-rate", "category")),
        net=invoice.net,
        vat=invoice.vat,
        gross=invoice.gross,
        iban=seller["iban"],
        bic=seller["bic"],
        reference=reference_of(
            buyer["country"],
            number=invoice.number,
            year=invoice.series_year,
            sequence=invoice.sequence,
        ),
        terms=terms(invoice.due_on, asks_for_payment=invoice.asks_for_payment, language=language),
        # Peppol wants one of both (R003): who names none is known by the customer number.
        buyer_reference=buyer.get("buyer_reference", "")
        or ("" if order_number else buyer["customer_number"]),
        order_number=order_number,
        # Line breaks are spaces: to XML and to the page alike it is one paragraph.
        note=" ".join(reason_of(invoice).split()),
        originals=tuple(
            Original(number=each.number, issued_on=each.issued_on) for each in _originals(invoice)
        ),
        accounting_currency=accounting_currency,
        accounting_vat=_converted(invoice.vat, exchange_rate) if accounting_currency else None,
    )


def accounting_currency_of(invoice: Invoice) -> str:
    """In which other currency the VAT is stated as well; empty where there is none."""
    own = ACCOUNTING_CURRENCIES.get(invoice.seller_snapshot["country"], "")
    return "" if own == invoice.currency else own


def needs_exchange_rate(invoice: Invoice) -> bool:
    """Nothing in one currency is nothing in another."""
    return bool(accounting_currency_of(invoice) and invoice.vat)


def _converted(vat: Decimal, exchange_rate: ExchangeRate | None) -> Decimal:
    if not vat:
        return Decimal("0.00")
    if exchange_rate is None:
        raise ValueError("VAT in another currency needs a rate")
    return (vat * exchange_rate.rate).quantize(CENT, ROUND_HALF_UP)


def _party(snapshot: Mapping[str, str]) -> Party:
    country, vat_number = snapshot["country"], snapshot["vat_number"]
    return Party(
        name=snapshot["name"],
        street=snapshot["street"],
        postal_code=snapshot["postal_code"],
        city=snapshot["city"],
        country=country,
        vat_number=prefixed(country, vat_number),
        registration_number=snapshot["registration_number"],
        register=snapshot.get("registration_label", ""),
        endpoint=endpoint_of(
            country=country,
            vat_number=vat_number,
            registration_number=snapshot["registration_number"],
            scheme=snapshot.get("endpoint_scheme", ""),
            id_=snapshot.get("endpoint_id", ""),
        ),
        contact=snapshot.get("contact", ""),
        phone=snapshot.get("phone", ""),
        email=snapshot.get("email", ""),
    )


def _line(line: InvoiceLine, language: str, words: Words) -> Line:
    return Line(
        id=str(line.position),
        name=_name(line, language, words),
        group=line.tenant_label,
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


def _vat(row: InvoiceVat, words: Words) -> Vat:
    return Vat(
        category=row.category,
        rate=row.rate,
        net=row.net,
        vat=row.vat,
        reason=words.sentence(row.note_code),
    )


def _originals(invoice: Invoice) -> Iterable[Invoice]:
    return [invoice.corrects] if invoice.corrects else corrected_by(invoice)
