from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.urls import reverse

from catalog.models import PriceVersion, Product, ProductVersion, Seller
from tests.factories.catalog import (
    PriceVersionFactory,
    ProductFactory,
    ProductVersionFactory,
    SellerFactory,
)
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

MODELS = [
    (Seller, SellerFactory, "Example"),
    (Product, ProductFactory, "product"),
    (ProductVersion, ProductVersionFactory, "product"),
    (PriceVersion, PriceVersionFactory, "product"),
]


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(PersonFactory(staff=True))
    return client


@pytest.mark.parametrize(("model", "factory", "text"), MODELS)
def test_staff_finds_and_reads(staff: Client, model: type, factory: type, text: str) -> None:
    row = factory()
    name = f"admin:catalog_{model.__name__.lower()}"

    found = staff.get(reverse(f"{name}_changelist"), {"q": text})
    read = staff.get(reverse(f"{name}_change", args=[row.pk]))

    assert found.status_code == read.status_code == 200
    assert str(row.pk) in found.content.decode()
    assert b'name="_save"' not in read.content


@pytest.mark.parametrize(("model", "factory", "text"), MODELS)
def test_nobody_adds_changes_or_deletes(
    staff: Client, model: type, factory: type, text: str
) -> None:
    row = factory()
    name = f"admin:catalog_{model.__name__.lower()}"

    answers = [
        staff.post(reverse(f"{name}_add")),
        staff.post(reverse(f"{name}_change", args=[row.pk]), {"code": "x"}),
        staff.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert model._default_manager.filter(pk=row.pk).exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [model for model, _factory, _text in MODELS])
def test_every_table_is_there(model: type) -> None:
    assert model in admin.site._registry
