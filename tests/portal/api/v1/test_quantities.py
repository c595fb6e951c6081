"""Changing the number of users by a program: what was said before is what is then billed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from billing.models import InvoiceLine
from billing.operations import runs
from customers.models import History, OrganisationToken, TokenScope
from subscriptions.models import Quantity
from subscriptions.operations import orders
from tests.factories.customers import PartnerAccessFactory, PersonFactory, TenantFactory
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import confirm_set_up
from tests.portal.api.v1.conftest import NOON, subscribed, waiting_on

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine

    from customers.models import Organisation, Tenant
    from subscriptions.models import Subscription
    from tests.portal.api.v1.conftest import Program

FIRST_OF_DECEMBER = dt.datetime(2026, 11, 30, 23, 5, tzinfo=dt.UTC)


def sandbox_of(tenant: Tenant) -> Subscription:
    """Two users of one plan, confirmed at once."""
    return confirm_set_up(waiting_on(tenant), by=PersonFactory(staff=True), at=NOON)


@pytest.fixture
def sandbox(tenant: Tenant) -> Subscription:
    return sandbox_of(tenant)


def address_of(subscription: Subscription) -> str:
    return f"subscriptions/{subscription.pk}/quantities"


class TestPreview:
    def test_what_it_says_is_then_billed(
        self, program: Program, sandbox: Subscription, noon: time_machine.Traveller
    ) -> None:
        runs.run_due(at=FIRST_OF_DECEMBER)
        noon.move_to(dt.datetime(2026, 12, 22, 9, 0, tzinfo=dt.UTC))
        address = address_of(sandbox)

        said = program.get(address, quantity="sales-premium:5").json()

        assert said["quantities_now"] == {"sales-premium": 2, "service-premium": 0}
        assert said["quantities"] == {"sales-premium": 5, "service-premium": 0}
        assert (said["per_month_now"]["amount"], said["per_month"]["amount"]) == ("60.00", "150.00")
        charge = said["next_charge"]
        assert (charge["on"], charge["net"]["amount"]) == ("2027-01-01", "179.04")
        lines = [(each["quantity"], each["net"]["amount"]) for each in charge["lines"]]
        assert lines == [(3, "29.04"), (5, "150.00")]
        assert Quantity.objects.filter(subscription=sandbox).count() == 2

        program.post(address, {"quantities": {"sales-premium": 5}})
        runs.run_due(at=dt.datetime(2026, 12, 31, 23, 5, tzinfo=dt.UTC))
        billed = InvoiceLine.objects.filter(invoice__month="2027-01-01").order_by("period_from")
        assert [(each.quantity, str(each.net)) for each in billed] == lines

    def test_it_shows_the_lines_of_this_subscription_alone(
        self, program: Program, sandbox: Subscription, tenant: Tenant
    ) -> None:
        subscribed(tenant)

        said = program.get(address_of(sandbox), quantity="sales-premium:5").json()

        assert {each["product_code"] for each in said["next_charge"]["lines"]} == {SANDBOX}

    def test_what_is_given_back_is_below_zero(
        self, program: Program, sandbox: Subscription, noon: time_machine.Traveller
    ) -> None:
        runs.run_due(at=FIRST_OF_DECEMBER)
        noon.move_to(dt.datetime(2026, 12, 22, 9, 0, tzinfo=dt.UTC))

        said = program.get(address_of(sandbox), quantity="sales-premium:1").json()

        # The 22nd saw two users already: nine of 31 days go back.
        lines = [(each["quantity"], each["net"]["amount"]) for each in said["next_charge"]["lines"]]
        assert lines == [(-1, "-8.71"), (1, "30.00")]

    @pytest.mark.parametrize(
        ("quantity", "status", "code"),
        [
            pytest.param([], 409, "nothing_changed", id="none"),
            pytest.param(["sales-premium:2"], 409, "nothing_changed", id="the same"),
            pytest.param(["sales-premium:0"], 422, "wrong_quantities", id="nobody left"),
            pytest.param(["moon:1"], 422, "wrong_quantities", id="no such component"),
            pytest.param(
                ["sales-premium:3", "sales-premium:4"], 422, "wrong_quantities", id="named twice"
            ),
            pytest.param(["sales-premium:-1"], 422, "invalid_request", id="less than none"),
            pytest.param(["sales-premium:100001"], 422, "invalid_request", id="too many"),
            pytest.param(["sales-premium"], 422, "invalid_request", id="no number"),
        ],
    )
    def test_it_is_refused_as_the_change_would_be(
        self,
        program: Program,
        sandbox: Subscription,
        quantity: list[str],
        status: int,
        code: str,
    ) -> None:
        response = program.get(address_of(sandbox), quantity=quantity)

        assert (response.status_code, response.json()["code"]) == (status, code)


class TestChange:
    def test_it_holds_at_once_and_history_names_the_token(
        self, program: Program, sandbox: Subscription
    ) -> None:
        response = program.post(address_of(sandbox), {"quantities": {"service-premium": 3}})

        assert response.status_code == 200
        assert [(p["component"], p["quantity"]) for p in response.json()["positions"]] == [
            ("sales-premium", 2),
            ("service-premium", 3),
        ]
        assert response.json()["per_month"] == {"amount": "180.00", "currency": "EUR"}
        told = History.objects.get(verb="subscription.quantity_changed")
        assert (told.actor, told.token) == (None, OrganisationToken.objects.get())

    def test_the_same_key_changes_once(self, program: Program, sandbox: Subscription) -> None:
        wanted = {"quantities": {"sales-premium": 5}}
        first = program.post(address_of(sandbox), wanted, key="one")

        again = program.post(address_of(sandbox), wanted, key="one")

        assert (first.status_code, again.status_code) == (200, 200)
        assert again.content == first.content
        assert History.objects.filter(verb="subscription.quantity_changed").count() == 1

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            pytest.param(
                {"quantities": {"sales-premium": 2}}, 409, "nothing_changed", id="the same"
            ),
            pytest.param(
                {"quantities": {"sales-premium": 0}}, 422, "wrong_quantities", id="nobody left"
            ),
            pytest.param({"quantities": {"moon": 1}}, 422, "wrong_quantities", id="no component"),
            pytest.param(
                {"quantities": {"sales-premium": -1}}, 422, "invalid_request", id="less than none"
            ),
            pytest.param(
                {"quantities": {"sales-premium": 100_001}}, 422, "invalid_request", id="too many"
            ),
            pytest.param({"quantities": {}}, 422, "invalid_request", id="none named"),
            pytest.param(
                {"quantities": {"sales-premium": 3}, "moon": 1},
                422,
                "invalid_request",
                id="misspelt",
            ),
        ],
    )
    def test_what_is_refused_changes_nothing(
        self,
        program: Program,
        sandbox: Subscription,
        content: dict[str, Any],
        status: int,
        code: str,
    ) -> None:
        before = History.objects.count()

        response = program.post(address_of(sandbox), content)

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert orders.quantities_at(sandbox, NOON) == {"sales-premium": 2, "service-premium": 0}
        assert History.objects.count() == before

    def test_an_order_that_waits_cannot_be_changed(self, program: Program, tenant: Tenant) -> None:
        waiting = waiting_on(tenant)

        answers = [
            program.get(address_of(waiting), quantity="sales-premium:5"),
            program.post(address_of(waiting), {"quantities": {"sales-premium": 5}}),
        ]

        assert [(each.status_code, each.json()["code"]) for each in answers] == [
            (409, "not_allowed_now")
        ] * 2
        assert orders.quantities_at(waiting, NOON)["sales-premium"] == 2


def ask_both(program: Program, subscription: Subscription) -> set[int]:
    return {
        program.get(address_of(subscription), quantity="sales-premium:5").status_code,
        program.post(address_of(subscription), {"quantities": {"sales-premium": 5}}).status_code,
    }


def test_what_counts_no_users_has_no_quantities(program: Program, tenant: Tenant) -> None:
    flat = subscribed(tenant)

    assert ask_both(program, flat) == {404}


def test_nobody_changes_what_is_not_theirs(program: Program, stranger: Organisation) -> None:
    theirs = sandbox_of(TenantFactory(organisation=stranger))

    assert ask_both(program, theirs) == {404}
    assert orders.quantities_at(theirs, NOON)["sales-premium"] == 2


def test_a_partner_changes_what_is_of_who_let_it_in(
    customer: Organisation, sandbox: Subscription, program_of: Callable[..., Program]
) -> None:
    access = PartnerAccessFactory(customer=customer)

    assert ask_both(program_of(access.partner), sandbox) == {200}
    told = History.objects.get(verb="subscription.quantity_changed")
    assert told.on_behalf_of == customer


def test_reading_does_not_change(
    customer: Organisation, sandbox: Subscription, program_of: Callable[..., Program]
) -> None:
    reader = program_of(customer, TokenScope.SUBSCRIPTIONS_READ)
    writer = program_of(customer, TokenScope.SUBSCRIPTIONS_WRITE)

    preview = writer.get(address_of(sandbox), quantity="sales-premium:5")
    change = reader.post(address_of(sandbox), {"quantities": {"sales-premium": 5}})

    assert [(each.status_code, each.json()["scope"]) for each in (preview, change)] == [
        (403, "subscriptions:read"),
        (403, "subscriptions:write"),
    ]
    assert reader.get(address_of(sandbox), quantity="sales-premium:5").status_code == 200
    assert orders.quantities_at(sandbox, NOON)["sales-premium"] == 2
