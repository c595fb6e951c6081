"""What Sales do for a customer who calls: its own pages, and who asked is told to all."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import History, Organisation, OutgoingMail, Person
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations import orders, suspensions
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read, confirm_set_up
from tests.portal.reading import text_of

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Tenant

ASKED = {"asked_by": "Jan de Wit", "asked_on": "2030-11-18", "asked_how": "telephone"}
SAID = "Jan de Wit asked for it by telephone on 18 November 2030"
IN_HISTORY = {"by": "Jan de Wit", "on": "2030-11-18", "means": "telephone"}
NOW = dt.datetime(2030, 11, 20, 11, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _now(db: None) -> None:
    clock.move_to(NOW)


@pytest.fixture
def desk(client: Client, sales: Person) -> Client:
    client.force_login(sales)
    return client


def address(name: str, subscription: Subscription) -> str:
    return reverse(f"backoffice:{name}", args=[subscription.pk])


def told(subscription: Subscription, verb: str) -> History:
    found: History = History.objects.about(subscription).get(verb=f"subscription.{verb}")
    return found


def letter(words: str) -> OutgoingMail:
    return OutgoingMail.objects.get(subject__contains=words)


def read(client: Client, where: str) -> dict[str, str]:
    form = client.get(where).context["form"]
    return {name: str(form[name].value()) for name in ("when", "fingerprint")}


def test_staff_read_the_list_that_the_customer_reads(
    client: Client, sales: Person, owner: Person, subscription: Subscription, tenant: Tenant
) -> None:
    AuthorisationFactory(tenant=tenant, active=True, application__name="Webshop sync")
    theirs = reverse(
        "pages:subscription_cancel", args=[subscription.organisation_id, subscription.pk]
    )
    client.force_login(owner)
    of_customer = client.get(theirs)
    client.force_login(sales)

    of_staff = client.get(address("subscription_cancel", subscription))

    for part in ("page", "ways", "charge", "told"):
        assert of_staff.context[part] == of_customer.context[part], part
    fingerprints = [each.context["form"]["fingerprint"].value() for each in (of_staff, of_customer)]
    assert fingerprints[0] == fingerprints[1]
    assert "I understand that Webshop sync will stop working." in text_of(of_staff)
    assert "Who asks for it?" in text_of(of_staff)
    assert "Who asks for it?" not in text_of(of_customer)


@pytest.mark.parametrize("page", ["subscription_cancel", "subscription_quantities"])
def test_staff_are_not_spoken_to_as_the_customer(
    desk: Client, sales: Person, order: Subscription, page: str
) -> None:
    confirm_set_up(order, by=sales, at=clock.now())

    main = text_of(desk.get(address(page, order))).partition("<main")[2]

    to_staff = "You see what the customer would see"  # the one sentence that is for them
    said = re.findall(r">([^<>]+)<", main.replace(to_staff, ""))
    assert [each for each in said if re.search(r"\b[Yy]ou(rs?)?\b", each)] == []


def test_it_is_cancelled_for_who_asked_and_that_is_undone_likewise(
    desk: Client, sales: Person, owner: Person, subscription: Subscription
) -> None:
    where = address("subscription_cancel", subscription)

    done = desk.post(where, read(desk, where) | ASKED | {"reason": "They stop"}, follow=True)

    subscription.refresh_from_db()
    assert subscription.ends_at == dt.datetime(2030, 11, 30, 23, 0, tzinfo=dt.UTC)
    entry = told(subscription, "cancelled")
    assert (entry.actor, entry.reason) == (sales, "They stop")
    assert entry.details["asked"] == IN_HISTORY
    assert SAID in text_of(done)
    written = letter("is cancelled")
    assert written.to == owner.email
    assert f"Our staff did this because {SAID}." in written.body

    desk.post(address("withdraw_cancellation", subscription), ASKED)

    subscription.refresh_from_db()
    assert subscription.ends_at is None
    assert told(subscription, "cancellation_withdrawn").details["asked"] == IN_HISTORY
    assert SAID in letter("goes on").body


def test_what_ends_at_once_says_in_its_letter_who_asked(
    desk: Client, subscription: Subscription
) -> None:
    where = address("subscription_cancel", subscription) + "?when=now"

    desk.post(where, read(desk, where) | ASKED | {"reason": "They stop"})

    subscription.refresh_from_db()
    assert subscription.status == Status.ENDED
    assert SAID in letter("has ended").body


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"asked_by": ""}, "This field is required."),
        ({"asked_how": "dream"}, "Select a valid choice."),
        ({"asked_on": "2030-11-21"}, "This day has not come yet."),
        ({"asked_on": "2030-09-20"}, "This day is more than 60 days ago."),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_without_who_when_how_and_why_nothing_is_cancelled(
    desk: Client, subscription: Subscription, given: dict[str, str], said: str
) -> None:
    where = address("subscription_cancel", subscription)

    refused = desk.post(where, read(desk, where) | ASKED | {"reason": "They stop"} | given)

    subscription.refresh_from_db()
    assert (refused.status_code, subscription.ends_at) == (422, None)
    assert said in text_of(refused)


def test_a_list_that_changed_meanwhile_is_read_again(
    desk: Client, subscription: Subscription, tenant: Tenant
) -> None:
    where = address("subscription_cancel", subscription)
    sent = read(desk, where) | ASKED | {"reason": "They stop"}
    AuthorisationFactory(tenant=tenant, active=True, application__name="Webshop sync")

    refused = desk.post(where, sent | {"understood": "on"})

    subscription.refresh_from_db()
    assert (refused.status_code, subscription.ends_at) == (409, None)
    for kept in ("Jan de Wit", "They stop", "2030-11-18"):
        assert kept in text_of(refused)


def test_a_cancellation_is_not_withdrawn_for_nobody(
    desk: Client, subscription: Subscription
) -> None:
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=clock.now())

    refused = desk.post(address("withdraw_cancellation", subscription), {})

    subscription.refresh_from_db()
    assert refused.status_code == 422
    assert subscription.ends_at is not None
    assert "This field is required." in text_of(refused)


def test_users_are_changed_after_the_price_was_shown(
    desk: Client, sales: Person, order: Subscription
) -> None:
    confirm_set_up(order, by=sales, at=clock.now())
    where = address("subscription_quantities", order)
    numbers = {"users_sales-premium": "5", "users_service-premium": "2"}
    shown = desk.get(where, numbers)
    sent = numbers | {"seen": shown.context["seen"]}

    nobody = desk.post(where, sent)
    done = desk.post(where, sent | ASKED, follow=True)

    assert shown.context["next_charge"].total
    assert "more per month, excl. VAT." in text_of(shown)
    assert nobody.status_code == 422
    assert "The number of users is changed" in text_of(done)
    order = Subscription.objects.get(pk=order.pk)
    assert orders.quantities_at(order, clock.now())["sales-premium"] == 5
    assert told(order, "quantity_changed").details["asked"] == IN_HISTORY
    assert SAID in letter("the number of users has changed").body


def test_what_is_suspended_becomes_smaller_and_says_so(
    desk: Client, sales: Person, order: Subscription
) -> None:
    confirm_set_up(order, by=sales, at=clock.now())
    suspensions.suspend(order, reason="Unpaid", by=sales, at=clock.now())
    where = address("subscription_quantities", order)
    fewer = {"users_sales-premium": "1", "users_service-premium": "2"}

    more = desk.get(where, fewer | {"users_sales-premium": "5"})
    shown = desk.get(where, fewer)
    desk.post(where, fewer | ASKED | {"seen": shown.context["seen"]})

    assert (more.status_code, shown.status_code) == (409, 200)
    assert "more would give nothing until it is resumed" in text_of(more)
    assert "Change now" not in text_of(more)
    order = Subscription.objects.get(pk=order.pk)
    assert orders.quantities_at(order, clock.now())["sales-premium"] == 1


def test_an_order_is_withdrawn_for_who_asked(
    desk: Client, owner: Person, order: Subscription
) -> None:
    nobody = desk.post(address("withdraw_order", order), {})
    assert nobody.status_code == 422

    desk.post(address("withdraw_order", order), ASKED)

    order.refresh_from_db()
    assert order.status == Status.WITHDRAWN
    assert told(order, "withdrawn").details["asked"] == IN_HISTORY
    written = letter("was withdrawn")
    assert written.to == owner.email
    assert SAID in written.body


def test_who_is_told_when_the_only_owner_is_gone(
    desk: Client, customer: Organisation, owner: Person, subscription: Subscription
) -> None:
    Person.objects.filter(pk=owner.pk).update(is_active=False)
    where = address("subscription_cancel", subscription)

    page = text_of(desk.get(where))
    desk.post(where, read(desk, where) | ASKED | {"reason": "The owner has left"})

    assert "No owner: none of the organisation can sign in." in page
    subscription.refresh_from_db()
    assert subscription.ends_at is not None


def test_the_page_offers_what_is_possible_to_whose_task_it_is(
    client: Client, sales: Person, operations: Person, subscription: Subscription
) -> None:
    where = reverse("backoffice:subscription", args=[subscription.pk])
    client.force_login(operations)
    of_operations = text_of(client.get(where))
    client.force_login(sales)
    of_sales = text_of(client.get(where))

    assert "Cancel the subscription" in of_sales
    assert "Change the number of users" not in of_sales  # one licence, not so many users
    assert "Cancel the subscription" not in of_operations
    assert "This is a task of: Sales." in of_operations


def place_of(name: str, customer: Organisation, *args: str) -> str:
    return reverse(f"backoffice:{name}", args=[customer.pk, *args])


def test_it_is_ordered_for_who_asked_after_the_price_was_shown(
    desk: Client, sales: Person, owner: Person, customer: Organisation, tenant: Tenant
) -> None:
    products = text_of(desk.get(place_of("new_order", customer)))
    where = place_of("subscribe_review", customer, SANDBOX)
    numbers = {"users_sales-premium": "3", "users_service-premium": "2"}
    choice = {"tenant": str(tenant.pk)} | numbers

    chosen = desk.get(place_of("subscribe", customer, SANDBOX))
    shown = desk.get(where, choice)
    sent = choice | {"price": shown.context["hidden"]["price"]}
    nobody = desk.post(where, sent)
    none_yet = Subscription.objects.count()
    done = desk.post(where, sent | ASKED, follow=True)
    desk.post(where, sent | ASKED)

    assert place_of("subscribe", customer, SANDBOX) in products
    assert f'action="{where}"' in text_of(chosen)
    assert shown.context["cost"].lines
    assert shown.context["cost"].gross
    assert (nobody.status_code, none_yet) == (422, 0)
    assert "It is ordered, and the owners are told who asked for it." in text_of(done)
    order = Subscription.objects.get()
    assert (order.status, order.ordered_by, order.tenant) == (Status.REQUESTED, sales, tenant)
    assert told(order, "requested").details["asked"] == IN_HISTORY
    written = letter("was received")
    assert written.to == owner.email
    assert SAID in written.body


def test_what_they_have_and_why_not_the_rest_stands_beside_each_product(
    desk: Client, customer: Organisation, owner: Person, subscription: Subscription
) -> None:
    rows = {row.code: row for row in desk.get(place_of("new_order", customer)).context["rows"]}

    had, free = rows[DEVELOPMENT_TOOLS], rows[SANDBOX]
    assert [(each.place, each.text) for each in had.having] == [("Production", "Active")]
    assert had.why_not == (
        "There is a subscription already. Look at the subscription to change or cancel it.",
    )
    assert had.price
    assert had.price.per == "per month"
    assert (free.having, free.why_not) == ((), ())


def test_who_has_no_tenant_or_price_is_told_so_before_the_order(
    desk: Client, customer: Organisation
) -> None:
    without_tenant = desk.get(place_of("new_order", customer)).context["rows"]
    by_code = {row.code: row for row in without_tenant}
    Organisation.objects.filter(pk=customer.pk).update(currency="SEK")
    without_price = desk.get(place_of("new_order", customer)).context["rows"]

    assert by_code[SANDBOX].why_not == ("There is no tenant to order it for. Register one first.",)
    assert all(row.why_not for row in without_tenant)
    assert {row.why_not for row in without_price} == {
        ("There is no price in the customer's currency.",)
    }


def test_staff_read_of_the_customer_and_not_of_themselves(
    desk: Client, customer: Organisation, owner: Person, tenant: Tenant
) -> None:
    choice = {"tenant": str(tenant.pk)}

    review = text_of(desk.get(place_of("subscribe_review", customer, DEVELOPMENT_TOOLS), choice))

    assert "Review the order of Development Tools" in review
    assert "They can cancel at any time" in review
    assert "You can cancel" not in review


def test_it_is_not_said_that_owners_are_told_who_are_not(
    desk: Client, customer: Organisation, owner: Person, tenant: Tenant
) -> None:
    Person.objects.filter(pk=owner.pk).update(is_active=False)
    where = place_of("subscribe_review", customer, DEVELOPMENT_TOOLS)
    choice = {"tenant": str(tenant.pk)}
    price = desk.get(where, choice).context["hidden"]["price"]

    done = desk.post(where, choice | {"price": price} | ASKED, follow=True)

    assert "It is ordered. No owner can sign in, so nobody is told." in text_of(done)


def test_what_starts_at_once_says_in_its_letter_who_asked(
    desk: Client, customer: Organisation, owner: Person, tenant: Tenant
) -> None:
    where = place_of("subscribe_review", customer, DEVELOPMENT_TOOLS)
    choice = {"tenant": str(tenant.pk)}
    price = desk.get(where, choice).context["hidden"]["price"]

    desk.post(where, choice | {"price": price} | ASKED)

    subscription = Subscription.objects.get()
    assert subscription.status == Status.ACTIVE
    assert SAID in letter("has started").body
    desk.force_login(owner)
    theirs = reverse("pages:subscription_detail", args=[customer.pk, subscription.pk])
    page = text_of(desk.get(theirs))
    assert "<dd>Sanne Sales (Expander Services)</dd>" in page
    assert SAID in page
    Person.objects.filter(name="Sanne Sales").update(is_staff=False, duties=[])  # who left us
    assert "<dd>Sanne Sales (Expander Services)</dd>" in text_of(desk.get(theirs))


def test_another_price_than_the_one_that_was_read_out_is_read_again(
    desk: Client, customer: Organisation, owner: Person, tenant: Tenant
) -> None:
    where = place_of("subscribe_review", customer, DEVELOPMENT_TOOLS)

    refused = desk.post(where, {"tenant": str(tenant.pk), "price": "1"} | ASKED)

    assert refused.status_code == 409
    assert "Jan de Wit" in text_of(refused)
    assert not Subscription.objects.exists()
