"""The journal as an audit file: XML Auditfile Financieel 3.2 of the Dutch tax authority.

Pure: a journal in, bytes out. The order of elements and the lengths of texts are the schema's.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.payments.chart import vat_code
from billing.payments.journal import totals
from billing.payments.posting import Account
from customers.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from billing.payments.chart import LedgerAccount
    from billing.payments.journal import Journal, JournalEntry, JournalLine

NAMESPACE = "http://www.auditfiles.nl/XAF/3.2"
SOFTWARE = "Expander Services portal"
JOURNAL = "SALES"


class AnotherCurrency(Refusal):
    """An audit file states amounts in one currency, and the ledger knows no exchange rates."""

    sentence = gettext_lazy(
        "This month has documents in another currency than the seller's: take the CSV."
    )


def audit_file(journal: Journal, *, made_on: dt.date) -> bytes:
    """The journal as XAF 3.2, in UTF-8. Raises AnotherCurrency."""
    seller, month = journal.seller, journal.month
    if any(entry.currency != seller.currency for entry in journal.entries):
        raise AnotherCurrency
    file = ET.Element("auditfile", xmlns=NAMESPACE)
    last_day = month.next.first_day - dt.timedelta(days=1)
    header = ET.SubElement(file, "header")
    _texts(
        header,
        fiscalYear=str(month.year),
        startDate=month.first_day.isoformat(),
        endDate=last_day.isoformat(),
        curCode=seller.currency,
        dateCreated=made_on.isoformat(),
        softwareDesc=SOFTWARE,
    )
    company = ET.SubElement(file, "company")
    _texts(
        company,
        companyIdent=seller.registration_number,
        companyName=seller.legal_name,
        taxRegistrationCountry=seller.country,
        taxRegIdent=seller.vat_number,
    )
    _customers(company, journal.entries)
    _accounts(company, [total.account for total in totals(journal.entries)])
    _vat_codes(company, journal.entries)
    period = ET.SubElement(ET.SubElement(company, "periods"), "period")
    _texts(
        period,
        periodNumber=str(month.number),
        startDatePeriod=month.first_day.isoformat(),
        endDatePeriod=last_day.isoformat(),
    )
    _transactions(company, journal)
    ET.indent(file)
    content: bytes = ET.tostring(file, encoding="utf-8", xml_declaration=True)
    return content


def _customers(company: ET.Element, entries: Iterable[JournalEntry]) -> None:
    """Each once, as named on the last document of the month."""
    latest = {entry.customer_number: entry for entry in entries}
    customers = ET.SubElement(company, "customersSuppliers")
    for number in sorted(latest):
        customer = ET.SubElement(customers, "customerSupplier")
        _texts(customer, custSupID=number, custSupName=latest[number].customer_name[:50])
        if latest[number].customer_vat_number:
            _texts(customer, taxRegIdent=latest[number].customer_vat_number)
        _texts(customer, custSupTp="C")


def _accounts(company: ET.Element, accounts: Iterable[LedgerAccount]) -> None:
    known = sorted(accounts)
    if not known:
        return
    ledger = ET.SubElement(company, "generalLedger")
    for account in known:
        _texts(
            ET.SubElement(ledger, "ledgerAccount"),
            accID=account.number,
            accDesc=account.name,
            accTp="B" if account.is_on_balance else "P",
        )


def _vat_codes(company: ET.Element, entries: Iterable[JournalEntry]) -> None:
    to_pay: dict[str, str | None] = {}
    for line in (line for entry in entries for line in entry.lines if line.vat_category):
        code = vat_code(line.vat_category, line.vat_rate)
        if line.account.account is Account.VAT_PAYABLE:
            to_pay[code] = line.account.number
        else:
            to_pay.setdefault(code, None)
    codes = ET.SubElement(company, "vatCodes")
    for code, number in sorted(to_pay.items()):
        element = ET.SubElement(codes, "vatCode")
        _texts(element, vatID=code, vatDesc=code)
        if number:
            _texts(element, vatToPayAccID=number)


def _transactions(company: ET.Element, journal: Journal) -> None:
    lines = [line for entry in journal.entries for line in entry.lines]
    transactions = ET.SubElement(company, "transactions")
    _texts(
        transactions,
        linesCount=str(len(lines)),
        totalDebit=_amount(sum(line.debit for line in lines)),
        totalCredit=_amount(sum(line.credit for line in lines)),
    )
    sales = ET.SubElement(transactions, "journal")
    _texts(sales, jrnID=JOURNAL, desc=_("Sales"), jrnTp="S")
    for entry in journal.entries:
        transaction = ET.SubElement(sales, "transaction")
        _texts(
            transaction,
            nr=entry.number,
            periodNumber=str(journal.month.number),
            trDt=entry.entered_on.isoformat(),
        )
        for position, line in enumerate(entry.lines, start=1):
            _line(ET.SubElement(transaction, "trLine"), position, line, entry)


def _line(element: ET.Element, position: int, line: JournalLine, entry: JournalEntry) -> None:
    side = "D" if line.amount > 0 else "C"
    _texts(
        element,
        nr=str(position),
        accID=line.account.number,
        docRef=entry.number,
        effDate=entry.entered_on.isoformat(),
        amnt=_amount(abs(line.amount)),
        amntTp=side,
        custSupID=entry.customer_number,
        invRef=entry.number,
    )
    # VAT is stated where it was computed; what is sold without any says so itself.
    if line.account.account is Account.VAT_PAYABLE or (line.vat_category and not line.vat_rate):
        is_vat = line.account.account is Account.VAT_PAYABLE
        _texts(
            ET.SubElement(element, "vat"),
            vatID=vat_code(line.vat_category, line.vat_rate),
            vatPerc=f"{line.vat_rate:.2f}",
            vatAmnt=_amount(abs(line.amount)) if is_vat else "0.00",
            vatAmntTp=side,
        )


def _texts(parent: ET.Element, **texts: str) -> None:
    """A child per text, in the order given."""
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text


def _amount(amount: Decimal | int) -> str:
    return f"{amount:.2f}"
