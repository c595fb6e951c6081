"""What a developer reads before a client id or an old secret is over."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from customers import clock
from customers.models import Environment, Role
from subscriptions.applications import credentials
from subscriptions.applications.models import ApplicationType
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from customers.models import Membership
    from subscriptions.applications.models import Application, Credential

pytestmark = pytest.mark.django_db


def test_before_a_client_id_or_a_secret_ends_it_is_said_whom_that_stops() -> None:
    open_shop()
    application = ApplicationFactory()
    maker = MembershipFactory(organisation=application.owner, role=Role.DEVELOPER)
    client = Client()
    client.force_login(maker.person)
    here = [application.owner_id, application.pk]
    at = clock.now()
    issued = credentials.create(application, Environment.PRODUCTION, by=maker.person, at=at)
    credential = issued.credential
    credentials.rotate(credential, overlap=dt.timedelta(days=7), by=maker.person, at=at)
    older = credential.secrets.get(ends_at__isnull=False)
    credentials.note_use(older, at=dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC))
    customer = OrganisationFactory()
    for _tenant in range(2):
        tenant = TenantFactory(organisation=customer)
        AuthorisationFactory(active=True, application=application, tenant=tenant)
    elsewhere = TenantFactory(developer=True)
    AuthorisationFactory(active=True, application=application, tenant=elsewhere)
    AuthorisationFactory(confirmed=True, application=application)

    revoking = client.get(reverse("pages:revoke_client", args=[*here, credential.pk]))
    ending = client.get(reverse("pages:end_secret", args=[*here, older.pk]))

    for shown in (revoking, ending):
        use, text = shown.context["use"], shown.content.decode()
        assert (use.customers, use.tenants) == (1, 2)
        assert "Production" in text
        assert credential.client_id in text
        assert "20 November 2026" in text
    assert "It cannot be undone." in revoking.content.decode()
    assert credentials.recognise(credential.client_id, issued.secret, at=at)
    credential.refresh_from_db()
    assert credential.revoked_at is None


def own(**fields: object) -> tuple[Application, Membership, Client]:
    open_shop()
    application = ApplicationFactory(**fields)
    maker = MembershipFactory(organisation=application.owner, role=Role.DEVELOPER)
    client = Client()
    client.force_login(maker.person)
    return application, maker, client


def credential_of(application: Application, maker: Membership) -> Credential:
    at = clock.now() - dt.timedelta(days=2)
    issued = credentials.create(application, Environment.PRODUCTION, by=maker.person, at=at)
    return issued.credential


def asked(client: Client, name: str, application: Application, number: int) -> tuple[str, bool]:
    """What the page says, and whether its button stands there."""
    address = reverse(f"pages:{name}", args=[application.owner_id, application.pk, number])
    answer = client.get(address, follow=True)
    return answer.content.decode(), answer.request["PATH_INFO"] == address


def test_the_newest_secret_is_refused_before_it_is_asked() -> None:
    application, maker, client = own()
    credential = credential_of(application, maker)

    text, is_asked = asked(client, "end_secret", application, credential.secrets.get().pk)

    assert not is_asked
    assert "Only the older of two secrets can be ended." in text


def test_a_secret_that_ended_is_refused_before_it_is_asked() -> None:
    application, maker, client = own()
    credential = credential_of(application, maker)
    ended = credential.secrets.get()
    at = clock.now() - dt.timedelta(days=1)
    credentials.rotate(credential, overlap=dt.timedelta(hours=1), by=maker.person, at=at)

    text, is_asked = asked(client, "end_secret", application, ended.pk)

    assert not is_asked
    assert "Only the older of two secrets can be ended." in text


def test_what_was_revoked_is_refused_before_it_is_asked() -> None:
    application, maker, client = own()
    credential = credential_of(application, maker)
    older = credential.secrets.get()
    at = clock.now()
    credentials.rotate(credential, overlap=dt.timedelta(days=7), by=maker.person, at=at)
    credentials.revoke(credential, by=maker.person, at=at)

    for name, number in (("revoke_client", credential.pk), ("end_secret", older.pk)):
        text, is_asked = asked(client, name, application, number)
        assert not is_asked
        assert "This client id was revoked before." in text


def test_of_a_native_application_no_program_stops() -> None:
    application, maker, client = own(type=ApplicationType.NATIVE)
    credential = credential_of(application, maker)

    text, is_asked = asked(client, "revoke_client", application, credential.pk)

    assert is_asked
    assert "No program stops" in text
    assert "the tokens it got are gone" not in text
    assert "Last used" not in text
