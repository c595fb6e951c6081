"""Who is asked about, when and how often; and what an answer changes."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.vies import asking, queries, tasks
from billing.vies.asking import ask, ask_again, due_at
from billing.vies.models import Consultation, Wish
from billing.vies.register import Reply
from customers.locks import lock_organisation
from customers.models import History
from customers.operations.organisations import BillingDetails, change_billing_details
from customers.turns import LEAVE, TAKE
from tests.billing.test_numbering import at_once
from tests.factories.billing import local
from tests.factories.customers import OrganisationFactory, PersonFactory
from tests.fakes import vies as fake
from tests.fakes.vies import ask_all

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from billing.vies.register import Question
    from catalog.models import Seller
    from customers.models import Organisation, Person
    from tests.fakes.vies import FakeVies

AT = local("2026-11-26")
DANISH = {"country": "DK", "currency": "EUR", "vat_number": "DK13585628"}
"""One more member state, with a number of its own form."""


def minutes(number: int) -> dt.datetime:
    return AT + dt.timedelta(minutes=number)


def days(number: int) -> dt.datetime:
    return AT + dt.timedelta(days=number)


def outcomes() -> list[str]:
    return list(Consultation.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.fixture
def german(seller: Seller) -> Organisation:
    return OrganisationFactory(german=True)


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True)


def renumber(organisation: Organisation, number: str, clerk: Person) -> None:
    details = BillingDetails(
        name=organisation.name,
        street=organisation.street,
        postal_code=organisation.postal_code,
        city=organisation.city,
        country=organisation.country,
        vat_number=number,
        registration_number="",
        invoice_language=organisation.invoice_language,
    )
    change_billing_details(organisation, details, by=clerk, at=AT)


def test_off_nobody_is_asked(german: Organisation, settings: Settings) -> None:
    assert settings.VIES_URL == ""

    assert tasks.ask_register() == 0
    assert queries.shown(german, AT) is None
    assert queries.last_answers([german.pk]) is None


def test_an_answer_is_kept_whole(german: Organisation, vies: FakeVies) -> None:
    vies.answers["DE"] = fake.valid("WAPIAAAAZ9xLmN01", name="Beispiel GmbH", address="Berlin")

    assert ask_all(AT) == 1

    kept = Consultation.objects.get()
    assert (kept.organisation, kept.country, kept.vat_number) == (german, "DE", "DE999999903")
    assert kept.requester == "NL004495445B01"
    assert (kept.outcome, kept.asked_at) == ("valid", AT)
    assert (kept.consultation_number, kept.name, kept.address) == (
        "WAPIAAAAZ9xLmN01",
        "Beispiel GmbH",
        "Berlin",
    )


def test_only_whose_number_decides_is_asked_about(german: Organisation, vies: FakeVies) -> None:
    """Not at home, not outside the Union, not a customer of the Norwegian seller, not a number
    that cannot be one.
    """
    for elsewhere in ("dutch", "norwegian", "british"):
        OrganisationFactory(**{elsewhere: True})
    OrganisationFactory(german=True, vat_number="")
    OrganisationFactory(german=True, vat_number="DE123")

    assert ask_all(AT) == 1
    assert vies.numbers == ["DE999999903"]


def test_once_a_round(german: Organisation, vies: FakeVies) -> None:
    ask_all(local("2026-11-24"))
    assert ask_all(local("2026-11-24", "23:59")) == 0

    assert ask_all(local("2026-11-25", "00:00")) == 1
    assert ask_all(local("2026-12-01")) == 0
    assert ask_all(local("2026-12-25")) == 1


def test_a_no_is_asked_again_after_a_week(german: Organisation, vies: FakeVies) -> None:
    vies.answers["DE"] = fake.invalid()
    ask_all(AT)

    assert ask_all(days(6)) == 0
    assert ask_all(days(7)) == 1


def test_another_number_is_asked_about_at_once(
    german: Organisation, vies: FakeVies, clerk: Person
) -> None:
    ask_all(AT)
    renumber(german, "DE136695976", clerk)

    assert queries.last_answers([german.pk]) == {}
    assert ask_all(minutes(1)) == 1
    assert vies.numbers == ["DE999999903", "DE136695976"]
    answers = queries.last_answers([german.pk])
    assert answers is not None
    assert answers[german.pk].asked_at == minutes(1)


def test_a_silent_state_is_left_alone_and_others_are_asked(
    german: Organisation, vies: FakeVies
) -> None:
    second = OrganisationFactory(german=True, vat_number="DE136695976")
    OrganisationFactory(**DANISH)
    vies.answers["DE"] = fake.silent()

    assert ask_all(AT) == 2
    assert outcomes() == ["silent", "valid"]
    assert ask_all(AT + dt.timedelta(seconds=59)) == 0
    # Whoever was not asked about comes first; each silence makes the wait longer.
    assert ask_all(minutes(1)) == 1
    assert vies.numbers[-1] == second.vat_number
    assert Consultation.objects.newest_first()[0].silences == 2
    assert ask_all(minutes(5)) == 0
    vies.answers["DE"] = fake.valid()
    assert ask_all(minutes(6)) == 2
    assert outcomes()[-2:] == ["valid", "valid"]


def test_who_alone_gets_no_answer_stops_nobody(german: Organisation, vies: FakeVies) -> None:
    vies.answers["DE999999903"] = fake.silent("INVALID_INPUT")
    ask_all(AT)
    for number in ("DE136695976", "DE129273398", "DE115235681"):
        OrganisationFactory(german=True, vat_number=number)

    assert ask_all(minutes(1)) == 4

    assert outcomes() == ["silent", "valid", "valid", "valid", "silent"]


def test_an_outage_ends_with_the_round_still_due(german: Organisation, vies: FakeVies) -> None:
    vies.answers[""] = fake.silent("SERVICE_UNAVAILABLE", status=503)
    for hour in range(24):
        ask_all(AT + dt.timedelta(hours=hour))
    vies.answers[""] = fake.valid()

    assert ask_all(days(1)) == 1

    assert outcomes() == ["silent"] * 24 + ["valid"]


def test_what_it_says_is_told_when_it_changes(german: Organisation, vies: FakeVies) -> None:
    ask_all(AT)
    ask_all(days(30))
    vies.answers["DE"] = fake.invalid()
    ask_all(days(60))

    told = History.objects.filter(organisation=german, verb__contains="vat_number")
    assert list(told.order_by("at").values_list("verb", "at", "details")) == [
        ("organisation.vat_number_confirmed", AT, {"number": "DE999999903"}),
        ("organisation.vat_number_refused", days(60), {"number": "DE999999903"}),
    ]


def test_about_a_number_that_was_corrected_meanwhile(
    german: Organisation, seller: Seller, vies: FakeVies, clerk: Person
) -> None:
    class Meanwhile:
        def ask(self, question: Question) -> Reply:
            renumber(german, "DE136695976", clerk)
            assert question.vat_number == "DE999999903"
            return Reply(outcome=Consultation.Outcome.VALID)

    (due,) = due_at(AT, limit=1)
    assert ask(Meanwhile(), due, at=AT)

    assert Consultation.objects.get().vat_number == "DE999999903"
    assert queries.last_answers([german.pk]) == {}
    assert not History.objects.filter(verb="organisation.vat_number_confirmed").exists()


def test_staff_wish_it_asked_again(german: Organisation, vies: FakeVies, clerk: Person) -> None:
    ask_all(AT)

    wish = ask_again(german, by=clerk, at=minutes(1))

    assert ask_again(german, by=clerk, at=minutes(2)) == wish
    assert queries.open_wish(german) == wish
    assert ask_all(minutes(3)) == 1
    assert queries.open_wish(german) is None
    assert ask_all(minutes(4)) == 0


def test_a_wish_goes_first_and_past_a_silence(
    german: Organisation, vies: FakeVies, clerk: Person
) -> None:
    other = OrganisationFactory(german=True, vat_number="DE136695976")
    vies.answers["DE"] = fake.silent()
    ask_all(AT)

    ask_again(other, by=clerk, at=AT + dt.timedelta(seconds=10))

    assert ask_all(AT + dt.timedelta(seconds=20)) == 1
    assert vies.numbers == [german.vat_number, other.vat_number]
    # It was not answered, so it waits for its turn like everybody; or for another wish.
    assert ask_all(AT + dt.timedelta(seconds=30)) == 0
    again = ask_again(other, by=clerk, at=AT + dt.timedelta(seconds=40))
    assert (ask_all(AT + dt.timedelta(seconds=50)), queries.open_wish(other)) == (1, again)


def test_nothing_is_wished_for_whom_nobody_asks_about(
    seller: Seller, vies: FakeVies, clerk: Person
) -> None:
    for organisation in (
        OrganisationFactory(dutch=True),
        OrganisationFactory(norwegian=True),
        OrganisationFactory(german=True, vat_number=""),
    ):
        with pytest.raises(asking.NothingToAsk):
            ask_again(organisation, by=clerk, at=AT)

    assert not Wish.objects.exists()


def test_one_question_at_a_time(german: Organisation, vies: FakeVies) -> None:
    with psycopg.connect(**connection.get_connection_params()) as another_worker:
        another_worker.execute(TAKE, ["billing.vies 0"])

        assert tasks.ask_register() == 0
        another_worker.execute(LEAVE, ["billing.vies 0"])

        assert tasks.ask_register() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_waits_for_whoever_has_the_customer(german: Organisation, vies: FakeVies) -> None:
    """A run that holds it for want of an answer is over before the answer looks what is held."""
    has_it = threading.Event()

    def run() -> None:
        with transaction.atomic():
            lock_organisation(german.pk)
            has_it.set()
            while not vies.asked:
                time.sleep(0.01)
            time.sleep(0.3)
            assert not Consultation.objects.exists()

    def worker() -> None:
        has_it.wait()
        ask_all(AT)

    at_once(run, worker)

    assert outcomes() == ["valid"]


def test_what_was_answered_never_changes(german: Organisation, vies: FakeVies) -> None:
    ask_all(AT)

    with pytest.raises(DatabaseError, match="Cannot update or delete"):
        Consultation.objects.update(outcome="invalid")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"outcome": "silent", "silences": 1}, id="silence without its trouble"),
        pytest.param({"outcome": "silent", "trouble": "TIMEOUT"}, id="silence not counted"),
        pytest.param({"outcome": "valid", "trouble": "TIMEOUT"}, id="an answer with trouble"),
        pytest.param(
            {"outcome": "silent", "silences": 1, "trouble": "T", "consultation_number": "W"},
            id="evidence of silence",
        ),
        pytest.param({"outcome": "maybe"}, id="neither"),
        pytest.param({"outcome": "valid", "vat_number": ""}, id="about no number"),
    ],
)
def test_a_consultation_holds_together(german: Organisation, values: dict[str, object]) -> None:
    whole = {"organisation": german, "country": "DE", "vat_number": "DE1", "asked_at": AT}

    with pytest.raises(IntegrityError):
        Consultation.objects.create(**whole | values)
