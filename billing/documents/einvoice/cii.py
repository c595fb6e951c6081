"""UN/CEFACT Cross Industry Invoice in the profile EN 16931, as Factur-X embeds it. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from billing.documents.einvoice.writing import Maker, amount, as_bytes, number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from billing.documents.einvoice.facts import InvoiceData, Line, Party, Vat
    from billing.documents.einvoice.writing import Element

PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
GUIDELINE = "urn:cen.eu:en16931:2017"

UNCEFACT = "urn:un:unece:uncefact:data:standard"
rsm = Maker("rsm", f"{UNCEFACT}:CrossIndustryInvoice:100")
ram = Maker("ram", f"{UNCEFACT}:ReusableAggregateBusinessInformationEntity:100")
udt = Maker("udt", f"{UNCEFACT}:UnqualifiedDataType:100")
qdt = Maker("qdt", f"{UNCEFACT}:QualifiedDataType:100")


def cii(data: InvoiceData) -> bytes:
    """The document as CII, in UTF-8."""
    return as_bytes(
        rsm(
            "CrossIndustryInvoice",
            rsm(
                "ExchangedDocumentContext",
                # Not of EN 16931 itself; XRechnung and Peppol want it.
                ram("BusinessProcessSpecifiedDocumentContextParameter", ram("ID", PROFILE)),
                ram("GuidelineSpecifiedDocumentContextParameter", ram("ID", GUIDELINE)),
            ),
            rsm(
                "ExchangedDocument",
                ram("ID", data.number),
                ram("TypeCode", "381" if data.is_credit_note else "380"),
                ram("IssueDateTime", _day(data.issued_on)),
                ram.some("IncludedNote", ram.some("Content", data.note)),
            ),
            rsm(
                "SupplyChainTradeTransaction",
                *(_line(line) for line in data.lines),
                _agreement(data),
                ram("ApplicableHeaderTradeDelivery"),
                ram("ApplicableHeaderTradeSettlement", *_settlement(data)),
            ),
        )
    )


def _line(line: Line) -> Element:
    stated = line.stated
    return ram(
        "IncludedSupplyChainTradeLineItem",
        ram("AssociatedDocumentLineDocument", ram("LineID", line.id)),
        ram(
            "SpecifiedTradeProduct",
            ram("Name", line.name),
            ram.some("Description", line.group),
        ),
        ram(
            "SpecifiedLineTradeAgreement",
            ram(
                "NetPriceProductTradePrice",
                ram("ChargeAmount", number(stated.price)),
                ram("BasisQuantity", number(stated.base), unitCode=stated.unit),
            ),
        ),
        ram(
            "SpecifiedLineTradeDelivery",
            ram("BilledQuantity", number(stated.quantity), unitCode=stated.unit),
        ),
        ram(
            "SpecifiedLineTradeSettlement",
            ram(
                "ApplicableTradeTax",
                ram("TypeCode", "VAT"),
                ram("CategoryCode", line.vat_category),
                _rate(line.vat_category, line.vat_rate),
            ),
            ram(
                "BillingSpecifiedPeriod",
                ram("StartDateTime", _day(line.period_from)),
                ram("EndDateTime", _day(line.period_until - dt.timedelta(days=1))),
            ),
            ram(
                "SpecifiedTradeSettlementLineMonetarySummation",
                ram("LineTotalAmount", amount(line.net)),
            ),
        ),
    )


def _agreement(data: InvoiceData) -> Element:
    return ram(
        "ApplicableHeaderTradeAgreement",
        ram.some("BuyerReference", data.buyer_reference),
        ram("SellerTradeParty", *_party(data.seller, data)),
        ram("BuyerTradeParty", *_party(data.buyer, data)),
        ram.some("BuyerOrderReferencedDocument", ram.some("IssuerAssignedID", data.order_number)),
    )


def _party(party: Party, data: InvoiceData) -> Iterator[Element | None]:
    endpoint = party.endpoint
    yield ram("Name", party.name)
    yield ram.some("SpecifiedLegalOrganization", _company_id(party))
    yield ram.some(
        "DefinedTradeContact",
        ram.some("PersonName", party.contact),
        ram.some("TelephoneUniversalCommunication", ram.some("CompleteNumber", party.phone)),
        ram.some("EmailURIUniversalCommunication", ram.some("URIID", party.email)),
    )
    yield ram(
        "PostalTradeAddress",
        ram.some("PostcodeCode", party.postal_code),
        ram.some("LineOne", party.street),
        ram.some("CityName", party.city),
        ram("CountryID", party.country),
    )
    if endpoint:
        address = ram("URIID", endpoint.id, schemeID=endpoint.scheme)
        yield ram("URIUniversalCommunication", address)
    if party.vat_number and not data.is_outside_scope:
        yield ram("SpecifiedTaxRegistration", ram("ID", party.vat_number, schemeID="VA"))


def _company_id(party: Party) -> Element | None:
    if party.legal_id is None:
        return None
    scheme = {"schemeID": party.legal_id.scheme} if party.legal_id.scheme else {}
    return ram("ID", party.legal_id.id, **scheme)


def _settlement(data: InvoiceData) -> Iterator[Element | None]:
    yield ram.some("PaymentReference", data.reference)
    yield ram.some("TaxCurrencyCode", data.accounting_currency)
    yield ram("InvoiceCurrencyCode", data.currency)
    yield ram(
        "SpecifiedTradeSettlementPaymentMeans",
        ram("TypeCode", data.payment_means),
        ram(
            "PayeePartyCreditorFinancialAccount",
            ram("IBANID", data.iban),
            ram("AccountName", data.seller.name),
        ),
        ram("PayeeSpecifiedCreditorFinancialInstitution", ram("BICID", data.bic)),
    )
    for row in data.vat_rows:
        yield _vat(row)
    yield ram(
        "SpecifiedTradePaymentTerms",
        ram("Description", data.terms),
        None if data.is_credit_note else ram("DueDateDateTime", _day(data.due_on)),
    )
    yield ram("SpecifiedTradeSettlementHeaderMonetarySummation", *_totals(data))
    for original in data.originals:
        issued = qdt("DateTimeString", f"{original.issued_on:%Y%m%d}", format="102")
        yield ram(
            "InvoiceReferencedDocument",
            ram("IssuerAssignedID", original.number),
            ram("FormattedIssueDateTime", issued),
        )


def _vat(row: Vat) -> Element:
    return ram(
        "ApplicableTradeTax",
        ram("CalculatedAmount", amount(row.vat)),
        ram("TypeCode", "VAT"),
        ram.some("ExemptionReason", row.reason),
        ram("BasisAmount", amount(row.net)),
        ram("CategoryCode", row.category),
        ram.some("ExemptionReasonCode", row.reason_code),
        _rate(row.category, row.rate),
    )


def _totals(data: InvoiceData) -> Iterator[Element]:
    yield ram("LineTotalAmount", amount(data.net))
    yield ram("TaxBasisTotalAmount", amount(data.net))
    yield ram("TaxTotalAmount", amount(data.vat), currencyID=data.currency)
    if data.accounting_vat is not None:
        yield ram(
            "TaxTotalAmount", amount(data.accounting_vat), currencyID=data.accounting_currency
        )
    yield ram("GrandTotalAmount", amount(data.gross))
    yield ram("DuePayableAmount", amount(data.gross))


def _rate(category: str, rate: Decimal) -> Element | None:
    return None if category == "O" else ram("RateApplicablePercent", number(rate))


def _day(day: dt.date) -> Element:
    return udt("DateTimeString", f"{day:%Y%m%d}", format="102")
