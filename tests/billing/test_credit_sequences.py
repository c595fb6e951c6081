"""Runs, credits by hand, cancellations and reissues in any order: the books stay right.

Nobody pays twice, nobody gets back more than they were charged, whoever gives it.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing.causes import INVARIANT
from billing.given_back import creditable, pools
from billing.invariants import every
from billing.models import CreditProposal, Invoice, InvoiceVat, RunItem
from billing.operations import credit_notes, reissues, runs
from billing.operations.credit_notes import Choice
from billing.queries.corrections import creditable_lines, left_to_credit
from billing.queries.ec_sales import ec_sales
from catalog.models import Seller
from customers.models import Duty
from customers.refusals import Refusal
from subscriptions.models import Subscription
from subscriptions.operations import endings, orders, quantity_changes
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from subscriptions.periods import Month, months
from tests.billing.by_number import sold_by_number
from tests.examples import some
from tests.factories.billing import AMSTERDAM, customer_with_tenant, local, moved
from tests.factories.customers import PersonFactory
from tests.factories.shop import SANDBOX, open_shop
from tests.factories.subscriptions import confirm_set_up

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("credits_go")

CENT = Decimal("0.01")
# Where later charges carry another VAT: reverse charge, or outside its scope.
COUNTRIES = {
    "NL": "NL004495445B01",
    "DE": "DE136695976",
    "AT": "ATU13585627",
    "GB": "GB999999973",
}
Scope = CreditProposal.Scope

ORDERED = local("2026-11-16")
INVOICES = st.integers(0, 5)
SHARES = st.sampled_from([1, 33, 50, 99])  # per cent
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("wait"), st.integers(10, 40)),
    st.tuples(st.just("users"), st.integers(1, 6)),
    st.tuples(st.just("cancel"), st.just(0)),
    st.tuples(st.just("credit_whole"), INVOICES),
    st.tuples(st.just("credit_part"), SHARES),
    st.tuples(st.just("credit_one_user"), INVOICES),
    st.tuples(st.just("credit_amount"), SHARES),
    st.tuples(st.just("credit_what_a_credit_note_charges"), SHARES),
    st.tuples(st.just("move"), st.sampled_from(sorted(COUNTRIES))),
    st.tuples(st.just("reissue"), INVOICES),
)
# Days, then what; the ways in which a credit by hand and one of the run meet.
BY_HAND_FIRST = [("wait", 20), ("credit_part", 50), ("cancel", 0), ("wait", 40)]
BY_THE_RUN_FIRST = [("wait", 20), ("cancel", 0), ("wait", 40), ("credit_whole", 0)]
USER_AFTER_USER = [("users", 3), ("wait", 31), *[("credit_one_user", 1)] * 4]
MOVED_BETWEEN = [
    ("wait", 20),
    ("credit_amount", 33),
    ("move", "DE"),
    ("users", 6),
    ("wait", 35),
    ("reissue", 1),
    ("users", 1),
    ("wait", 31),
    ("credit_whole", 1),
    ("cancel", 0),
    ("wait", 31),
]
OUT_OF_THE_UNION = [
    ("wait", 20),
    ("users", 3),
    ("move", "GB"),
    ("wait", 31),
    ("credit_whole", 1),
    ("credit_whole", 0),
    ("reissue", 1),
    ("users", 1),
    ("move", "NL"),
    ("wait", 31),
    ("cancel", 0),
    ("wait", 31),
]

CREDITS_MOVE_OUT = [
    ("wait", 20),
    ("users", 3),
    ("wait", 31),
    ("move", "GB"),
    ("reissue", 1),
    ("users", 1),
    ("wait", 31),
    ("move", "NL"),
    ("reissue", 3),
    ("credit_part", 33),
    ("cancel", 0),
    ("wait", 31),
]

CREDITED_BEFORE_THE_MOVE = [
    ("move", "DE"),
    ("wait", 31),
    ("credit_part", 33),
    ("move", "NL"),
    ("cancel", 0),
    ("wait", 31),
]

# January's run has dealt with the customer when a credit of November goes back.
TAKEN_BACK_LATE = [
    ("users", 1),
    ("wait", 31),
    ("wait", 31),
    ("credit_whole", 1),
    ("wait", 2),
    ("wait", 31),
]


# A run credits to the second number what the first was charged; then that invoice is corrected.
BETWEEN_TWO_NUMBERS = [
    ("move", "DE"),
    ("wait", 20),
    ("users", 3),
    ("move", "AT"),
    ("wait", 31),
    ("reissue", -1),
    ("users", 6),
    ("wait", 31),
    ("credit_whole", -1),
]

# Four users less from December on: January's document gives back more than it charges.
CHARGED_ON_A_CREDIT_NOTE = [
    ("users", 1),
    ("wait", 31),
    ("credit_what_a_credit_note_charges", 33),
    ("move", "DE"),
    ("credit_what_a_credit_note_charges", 50),
    ("cancel", 0),
    ("wait", 31),
    ("credit_what_a_credit_note_charges", 100),
]

# February's document gives back under one number more than it charges under it.
CHARGED_UNDER_THE_NUMBER_IT_GIVES_BACK = [
    ("wait", 1),
    ("users", 1),
    ("wait", 21),
    ("move", "AT"),
    ("wait", 23),
    ("wait", 33),
    ("credit_amount", 1),
    ("credit_whole", 5),
    ("credit_whole", 4),
    ("wait", 26),
    ("move", "DE"),
    ("credit_amount", 1),
]


class Books:
    """One customer with a sandbox, and a clerk who may give back all there is."""

    def __init__(self) -> None:
        self.now = ORDERED
        self.clerk = PersonFactory(staff=True, duties=[Duty.BILLING])
        self.customer, self.owner, tenant = customer_with_tenant()
        ordered = orders.subscribe(
            self.customer,
            product_code=SANDBOX,
            tenant=tenant,
            quantities={"sales-premium": 5, "service-premium": 1},
            by=self.owner,
            at=self.now,
        )
        self.subscription = confirm_set_up(ordered, by=self.clerk, at=self.now)
        Seller.objects.update(credit_alone_up_to=10**6)
        self._declared: dict[Month, dict[str, Decimal]] = {}

    def take(self, step: str, argument: Any) -> None:
        do: Callable[[Any], object] = getattr(self, step)
        try:
            with transaction.atomic():
                do(argument)
        except Refusal:
            return  # what is refused changes nothing: the next step finds it so

    def wait(self, days: int) -> None:
        """The months that begin meanwhile are invoiced as they begin."""
        until = self.now + dt.timedelta(days=days)
        month = Month.at(self.now, AMSTERDAM).next
        while month.starts_at(AMSTERDAM) <= until:
            self.now = month.starts_at(AMSTERDAM) + dt.timedelta(minutes=5)
            endings.end_due(at=self.now)
            runs.run_due(at=self.now)
            month = month.next
        self.now = max(self.now, until)
        endings.end_due(at=self.now)

    def users(self, number: int) -> None:
        quantity_changes.change(
            self._current(),
            quantities={"sales-premium": number, "service-premium": 1},
            by=self.owner,
            at=self.now,
        )

    def cancel(self, _: int) -> None:
        found = consequences(self._current(), when=CancelWhen.NOW, at=self.now)
        cancel(
            self._current(),
            when=CancelWhen.NOW,
            confirmed=found.fingerprint,
            by=self.owner,
            at=self.now,
        )

    def credit_whole(self, number: int) -> None:
        self._credit(self._invoice(number), Choice(Scope.WHOLE))

    def credit_part(self, share: int) -> None:
        invoice = self._invoice(share)
        net = (left_to_credit(invoice).net.amount * share / 100).quantize(CENT)
        self._credit(invoice, Choice(Scope.PART, net=net))

    def credit_one_user(self, number: int) -> None:
        """Refused as too much only where a user costs more than is left."""
        invoice = self._invoice(number)
        of = creditable(invoice)
        line = next((each for each in of.lines if each.is_charge and each.left), None)
        if line is None:
            raise credit_notes.NothingIsLeft
        try:
            self._credit(invoice, Choice(Scope.LINES, quantities={line.id: 1}))
        except credit_notes.MoreThanIsLeft:
            before, after = (
                (line.net * given / line.quantity).quantize(CENT, ROUND_HALF_UP)
                for given in (line.quantity_given, line.quantity_given + 1)
            )
            assert after - before > min(line.left, of.vat[line.vat].left, of.left)
            raise

    def credit_amount(self, share: int) -> None:
        invoice = self._invoice(share)
        nets = {
            line.id: (line.left.amount * share / 100).quantize(CENT)
            for line in creditable_lines(invoice)[-1:]
        }
        self._credit(invoice, Choice(Scope.LINES, nets=nets))

    def credit_what_a_credit_note_charges(self, share: int) -> None:
        """Of the newest that a run made."""
        made = Invoice.objects.with_names().filter(kind="credit_note", origin="run")
        credit_note = made.order_by("-pk").first()
        if credit_note is None:
            raise credit_notes.NothingIsLeft
        net = (left_to_credit(credit_note).net.amount * share / 100).quantize(CENT)
        self._credit(credit_note, Choice(Scope.PART, net=net))

    def move(self, country: str) -> None:
        moved(self.customer, country, COUNTRIES[country], by=self.clerk, at=self.now)

    def reissue(self, number: int) -> None:
        invoice = self._invoice(number)
        credit_notes.request_reissue(
            invoice,
            reason="Another buyer",
            confirmed=reissues.preview(invoice, at=self.now).owed,
            by=self.clerk,
            at=self.now,
        )

    def are_right(self) -> None:
        """Never twice, never too much: per line, VAT row and month, and over all documents.

        And nobody waits because a draft breaks a rule.
        """
        assert every.check_all(at=self.now) == []
        parked = RunItem.objects.filter(cause__startswith=INVARIANT)
        assert list(parked.values_list("cause", "detail")) == []
        documents = sum(invoice.net * invoice.sign for invoice in Invoice.objects.of(self.customer))
        paid = [each.paid for each in pools([self.customer.pk]).get(self.customer.pk, {}).values()]
        assert documents == sum(paid)
        assert all(each >= 0 for each in paid)
        self._are_listed_right()

    def _are_listed_right(self) -> None:
        """Under every number what was charged to it, less what was given back of that."""
        over = Month.at(self.now, AMSTERDAM)
        for month in months(Month.at(ORDERED, AMSTERDAM), over.previous):
            # What was declared of it stays.
            assert self._declared.setdefault(month, listed(month, month.next)) == listed(
                month, month.next
            )
        nets, sold = listed(Month.at(ORDERED, AMSTERDAM), over.next), sold_by_number()
        reverse_charged = InvoiceVat.objects.filter(category="AE").select_related("invoice")
        assert sum(nets.values()) == sum(row.net * row.invoice.sign for row in reverse_charged)
        for number in {*nets, *sold.net}:
            net = nets.get(number, Decimal(0))
            assert 0 <= net <= sold.charged[number]
            # Of days that the run gives back, staff may have given some before.
            assert abs(net - sold.net[number]) <= sold.by_hand + sold.lines * CENT

    def _credit(self, invoice: Invoice, choice: Choice) -> None:
        seen = credit_notes.preview(invoice, choice).invoice.gross
        credit_notes.request_credit(
            invoice, choice, reason="For any reason", confirmed=seen, by=self.clerk, at=self.now
        )

    def _invoice(self, number: int) -> Invoice:
        found = list(Invoice.objects.with_names().filter(kind="invoice").order_by("pk"))
        if not found:
            raise credit_notes.NothingIsLeft
        return found[number % len(found)]

    def _current(self) -> Subscription:
        return Subscription.objects.get(pk=self.subscription.pk)


def listed(first: Month, until: Month) -> dict[str, Decimal]:
    """The EC sales list."""
    return {
        each.vat_number: each.net.amount
        for each in ec_sales(Seller.objects.get(code="nl"), first, until)
    }


@pytest.fixture
def shop(db: None) -> None:
    open_shop()


SEQUENCES = st.lists(STEPS, min_size=4, max_size=12)
SOME = some(12)


@pytest.mark.slow
@SOME
@given(steps=SEQUENCES)
@example(steps=BY_HAND_FIRST)
@example(steps=BY_THE_RUN_FIRST)
@example(steps=USER_AFTER_USER)
@example(steps=MOVED_BETWEEN)
@example(steps=OUT_OF_THE_UNION)
@example(steps=CREDITS_MOVE_OUT)
@example(steps=CREDITED_BEFORE_THE_MOVE)
@example(steps=TAKEN_BACK_LATE)
@example(steps=BETWEEN_TWO_NUMBERS)
@example(steps=CHARGED_ON_A_CREDIT_NOTE)
@example(steps=CHARGED_UNDER_THE_NUMBER_IT_GIVES_BACK)
def test_nobody_pays_twice_or_gets_back_too_much(shop: None, steps: list[tuple[str, Any]]) -> None:
    _live_through(steps)


@pytest.mark.chaos
@settings(SOME, max_examples=150, derandomize=False)
@given(steps=SEQUENCES)
def test_nobody_does_at_length(shop: None, steps: list[tuple[str, Any]]) -> None:
    _live_through(steps)


def _live_through(steps: list[tuple[str, Any]]) -> None:
    with transaction.atomic():
        books = Books()

        for step, argument in [("wait", 20), *steps]:
            books.take(step, argument)
            if step == "wait":
                books.are_right()
        books.take("cancel", 0)
        books.take("wait", 40)

        books.are_right()
        transaction.set_rollback(True)
