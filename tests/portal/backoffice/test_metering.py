"""The back office's page about meters and credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError
from django.urls import reverse

from billing.metering.models import ApiCredential, MeterPolicy
from billing.metering.operations import credentials
from customers.models import Duty, Environment
from subscriptions.applications import credentials as clients
from tests.factories.customers import LONG_AGO, PersonFactory
from tests.factories.metering import MeterFactory
from tests.factories.subscriptions import ApplicationFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

pytestmark = pytest.mark.django_db

METERING = reverse("backoffice:metering")
MAKE = reverse("backoffice:make_credential")


@pytest.fixture
def operator(client: Client) -> Person:
    person = PersonFactory(staff=True, duties=[Duty.OPERATIONS, Duty.BILLING])
    client.force_login(person)
    return person


def test_a_secret_is_shown_once(client: Client, operator: Person) -> None:
    made = client.post(MAKE, {"name": "Gateway", "scope": "usage:write"})

    credential = ApiCredential.objects.get()
    secret = made.content.decode().partition('value="exs_')[2].partition('"')[0]
    assert credentials.recognise(f"exs_{secret}", at=LONG_AGO) == credential
    assert made.headers["Cache-Control"] == "no-store, private"
    assert (credential.kind, credential.created_by) == ("platform", operator)
    assert secret not in client.get(METERING).content.decode()


def test_a_second_click_makes_none_whose_secret_nobody_sees(
    client: Client, operator: Person
) -> None:
    credentials.issue_for_platform(name="Theirs", by=PersonFactory(staff=True), at=LONG_AGO)
    seen = client.get(MAKE).context["seen"]
    wanted = {"name": "Gateway", "scope": "usage:write", "seen": seen}
    client.post(MAKE, wanted)

    told = client.post(MAKE, wanted)

    assert told.status_code == 409
    assert "If nobody has copied its secret, revoke it" in told.content.decode()
    assert ApiCredential.objects.filter(name="Gateway").count() == 1

    again = client.post(MAKE, wanted | {"seen": told.context["seen"]})
    assert again.status_code == 200
    assert ApiCredential.objects.filter(name="Gateway").count() == 2


def test_an_application_needs_its_client_id(client: Client, operator: Person) -> None:
    application = ApplicationFactory()

    named = {"name": "Shop", "application": application.pk, "scope": "entitlements:read"}
    refused = client.post(MAKE, named)
    assert refused.status_code == 422
    assert ApiCredential.objects.count() == 0

    client.post(MAKE, named | {"reference": "shop-1"})
    credential = ApiCredential.objects.get()
    assert (credential.application, credential.reference) == (application, "shop-1")
    assert credential.scope == "entitlements:read"


def test_a_client_id_is_of_one_application(client: Client, operator: Person) -> None:
    application, other = ApplicationFactory(), ApplicationFactory()
    named = {"name": "Shop", "scope": "usage:write", "reference": "shop-1"}
    client.post(MAKE, named | {"application": application.pk})

    refused = client.post(MAKE, named | {"application": other.pk})
    again = client.post(MAKE, named | {"application": application.pk})

    assert refused.status_code == 409
    assert "Another application has this client id" in refused.content.decode()
    assert again.status_code == 200
    assert {each.application for each in ApiCredential.objects.all()} == {application}


def test_the_database_keeps_a_client_id_with_its_application(operator: Person) -> None:
    application, other = ApplicationFactory(), ApplicationFactory()
    credentials.issue_for_application(
        application, name="Shop", reference="shop-1", by=operator, at=LONG_AGO
    )
    taken = ApiCredential.objects.get()
    taken.pk, taken.application, taken.secret_hash = None, other, "another"

    with pytest.raises(IntegrityError, match="another application has this client id"):
        taken.save(force_insert=True)


def test_the_client_id_of_anothers_tokens_is_taken_as_well(operator: Person) -> None:
    client = clients.create(
        ApplicationFactory(), Environment.PRODUCTION, by=operator, at=LONG_AGO
    ).credential

    with pytest.raises(credentials.ClientIdTaken):
        credentials.issue_for_application(
            ApplicationFactory(), name="Shop", reference=client.client_id, by=operator, at=LONG_AGO
        )

    assert not ApiCredential.objects.exists()


@pytest.mark.parametrize(
    ("scope", "stops"),
    [
        ("usage:write", "the use that it reports is not counted and not invoiced"),
        ("entitlements:read", "it no longer hears what may be used"),
        ("tokens:introspect", "it no longer hears whether a token is good"),
    ],
)
def test_what_stops_is_said_before_a_credential_is_revoked(
    client: Client, operator: Person, scope: ApiCredential.Scope, stops: str
) -> None:
    issued = credentials.issue_for_platform(name="Gateway", scope=scope, by=operator, at=LONG_AGO)
    address = reverse("backoffice:revoke_credential", args=[issued.credential.pk])

    unused = client.get(address).content.decode()
    credentials.recognise(issued.secret, at=LONG_AGO)
    used = client.get(address).content.decode()

    assert stops in unused
    assert "It cannot be undone" in unused
    assert ("Never" in unused, "Never" in used) == (True, False)
    assert f'href="{address}"' in client.get(METERING).content.decode()
    assert ApiCredential.objects.get().revoked_at is None


def test_a_revoked_credential_stays_revoked(client: Client, operator: Person) -> None:
    issued = credentials.issue_for_platform(name="Old", by=operator, at=LONG_AGO)
    address = reverse("backoffice:revoke_credential", args=[issued.credential.pk])

    client.post(address)
    revoked_at = ApiCredential.objects.get().revoked_at
    again = client.post(address, follow=True)
    asked = client.get(address, follow=True)

    assert credentials.recognise(issued.secret, at=LONG_AGO) is None
    assert ApiCredential.objects.get().revoked_at == revoked_at
    assert "was revoked before" in again.content.decode()
    assert "was revoked before" in asked.content.decode()


def test_a_policy_is_decided_with_a_reason(client: Client, operator: Person) -> None:
    MeterFactory()
    address = reverse("backoffice:meter", args=["api-calls"])

    client.post(address, {"max_age_days": 31, "detail_months": 13, "reason": "As agreed"})

    policy = MeterPolicy.objects.get()
    assert (policy.accepts_late, policy.max_age_days, policy.detail_months) == (False, 31, 13)
    assert policy.decided_by == operator
    page = client.get(address).content.decode()
    assert "late events are refused, at most 31 days old, kept for 13 months" in page


def test_a_policy_that_drops_too_early_is_refused(client: Client, operator: Person) -> None:
    MeterFactory()

    refused = client.post(
        reverse("backoffice:meter", args=["api-calls"]),
        {"max_age_days": 62, "detail_months": 3, "reason": "Less to keep"},
    )

    assert refused.status_code == 409
    assert MeterPolicy.objects.count() == 0
