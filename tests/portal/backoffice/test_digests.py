from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.models import RunItem
from customers import clock
from customers.models import AdviceQuestion, Duty, OutgoingMail, ToldWaiting
from customers.operations import digests as noticed
from portal.backoffice.digests import tell_staff
from portal.backoffice.waiting import KINDS
from portal.celery import app
from portal.tasks import tell_staff as task
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.operations import orders
from subscriptions.provisioning.models import Difference, Feed, Reconciliation
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.shop import SANDBOX

if TYPE_CHECKING:
    from billing.models import BillingRun
    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

HOUR = dt.timedelta(hours=1)


def letters_to(person: Person) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(to=person.email).order_by("pk"))


def order_another(customer: Organisation, owner: Person) -> Subscription:
    return orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=TenantFactory(organisation=customer),
        quantities={"sales-premium": 1},
        by=owner,
        at=clock.now(),
    )


@pytest.mark.usefixtures("order", "consent")
def test_each_of_the_staff_reads_what_their_duty_is(
    sales: Person, app_manager: Person, billing: Person
) -> None:
    assert tell_staff(at=clock.now()) == 2

    [to_sales] = letters_to(sales)
    [to_app_manager] = letters_to(app_manager)
    assert to_sales.subject == "New in the back office: Orders to confirm (1)"
    assert (
        "Orders to confirm: 1, of which 1 new to you. The first has waited since" in to_sales.body
    )
    assert "/backoffice/orders/" in to_sales.body
    assert "Consents" not in to_sales.body
    assert to_app_manager.subject == "New in the back office: Consents to grant (1)"
    assert letters_to(billing) == []


@pytest.mark.usefixtures("order")
def test_what_somebody_was_told_of_is_told_once(
    customer: Organisation, owner: Person, sales: Person
) -> None:
    at = clock.now()
    tell_staff(at=at)

    assert tell_staff(at=at + HOUR) == 0

    order_another(customer, owner)
    assert tell_staff(at=at + 2 * HOUR) == 1
    letter = letters_to(sales)[-1]
    assert letter.subject == "New in the back office: Orders to confirm (1)"
    assert "Orders to confirm: 2, of which 1 new to you." in letter.body


@pytest.mark.usefixtures("order")
def test_nobody_gets_two_letters_within_the_hour_and_nothing_is_left_out(
    customer: Organisation, owner: Person, sales: Person
) -> None:
    at = clock.now()
    tell_staff(at=at)
    order_another(customer, owner)

    assert tell_staff(at=at + noticed.APART - dt.timedelta(seconds=1)) == 0
    assert tell_staff(at=at + HOUR) == 1


def test_what_waits_anew_is_new(consent: Authorisation, app_manager: Person) -> None:
    at = clock.now()
    tell_staff(at=at)
    found = Authorisation.objects.filter(pk=consent.pk)
    found.update(status=AuthorisationStatus.REQUESTED)
    tell_staff(at=at + HOUR)
    found.update(status=AuthorisationStatus.CONFIRMED)

    assert tell_staff(at=at + 2 * HOUR) == 1
    assert len(letters_to(app_manager)) == 2


@pytest.mark.usefixtures("order", "consent")
def test_who_gets_a_duty_reads_what_waits_for_it_already(sales: Person) -> None:
    at = clock.now()
    tell_staff(at=at)
    sales.duties = [Duty.SALES, Duty.APP_MANAGER]
    sales.save()

    assert tell_staff(at=at + HOUR) == 1
    letter = letters_to(sales)[-1]
    assert letter.subject == "New in the back office: Consents to grant (1)"
    assert "Of this you know already, and it still waits:\n\nOrders to confirm: 1." in letter.body


@pytest.mark.usefixtures("order")
def test_who_gets_a_duty_back_is_told_of_everything_anew(sales: Person) -> None:
    at = clock.now()
    tell_staff(at=at)
    sales.duties = []
    sales.save()
    assert tell_staff(at=at + HOUR) == 0
    sales.duties = [Duty.SALES]
    sales.save()

    assert tell_staff(at=at + 2 * HOUR) == 1
    assert "Orders to confirm: 1, of which 1 new to you." in letters_to(sales)[-1].body


