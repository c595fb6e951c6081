"""What an order costs, asked by a program before it orders."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from billing.models import Invoice
from billing.operations import runs
from customers.models import History, TokenScope
from subscriptions.models import Subscription
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import OrganisationFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM
from tests.factories.subscriptions import cancel_as_read
from tests.portal.api.v1.conftest import NOON, subscribed

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine

    from customers.models import Organisation, Tenant
    from tests.portal.api.v1.conftest import Program


def preview(program: Program, product: str, **query: Any) -> Any:
    return program.get(f"products/{product}/order-preview", **query)


def test_what_it_says_is_then_billed(program: Program, tenant: Tenant) -> None:
    said = preview(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk).json()

    assert said["today"]["amount"] == "0.00"
    assert (said["charged_from"], said["per_month"]["amount"]) == ("2026-11-23", "49.00")
    assert said["per_month_gross"]["amount"] == "59.29"
    first = said["first_invoice"]
    assert [each["net"]["amount"] for each in first["lines"]] == ["13.07", "49.00"]
    assert (first["on"], first["vat"]["amount"], first["gross"]["amount"]) == (
        "2026-12-01",
        "13.03",
        "75.10",
    )
    assert not Subscription.objects.exists()
    assert not History.objects.filter(verb__startswith="subscription.").exists()

    ordered = program.post(
        "subscriptions",
        {
            "product_code": said["product_code"],
            "price_id": said["price_id"],
            "tenant_id": said["tenant_id"],
        },
    )
    assert ordered.status_code == 201
    runs.run_due(at=dt.datetime(2026, 11, 30, 23, 5, tzinfo=dt.UTC))
    assert str(Invoice.objects.get().gross) == "75.10"


def test_users_are_counted(program: Program, tenant: Tenant) -> None:
    said = preview(
        program,
        SANDBOX,
        tenant_id=tenant.pk,
        quantity=["sales-premium:3", "service-premium:1"],
    ).json()

    assert said["needs_confirmation"]
    assert said["quantities"] == {"sales-premium": 3, "service-premium": 1}
    assert said["per_month"]["amount"] == "130.00"


def test_while_the_vat_is_not_known_it_says_why(
    program: Program, customer: Organisation, tenant: Tenant
) -> None:
    customer.street = ""
    customer.save()

    said = preview(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk).json()

    first = said["first_invoice"]
    assert said["held"] == "address_missing"
    assert (first["net"]["amount"], first["vat"], first["gross"]) == ("62.07", None, None)
    assert said["per_month_gross"] is None


@pytest.mark.usefixtures("customer")  # opens the shop
def test_no_vat_is_an_amount_too(program_of: Callable[..., Program]) -> None:
    german = OrganisationFactory(german=True)  # the VAT is reverse-charged
    tenant = TenantFactory(organisation=german)

    said = preview(program_of(german), DEVELOPMENT_TOOLS, tenant_id=tenant.pk).json()

    assert said["held"] is None
    assert said["first_invoice"]["vat"]["amount"] == "0.00"
    assert said["first_invoice"]["gross"] == said["first_invoice"]["net"]


def test_what_stands_in_the_way_of_the_order_is_told(program: Program, tenant: Tenant) -> None:
    subscribed(tenant)

    response = preview(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk)

    assert (response.status_code, response.json()["code"]) == (409, "not_eligible")
    assert [each["code"] for each in response.json()["obstacles"]] == ["already_subscribed"]


def test_what_has_ended_stands_in_no_way_before_the_job_has_come_by(
    program: Program, tenant: Tenant, noon: time_machine.Traveller
) -> None:
    subscription = subscribed(tenant)
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=NOON)
    noon.shift(dt.timedelta(days=10))

    assert Subscription.objects.get().status == "active"  # not written yet
    assert preview(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk).status_code == 200


@pytest.mark.parametrize(
    ("product", "query", "status", "code"),
    [
        pytest.param("moon", {}, 404, "not_for_sale", id="no such product"),
        pytest.param(DEVELOPMENT_TOOLS, {}, 409, "not_eligible", id="no tenant"),
        pytest.param(
            DEVELOPMENT_TOOLS, {"tenant_id": 2**62}, 404, "not_found", id="no such tenant"
        ),
        pytest.param(
            DEVELOPMENT_TOOLS, {"organisation_id": 2**62}, 404, "not_found", id="nobody's"
        ),
        pytest.param(SCIM, {"quantity": "moon:1"}, 422, "wrong_quantities", id="no component"),
        pytest.param(SCIM, {"quantity": "licence:x"}, 422, "invalid_request", id="no number"),
    ],
)
@pytest.mark.usefixtures("tenant")
def test_it_is_refused_as_the_order_would_be(
    program: Program, product: str, query: dict[str, Any], status: int, code: str
) -> None:
    response = preview(program, product, **query)

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_nobody_looks_at_a_tenant_of_somebody_else(
    program: Program, stranger: Organisation
) -> None:
    theirs = TenantFactory(organisation=stranger)

    for query in ({"tenant_id": theirs.pk}, {"organisation_id": stranger.pk}):
        assert preview(program, DEVELOPMENT_TOOLS, **query).status_code == 404


def test_it_takes_the_scope(
    customer: Organisation, tenant: Tenant, program_of: Callable[..., Program]
) -> None:
    program = program_of(customer, TokenScope.CATALOGUE_READ)

    response = preview(program, DEVELOPMENT_TOOLS, tenant_id=tenant.pk)

    assert (response.status_code, response.json()["scope"]) == (403, "subscriptions:read")
