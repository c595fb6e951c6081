from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.invariants import every
from billing.models import BrokenRule
from billing.operations import breaches
from customers import clock
from customers.models import Duty, OutgoingMail
from portal.backoffice.digests import tell_staff
from tests.factories.customers import PersonFactory
from tests.factories.documents import issued

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

pytestmark = pytest.mark.django_db

URL = "backoffice:breaches"
BROKEN = every.Checked("The ledger balances.", ("entry <17>", "entry 18"), "ledger")
KEPT = every.Checked("The ledger balances.", (), "ledger")


def test_a_rule_is_broken_from_when_it_was_seen_until_it_holds() -> None:
    at = clock.now()
    breaches.note(BROKEN, at=at)
    more = every.Checked(BROKEN.rule, ("entry 18",), "ledger")

    breaches.note(more, at=at + dt.timedelta(days=1))
    breaches.note(KEPT, at=at + dt.timedelta(days=2))
    breaches.note(KEPT, at=at + dt.timedelta(days=3))
    breaches.note(BROKEN, at=at + dt.timedelta(days=4))

    first, second = BrokenRule.objects.order_by("pk")
    assert (first.count, first.examples) == (1, ["entry 18"])
    assert [first.first_seen_at, first.last_seen_at, first.gone_at] == [
        at + dt.timedelta(days=days) for days in (0, 1, 2)
    ]
    assert (second.first_seen_at, second.gone_at) == (at + dt.timedelta(days=4), None)


def test_what_an_older_check_finds_late_does_not_count() -> None:
    at = clock.now()
    breaches.note(BROKEN, at=at)

    breaches.note(KEPT, at=at - dt.timedelta(minutes=1))

    assert BrokenRule.objects.get().gone_at is None


def test_a_rule_that_there_is_no_longer_is_nobody_s_task() -> None:
    at = clock.now()
    breaches.note(BROKEN, at=at)

    breaches.note_end(["ledger"], at=at)
    assert BrokenRule.objects.get().gone_at is None

    breaches.note_end(["sums"], at=at)
    assert BrokenRule.objects.get().gone_at == at


def test_of_thousands_of_breaches_some_are_kept() -> None:
    checked = every.Checked("Rule", ("x" * 5_000,) * 3_000, "ledger")

    found = breaches.note(checked, at=clock.now())

    assert found is not None
    assert found.count == 3_000
    assert [len(each) for each in found.examples] == [breaches.LONGEST_EXAMPLE] * breaches.EXAMPLES


def test_the_page_says_what_is_broken_and_what_holds_again(
    client: Client, operations: Person
) -> None:
    at = clock.now()
    breaches.note(BROKEN, at=at)
    breaches.note(every.Checked("Lines sum to totals.", ("Invoice 9",), "sums"), at=at)
    breaches.note(every.Checked("Lines sum to totals.", (), "sums"), at=at)
    client.force_login(operations)

    html = client.get(reverse(URL)).content.decode()

    first, _heading, second = html.partition("Hold again")
    assert "The ledger balances." in first
    assert "entry &lt;17&gt;" in first
    assert "Lines sum to totals." in second
    assert "Invoice 9" not in html


def test_examples_lead_to_the_invoices_that_they_name(client: Client, operations: Person) -> None:
    invoice = issued()
    unknown = "NL-1999-000001"
    examples = (f"{invoice}, line 3: not EUR", f"series: {invoice} and {unknown}", "entry 17")
    breaches.note(every.Checked("Lines sum to totals.", examples, "sums"), at=clock.now())
    client.force_login(operations)

    html = client.get(reverse(URL)).content.decode()

    link = f'<a href="{reverse("backoffice:invoice", args=[invoice.pk])}">{invoice}</a>'
    assert f"<li>{link}, line 3: not EUR</li>" in html
    assert f"<li>series: {link} and {unknown}</li>" in html
    assert "Call the developers of the portal" in html


def test_what_was_never_checked_is_not_said_to_hold(client: Client, operations: Person) -> None:
    client.force_login(operations)

    before = client.get(reverse(URL)).content.decode()
    breaches.note_end(every.codes(), at=clock.now())
    after = client.get(reverse(URL)).content.decode()

    assert "Not checked yet" in before
    assert "Every rule holds" not in before
    assert "Every rule holds" in after
    assert "All rules were checked last at" in after


def test_who_has_mended_something_need_not_wait_for_the_night(
    client: Client,
    billing: Person,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    rung: list[bool] = []
    monkeypatch.setattr("billing.tasks.check_invariants.delay", lambda: rung.append(True))
    client.force_login(billing)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        client.post(reverse("backoffice:check_again"))

    assert rung == [True]

    breaches.note_turn(0, at=clock.now())
    page = client.post(reverse("backoffice:check_again"), follow=True).content.decode()

    assert rung == [True]
    assert "The rules are being checked already." in page
    assert "They are being checked now" in page
    assert "Check now" not in page


def test_a_check_that_has_lost_its_worker_stands_in_nobody_s_way(
    client: Client, billing: Person
) -> None:
    breaches.note_turn(3, at=clock.now() - dt.timedelta(minutes=31))
    client.force_login(billing)

    page = client.get(reverse(URL)).content.decode()
    answer = client.post(reverse("backoffice:check_again"), follow=True).content.decode()

    assert "They are being checked now" not in page
    assert "Check now" in page
    assert "Every rule is being checked" in answer


def test_a_broken_rule_reaches_operations_and_billing_once(
    operations: Person, billing: Person
) -> None:
    PersonFactory(staff=True, duties=[Duty.SALES])
    at = clock.now()
    breaches.note(BROKEN, at=at)

    tell_staff(at=at)
    breaches.note(BROKEN, at=at + dt.timedelta(days=1))
    tell_staff(at=at + dt.timedelta(days=1))

    letters = OutgoingMail.objects.order_by("to")
    assert {letter.to for letter in letters} == {operations.email, billing.email}
    assert {letter.subject for letter in letters} == {
        "New in the back office: Rules that do not hold (1)"
    }
    assert len(letters) == 2
