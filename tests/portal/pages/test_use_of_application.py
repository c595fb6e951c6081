"""What an application used on which day at which tenant, for whoever built it and nobody else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import pytest
from django.urls import reverse

from billing.metering.operations import credentials as keys
from customers.models import Environment, Role, Tenant
from subscriptions.applications import credentials
from tests.factories.customers import (
    MembershipFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.usage import CALLS, RECORDS, count, open_metered_services
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from customers.models import Organisation, Person
    from subscriptions.applications.models import Application


class Built(NamedTuple):
    application: Application
    client_id: str
    busy: Tenant
    quiet: Tenant

    @property
    def address(self) -> str:
        return reverse(
            "pages:application_usage", args=[self.application.owner_id, self.application.pk]
        )


@pytest.fixture
def built(customer: Organisation, noon: time_machine.Traveller) -> Built:
    """Used at two customers, under its client id and a key of staff; and what is not its own."""
    open_metered_services()
    application = ApplicationFactory(owner=customer, created_at=NOON - dt.timedelta(days=40))
    client_id = credentials.create(
        application, Environment.PRODUCTION, by=PersonFactory(), at=NOON
    ).credential.client_id
    keys.issue_for_application(
        application, name="Gateway", reference="shop-1", by=PersonFactory(), at=NOON
    )
    busy, quiet = (
        AuthorisationFactory(application=application, tenant=TenantFactory(name=name)).tenant
        for name in ("Busy", "Quiet")
    )
    count(busy, "2026-11-05", 18_000, application=client_id)
    count(busy, "2026-11-06", 231, application="shop-1")
    count(quiet, "2026-11-06", 7, application=client_id)
    count(quiet, "2026-11-06", 70_000, meter=RECORDS, application=client_id)
    count(quiet, "2026-10-31", 44, application=client_id)
    count(quiet, "2026-11-06", 9_999, application="Outlook")
    count(TenantFactory(name="Never asked"), "2026-11-06", 8_888, application=client_id)
    return Built(application, client_id, busy, quiet)


@pytest.fixture
def developer(built: Built, browser_of: Callable[[Person], Client]) -> Client:
    membership = MembershipFactory(organisation=built.application.owner, role=Role.DEVELOPER)
    return browser_of(membership.person)


def test_by_tenant_and_by_day_and_in_quantities(developer: Client, built: Built) -> None:
    found = developer.get(built.address)

    html = found.content.decode()
    rows = [(row.tenant, row.client_id, row.quantity) for row in found.context["rows"]]
    assert sorted(rows) == sorted(
        [
            (built.busy.label, "shop-1", "231"),
            (built.busy.label, built.client_id, "18,000"),
            (built.quiet.label, built.client_id, "7"),
            (built.quiet.label, built.client_id, "70,000"),
        ]
    )
    assert [row.day.day for row in found.context["day_rows"]] == [5, 6, 6, 6]
    calls = next(chart for chart in found.context["charts"] if chart.code == CALLS)
    assert [(bar.day.day, bar.quantity) for bar in calls.bars] == [(5, "18,000"), (6, "238")]
    assert built.busy.organisation.name in html
    for not_its_own in ("9,999", "8,888", "Outlook", "Never asked", "€", "Free:", "Counts"):
        assert not_its_own not in html


def test_it_is_asked_by_the_address(developer: Client, built: Built) -> None:
    asked = {"tenant": str(built.quiet.pk), "meter": CALLS, "day": "6"}

    found = developer.get(built.address, asked)
    csv = developer.get(built.address, {**asked, "format": "csv"}).content.decode("utf-8-sig")
    october = developer.get(built.address, {"month": "2026-10"})

    assert [row.quantity for row in found.context["rows"]] == ["7"]
    where = f"{built.quiet.organisation.name},{built.quiet.label}"
    assert csv.splitlines()[1:] == [f"2026-11-06,{where},{CALLS},{built.client_id},7"]
    assert [row.quantity for row in october.context["rows"]] == ["44"]
    for row in developer.get(built.address).context["rows"]:
        assert row.quantity in [
            each.quantity for each in developer.get(built.address + row.address).context["rows"]
        ]


def test_nothing_used_and_nothing_there_are_said(developer: Client, built: Built) -> None:
    elsewhere = TenantFactory(name="Elsewhere")

    unused = developer.get(built.address, {"tenant": str(built.busy.pk), "month": "2026-10"})
    foreign = developer.get(built.address, {"tenant": str(elsewhere.pk)})

    assert unused.status_code == 200
    assert "Nothing was used of what you chose" in unused.content.decode()
    assert foreign.status_code == 400
    assert "There is no such tenant here." in foreign.content.decode()
    assert "Elsewhere" not in foreign.content.decode()


def test_nobody_else_has_the_page(
    developer: Client, built: Built, browser_of: Callable[[Person], Client]
) -> None:
    organisation = built.busy.organisation
    owner = MembershipFactory(organisation=organisation, role=Role.OWNER).person
    reader = MembershipFactory(organisation=built.application.owner, role=Role.READER).person
    theirs = reverse("pages:application_usage", args=[organisation.pk, built.application.pk])

    assert browser_of(owner).get(theirs).status_code == 404
    assert browser_of(owner).get(built.address).status_code == 404
    assert browser_of(reader).get(built.address).status_code == 403


def test_whom_the_maker_let_in_reads_nothing_of_its_other_customers(
    built: Built, browser_of: Callable[[Person], Client]
) -> None:
    access = PartnerAccessFactory(customer=built.application.owner)
    consultant = MembershipFactory(organisation=access.partner, role=Role.OWNER).person
    client = browser_of(consultant)
    own_use = reverse("pages:usage", args=[built.application.owner_id])

    assert client.get(own_use).status_code == 200  # of the maker's own tenants
    assert client.get(built.address).status_code == 404
    assert client.get(built.address, {"format": "csv"}).status_code == 404


def test_the_application_leads_to_it(developer: Client, built: Built) -> None:
    detail = reverse(
        "pages:application_detail", args=[built.application.owner_id, built.application.pk]
    )

    assert f'href="{built.address}"' in developer.get(detail).content.decode()
