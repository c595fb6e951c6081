"""Credits and charges with another VAT on one document: who moved to another country."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.invariants import every
from billing.models import Invoice, ItemReview, RunItem
from billing.operations import credit_notes, reissues, runs
from billing.queries.corrections import left_to_credit
from customers.models import Duty
from subscriptions.operations import orders
from tests.billing.operations.test_credit_notes import WHOLE, amounts, credit, issued, limit, part
from tests.billing.operations.test_holds import review_as_found
from tests.factories.billing import local, moved, subscriber
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller
    from customers.models import Organisation, Person

ORDERED = local("2026-11-30")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
FIRST_OF_FEBRUARY = local("2027-02-01", "00:05")
DUTCH, GERMAN = ("NL", "NL004495445B01"), ("DE", "DE136695976")


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


def january(*ended: dt.datetime, start: str, to: tuple[str, str], by: Person) -> Organisation:
    """January is invoiced: Development Tools for one tenant go on, and for others they ended."""
    customer, going_on = subscriber(ORDERED, country=start)
    others = [
        orders.subscribe(
            customer,
            product_code=DEVELOPMENT_TOOLS,
            tenant=TenantFactory(organisation=customer),
            by=going_on.ordered_by,
            at=ORDERED,
        )
        for _each in ended
    ]
    runs.run_due(at=FIRST_OF_DECEMBER)
    moved(customer, *to, by=by, at=local("2026-12-01", "09:00"))
    for subscription, at in zip(others, ended, strict=True):
        cancel_as_read(subscription, at=at)
    runs.run_due(at=FIRST_OF_JANUARY)
    return customer


def of_january() -> Invoice:
    return Invoice.objects.with_names().get(month="2027-01-01", origin="run")


def test_a_credit_note_of_a_positive_net_is_held_until_somebody_reviewed_it(
    seller: Seller, clerk: Person
) -> None:
    """49.00 with reverse charge, and 45.84 back with 9.63 of Dutch VAT."""
    customer = january(local("2026-12-02"), start="dutch", to=GERMAN, by=clerk)

    item = RunItem.objects.of(customer).with_names().get(run__month="2027-01-01")
    assert (item.outcome, item.cause) == ("held", "gives_back_too_much")
    assert item.detail == "-6.47 EUR"
    review_as_found(item, "They moved", by=clerk)
    runs.complete(item.run, at=FIRST_OF_JANUARY)

    review = ItemReview.objects.get()
    assert (review.net, review.gross) == (Decimal("3.16"), Decimal("-6.47"))
    assert amounts(of_january()) == ("NL-2027-C000001", "-3.16", "9.63", "6.47")
    assert every.check_all(at=FIRST_OF_JANUARY) == []


@pytest.mark.usefixtures("credits_go")
def test_who_gives_back_alone_counts_the_vat(seller: Seller, clerk: Person) -> None:
    """A net of 3.16 is a total of 13.45: 49.00 with VAT, and 45.84 back with reverse charge."""
    january(local("2026-12-02"), start="german", to=DUTCH, by=clerk)
    limit(seller, "13.44")

    proposal = credit(of_january(), WHOLE, by=clerk, at=FIRST_OF_JANUARY)

    assert (str(proposal.net), str(proposal.gross)) == ("3.16", "13.45")
    assert proposal.status == "waiting"


@pytest.fixture
def owed_of_no_net(seller: Seller, clerk: Person, credits_go: None) -> Invoice:
    """49.00 with VAT, and 47.42 and 4.74 back with reverse charge."""
    ended = (local("2026-12-01"), local("2026-12-28"))
    january(*ended, start="german", to=DUTCH, by=clerk)
    return of_january()


def test_of_no_net_a_total_is_given_back(
    owed_of_no_net: Invoice, seller: Seller, clerk: Person
) -> None:
    limit(seller, "7.12")
    owed_of_no_net = of_january()
    assert amounts(owed_of_no_net) == ("NL-2027-000001", "-3.16", "10.29", "7.13")
    with pytest.raises(credit_notes.MoreThanIsLeft):
        credit_notes.preview(owed_of_no_net, part("0.01"))

    proposal = credit(owed_of_no_net, WHOLE, by=clerk, at=FIRST_OF_JANUARY)
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING])
    approved = credit_notes.approve(
        proposal, confirmed=Decimal("7.13"), by=colleague, at=FIRST_OF_JANUARY
    )

    assert amounts(issued(approved)) == ("NL-2027-C000001", "-3.16", "10.29", "7.13")
    with pytest.raises(credit_notes.NothingIsLeft):
        credit_notes.preview(owed_of_no_net, WHOLE)
    # The credits of December went with it: they are due again.
    runs.run_due(at=FIRST_OF_FEBRUARY)
    february = Invoice.objects.get(month="2027-02-01")
    assert sum(line.net * february.sign for line in february.lines.all()) == Decimal("-3.16")
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


def test_of_no_net_it_is_issued_anew(owed_of_no_net: Invoice, clerk: Person) -> None:
    assert [str(each.amount) for each in left_to_credit(owed_of_no_net)] == ["-3.16", "7.13"]
    seen = reissues.preview(owed_of_no_net, at=FIRST_OF_JANUARY).owed

    proposal = credit_notes.request_reissue(
        owed_of_no_net, reason="Wrong name", confirmed=seen, by=clerk, at=FIRST_OF_JANUARY
    )

    assert issued(proposal).gross == Decimal("7.13")
    assert amounts(Invoice.objects.get(origin="reissue"))[1:] == ("-3.16", "10.29", "7.13")
    assert every.check_all(at=FIRST_OF_JANUARY) == []
