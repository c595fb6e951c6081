from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Membership, Organisation, Person, Role, TenantKind
from portal.access import seat_or_404
from portal.demo.customers import create_demo_customers
from portal.demo.people import DEMO_PASSWORD, DEMO_SIGN_INS
from tests.factories.second_factors import code_now

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 8, 0, tzinfo=dt.UTC)


def test_everybody_on_the_list_can_sign_in(client: Client) -> None:
    create_demo_customers(at=AT)

    for sign_in in DEMO_SIGN_INS:
        response = client.post(
            reverse("account_login"), {"login": sign_in.email, "password": DEMO_PASSWORD}
        )
        assert response.status_code == 302, sign_in.email
        if sign_in.second_factor:
            client.post(response["Location"], {"code": code_now(sign_in.second_factor)})
        assert client.session["_auth_user_id"] == str(Person.objects.get(email=sign_in.email).pk)
        client.logout()


def test_there_is_somebody_in_every_role_and_duty() -> None:
    demo = create_demo_customers(at=AT)

    roles = Membership.objects.of(demo.dutch).values_list("role", flat=True)
    assert set(roles) == set(Role)
    assert demo.operations.is_superuser
    assert all(
        person.is_staff for person in (demo.sales, demo.app_manager, demo.billing, demo.operations)
    )


def test_the_dutch_customer_begins_with_a_tenant_of_each_kind_that_is_not_ordered() -> None:
    demo = create_demo_customers(at=AT)

    assert demo.production.kind == TenantKind.PRODUCTION
    assert demo.sod.kind == TenantKind.DEVELOPER
    assert demo.on_premise.serial_number == "1184420391"
    assert demo.dutch.tenants.count() == 3


def test_the_consultant_acts_for_the_dutch_customer() -> None:
    demo = create_demo_customers(at=AT)

    assert seat_or_404(demo.consultant, demo.dutch.pk).via_partner == demo.partner
    assert set(Organisation.objects.visible_to(demo.consultant)) == {demo.partner, demo.dutch}


def test_everything_is_told() -> None:
    demo = create_demo_customers(at=AT)

    verbs = set(demo.dutch.history.values_list("verb", flat=True))
    assert verbs == {
        "organisation.created",
        "membership.added",
        "partner_access.granted",
        "tenant.registered",
    }
