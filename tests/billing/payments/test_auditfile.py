"""The audit file against the shape of XML Auditfile Financieel 3.2: its elements, in order."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from django.db import transaction

from billing.operations import runs
from billing.payments.auditfile import NAMESPACE, SeveralCurrencies, audit_file
from billing.payments.chart import LONGEST, account_of, vat_code
from billing.payments.journal import journal, totals
from billing.payments.ledger import Entered, enter
from billing.payments.posting import Account, Document, Posting, Sold, Taxed
from subscriptions.periods import Month
from tests.billing.documents.test_settlements import credited_by_hand_before
from tests.billing.payments.test_ledger import FIRST_OF_DECEMBER, an_invoice_and_a_credit_note
from tests.factories.billing import local, subscriber
from tests.factories.documents import CASES, issued

if TYPE_CHECKING:
    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

ORDERED = local("2026-11-23")
DECEMBER, JANUARY, FEBRUARY = Month(2026, 12), Month(2027, 1), Month(2027, 2)

# Per element what it may hold, in the schema's order; with an asterisk what may be left out.
# A list that is there has a row.
SHAPE = {
    "auditfile": "header company",
    "header": "fiscalYear startDate endDate curCode dateCreated softwareDesc*",
    "company": "companyIdent* companyName taxRegistrationCountry taxRegIdent customersSuppliers*"
    " generalLedger* vatCodes* periods* transactions*",
    "customerSupplier": "custSupID custSupName* taxRegIdent* custSupTp*",
    "ledgerAccount": "accID accDesc accTp",
    "vatCode": "vatID vatDesc vatToPayAccID*",
    "period": "periodNumber startDatePeriod endDatePeriod",
    "transactions": "linesCount totalDebit totalCredit journal*",
    "journal": "jrnID desc jrnTp* transaction*",
    "transaction": "nr periodNumber trDt trLine",
    "trLine": "nr accID docRef effDate amnt amntTp custSupID* invRef* vat*",
    "vat": "vatID vatPerc vatAmnt vatAmntTp",
}
LISTS = {
    "customersSuppliers": "customerSupplier",
    "generalLedger": "ledgerAccount",
    "vatCodes": "vatCode",
    "periods": "period",
}
LENGTHS = {"custSupName": 50, "custSupID": 35, "accID": 35, "taxRegIdent": 30, "nr": 35}


def of_month(seller: Seller, month: Month, only: str = "") -> str:
    found = journal(seller, month, only=only)
    return "".join(audit_file(found, made_on=dt.date(2027, 2, 1)))


def check_shape(element: ET.Element) -> None:
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    children = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in element]
    if name in LISTS:
        assert set(children) == {LISTS[name]}
    elif name in SHAPE:
        every = [part.rstrip("*") for part in SHAPE[name].split()]
        needed = {part for part in SHAPE[name].split() if not part.endswith("*")}
        assert sorted(children, key=every.index) == children, name
        assert needed <= set(children), name
    else:
        assert children == []
        assert element.text
        assert len(element.text) <= LENGTHS.get(name, 9_999)
    for child in element:
        check_shape(child)


def texts(root: ET.Element, path: str) -> list[str | None]:
    steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
    return [element.text for element in root.iterfind(steps)]


@pytest.fixture
def december(seller: Seller) -> ET.Element:
    an_invoice_and_a_credit_note()
    return ET.fromstring(of_month(seller, DECEMBER))


def test_it_has_the_shape_of_the_schema(december: ET.Element, seller: Seller) -> None:
    check_shape(december)
    check_shape(ET.fromstring(of_month(seller, JANUARY)))
    check_shape(ET.fromstring(of_month(seller, FEBRUARY)))  # in which nothing was issued


def test_a_document_of_nothing_is_no_transaction(seller: Seller) -> None:
    nothing = credited_by_hand_before("49.00")
    assert nothing.entry.postings.count() == 0

    file = ET.fromstring(of_month(seller, JANUARY))

    check_shape(file)
    assert texts(file, "company/transactions/journal/transaction/nr") == []
    assert texts(file, "company/transactions/linesCount") == ["0"]


def test_what_is_referred_to_is_there(december: ET.Element) -> None:
    line = "company/transactions/journal/transaction/trLine"

    accounts = texts(december, "company/generalLedger/ledgerAccount/accID")
    assert accounts == ["1300", "1500-S-21", "8000-development-tools"]
    assert set(texts(december, f"{line}/accID")) <= set(accounts)
    assert set(texts(december, f"{line}/custSupID")) <= set(
        texts(december, "company/customersSuppliers/customerSupplier/custSupID")
    )
    assert set(texts(december, f"{line}/vat/vatID")) <= set(
        texts(december, "company/vatCodes/vatCode/vatID")
    )


def test_it_says_what_the_ledger_says(december: ET.Element) -> None:
    sums = "company/transactions"
    line = f"{sums}/journal/transaction/trLine"

    assert texts(december, f"{sums}/linesCount") == ["3"]
    assert texts(december, f"{sums}/totalDebit") == ["75.10"]
    assert texts(december, f"{sums}/totalCredit") == ["75.10"]
    assert texts(december, f"{line}/amnt") == ["75.10", "62.07", "13.03"]
    assert texts(december, f"{line}/amntTp") == ["D", "C", "C"]
    assert texts(december, f"{line}/vat/vatPerc") == ["21.00"]


def test_a_credit_note_is_the_other_way_round(seller: Seller) -> None:
    an_invoice_and_a_credit_note()

    file = ET.fromstring(of_month(seller, JANUARY))

    line = "company/transactions/journal/transaction/trLine"
    assert texts(file, f"{line}/amntTp") == ["C", "D", "D"]
    assert texts(file, f"{line}/invRef") == ["NL-2027-C000001"] * 3


def test_a_name_that_was_pasted_from_elsewhere_does_not_break_it(seller: Seller) -> None:
    subscriber(ORDERED, name="Word\x0bBreak \x01 BV")
    runs.run_due(at=FIRST_OF_DECEMBER)

    file = ET.fromstring(of_month(seller, DECEMBER))

    assert texts(file, "company/customersSuppliers/customerSupplier/custSupName") == [
        "Word Break   BV"
    ]


@pytest.fixture
def two_currencies(seller: Seller) -> Seller:
    """Of December an invoice in euros and one, entered the day after, in kroner."""
    subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    in_kroner = issued(replace(CASES["NL to NL"], currency="NOK"))
    document = Document(
        sold=[Sold("sandbox", "S", Decimal(21), in_kroner.net)],
        taxed=[Taxed("S", Decimal(21), in_kroner.vat)],
        gross=in_kroner.gross,
    )
    entered = Entered(in_kroner.pk, in_kroner.organisation_id, "NOK", document)
    with transaction.atomic():
        enter([entered], seller=seller, entered_on=dt.date(2026, 12, 2), at=FIRST_OF_DECEMBER)
    return seller


def test_each_currency_of_a_month_has_a_file_of_its_own(two_currencies: Seller) -> None:
    seller = two_currencies

    files = {
        only: ET.fromstring(of_month(seller, DECEMBER, only))
        for only in journal(seller, DECEMBER).currencies
    }

    assert list(files) == ["EUR", "NOK"]
    sums = "company/transactions"
    for currency, (lines, total) in {"EUR": ("3", "75.10"), "NOK": ("3", "208.69")}.items():
        file = files[currency]
        check_shape(file)
        assert texts(file, "header/curCode") == [currency]
        assert texts(file, f"{sums}/linesCount") == [lines]
        assert texts(file, f"{sums}/totalDebit") == [total]
        assert texts(file, f"{sums}/totalCredit") == [total]
        assert len(texts(file, f"{sums}/journal/transaction/trLine/amnt")) == int(lines)
        assert len(texts(file, "company/customersSuppliers/customerSupplier/custSupID")) == 1
    numbers = [set(texts(file, f"{sums}/journal/transaction/nr")) for file in files.values()]
    assert [len(each) for each in numbers] == [1, 1]
    assert len(set.union(*numbers)) == 2


def test_all_currencies_in_one_file_are_refused(two_currencies: Seller) -> None:
    with pytest.raises(SeveralCurrencies):
        of_month(two_currencies, DECEMBER)


def test_a_month_in_one_foreign_currency_is_a_file_in_it(seller: Seller) -> None:
    subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    seller.currency = "NOK"

    file = ET.fromstring(of_month(seller, DECEMBER))

    check_shape(file)
    assert texts(file, "header/curCode") == ["EUR"]


def test_a_month_per_account(seller: Seller) -> None:
    for _customer in range(2):
        subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)

    found = [
        (total.account.number, total.account.name, str(total.debit), str(total.credit))
        for total in totals(journal(seller, DECEMBER).sums)
    ]

    assert found == [
        ("1300", "Receivables", "150.20", "0"),
        ("1500-S-21", "VAT payable S-21", "0", "26.06"),
        ("8000-development-tools", "Revenue development-tools", "0", "124.14"),
    ]
    assert journal(seller, JANUARY).sums == ()


@pytest.mark.parametrize(
    ("category", "rate", "code"),
    [("S", "21.00", "S-21"), ("S", "25.50", "S-25.5"), ("S", "20", "S-20"), ("AE", "0", "AE-0")],
)
def test_vat_codes(category: str, rate: str, code: str) -> None:
    assert vat_code(category, Decimal(rate)) == code


def test_long_product_codes_keep_accounts_apart() -> None:
    numbers = {
        account_of(Posting(Account.REVENUE, Decimal(1), "a" * 50 + end)).number for end in "xy"
    }

    assert len(numbers) == 2
    assert all(len(number) <= LONGEST for number in numbers)
