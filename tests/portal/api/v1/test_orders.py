"""Ordering and cancelling by a program: the same rules as on the pages, and honest history."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from catalog.models import PriceVersion
from customers.models import CrmSuitePlan, History, OrganisationToken, TokenScope
from subscriptions.models import Subscription
from subscriptions.operations import cancellations, plans
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import (
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM, next_version
from tests.factories.subscriptions import AuthorisationFactory, confirm_set_up
from tests.factories.usage import count, open_metered_services
from tests.portal.api.v1.conftest import NOON, subscribed, waiting_on

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine

    from customers.models import Organisation, Tenant
    from tests.portal.api.v1.conftest import Program


def order_of(program: Program, product: str, **more: Any) -> dict[str, Any]:
    """At the price that the program has read."""
    price = program.get(f"products/{product}").json()["price"]
    return {"product_code": product, "price_id": price["id"]} | more


class TestOrder:
    def test_it_starts_at_once(self, program: Program, tenant: Tenant) -> None:
        response = program.post(
            "subscriptions", order_of(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk)
        )

        assert response.status_code == 201
        answer = response.json()
        assert (answer["status"], answer["tenant_id"]) == ("active", tenant.pk)
        assert answer["per_month"] == {"amount": "49.00", "currency": "EUR"}
        assert answer["starts_at"] == "2026-11-23T11:00:00Z"
        assert response.headers["Location"] == f"/api/v1/subscriptions/{answer['id']}"
        assert program.get(f"subscriptions/{answer['id']}").json() == answer

    def test_history_names_the_token_and_the_row_whoever_answers_for_it(
        self, program: Program, tenant: Tenant
    ) -> None:
        program.post("subscriptions", order_of(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk))

        token = OrganisationToken.objects.get()
        told = History.objects.filter(verb__startswith="subscription.").order_by("pk")
        assert [(row.verb, row.actor, row.token) for row in told] == [
            ("subscription.requested", None, token),
            ("subscription.started", None, token),
        ]
        assert Subscription.objects.get().ordered_by == token.made_by
        [started, *_] = program.get("history", verb="subscription.started").json()["items"]
        assert (started["actor_kind"], started["by"]) == (
            "token",
            "API token Webshop of Voorbeeld B.V.",
        )

    def test_some_products_wait_for_the_vendor(self, program: Program, tenant: Tenant) -> None:
        wanted = order_of(program, SANDBOX, tenant_id=tenant.pk, quantities={"sales-premium": 3})

        answer = program.post("subscriptions", wanted).json()

        assert (answer["status"], answer["starts_at"]) == ("requested", None)
        assert answer["positions"] == [
            {
                "component": "sales-premium",
                "quantity": 3,
                "per_month": {"amount": "90.00", "currency": "EUR"},
            }
        ]

    @pytest.mark.usefixtures("tenant")  # the licence is for who is online
    def test_a_licence_for_the_organisation_names_no_tenant(self, program: Program) -> None:
        response = program.post("subscriptions", order_of(program, SCIM))

        assert (response.status_code, response.json()["tenant_id"]) == (201, None)

    def test_what_stands_in_the_way_is_told(self, program: Program, tenant: Tenant) -> None:
        subscribed(tenant)

        response = program.post(
            "subscriptions", order_of(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk)
        )

        assert (response.status_code, response.json()["code"]) == (409, "not_eligible")
        assert [each["code"] for each in response.json()["obstacles"]] == ["already_subscribed"]
        assert Subscription.objects.count() == 1

    @pytest.mark.parametrize(
        ("changed", "status", "found"),
        [
            pytest.param({"price_id": 1}, 409, "offer_changed", id="another price"),
            pytest.param({"product_code": "moon"}, 404, "not_for_sale", id="no such product"),
            pytest.param({"tenant_id": 2**62}, 404, "not_found", id="no such tenant"),
            pytest.param(
                {"quantities": {"moon": 1}}, 422, "wrong_quantities", id="no such component"
            ),
            pytest.param({"quantities": {"x": -1}}, 422, "invalid_request", id="less than none"),
            pytest.param({"organisation_id": 2**62}, 404, "not_found", id="no such organisation"),
        ],
    )
    def test_what_is_refused_changes_nothing(
        self,
        program: Program,
        tenant: Tenant,
        changed: dict[str, Any],
        status: int,
        found: str,
    ) -> None:
        wanted = order_of(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk) | changed
        before = History.objects.count()

        response = program.post("subscriptions", wanted)

        assert (response.status_code, response.json()["code"]) == (status, found)
        assert not Subscription.objects.exists()
        assert History.objects.count() == before

    def test_nobody_orders_for_a_tenant_of_somebody_else(
        self, program: Program, stranger: Organisation
    ) -> None:
        theirs = TenantFactory(organisation=stranger)

        response = program.post(
            "subscriptions", order_of(program, DEVELOPMENT_TOOLS, tenant_id=theirs.pk)
        )

        assert response.status_code == 404
        assert not Subscription.objects.exists()

    def test_a_partner_orders_for_who_let_it_in(
        self, customer: Organisation, tenant: Tenant, program_of: Callable[..., Program]
    ) -> None:
        access = PartnerAccessFactory(customer=customer)
        partner = program_of(access.partner)
        price = PriceVersion.objects.get(product__code=DEVELOPMENT_TOOLS, currency="EUR")

        response = partner.post(
            "subscriptions",
            {
                "product_code": DEVELOPMENT_TOOLS,
                "price_id": price.pk,
                "tenant_id": tenant.pk,
                "organisation_id": customer.pk,
            },
        )

        assert response.status_code == 201
        told = History.objects.get(verb="subscription.started")
        assert (told.organisation, told.on_behalf_of) == (customer, customer)


class TestWithdrawing:
    @pytest.fixture
    def waiting(self, tenant: Tenant) -> Subscription:
        return waiting_on(tenant)

    def test_what_nobody_has_confirmed_is_taken_back(
        self, program: Program, waiting: Subscription
    ) -> None:
        response = program.delete(f"subscriptions/{waiting.pk}/order")

        assert (response.status_code, response.json()["status"]) == (200, "withdrawn")
        told = History.objects.get(verb="subscription.withdrawn")
        assert (told.actor, told.token) == (None, OrganisationToken.objects.get())
        again = program.delete(f"subscriptions/{waiting.pk}/order")
        assert (again.status_code, again.json()["code"]) == (409, "not_allowed_now")

    def test_what_has_started_is_not(self, program: Program, waiting: Subscription) -> None:
        confirm_set_up(waiting, by=PersonFactory(), at=NOON)

        response = program.delete(f"subscriptions/{waiting.pk}/order")

        assert (response.status_code, response.json()["code"]) == (409, "not_allowed_now")
        waiting.refresh_from_db()
        assert waiting.status == "active"

    def test_nobody_takes_back_what_is_not_theirs(
        self, program: Program, stranger: Organisation
    ) -> None:
        theirs = waiting_on(TenantFactory(organisation=stranger))

        assert program.delete(f"subscriptions/{theirs.pk}/order").status_code == 404
        theirs.refresh_from_db()
        assert theirs.status == "requested"

    def test_it_takes_the_scope(
        self, customer: Organisation, waiting: Subscription, program_of: Callable[..., Program]
    ) -> None:
        program = program_of(customer, TokenScope.SUBSCRIPTIONS_READ)

        response = program.delete(f"subscriptions/{waiting.pk}/order")

        assert (response.status_code, response.json()["scope"]) == (403, "subscriptions:write")
        waiting.refresh_from_db()
        assert waiting.status == "requested"


class TestCancellation:
    def preview(self, program: Program, subscription: Subscription, **query: Any) -> Any:
        return program.get(f"subscriptions/{subscription.pk}/cancellation", **query)

    def test_the_list_is_the_one_of_the_page(self, program: Program, tenant: Tenant) -> None:
        subscription = subscribed(tenant)
        authorisation = AuthorisationFactory(
            active=True, tenant=tenant, application__name="Webshop sync"
        )

        shut_out = AuthorisationFactory(
            active=True, tenant=tenant, status="needs_reapproval", application__name="Wide"
        )

        found = self.preview(program, subscription, when="now").json()

        expected = cancellations.consequences(subscription, when=CancelWhen.NOW, at=NOON)
        assert found["confirmed"] == expected.fingerprint
        assert [each["authorisation_id"] for each in found["applications"]] == [authorisation.pk]
        assert found["capabilities"] == ["crmscript", "custom-applications"]
        assert found["ends_at"] == "2026-11-23T11:00:00Z"
        assert [each["authorisation_id"] for each in found["shut_out"]] == [shut_out.pk]
        for name in ("Webshop sync", "Wide"):
            assert any(name in sentence for sentence in found["sentences"])

    def test_what_gets_smaller_is_on_it(self, program: Program, tenant: Tenant) -> None:
        next_version(
            capabilities=["extra-tables"],
            inside=[
                {
                    "code": "extra-tables",
                    "minimum_crm_version": "",
                    "texts": {"en": {"name": "Extra tables"}},
                }
            ],
        )
        subscription = subscribed(tenant)
        plans.change_suite_plan(tenant, CrmSuitePlan.GROWTH, by=PersonFactory(), at=NOON)

        found = self.preview(program, subscription).json()

        assert found["smaller"] == [{"code": "extra-tables", "limit": 15}]
        said = "With the plan alone this gets smaller: Extra tables: at most 15"
        assert said in found["sentences"]

    def test_use_that_comes_later_is_named(self, program: Program, tenant: Tenant) -> None:
        before = self.preview(program, subscribed(tenant)).json()
        tenant = TenantFactory(organisation=tenant.organisation)
        open_metered_services()
        next_version(charges=["api-usage"])
        count(tenant, "2026-11-23", 2_300)

        found = self.preview(program, subscribed(tenant)).json()

        assert before["use"] is None
        assert found["use"]["last_on"] == "2026-12-01"
        assert found["use"]["net_so_far"] == {"amount": "7.90", "currency": "EUR"}
        assert "What was used so far comes to €7.90, excl. VAT." in found["sentences"]

    def test_what_use_costs_is_for_who_may_read_invoices(
        self, customer: Organisation, tenant: Tenant, program_of: Callable[..., Program]
    ) -> None:
        open_metered_services()
        next_version(charges=["api-usage"])
        count(tenant, "2026-11-23", 2_300)
        of_a_developer = program_of(customer, TokenScope.SUBSCRIPTIONS_READ)

        found = self.preview(of_a_developer, subscribed(tenant)).json()

        assert found["use"] == {"last_on": "2026-12-01", "net_so_far": None}
        assert any("What is used until the end is charged" in each for each in found["sentences"])
        assert not any("€7.90" in each or "so far" in each for each in found["sentences"])

    def test_what_a_sandbox_has_of_its_own_ends_with_it(
        self, program: Program, tenant: Tenant
    ) -> None:
        paid = confirm_set_up(waiting_on(tenant), by=PersonFactory(), at=NOON)
        assert paid.delivered_tenant is not None
        tools = subscribed(paid.delivered_tenant)
        let_in = AuthorisationFactory(active=True, tenant=paid.delivered_tenant)
        found = self.preview(program, paid).json()

        answer = program.post(
            f"subscriptions/{paid.pk}/cancellation",
            {"when": "month_end", "confirmed": found["confirmed"], "with_sandbox": True},
        )

        assert answer.status_code == 200
        assert found["sandbox"]["tenant_id"] == paid.delivered_tenant.pk
        assert found["sandbox"]["subscriptions"] == [
            {
                "subscription_id": tools.pk,
                "product_code": DEVELOPMENT_TOOLS,
                "per_month": {"amount": "49.00", "currency": "EUR"},
                "ends_at_with_it": "2026-11-30T23:00:00Z",
            }
        ]
        stopping = [each["authorisation_id"] for each in found["sandbox"]["applications"]]
        assert stopping == [let_in.pk]
        assert any(let_in.application.name in each for each in found["sentences"])
        assert any("After that the platform takes" in each for each in found["sentences"])
        tools.refresh_from_db()
        assert tools.ends_at is not None

    def test_what_was_confirmed_happens(self, program: Program, tenant: Tenant) -> None:
        subscription = subscribed(tenant)
        found = self.preview(program, subscription).json()

        response = program.post(
            f"subscriptions/{subscription.pk}/cancellation",
            {"when": "month_end", "confirmed": found["confirmed"], "reason": "Te duur"},
        )

        assert response.status_code == 200
        assert response.json()["ends_at"] == found["ends_at"] == "2026-11-30T23:00:00Z"
        assert (response.json()["status"], response.json()["cancel_reason"]) == (
            "active",
            "Te duur",
        )

    def test_what_has_changed_since_is_not_done(self, program: Program, tenant: Tenant) -> None:
        subscription = subscribed(tenant)
        found = self.preview(program, subscription, when="now").json()
        AuthorisationFactory(active=True, tenant=tenant)

        response = program.post(
            f"subscriptions/{subscription.pk}/cancellation",
            {"when": "now", "confirmed": found["confirmed"]},
        )

        assert (response.status_code, response.json()["code"]) == (409, "consequences_changed")
        subscription.refresh_from_db()
        assert (subscription.status, subscription.ends_at) == ("active", None)

    def test_it_is_withdrawn_until_it_takes_effect(
        self, program: Program, tenant: Tenant, noon: time_machine.Traveller
    ) -> None:
        subscription = subscribed(tenant)
        address = f"subscriptions/{subscription.pk}/cancellation"
        confirmed = self.preview(program, subscription).json()["confirmed"]
        program.post(address, {"when": "month_end", "confirmed": confirmed})

        assert program.delete(address).json()["ends_at"] is None
        assert program.delete(address).json()["code"] == "not_cancelled"

        confirmed = self.preview(program, subscription).json()["confirmed"]
        program.post(address, {"when": "month_end", "confirmed": confirmed})
        noon.shift(dt.timedelta(days=10))
        assert program.delete(address).json()["code"] == "not_allowed_now"
        assert program.get(f"subscriptions/{subscription.pk}").json()["status"] == "ended"
        assert program.get("subscriptions", status="active").json()["items"] == []
        [ended] = program.get("subscriptions", status="ended").json()["items"]
        assert ended["id"] == subscription.pk

    def test_nobody_cancels_what_is_not_theirs(
        self, program: Program, stranger: Organisation
    ) -> None:
        theirs = subscribed(TenantFactory(organisation=stranger))
        confirmed = cancellations.consequences(theirs, when=CancelWhen.NOW, at=NOON).fingerprint
        address = f"subscriptions/{theirs.pk}/cancellation"

        answers = [
            program.get(address),
            program.post(address, {"when": "now", "confirmed": confirmed}),
            program.delete(address),
        ]

        assert {each.status_code for each in answers} == {404}
        theirs.refresh_from_db()
        assert theirs.ends_at is None