@pytest.mark.usefixtures("order")
def test_nobody_is_told_whose_account_was_shut_or_who_is_no_colleague(sales: Person) -> None:
    PersonFactory(staff=True, duties=[Duty.SALES], is_active=False)
    PersonFactory()

    assert tell_staff(at=clock.now()) == 1
    assert len(letters_to(sales)) == 1


@pytest.mark.usefixtures("order")
def test_a_letter_is_in_its_reader_s_language(db: None) -> None:
    reader = PersonFactory(staff=True, duties=[Duty.SALES], language="nl")

    tell_staff(at=clock.now())

    [letter] = letters_to(reader)
    assert letter.subject == "Nieuw in de backoffice: Te bevestigen bestellingen (1)"
    assert "1, waarvan 1 nieuw voor u. De eerste wacht sinds" in letter.body


def test_what_a_run_holds_reaches_billing(billing: Person, finished: BillingRun) -> None:
    assert RunItem.objects.filter(run=finished, outcome="held").count() == 1

    tell_staff(at=clock.now())

    [letter] = letters_to(billing)
    assert (
        "Held and failed in billing runs: 1, of which 1 new to you. The first has waited since"
        in letter.body
    )


def test_one_piece_of_news_of_many_counts_them_all(operations: Person) -> None:
    at = clock.now()
    for _tenant in range(3):
        Feed.objects.update_or_create(
            tenant=TenantFactory(),
            defaults={"failures": 5, "failing_since": at, "retry_at": at, "trouble": "silent"},
        )

    tell_staff(at=at)

    [letter] = letters_to(operations)
    assert letter.subject.endswith("Feeds to the platform that keep failing (3)")
    assert "keep failing: 3, of which 3 new to you. The first has waited since" in letter.body


def test_a_dead_mailbox_is_news_once(operations: Person) -> None:
    """The letter that tells of it may itself be given up: its own receiver's mailbox is dead."""
    at = clock.now()
    for day in range(3):
        now = at + day * dt.timedelta(days=1)
        OutgoingMail.objects.create(
            to=operations.email, subject="Hello", body="Hello", created_at=now, attempts=9
        )
        tell_staff(at=now)

    letters = letters_to(operations)
    assert [letter.subject for letter in letters if "back office" in letter.subject] == [
        "New in the back office: Mail that was not delivered (1)"
    ]


def test_since_when_is_left_out_where_only_the_noticing_is_known(operations: Person) -> None:
    at = clock.now()
    found = Reconciliation.objects.create(started_at=at, finished_at=at, tenants=1)
    Difference.objects.create(reconciliation=found, tenant=TenantFactory(), kind="state")

    tell_staff(at=at)

    [letter] = letters_to(operations)
    assert "to look at: 1, of which 1 new to you.\n" in letter.body
    assert "has waited since" not in letter.body


def test_a_question_reaches_sales(customer: Organisation, owner: Person, sales: Person) -> None:
    AdviceQuestion.objects.create(
        organisation=customer, question="Which?", asked_by=owner, asked_at=clock.now()
    )

    tell_staff(at=clock.now())

    assert letters_to(sales)[0].subject == "New in the back office: Questions to answer (1)"


@pytest.mark.usefixtures("shop")
def test_every_kind_of_what_waits_is_noticed(sales: Person) -> None:
    """Its key can be read, and somebody has the duty."""
    for kind in KINDS:
        assert list(kind.keys()) == []
        assert kind.duties

    assert tell_staff(at=clock.now()) == 0
    assert not ToldWaiting.objects.exists()


@pytest.mark.usefixtures("order")
def test_the_schedule_tells_every_hour(sales: Person, tenant: Tenant) -> None:
    assert app.conf.beat_schedule["portal.tasks.tell_staff"]["schedule"].hour == set(range(24))

    assert task() == 1
    assert task() == 0


def test_what_waits_is_noticed_by_its_key(consent: Authorisation) -> None:
    [kind] = [kind for kind in KINDS if kind.code == "consents"]

    assert list(kind.keys()) == [str(consent.pk)]
