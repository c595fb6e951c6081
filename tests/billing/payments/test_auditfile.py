"""The audit file against the shape of XML Auditfile Financieel 3.2: its elements, in order."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from billing.operations import runs
from billing.payments.auditfile import NAMESPACE, AnotherCurrency, audit_file
from billing.payments.chart import LONGEST, account_of, vat_code
from billing.payments.journal import journal, totals
from billing.payments.posting import Account, Posting
from subscriptions.periods import Month
from tests.billing.documents.test_settlements import credited_by_hand_before
from tests.billing.payments.test_ledger import FIRST_OF_DECEMBER, an_invoice_and_a_credit_note
from tests.factories.billing import local, subscriber

if TYPE_CHECKING:
    from catalog.models import Seller

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


def of_month(seller: Seller, month: Month) -> str:
    return "".join(audit_file(journal(seller, month), made_on=dt.date(2027, 2, 1)))


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


def test_another_currency_is_refused(seller: Seller) -> None:
    subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    seller.currency = "NOK"

    with pytest.raises(AnotherCurrency):
        of_month(seller, DECEMBER)


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
