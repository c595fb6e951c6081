"""From an account to drafts: which lines, which documents, and who is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.drafting import draft, due_lines
from billing.drafts import Account, Buyer, Draft, Held, HoldCause
from catalog.money import Currency
from subscriptions.periods import Month
from tests.factories.billing import (
    DUTCH_BUYER,
    account,
    as_billed,
    charged_subscription,
    component,
    drafted,
    flat,
    lines_of,
    local,
)

if TYPE_CHECKING:
    from billing.drafts import BilledLine
    from billing.rating import ChargedSubscription

NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
GERMAN = Buyer(country="DE", vat_number_well_formed=True, has_address=True)
GERMAN_UNPROVEN = Buyer(country="DE", vat_number_well_formed=False, has_address=True)

type Row = tuple[str, str, str, int, str]


def rows(drafts: tuple[Draft, ...]) -> list[Row]:
    return [
        (
            line.kind,
            f"{line.period_from:%m-%d}",
            f"{line.period_until:%m-%d}",
            line.quantity,
            str(line.net),
        )
        for line in lines_of(drafts)
    ]


def after(billed_in: Month, before: ChargedSubscription, now: ChargedSubscription) -> Account:
    """An account that was billed as `before` up to a month, and is as `now` today."""
    billed = as_billed(drafts=drafted(account(before), billed_in))
    return account(now, billed=billed)


START = local("2026-11-16", "14:00")
THREE = charged_subscription(START, quantity=3)


def with_users(*changes: tuple[str, int]) -> ChargedSubscription:
    """Three users from 16 November, then as told."""
    quantities = [(START, 3), *((local(day), users) for day, users in changes)]
    return charged_subscription(START, components=(component(*quantities),))


@pytest.mark.parametrize(
    ("of", "month", "expected"),
    [
        pytest.param(
            account(charged_subscription(local("2026-11-23"), rate=flat("49"))),
            DECEMBER,
            [
                ("recurring", "11-23", "12-01", 1, "13.07"),
                ("recurring", "12-01", "01-01", 1, "49.00"),
            ],
            id="the part-month of the start, and the month ahead",
        ),
        pytest.param(account(THREE), NOVEMBER, [], id="what starts within a month waits"),
        pytest.param(
            account(charged_subscription(local("2026-12-01", "00:00"))),
            DECEMBER,
            [],
            id="even at its first moment",
        ),
        pytest.param(
            after(DECEMBER, THREE, THREE),
            JANUARY,
            [("recurring", "01-01", "02-01", 3, "90.00")],
            id="then a month at a time",
        ),
        pytest.param(
            account(with_users(("2026-11-21", 5))),
            DECEMBER,
            [
                ("recurring", "11-16", "11-21", 3, "15.00"),
                ("recurring", "11-21", "12-01", 5, "50.00"),
                ("recurring", "12-01", "01-01", 5, "150.00"),
            ],
            id="more users before the first invoice",
        ),
        pytest.param(
            after(DECEMBER, THREE, with_users(("2026-12-22", 5))),
            JANUARY,
            [
                ("adjustment", "12-22", "01-01", 2, "19.36"),
                ("recurring", "01-01", "02-01", 5, "150.00"),
            ],
            id="more users within a month that was charged",
        ),
        pytest.param(
            after(DECEMBER, THREE, with_users(("2026-12-22", 1))),
            JANUARY,
            [
                ("credit", "12-23", "01-01", -2, "-17.42"),
                ("recurring", "01-01", "02-01", 1, "30.00"),
            ],
            id="fewer users: credited from the next day",
        ),
        pytest.param(
            after(DECEMBER, THREE, with_users(("2026-12-10", 5), ("2026-12-20", 2))),
            JANUARY,
            [
                ("adjustment", "12-10", "12-21", 2, "21.29"),
                ("credit", "12-21", "01-01", -1, "-10.65"),
                ("recurring", "01-01", "02-01", 2, "60.00"),
            ],
            id="more, then fewer",
        ),
        pytest.param(
            account(replace(THREE, cancelled_at=START, ends_at=local("2026-12-01", "00:00"))),
            DECEMBER,
            [("recurring", "11-16", "12-01", 3, "45.00")],
            id="cancelled at month end before the first invoice",
        ),
        pytest.param(
            after(
                DECEMBER,
                THREE,
                replace(THREE, cancelled_at=START, ends_at=local("2027-01-01", "00:00")),
            ),
            JANUARY,
            [],
            id="cancelled at month end: nothing more",
        ),
        pytest.param(
            after(
                DECEMBER,
                THREE,
                replace(
                    THREE,
                    cancelled_at=local("2026-12-10", "09:00"),
                    ends_at=local("2026-12-10", "09:00"),
                ),
            ),
            JANUARY,
            [("credit", "12-11", "01-01", -3, "-60.97")],
            id="cancelled now: unused days come back",
        ),
        pytest.param(
            after(
                DECEMBER,
                replace(THREE, charged_while_suspended=False),
                replace(
                    THREE,
                    charged_while_suspended=False,
                    suspensions=((local("2026-12-10"), local("2026-12-13")),),
                ),
            ),
            JANUARY,
            [
                ("credit", "12-11", "12-13", -3, "-5.81"),
                ("recurring", "01-01", "02-01", 3, "90.00"),
            ],
            id="suspended days come back where the policy says so",
        ),
        pytest.param(
            account(charged_subscription(local("2026-09-16"))),
            DECEMBER,
            [
                ("recurring", "09-16", "10-01", 1, "15.00"),
                ("recurring", "10-01", "11-01", 1, "30.00"),
                ("recurring", "11-01", "12-01", 1, "30.00"),
                ("recurring", "12-01", "01-01", 1, "30.00"),
            ],
            id="months that nobody ever billed",
        ),
        pytest.param(
            account(charged_subscription(START, rate=flat("0"))),
            DECEMBER,
            [],
            id="what costs nothing is no line",
        ),
    ],
)
def test_lines(of: Account, month: Month, expected: list[Row]) -> None:
    assert rows(drafted(of, month)) == expected


def test_totals_and_vat_once_per_rate() -> None:
    cheap = tuple(
        charged_subscription(local("2026-11-05"), number=number, rate=flat("0.05"))
        for number in range(1, 100)
    )
    billed = as_billed(drafts=drafted(account(*cheap), DECEMBER))

    (invoice,) = drafted(account(*cheap, billed=billed), JANUARY)

    assert len(invoice.lines) == 99
    assert [str(amount) for amount in (invoice.net, invoice.vat, invoice.gross)] == [
        "4.95",
        "1.04",
        "5.99",
    ]
    assert [(row.category, str(row.rate)) for row in invoice.vat_rows] == [("S", "21")]


def test_a_credit_alone_makes_a_credit_note() -> None:
    ended = replace(
        THREE, cancelled_at=local("2026-12-10", "09:00"), ends_at=local("2026-12-10", "09:00")
    )

    (credit_note,) = drafted(after(DECEMBER, THREE, ended), JANUARY)

    assert credit_note.kind == "credit_note"
    assert [str(a) for a in (credit_note.net, credit_note.vat, credit_note.gross)] == [
        "-60.97",
        "-12.80",
        "-73.77",
    ]


def test_a_credit_beside_more_to_pay_is_a_line_of_the_invoice() -> None:
    other = charged_subscription(START, number=2, rate=flat("100"))
    billed = as_billed(drafts=drafted(account(THREE, other), DECEMBER))
    ended = replace(
        THREE, cancelled_at=local("2026-12-10", "09:00"), ends_at=local("2026-12-10", "09:00")
    )

    (invoice,) = drafted(account(ended, other, billed=billed), JANUARY)

    assert invoice.kind == "invoice"
    assert str(invoice.net) == "39.03"


def test_a_total_of_nothing_is_an_invoice_all_the_same() -> None:
    other = charged_subscription(local("2026-12-11", "09:00"), number=2, quantity=3)
    ended = replace(
        THREE, cancelled_at=local("2026-12-10", "09:00"), ends_at=local("2026-12-10", "09:00")
    )
    other = replace(other, cancelled_at=START, ends_at=local("2027-01-01", "00:00"))

    (invoice,) = drafted(
        account(ended, other, billed=after(DECEMBER, THREE, THREE).billed), JANUARY
    )

    assert invoice.kind == "invoice"
    assert len(invoice.lines) == 2
    assert invoice.gross == 0


def test_one_document_per_currency() -> None:
    kroner = charged_subscription(START, number=2, currency=Currency.NOK)

    drafts = drafted(account(THREE, kroner), DECEMBER)

    assert [(each.currency, str(each.net)) for each in drafts] == [
        ("EUR", "135.00"),
        ("NOK", "45.00"),
    ]


def test_a_credit_keeps_the_vat_of_what_it_corrects() -> None:
    billed = after(DECEMBER, THREE, THREE).billed
    ended = replace(
        with_users(),
        cancelled_at=local("2026-12-10", "09:00"),
        ends_at=local("2026-12-10", "09:00"),
    )

    (credit_note,) = drafted(account(ended, billed=billed, buyer=GERMAN_UNPROVEN), JANUARY)

    assert [(row.category, str(row.rate)) for row in credit_note.vat_rows] == [("S", "21")]


def test_credits_of_two_rates_are_two_lines() -> None:
    """Two users were charged as domestic, two more as reverse charge; three go."""
    two = charged_subscription(START, quantity=2)
    billed = as_billed(drafts=drafted(account(two), DECEMBER))
    four = charged_subscription(
        START, components=(component((START, 2), (local("2026-12-01", "09:00"), 4)),)
    )
    in_germany = drafted(account(four, billed=billed, buyer=GERMAN), JANUARY)
    billed = as_billed(billed, drafts=in_germany)
    now_one = charged_subscription(
        START, components=(component((START, 2), (local("2026-11-30", "23:00"), 1)),)
    )

    drafts = drafted(account(now_one, billed=billed, buyer=GERMAN), Month(2027, 1))

    december = [line for line in lines_of(drafts) if line.period_from.month == 12]
    assert [(line.quantity, line.vat_category, str(line.net)) for line in december] == [
        (-2, "AE", "-60.00"),
        (-1, "S", "-30.00"),
    ]


@pytest.mark.parametrize(
    ("buyer", "cause"),
    [
        pytest.param(GERMAN_UNPROVEN, HoldCause.VAT_NUMBER_MISSING, id="no VAT number"),
        pytest.param(replace(GERMAN, country="XX"), HoldCause.COUNTRY_UNKNOWN, id="no country"),
        pytest.param(replace(GERMAN, has_address=False), HoldCause.ADDRESS_MISSING, id="address"),
    ],
)
def test_held_for_review(buyer: Buyer, cause: HoldCause) -> None:
    held = draft(account(THREE, buyer=buyer), DECEMBER)

    assert isinstance(held, Held)
    assert held.cause is cause
    assert [str(line.net) for line in held.lines] == ["45.00", "90.00"]


def test_who_owes_nothing_is_not_held() -> None:
    assert draft(account(buyer=GERMAN_UNPROVEN), DECEMBER) == ()


def test_a_late_run_knows_no_more_than_a_timely_one() -> None:
    later = replace(
        with_users(("2026-12-03", 5)),
        cancelled_at=local("2026-12-04"),
        ends_at=local("2026-12-04"),
    )

    assert rows(drafted(account(later), DECEMBER)) == rows(drafted(account(THREE), DECEMBER))


def test_knowledge_never_goes_back() -> None:
    """November failed; December was invoiced knowing of the cancellation; November is retried."""
    ended = replace(
        THREE, cancelled_at=local("2026-12-10", "09:00"), ends_at=local("2026-12-10", "09:00")
    )
    billed = as_billed(drafts=drafted(account(ended), JANUARY))

    retried = replace(account(ended, billed=billed), known_until=JANUARY)

    assert draft(retried, DECEMBER) == ()


BUYERS = [DUTCH_BUYER, GERMAN, replace(GERMAN, country="GB")]
AS_BILLED = st.tuples(st.sampled_from(BUYERS), st.booleans())  # as whom, and whether it ended since


@given(before=st.lists(AS_BILLED, min_size=1, max_size=6), now=st.sampled_from(BUYERS))
def test_what_is_outside_the_scope_is_by_itself(
    before: list[tuple[Buyer, bool]], now: Buyer
) -> None:
    """Whoever moved where: each line is on one document, none of which mixes."""
    subscriptions: list[ChargedSubscription] = []
    billed: dict[tuple[int, str], tuple[BilledLine, ...]] = {}
    for number, (buyer, has_ended) in enumerate(before, start=1):
        one = charged_subscription(START, number=number, quantity=number)
        billed |= as_billed(drafts=drafted(account(one, buyer=buyer), DECEMBER))
        ended_at = local("2026-12-10") if has_ended else None
        subscriptions.append(replace(one, cancelled_at=ended_at, ends_at=ended_at))
    of = account(*subscriptions, billed=billed, buyer=now)

    drafts = drafted(of, JANUARY)

    scopes = [{row.category == "O" for row in each.vat_rows} for each in drafts]
    assert all(len(each) == 1 for each in scopes)
    assert [(line.period_from, line.quantity, line.net) for line in due_lines(of, JANUARY)] == [
        (line.period_from, line.quantity, line.net)
        for line in sorted(lines_of(drafts), key=lambda each: each.subscription.tenant_label)
    ]
