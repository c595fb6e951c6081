from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from customers.models import AdviceQuestion, Duty, History, Organisation, OutgoingMail, Role
from customers.operations import advice
from tests.factories.customers import (
    AdviceQuestionFactory,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
)
from tests.letters import receivers

if TYPE_CHECKING:
    from pytest_django import Settings

    from customers.models import Person
    from customers.refusals import Refusal

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
AN_HOUR, A_DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def ask(organisation: Organisation, question: str = "Do we need it?") -> AdviceQuestion:
    person = MembershipFactory(organisation=organisation, person__name="Els").person
    return advice.ask_for_advice(
        organisation, about="development-tools", question=question, by=person, at=AT
    )


class TestAsk:
    def test_the_partners_owners_are_asked(self) -> None:
        partner = OrganisationFactory(is_partner=True)
        owner = MembershipFactory(organisation=partner, person__email="owner@example.com")
        MembershipFactory(organisation=partner, role=Role.READER)
        MembershipFactory(organisation=partner, person__is_active=False)
        organisation = OrganisationFactory(partner=partner, representative=PersonFactory())

        question = ask(organisation)

        assert (question.partner, question.representative) == (partner, None)
        assert receivers() == [owner.person.email]
        link = f"/organisations/{partner.pk}/advice/{question.pk}/"
        assert OutgoingMail.objects.get().body.count(link) == 1

    def test_without_a_partner_the_representative_is_asked(self) -> None:
        representative = PersonFactory(
            email="sales@example.com", language="nl", staff=True, duties=[Duty.SALES]
        )

        question = ask(OrganisationFactory(representative=representative))

        assert question.representative == representative
        assert receivers() == ["sales@example.com"]
        assert f"/backoffice/questions/{question.pk}/" in OutgoingMail.objects.get().body

    def test_who_works_for_the_partner_asks_the_representative(self) -> None:
        partner = OrganisationFactory(is_partner=True)
        consultant = MembershipFactory(organisation=partner).person
        representative = PersonFactory(email="sales@example.com", staff=True, duties=[Duty.SALES])
        customer = OrganisationFactory(partner=partner, representative=representative)

        asked = advice.ask_for_advice(
            customer, about="", question="Does it fit?", by=consultant, at=AT
        )

        assert (asked.partner, asked.representative) == (None, representative)
        assert receivers() == ["sales@example.com"]

    def test_a_representative_who_may_not_answer_is_not_asked(self, settings: Settings) -> None:
        settings.ADVICE_ADDRESS = "vendor@example.com"
        moved_on = PersonFactory(staff=True, duties=[Duty.BILLING])

        question = ask(OrganisationFactory(representative=moved_on))

        assert question.representative is None
        assert receivers() == ["vendor@example.com"]

    def test_without_either_the_vendors_own_address_is_asked(self, settings: Settings) -> None:
        settings.ADVICE_ADDRESS = "vendor@example.com"

        ask(OrganisationFactory(name="Bakker"))

        letter = OutgoingMail.objects.get()
        assert (letter.to, letter.subject) == ("vendor@example.com", "Bakker asks for advice")
        assert "Els of Bakker asks:\n\nDo we need it?" in letter.body
        assert f"/backoffice/questions/{AdviceQuestion.objects.get().pk}/" in letter.body

    def test_the_same_again_while_it_waits_is_the_same_question(self) -> None:
        organisation = OrganisationFactory(representative=PersonFactory(staff=True))
        asker = MembershipFactory(organisation=organisation).person
        colleague = MembershipFactory(organisation=organisation).person

        def asks(by: Person, about: str = "scim") -> AdviceQuestion:
            return advice.ask_for_advice(
                organisation, about=about, question="Do we need it?", by=by, at=AT
            )

        first = asks(asker)
        assert asks(asker) == first
        assert (AdviceQuestion.objects.count(), OutgoingMail.objects.count()) == (1, 1)

        assert asks(colleague) != first
        assert asks(asker, about="databridge") != first
        advice.answer_advice(first, answer="No.", by=PersonFactory(staff=True), at=AT)
        assert asks(asker) != first

    def test_it_is_told(self) -> None:
        question = ask(OrganisationFactory())

        entry = History.objects.get()
        assert (entry.verb, entry.subject_id) == ("advice.asked", question.pk)

    @pytest.mark.parametrize(
        ("before", "refusal"),
        [
            pytest.param(
                {"size": advice.IN_A_DAY, "asked_at": AT - A_DAY + AN_HOUR},
                advice.TooManyInADay,
                id="in 24 hours",
            ),
            pytest.param(
                {"size": advice.OPEN_AT_ONCE, "asked_at": AT - 9 * A_DAY},
                advice.TooManyOpen,
                id="without an answer",
            ),
        ],
    )
    def test_too_many_are_refused(self, before: dict[str, Any], refusal: type[Refusal]) -> None:
        organisation = OrganisationFactory()
        AdviceQuestionFactory.create_batch(**before, organisation=organisation)

        with pytest.raises(refusal):
            ask(organisation)

        assert AdviceQuestion.objects.count() == before["size"]
        assert receivers() == []
        assert ask(OrganisationFactory()).pk

    def test_what_was_answered_before_today_does_not_count(self) -> None:
        organisation, staff = OrganisationFactory(), PersonFactory(staff=True)
        AdviceQuestionFactory.create_batch(
            advice.OPEN_AT_ONCE,
            organisation=organisation,
            asked_at=AT - A_DAY,
            answer="Yes.",
            answered_by=staff,
            answered_at=AT,
        )

        assert ask(organisation).organisation == organisation

    def test_an_empty_question_is_refused(self) -> None:
        with pytest.raises(advice.NothingWritten):
            ask(OrganisationFactory(), question="  ")

        assert not AdviceQuestion.objects.exists()
        assert receivers() == []


