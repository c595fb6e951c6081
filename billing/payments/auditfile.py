"""The journal as an audit file: XML Auditfile Financieel 3.2 of the Dutch tax authority.

A journal in, text out, piece by piece: a month may have more entries than memory holds. The order
of elements and the lengths of texts are the schema's.
"""

from __future__ import annotations

import datetime as dt
from itertools import chain
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.characters import for_xml
from billing.payments.chart import vat_code
from billing.payments.posting import Account
from customers.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from billing.payments.journal import Customer, Journal, JournalEntry, JournalLine, Sums

NAMESPACE = "http://www.auditfiles.nl/XAF/3.2"
SOFTWARE = "Expander Services portal"
JOURNAL = "SALES"


class SeveralCurrencies(Refusal):
    """An audit file states amounts in one currency, and the ledger knows no exchange rates."""

    sentence = gettext_lazy(
        "This month has documents in several currencies: take an audit file of each."
    )


def audit_file(journal: Journal, *, made_on: dt.date) -> Iterator[str]:
    """The journal as XAF 3.2 in its currency, to be written as UTF-8.

    Raises SeveralCurrencies, before any text, where the journal is not of one alone.
    """
    if len(journal.currencies) > 1:
        raise SeveralCurrencies
    yield "<?xml version='1.0' encoding='utf-8'?>\n"
    yield f'<auditfile xmlns="{NAMESPACE}">\n'
    yield from _element(1, "header", [_header(journal, made_on)])
    yield from _element(1, "company", _company(journal))
    yield "</auditfile>"


def _header(journal: Journal, made_on: dt.date) -> str:
    return _texts(
        2,
        fiscalYear=str(journal.month.year),
        startDate=journal.month.first_day.isoformat(),
        endDate=_last_day(journal).isoformat(),
        curCode=journal.currencies[0],
        dateCreated=made_on.isoformat(),
        softwareDesc=SOFTWARE,
    )


def _company(journal: Journal) -> Iterator[str]:
    seller = journal.seller
    yield _texts(
        2,
        companyIdent=seller.registration_number,
        companyName=seller.legal_name,
        taxRegistrationCountry=seller.country,
        taxRegIdent=seller.vat_number,
    )
    yield from _list("customersSuppliers", map(_customer, journal.customers()))
    yield from _list("generalLedger", _accounts(journal.sums))
    yield from _list("vatCodes", _vat_codes(journal.sums))
    period = _texts(
        4,
        periodNumber=str(journal.month.number),
        startDatePeriod=journal.month.first_day.isoformat(),
        endDatePeriod=_last_day(journal).isoformat(),
    )
    yield from _element(2, "periods", _element(3, "period", [period]))
    yield from _element(2, "transactions", _transactions(journal))


def _customer(customer: Customer) -> str:
    known = {"custSupID": customer.number, "custSupName": customer.name[:50]}
    if customer.vat_number:
        known["taxRegIdent"] = customer.vat_number
    return "".join(_element(3, "customerSupplier", [_texts(4, **known, custSupTp="C")]))


def _accounts(sums: Iterable[Sums]) -> Iterator[str]:
    for account in sorted({each.account for each in sums}):
        of_it = _texts(
            4,
            accID=account.number,
            accDesc=account.name,
            accTp="B" if account.is_on_balance else "P",
        )
        yield from _element(3, "ledgerAccount", [of_it])


def _vat_codes(sums: Iterable[Sums]) -> Iterator[str]:
    to_pay: dict[str, str] = {}
    for each in sums:
        if each.vat_category:
            code = vat_code(each.vat_category, each.vat_rate)
            is_vat = each.account.account is Account.VAT_PAYABLE
            to_pay[code] = each.account.number if is_vat else to_pay.get(code, "")
    for code, number in sorted(to_pay.items()):
        paid_to = {"vatToPayAccID": number} if number else {}
        yield from _element(3, "vatCode", [_texts(4, vatID=code, vatDesc=code, **paid_to)])


def _transactions(journal: Journal) -> Iterator[str]:
    yield _texts(
        3,
        linesCount=str(sum(each.lines for each in journal.sums)),
        totalDebit=_amount(sum(each.debit for each in journal.sums)),
        totalCredit=_amount(sum(each.credit for each in journal.sums)),
    )
    yield from _element(3, "journal", _sales(journal))


def _sales(journal: Journal) -> Iterator[str]:
    yield _texts(4, jrnID=JOURNAL, desc=_("Sales"), jrnTp="S")
    for entry in journal.entries():
        if not entry.lines:  # a document of nothing: the schema wants a line in a transaction
            continue
        yield "".join(_element(4, "transaction", _transaction(entry, journal.month.number)))


def _transaction(entry: JournalEntry, period: int) -> Iterator[str]:
    yield _texts(5, nr=entry.number, periodNumber=str(period), trDt=entry.entered_on.isoformat())
    for position, line in enumerate(entry.lines, start=1):
        yield from _element(5, "trLine", _line(position, line, entry))


def _line(position: int, line: JournalLine, entry: JournalEntry) -> Iterator[str]:
    side = "D" if line.amount > 0 else "C"
    yield _texts(
        6,
        nr=str(position),
        accID=line.account.number,
        docRef=entry.number,
        effDate=entry.entered_on.isoformat(),
        amnt=_amount(abs(line.amount)),
        amntTp=side,
        custSupID=entry.customer.number,
        invRef=entry.number,
    )
    # VAT is stated where it was computed; what is sold without any says so itself.
    if line.account.account is Account.VAT_PAYABLE or (line.vat_category and not line.vat_rate):
        is_vat = line.account.account is Account.VAT_PAYABLE
        vat = _texts(
            7,
            vatID=vat_code(line.vat_category, line.vat_rate),
            vatPerc=f"{line.vat_rate:.2f}",
            vatAmnt=_amount(abs(line.amount)) if is_vat else "0.00",
            vatAmntTp=side,
        )
        yield from _element(6, "vat", [vat])


def _list(name: str, rows: Iterable[str]) -> Iterator[str]:
    """A list of the company's; left out where it is empty, as the schema wants one row at least."""
    pieces = iter(rows)
    for first in pieces:
        yield from _element(2, name, chain([first], pieces))


def _element(depth: int, name: str, content: Iterable[str]) -> Iterator[str]:
    """An element around its content, which is asked for piece by piece."""
    margin, pieces = "  " * depth, iter(content)
    first = next(pieces, None)
    if first is None:
        yield f"{margin}<{name} />\n"
        return
    yield f"{margin}<{name}>\n{first}"
    yield from pieces
    yield f"{margin}</{name}>\n"


def _texts(depth: int, **texts: str) -> str:
    """An element per text, in the order given."""
    margin = "  " * depth
    return "".join(
        f"{margin}<{name}>{escape(for_xml(text))}</{name}>\n" if text else f"{margin}<{name} />\n"
        for name, text in texts.items()
    )


def _last_day(journal: Journal) -> dt.date:
    return journal.month.next.first_day - dt.timedelta(days=1)


def _amount(amount: Decimal | int) -> str:
    return f"{amount:.2f}"
