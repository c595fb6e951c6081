"""The licence file on a tenant's page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse

from customers.models import Membership, Role
from subscriptions.licence_files import operations
from subscriptions.licence_files.models import LicenceFile
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from customers.models import Organisation, Tenant

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 11, 18, 11, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def tenant(client: Client) -> Tenant:
    open_shop()
    member = MembershipFactory()
    client.force_login(member.person)
    return TenantFactory(organisation=member.organisation, on_premise=True, crm_suite_core=True)


def page_of(tenant: Tenant) -> str:
    return reverse("pages:tenant_detail", args=[tenant.organisation_id, tenant.pk])


def card_of(client: Client, tenant: Tenant) -> str:
    page = client.get(page_of(tenant)).content.decode()
    return page.partition('id="licence-file"')[2].partition('id="users"')[0]


def make(client: Client, tenant: Tenant) -> str:
    address = reverse("pages:make_licence_file", args=[tenant.organisation_id, tenant.pk])
    return client.post(address, follow=True).content.decode()


def test_a_file_is_made_and_downloaded(client: Client, tenant: Tenant) -> None:
    assert "Make the licence file" in client.get(page_of(tenant)).content.decode()

    page = make(client, tenant)

    file = LicenceFile.objects.get()
    address = reverse("pages:licence_file", args=[tenant.organisation_id, tenant.pk, file.pk])
    assert address in page
    assert "Licence file 1 is ready to download." in page
    assert "12 December 2026" in page  # the last day on which it works
    downloaded = client.get(address)
    assert downloaded.content.decode() == file.content
    assert downloaded.headers["Content-Disposition"] == (
        f'attachment; filename="licence-{tenant.serial_number}-1.lic"'
    )


def test_a_new_file_takes_the_place_of_the_one_before(client: Client, tenant: Tenant) -> None:
    make(client, tenant)

    page = make(client, tenant)

    assert "Licence file 2 is ready to download." in page
    assert [file.followed_up_at for file in LicenceFile.objects.order_by("number")] == [NOON, None]


def test_without_a_licence_there_is_nothing_to_make(client: Client, tenant: Tenant) -> None:
    bare = TenantFactory(organisation=tenant.organisation)

    assert "licence-file" not in client.get(page_of(bare)).content.decode()
    assert "This tenant has no licence at the moment" in make(client, bare)
    assert LicenceFile.objects.count() == 0


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, "Valid"), (6, "Ends soon"), (13, "In its days of grace"), (25, "Ended")],
)
def test_the_page_says_how_the_file_stands(
    client: Client, tenant: Tenant, days: int, state: str
) -> None:
    make(client, tenant)

    with time_machine.travel(NOON + dt.timedelta(days=days), tick=False):
        client.force_login(Membership.objects.get().person)
        card = card_of(client, tenant)

    assert state in card


BY_MAIL = "The next one comes by mail in time."
LAST = "It is the last one: what this tenant may use ends on 30 November 2026 at 23:59\xa0CET."
BY_PROGRAM = "The platform asked for it, and fetches the next one itself."


def said_of_the_next(client: Client, tenant: Tenant) -> list[str]:
    card = card_of(client, tenant)
    return [sentence for sentence in (BY_MAIL, LAST, BY_PROGRAM) if sentence in card]


def test_of_no_file_and_of_one_that_has_ended_no_next_one_is_promised(
    client: Client, tenant: Tenant
) -> None:
    assert said_of_the_next(client, tenant) == []
    make(client, tenant)
    assert said_of_the_next(client, tenant) == [BY_MAIL]

    with time_machine.travel(NOON + dt.timedelta(days=25), tick=False):
        client.force_login(Membership.objects.get().person)
        assert said_of_the_next(client, tenant) == []


def test_of_what_was_cancelled_it_says_that_it_is_the_last(client: Client, tenant: Tenant) -> None:
    owner = Membership.objects.get().person
    bare = TenantFactory(organisation=tenant.organisation, on_premise=True)
    subscription = orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=bare, by=owner, at=NOON
    )
    make(client, bare)
    assert said_of_the_next(client, bare) == [BY_MAIL]

    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=NOON)
    assert said_of_the_next(client, bare) == [BY_MAIL]  # it works longer than what was cancelled
    operations.follow_up_due(at=NOON)

    assert said_of_the_next(client, bare) == [LAST]


def test_what_the_platform_asked_for_is_followed_by_no_mail(client: Client, tenant: Tenant) -> None:
    operations.for_program(tenant.pk, at=NOON)

    assert said_of_the_next(client, tenant) == [BY_PROGRAM]


def test_a_reader_downloads_and_makes_none(client: Client, tenant: Tenant) -> None:
    make(client, tenant)
    organisation: Organisation = tenant.organisation
    client.force_login(MembershipFactory(organisation=organisation, role=Role.READER).person)

    page = client.get(page_of(tenant)).content.decode()

    assert "Download the file" in page
    assert "Make a new file" not in page
