"""What an application used where: nothing is added up that is only called alike."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.metering.operations import credentials as keys
from billing.queries.use_of_application import RecentUse, UseAtTenant, recent_use, use_by_tenant
from customers.models import Environment
from subscriptions.applications import credentials
from subscriptions.periods import Month
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.usage import CALLS, count, open_metered_services

if TYPE_CHECKING:
    from subscriptions.applications.models import Application

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
TODAY = NOON.date()
A_DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _metered(db: None) -> None:
    open_metered_services()


def client_of(application: Application) -> str:
    issued = credentials.create(
        application, Environment.PRODUCTION, by=PersonFactory(), at=NOON
    ).credential
    return issued.client_id


def test_two_tenants_of_one_name_stay_two() -> None:
    application = ApplicationFactory()
    client_id = client_of(application)
    customer = OrganisationFactory(name="Voorbeeld B.V.")
    places = [
        TenantFactory(organisation=customer, name="Same", identifier=identifier, **more)
        for identifier, more in (
            ("Cust1", {}),
            ("Cust1", {"developer": True}),
            ("Cust2", {}),
        )
    ]
    for place, calls in zip(places, (12, 11, 10), strict=True):
        AuthorisationFactory(application=application, tenant=place)
        count(place, "2026-11-23", calls, application=client_id)

    assert use_by_tenant(application, Month.of(TODAY), "en") == [
        UseAtTenant("Voorbeeld B.V.", "Same (Cust1)", Environment.PRODUCTION, CALLS, 12),
        UseAtTenant("Voorbeeld B.V.", "Same (Cust1)", Environment.SOD, CALLS, 11),
        UseAtTenant("Voorbeeld B.V.", "Same (Cust2)", Environment.PRODUCTION, CALLS, 10),
    ]


def test_applications_of_one_name_do_not_read_never_of_each_others_use() -> None:
    """On two tenants each has its own; on one tenant nobody knows whose it is."""
    ours, theirs = (AuthorisationFactory(application__name="Sync") for _maker in range(2))
    beside = AuthorisationFactory(application=theirs.application, tenant=ours.tenant)
    unused = AuthorisationFactory(application__name="Idle", tenant=ours.tenant)
    count(ours.tenant, "2026-11-22", 10, application="Sync")
    count(theirs.tenant, "2026-11-23", 20, application="Sync")

    assert recent_use([ours, theirs, beside, unused], TODAY) == [
        RecentUse(TODAY - A_DAY, 10),
        RecentUse(TODAY, 20),
        RecentUse(TODAY - A_DAY, 10),
        RecentUse(None, 0),
    ]


def test_what_says_a_client_id_is_its_own_alone() -> None:
    ours = AuthorisationFactory(application__name="Sync")
    theirs = AuthorisationFactory(application__name="Sync", tenant=ours.tenant)
    keys.issue_for_application(
        ours.application, name="Gateway", reference="sync-1", by=PersonFactory(), at=NOON
    )
    count(ours.tenant, "2026-10-01", 300, application="sync-1")
    count(ours.tenant, "2026-11-20", 10, application=client_of(ours.application))
    count(ours.tenant, "2026-11-21", 20, application=client_of(theirs.application))
    count(ours.tenant, "2026-11-21", 1, application="sync-1")

    assert recent_use([ours, theirs], TODAY) == [
        RecentUse(TODAY - 2 * A_DAY, 11),
        RecentUse(TODAY - 2 * A_DAY, 20),
    ]
