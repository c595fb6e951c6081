"""UBL 2.1 Invoice and CreditNote as Peppol BIS Billing 3.0 has them. Pure.

For a German buyer it says that it follows XRechnung, which Peppol takes as well.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from lxml import etree

from billing.documents.einvoice.writing import Maker, amount, as_bytes, number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from billing.documents.einvoice.facts import InvoiceData, Line, Party, Vat
    from billing.documents.einvoice.writing import Element

PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"

UBL = "urn:oasis:names:specification:ubl:schema:xsd"
cac = Maker("cac", f"{UBL}:CommonAggregateComponents-2")
cbc = Maker("cbc", f"{UBL}:CommonBasicComponents-2")


def ubl(data: InvoiceData) -> bytes:
    """The document as UBL, in UTF-8."""
    name = "CreditNote" if data.is_credit_note else "Invoice"
    namespace = f"{UBL}:{name}-2"
    root = etree.Element(
        f"{{{namespace}}}{name}",
        nsmap={None: namespace, "cac": cac.namespace, "cbc": cbc.namespace},
    )
    root.extend(part for part in _parts(data) if part is not None)
    return as_bytes(root)


def _parts(data: InvoiceData) -> Iterator[Element | None]:
    yield cbc("CustomizationID", XRECHNUNG if data.is_german else PEPPOL)
    yield cbc("ProfileID", PROFILE)
    yield cbc("ID", data.number)
    yield cbc("IssueDate", _day(data.issued_on))
    if data.is_credit_note:
        yield cbc("CreditNoteTypeCode", "381")
    else:
        yield cbc("DueDate", _day(data.due_on))
        yield cbc("InvoiceTypeCode", "380")
    yield cbc.some("Note", data.note)
    yield cbc("DocumentCurrencyCode", data.currency)
    yield cbc.some("TaxCurrencyCode", data.accounting_currency)
    yield cbc.some("BuyerReference", data.buyer_reference)
    yield cac.some("OrderReference", cbc.some("ID", data.order_number))
    for original in data.originals:
        yield cac(
            "BillingReference",
            cac(
                "InvoiceDocumentReference",
                cbc("ID", original.number),
                cbc("IssueDate", _day(original.issued_on)),
            ),
        )
    yield cac("AccountingSupplierParty", _party(data.seller, data, is_seller=True))
    yield cac("AccountingCustomerParty", _party(data.buyer, data, is_seller=False))
    yield cac(
        "PaymentMeans",
        cbc("PaymentMeansCode", data.payment_means),
        cbc.some("PaymentID", data.reference),
        cac(
            "PayeeFinancialAccount",
            cbc("ID", data.iban),
            cbc("Name", data.seller.name),
            cac("FinancialInstitutionBranch", cbc("ID", data.bic)),
        ),
    )
    yield cac("PaymentTerms", cbc("Note", data.terms))
    yield cac(
        "TaxTotal",
        _money("TaxAmount", data.vat, data),
        *(_vat(row, data) for row in data.vat_rows),
    )
    if data.accounting_vat is not None:
        in_accounts = amount(data.accounting_vat)
        yield cac("TaxTotal", cbc("TaxAmount", in_accounts, currencyID=data.accounting_currency))
    yield cac(
        "LegalMonetaryTotal",
        _money("LineExtensionAmount", data.net, data),
        _money("TaxExclusiveAmount", data.net, data),
        _money("TaxInclusiveAmount", data.gross, data),
        _money("PayableAmount", data.gross, data),
    )
    for line in data.lines:
        yield _line(line, data)


def _party(party: Party, data: InvoiceData, *, is_seller: bool) -> Element:
    endpoint = party.endpoint
    return cac(
        "Party",
        cbc("EndpointID", endpoint.id, schemeID=endpoint.scheme) if endpoint else None,
        cac("PartyName", cbc("Name", party.name)),
        cac(
            "PostalAddress",
            cbc.some("StreetName", party.street),
            cbc.some("CityName", party.city),
            cbc.some("PostalZone", party.postal_code),
            cac("Country", cbc("IdentificationCode", party.country)),
        ),
        *([] if data.is_outside_scope else _tax_schemes(party, is_seller=is_seller)),
        cac("PartyLegalEntity", cbc("RegistrationName", party.name), _company_id(party)),
        cac.some(
            "Contact",
            cbc.some("Name", party.contact),
            cbc.some("Telephone", party.phone),
            cbc.some("ElectronicMail", party.email),
        ),
    )


def _tax_schemes(party: Party, *, is_seller: bool) -> Iterator[Element]:
    if party.vat_number:
        yield _tax_scheme(party.vat_number, "VAT")
    if is_seller and party.country == "NO":
        # A Norwegian company says that it is registered (NO-R-002).
        yield _tax_scheme("Foretaksregisteret", "TAX")


def _tax_scheme(company: str, scheme: str) -> Element:
    return cac("PartyTaxScheme", cbc("CompanyID", company), cac("TaxScheme", cbc("ID", scheme)))


def _company_id(party: Party) -> Element | None:
    if party.legal_id is None:
        return None
    scheme = {"schemeID": party.legal_id.scheme} if party.legal_id.scheme else {}
    return cbc("CompanyID", party.legal_id.id, **scheme)


def _vat(row: Vat, data: InvoiceData) -> Element:
    return cac(
        "TaxSubtotal",
        _money("TaxableAmount", row.net, data),
        _money("TaxAmount", row.vat, data),
        _category("TaxCategory", row.category, row.rate, row.reason_code, row.reason),
    )


def _line(line: Line, data: InvoiceData) -> Element:
    kind, quantity = (
        ("CreditNoteLine", "CreditedQuantity")
        if data.is_credit_note
        else ("InvoiceLine", "InvoicedQuantity")
    )
    stated = line.stated
    return cac(
        kind,
        cbc("ID", line.id),
        cbc(quantity, number(stated.quantity), unitCode=stated.unit),
        _money("LineExtensionAmount", line.net, data),
        cac(
            "InvoicePeriod",
            cbc("StartDate", _day(line.period_from)),
            cbc("EndDate", _day(line.period_until - dt.timedelta(days=1))),
        ),
        cac(
            "Item",
            cbc.some("Description", line.group),
            cbc("Name", line.name),
            _category("ClassifiedTaxCategory", line.vat_category, line.vat_rate),
        ),
        cac(
            "Price",
            cbc("PriceAmount", number(stated.price), currencyID=data.currency),
            cbc("BaseQuantity", number(stated.base), unitCode=stated.unit),
        ),
    )


def _category(
    name: str, category: str, rate: Decimal, reason_code: str = "", reason: str = ""
) -> Element:
    return cac(
        name,
        cbc("ID", category),
        None if category == "O" else cbc("Percent", number(rate)),
        cbc.some("TaxExemptionReasonCode", reason_code),
        cbc.some("TaxExemptionReason", reason),
        cac("TaxScheme", cbc("ID", "VAT")),
    )


def _money(name: str, value: Decimal, data: InvoiceData) -> Element:
    return cbc(name, amount(value), currencyID=data.currency)


def _day(day: dt.date) -> str:
    return day.isoformat()