class TestAnswer:
    def test_staff_answers_and_the_asker_is_told(self) -> None:
        els = MembershipFactory(person__email="els@example.com", role=Role.READER)
        question = AdviceQuestionFactory(organisation=els.organisation, asked_by=els.person)
        staff = PersonFactory(staff=True, name="Tom")

        answered = advice.answer_advice(question, answer=" Yes. ", by=staff, at=AT)

        assert (answered.answer, answered.answered_by, answered.answered_at) == ("Yes.", staff, AT)
        letter = OutgoingMail.objects.get()
        assert (letter.to, letter.subject) == ("els@example.com", "Your question has been answered")
        assert "Tom answers:\nYes." in letter.body
        assert f"/advice/{question.pk}/" in letter.body
        assert History.objects.get().verb == "advice.answered"

    @pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
    def test_the_owners_are_told_and_the_asker_while_let_in(self, is_there: bool) -> None:
        owner = MembershipFactory(person__email="b-owner@example.com")
        els = MembershipFactory(
            organisation=owner.organisation,
            role=Role.READER,
            person__email="a-els@example.com",
            person__name="Els",
        )
        question = AdviceQuestionFactory(organisation=owner.organisation, asked_by=els.person)
        if not is_there:
            els.delete()

        advice.answer_advice(question, answer="Yes.", by=PersonFactory(staff=True), at=AT)

        theirs = ["a-els@example.com"] if is_there else []
        assert receivers() == [*theirs, "b-owner@example.com"]
        letter = OutgoingMail.objects.get(to="b-owner@example.com")
        assert letter.subject == "The question of Els has been answered"
        assert "Els asked:" in letter.body

    def test_a_person_of_the_partner_that_was_asked_answers(self) -> None:
        consultant = MembershipFactory(organisation__is_partner=True)
        question = AdviceQuestionFactory(partner=consultant.organisation)

        answered = advice.answer_advice(question, answer="Yes.", by=consultant.person, at=AT)

        assert answered.answered_by == consultant.person

    def test_nobody_else_answers(self) -> None:
        question = AdviceQuestionFactory(partner=OrganisationFactory(is_partner=True))
        stranger = MembershipFactory(organisation__is_partner=True).person

        with pytest.raises(advice.NotAskedForAdvice):
            advice.answer_advice(question, answer="Yes.", by=stranger, at=AT)

        question.refresh_from_db()
        assert question.answered_at is None

    def test_a_second_answer_is_refused(self) -> None:
        staff = PersonFactory(staff=True)
        question = AdviceQuestionFactory(answer="Yes.", answered_by=staff, answered_at=AT)

        with pytest.raises(advice.AlreadyAnswered):
            advice.answer_advice(question, answer="No.", by=staff, at=AT)

        question.refresh_from_db()
        assert question.answer == "Yes."

    def test_an_empty_answer_is_refused(self) -> None:
        question = AdviceQuestionFactory()

        with pytest.raises(advice.NothingWritten):
            advice.answer_advice(question, answer=" ", by=PersonFactory(staff=True), at=AT)

        question.refresh_from_db()
        assert question.answered_at is None
