"""Django's admin: every table can be looked at by staff, signed in as everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from subscriptions.applications.models import Application, Authorisation
from subscriptions.models import Quantity, Subscription, Suspension
from subscriptions.operations import suspensions
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test import Client

    from customers.models import Person

OURS = [Application, Authorisation, Quantity, Subscription, Suspension]


def address(model: type[Model], page: str, *ids: int) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=ids)


@pytest.fixture
def one_of_each(
    operations: Person, subscription: Subscription, consent: Authorisation
) -> dict[type[Model], int]:
    from customers import clock

    suspensions.suspend(subscription, reason="Not paid", by=operations, at=clock.now())
    return {
        Application: consent.application.pk,
        Authorisation: consent.pk,
        Quantity: subscription.quantities.get().pk,
        Subscription: subscription.pk,
        Suspension: subscription.suspensions.get().pk,
    }


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_staff_looks_things_up_and_changes_nothing(
    client: Client, one_of_each: dict[type[Model], int], model: type[Model]
) -> None:
    client.force_login(PersonFactory(staff=True))
    pk = one_of_each[model]

    found = client.get(address(model, "changelist"), {"q": "voorbeeld"})
    page = client.get(address(model, "change", pk))
    refused = [
        client.get(address(model, "add")),
        client.post(address(model, "change", pk), {}),
        client.post(address(model, "delete", pk), {"post": "yes"}),
    ]

    assert found.status_code == 200
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert [response.status_code for response in refused] == [403, 403, 403]
    assert model._default_manager.filter(pk=pk).exists()


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_nor_does_a_superuser_here(
    client: Client, one_of_each: dict[type[Model], int], model: type[Model]
) -> None:
    client.force_login(PersonFactory(staff=True, is_superuser=True))
    pk = one_of_each[model]

    statuses = [
        client.get(address(model, "add")).status_code,
        client.post(address(model, "change", pk), {}).status_code,
        client.post(address(model, "delete", pk), {"post": "yes"}).status_code,
    ]

    assert statuses == [403, 403, 403]


def test_nothing_of_how_people_sign_in_is_changed_there() -> None:
    assert [model for model in admin.site._registry if "allauth" in model.__module__] == []


def test_every_table_of_the_admin_opens(client: Client, shop: None) -> None:
    client.force_login(PersonFactory(staff=True, is_superuser=True))

    statuses = {
        model.__name__: client.get(address(model, "changelist")).status_code
        for model in admin.site._registry
    }

    assert set(statuses.values()) == {200}


def test_for_customers_there_is_no_admin(client: Client, owner: Person) -> None:
    client.force_login(owner)

    statuses = [
        client.get(url).status_code
        for url in (
            reverse("admin:index"),
            reverse("admin:login"),
            address(Subscription, "changelist"),
        )
    ]

    assert statuses == [404, 404, 404]


def test_strangers_sign_in_at_the_portal(client: Client, db: None) -> None:
    url = address(Subscription, "changelist")

    assertRedirects(client.get(url), f"{reverse('account_login')}?next={url}")


@pytest.mark.parametrize(
    ("page", "portal"),
    [
        pytest.param("login", "admin:index", id="sign in"),
        pytest.param("logout", "account_logout", id="sign out"),
        pytest.param("password_change", "account_change_password", id="password"),
    ],
)
def test_the_account_pages_are_the_portals(
    client: Client, db: None, page: str, portal: str
) -> None:
    client.force_login(PersonFactory(staff=True))

    response = client.get(reverse(f"admin:{page}"))

    assertRedirects(response, reverse(portal), fetch_redirect_response=False)
