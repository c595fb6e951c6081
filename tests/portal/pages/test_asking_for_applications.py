"""Asking one's own organisation to let an application in, and what cannot be asked for yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Role
from subscriptions.applications.models import Authorisation
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import ApplicationFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation
    from subscriptions.applications.models import Application

pytestmark = pytest.mark.django_db


@pytest.fixture
def makers() -> Organisation:
    open_shop()
    made: Organisation = OrganisationFactory(is_partner=True, name="Webshop Makers")
    return made


def page(name: str, application: Application) -> str:
    return reverse(f"pages:{name}", args=[application.owner_id, application.pk])


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (Role.OWNER, "Asked: you decide here."),
        (Role.DEVELOPER, "Asked: an owner or tenant administrator of your organisation decides."),
    ],
)
def test_who_asks_their_own_organisation_reads_who_decides(
    client: Client, makers: Organisation, role: Role, said: str
) -> None:
    application = ApplicationFactory(owner=makers, standard=True)
    tenant = TenantFactory(organisation=makers)
    client.force_login(MembershipFactory(organisation=makers, role=role).person)

    typed = {"tenant": str(tenant.pk), "environment": "production", "note": ""}
    answer = client.post(page("authorisation_request", application), typed, follow=True)

    assert Authorisation.objects.get().tenant == tenant
    assert said in answer.text
    assert "The customer has been asked" not in answer.text


def test_what_is_published_nowhere_cannot_be_asked_for(
    client: Client, makers: Organisation
) -> None:
    application = ApplicationFactory(owner=makers, unpublished=True)
    client.force_login(MembershipFactory(organisation=makers, role=Role.DEVELOPER).person)

    own = client.get(page("application_detail", application)).text
    asking = client.get(page("authorisation_request", application)).text

    assert "Publish a version" in own
    assert page("authorisation_request", application) not in own
    assert "Published nowhere yet" in asking
    assert "Send the request" not in asking
