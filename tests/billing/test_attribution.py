"""Whose each line with reverse charge is: examples by hand, all of December."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from itertools import count

import pytest

from billing.attribution import Buyer, Entry, Line, attributed
from catalog.money import Currency

A, B = Buyer("DE", "DE136695976"), Buyer("AT", "ATU13585627")


class Documents:
    """Lines as they are issued, one a document unless said otherwise."""

    def __init__(self) -> None:
        self.entries: list[Entry[Buyer]] = []
        self._documents = count(1)

    def line(
        self,
        named: Buyer,
        quantity: int,
        net: str,
        *,
        days: tuple[int, int] = (1, 31),
        kind: str = "adjustment",
        with_last: bool = False,
        **corrects: int | bool,
    ) -> int:
        document = self.entries[-1].line.original if with_last else next(self._documents)
        first, last = (dt.date(2026, 12, day) for day in days)
        until = last + dt.timedelta(days=1)
        of = Line((1,), "users", "AE", Decimal(0), first, until, Decimal(net), document)
        pk = len(self.entries) + 1
        self.entries.append(
            Entry(
                id=pk,
                line=of,
                kind=kind,
                quantity=quantity,
                net=Decimal(net),
                named=named,
                **corrects,  # type: ignore[arg-type]
            )
        )
        return pk

    @property
    def sums(self) -> tuple[str, str]:
        """Under A and under B."""
        nets: dict[Buyer, Decimal] = defaultdict(Decimal)
        for _entry, buyer, net in attributed(self.entries, Currency.EUR):
            nets[buyer] += net
        assert sum(nets.values()) == sum(entry.net for entry in self.entries)
        return str(nets[A]), str(nets[B])


@pytest.fixture
def documents() -> Documents:
    return Documents()


def test_the_newest_units_go_first_and_only_for_the_days_that_are_given_back(
    documents: Documents,
) -> None:
    """Five users of A for 30.00 each; one more of B from the 16th; all end after the 19th."""
    documents.line(A, 5, "150.00")
    documents.line(B, 1, "15.48", days=(16, 31))

    documents.line(B, -6, "-69.68", days=(20, 31), kind="credit")

    assert documents.sums == ("91.93", "3.87")


def test_never_more_than_is_left_of_what_was_charged(documents: Documents) -> None:
    """A tenth unit that cost less than the others: the whole is what each was charged."""
    documents.line(A, 9, "270.00")
    documents.line(B, 1, "10.00")

    documents.line(B, -10, "-280.00", kind="credit")

    assert documents.sums == ("0.00", "0.00")


def test_what_staff_gave_back_before_is_owed_again_by_whom_they_gave_it_to(
    documents: Documents,
) -> None:
    charge = documents.line(A, 6, "60.00")
    documents.line(B, 4, "40.00")
    documents.line(A, -1, "-30.00", kind="credit", takes_back=charge)

    documents.line(B, -4, "-40.00", kind="credit")
    documents.line(B, 1, "12.00", kind="settlement", with_last=True)

    assert documents.sums == ("42.00", "0.00")


def test_all_that_staff_gave_back_of_the_newest_is_made_good_by_the_others(
    documents: Documents,
) -> None:
    documents.line(A, 6, "60.00")
    charge = documents.line(B, 4, "40.00")
    documents.line(B, -1, "-40.00", kind="credit", takes_back=charge)

    documents.line(B, -4, "-40.00", kind="credit")
    documents.line(B, 1, "16.00", kind="settlement", with_last=True)

    assert documents.sums == ("36.00", "0.00")


def test_more_units_may_cost_less_and_fewer_more(documents: Documents) -> None:
    """At a volume price B's eleventh saved A 20.00; without it that is owed again."""
    documents.line(A, 10, "100.00")

    documents.line(B, 1, "-20.00")
    assert documents.sums == ("80.00", "0")

    documents.line(B, -1, "20.00", kind="credit")
    assert documents.sums == ("100.00", "0")


@pytest.mark.parametrize("is_issued_anew", [False, True])
def test_what_takes_back_a_credit_gives_it_to_whom_it_was_taken_from(
    documents: Documents, is_issued_anew: bool
) -> None:
    """B's invoice charges one unit and gives back one of A's and one of B's own."""
    documents.line(A, 1, "10.00")
    documents.line(B, 1, "12.00", days=(1, 15))
    own = documents.line(B, 3, "36.00", days=(16, 31))
    credit = documents.line(B, -2, "-22.00", days=(1, 15), kind="credit", with_last=True)
    before = documents.sums

    documents.line(B, -3, "-36.00", takes_back=own, cancels=is_issued_anew)
    documents.line(B, 2, "22.00", takes_back=credit, cancels=is_issued_anew, with_last=True)
    assert documents.sums == ("10.00", "12.00")

    if is_issued_anew:
        documents.line(B, 3, "36.00", days=(16, 31), repeats=own)
        documents.line(B, -2, "-22.00", days=(1, 15), kind="credit", repeats=credit, with_last=True)
        assert documents.sums == before


def test_what_nobody_charged_is_of_whom_the_document_names(documents: Documents) -> None:
    documents.line(B, -1, "-5.00", kind="credit")

    assert documents.sums == ("0", "-5.00")


def test_a_charge_for_all_tenants_is_one_of_each() -> None:
    first, until = dt.date(2026, 12, 1), dt.date(2027, 1, 1)

    def used(whose: tuple[int | str | None, ...]) -> Line:
        return Line(whose, "users", "S", Decimal(25), first, until, Decimal(5))

    of_one = used((None, "databridge", 3))

    assert of_one.is_charged_by(used((None, "databridge", None)))
    assert not of_one.is_charged_by(used((None, "databridge", 6)))
    assert not used((1,)).is_charged_by(used((None, "databridge", None)))
