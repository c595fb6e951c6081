"""What a developer reads before a client id or an old secret is over."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from customers import clock
from customers.models import Environment, Role
from subscriptions.applications import credentials
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

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
