from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from catalog.decisions import decide_policies
from catalog.models import PriceComponent, PriceVersion
from catalog.policies import Policies
from customers.models import Role
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations import cancellations
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.pages.conftest import NOON
from tests.portal.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from customers.models import Membership, Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation

    type Address = Callable[..., str]


TODAY, NEW_YEAR = dt.date(2026, 11, 23), dt.date(2027, 1, 1)


def reviewed(client: Client, address: str, chosen: dict[str, str]) -> dict[str, str]:
    """What the form on the review page carries."""
    response = client.get(address, chosen)
    assert response.status_code == 200
    return dict(response.context["hidden"])


def dearer(price: PriceVersion, since: dt.date = TODAY) -> PriceVersion:
    """A new price of 59.00 from that day on, which is today."""
    newer = PriceVersion.objects.create(
        product=price.product,
        currency=price.currency,
        valid_from=since,
        example=True,
    )
    PriceComponent.objects.create(
        price_version=newer,
        code="licence",
        unit="month",
        model="flat",
        unit_amount=Decimal(59),
        texts={"en": {"label": "licence"}},
    )
    return newer


def test_a_price_that_begins_later_is_told_before_the_click(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    address, chosen = page("subscribe_review", DEVELOPMENT_TOOLS), {"tenant": str(tenant.pk)}
    before = text_of(signed_in.get(address, chosen))
    dearer(PriceVersion.objects.get(product__code=DEVELOPMENT_TOOLS, currency="EUR"), NEW_YEAR)

    after = text_of(signed_in.get(address, chosen))

    sentence = "Who orders from 1 January 2027 on pays €59.00 per month for the same, excl. VAT."
    assert sentence not in before
    assert sentence in after


def test_each_tenant_is_offered_or_says_why_not(
    signed_in: Client, page: Address, customer: Organisation, tenant: Tenant
) -> None:
    TenantFactory(organisation=customer, name="Ruhend", suspended=True)
    TenantFactory(organisation=customer, name="Suite", crm_suite_core=True)
    TenantFactory(name="Elsewhere")

    html = text_of(signed_in.get(page("subscribe", DEVELOPMENT_TOOLS)))

    assert "Productie (Cust10001)" in html
    assert "It is already included in your CRM Suite Core plan." in html
    assert "The tenant is not running." in html
    assert "Try again when it is running." in html
    assert "Elsewhere" not in html


def test_a_product_for_the_organisation_asks_for_no_tenant(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    html = text_of(signed_in.get(page("subscribe", SCIM)))
    chosen = reviewed(signed_in, page("subscribe_review", SCIM), {})

    assert "One licence holds for all tenants of your organisation." in html
    assert 'name="tenant"' not in html
    signed_in.post(page("subscribe_review", SCIM), chosen)
    assert Subscription.objects.get().tenant is None


def test_a_product_that_does_not_exist_is_not_there(signed_in: Client, page: Address) -> None:
    assert signed_in.get(page("subscribe", "telephony")).status_code == 404
    assert signed_in.get(page("subscribe_review", "telephony")).status_code == 404


def test_the_review_says_the_money_before_the_click(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    html = text_of(
        signed_in.get(page("subscribe_review", DEVELOPMENT_TOOLS), {"tenant": tenant.pk})
    )

    for text in (
        "Today",
        "€0.00",
        "First invoice, on 1 December 2026",
        "23–30 November 2026: 8 of 30 days × €49.00",
        "€13.07",
        "1–31 December 2026: €49.00",
        "€62.07",
        "VAT 21% of €62.07",
        "€13.03",
        "€75.10",
        "From January 2027 on, per month, excl. VAT",
        "€59.29 incl. VAT",
        "It is an example price.",
        "It starts at once, when you click.",
        "You can cancel at any time",
        "crmscript",
    ):
        assert text in html
    assert not Subscription.objects.exists()


def test_the_whole_way_from_the_choice_to_the_subscription(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    address = page("subscribe_review", DEVELOPMENT_TOOLS)
    chosen = reviewed(signed_in, address, {"tenant": str(tenant.pk)})

    answer = signed_in.post(address, chosen)

    subscription = Subscription.objects.get()
    assert subscription.status == Status.ACTIVE
    assert subscription.starts_at == NOON
    assert answer["Location"] == page("subscribe_done", DEVELOPMENT_TOOLS, subscription.pk)
    done = text_of(signed_in.get(answer["Location"]))
    assert "You have subscribed to Development Tools" in done
    assert "since 23 November 2026 at 12:00\xa0CET" in done


def test_a_second_click_shows_what_the_first_one_did(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    address = page("subscribe_review", DEVELOPMENT_TOOLS)
    chosen = reviewed(signed_in, address, {"tenant": str(tenant.pk)})

    first = signed_in.post(address, chosen)
    second = signed_in.post(address, chosen)

    assert Subscription.objects.count() == 1
    assert second["Location"] == first["Location"]


def test_the_second_of_two_people_is_told(
    signed_in: Client,
    page: Address,
    tenant: Tenant,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
) -> None:
    address = page("subscribe_review", DEVELOPMENT_TOOLS)
    chosen = reviewed(signed_in, address, {"tenant": str(tenant.pk)})
    other = browser_of(member_of(Role.TENANT_ADMINISTRATOR))
    other.post(address, chosen)

    answer = signed_in.post(address, chosen)

    assert answer.status_code == 409
    assert "There is a subscription already." in text_of(answer)
    assert page("subscription_detail", Subscription.objects.get().pk) in text_of(answer)


def test_an_organisation_licence_is_not_ordered_twice(
    signed_in: Client,
    page: Address,
    tenant: Tenant,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
) -> None:
    address = page("subscribe_review", SCIM)
    chosen = reviewed(signed_in, address, {})
    browser_of(member_of(Role.OWNER)).post(address, chosen)

    answer = signed_in.post(address, chosen)

    assert answer.status_code == 409
    assert "There is a subscription already." in text_of(answer)
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize("price", ["", "one", "9" * 5_000], ids=["none", "word", "endless"])
def test_a_price_that_is_none_is_shown_once_more(
    signed_in: Client, page: Address, tenant: Tenant, price: str
) -> None:
    chosen = {"tenant": str(tenant.pk), "price": price}

    answer = signed_in.post(page("subscribe_review", DEVELOPMENT_TOOLS), chosen)

    assert "The price has changed since you saw it." in text_of(answer)
    assert not Subscription.objects.exists()


def test_a_price_that_changed_is_shown_before_anything_happens(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    address = page("subscribe_review", DEVELOPMENT_TOOLS)
    chosen = reviewed(signed_in, address, {"tenant": str(tenant.pk)})
    dearer(PriceVersion.objects.get(pk=chosen["price"]))

    answer = signed_in.post(address, chosen)

    assert answer.status_code == 409
    assert "The price has changed since you saw it." in text_of(answer)
    assert "€59.00" in text_of(answer)
    assert not Subscription.objects.exists()

    assert signed_in.post(address, answer.context["hidden"]).status_code == 302
    assert Subscription.objects.get().price_version_id != int(chosen["price"])


def test_users_are_counted_and_an_order_waits_for_the_vendor(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    address = page("subscribe_review", SANDBOX)
    users = {"users_sales-premium": "5", "users_service-premium": "2"}

    html = text_of(signed_in.get(address, {"tenant": str(tenant.pk)} | users))
    answer = signed_in.post(
        address, reviewed(signed_in, address, {"tenant": str(tenant.pk)} | users), follow=True
    )

    order = Subscription.objects.get()
    assert "8 of 30 days × 5 × €30.00" in html
    assert "€230.00" in html
    assert "It starts when we confirm it" in html
    assert order.status == Status.REQUESTED
    assert "Sandbox is ordered" in text_of(answer)


@pytest.mark.parametrize(
    ("users", "sentence"),
    [
        pytest.param(("0", "0"), "Choose how many users you need", id="nobody"),
        pytest.param(("-1", "3"), "greater than or equal to 0", id="negative"),
        pytest.param(("", "3"), "This field is required.", id="empty"),
        pytest.param(("1.5", "3"), "whole number", id="half"),
    ],
)
def test_numbers_that_cannot_be_are_asked_again(
    signed_in: Client, page: Address, tenant: Tenant, users: tuple[str, str], sentence: str
) -> None:
    chosen = {
        "tenant": str(tenant.pk),
        "users_sales-premium": users[0],
        "users_service-premium": users[1],
    }

    answer = signed_in.get(page("subscribe_review", SANDBOX), chosen)

    assert answer.status_code == 422
    assert sentence in text_of(answer)


@pytest.mark.parametrize("tenant_id", ["", "0", "foreign"])
def test_only_own_tenants_can_be_chosen(
    signed_in: Client, page: Address, tenant: Tenant, tenant_id: str
) -> None:
    foreign = TenantFactory()
    chosen = {"tenant": str(foreign.pk) if tenant_id == "foreign" else tenant_id}
    address = page("subscribe_review", DEVELOPMENT_TOOLS)

    assert signed_in.get(address, chosen).status_code == 422
    assert signed_in.post(address, chosen).status_code == 409
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("days", "policies", "sentence"),
    [
        pytest.param(20, {}, "These applications work again at once: Webshop sync.", id="in-time"),
        pytest.param(
            20, {"needs_confirmation": True}, "work again once the order is confirmed", id="later"
        ),
        pytest.param(
            31, {}, "These applications ask for your consent again: Webshop sync.", id="too-late"
        ),
    ],
)
def test_the_review_says_which_applications_come_back(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    application: Authorisation,
    tenant: Tenant,
    owner: Person,
    noon: time_machine.Traveller,
    days: int,
    policies: dict[str, object],
    sentence: str,
) -> None:
    found = cancellations.consequences(subscription, when=CancelWhen.NOW, at=NOON)
    cancellations.cancel(
        subscription, when=CancelWhen.NOW, confirmed=found.fingerprint, by=owner, at=NOON
    )
    noon.move_to(NOON + dt.timedelta(days=days))
    decide_policies(DEVELOPMENT_TOOLS, Policies.parse(policies), instead_of=1)
    signed_in.force_login(owner)

    html = text_of(
        signed_in.get(page("subscribe_review", DEVELOPMENT_TOOLS), {"tenant": tenant.pk})
    )

    assert sentence in html


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OWNER, 200),
        (Role.TENANT_ADMINISTRATOR, 200),
        (Role.BILLING_CONTACT, 403),
        (Role.DEVELOPER, 403),
        (Role.READER, 403),
    ],
)
def test_who_may_order(
    page: Address,
    tenant: Tenant,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
    role: Role,
    status: int,
) -> None:
    client = browser_of(member_of(role))

    assert client.get(page("subscribe", DEVELOPMENT_TOOLS)).status_code == status
    review = client.get(page("subscribe_review", DEVELOPMENT_TOOLS), {"tenant": tenant.pk})
    assert review.status_code == status


def test_a_partner_orders_on_behalf_of_the_customer(
    page: Address,
    customer: Organisation,
    tenant: Tenant,
    partner_of_customer: Membership,
    browser_of: Callable[[Person], Client],
) -> None:
    client = browser_of(partner_of_customer.person)
    address = page("subscribe_review", DEVELOPMENT_TOOLS)

    client.post(address, reviewed(client, address, {"tenant": str(tenant.pk)}))

    told = customer.history.filter(verb="subscription.requested").get()
    assert told.actor == partner_of_customer.person
    assert told.on_behalf_of == customer


def test_strangers_find_nothing(
    browser_of: Callable[[Person], Client], page: Address, subscription: Subscription
) -> None:
    stranger = MembershipFactory(organisation=OrganisationFactory(dutch=True))
    client = browser_of(stranger.person)

    assert client.get(page("subscribe", DEVELOPMENT_TOOLS)).status_code == 404
    assert client.post(page("subscribe_review", DEVELOPMENT_TOOLS)).status_code == 404
    done = page("subscribe_done", DEVELOPMENT_TOOLS, subscription.pk)
    assert client.get(done).status_code == 404
    own = done.replace(str(subscription.organisation_id), str(stranger.organisation_id), 1)
    assert client.get(own).status_code == 404


def test_a_standard_application_does_not_come_with_it(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    AuthorisationFactory(tenant=tenant, active=True, application__standard=True)

    answer = signed_in.get(page("subscribe_review", DEVELOPMENT_TOOLS), {"tenant": tenant.pk})

    assert "work again" not in text_of(answer)
