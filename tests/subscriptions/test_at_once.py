"""Two people click at once: on two real connections, exactly one of them succeeds."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Duty, Environment, History, Role
from customers.refusals import Refusal
from subscriptions.applications import versions
from subscriptions.applications.models import Scope
from subscriptions.applications.operations import CapabilitiesChanged
from subscriptions.applications.self_service import LetInAlready, let_in
from subscriptions.locks import lock_organisation
from subscriptions.models import PriceAnnouncement, PriceChange, Subscription
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from subscriptions.operations.price_changes import announce as announce_price
from tests.factories.catalog import PriceVersionFactory
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.journeys.steps import eventually
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Person, Tenant


def at_once(*clicks: Callable[[], object]) -> list[Exception | None]:
    """Run all clicks at the same moment; their refusals, None for each that succeeded."""
    results: list[Exception | None] = [None] * len(clicks)
    start = threading.Barrier(len(clicks))

    def run(number: int, click: Callable[[], object]) -> None:
        start.wait()
        try:
            click()
        except Refusal as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(number, click)) for number, click in enumerate(clicks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@pytest.fixture
def place(transactional_db: None) -> tuple[Organisation, Tenant, Person]:
    open_shop()
    owner = MembershipFactory(organisation=OrganisationFactory(dutch=True))
    return owner.organisation, TenantFactory(organisation=owner.organisation), owner.person


def test_two_orders(place: tuple[Organisation, Tenant, Person]) -> None:
    organisation, tenant, owner = place

    def order() -> Subscription:
        return orders.subscribe(
            organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
        )

    results = at_once(order, order, order, order)

    assert results.count(None) == 1
    assert all(isinstance(refusal, orders.NotEligible) for refusal in results if refusal)
    assert Subscription.objects.count() == 1


def test_two_announcements_of_a_price(place: tuple[Organisation, Tenant, Person]) -> None:
    organisation, tenant, owner = place
    subscription = orders.subscribe(
        organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    price = PriceVersionFactory(product=subscription.product, valid_from=dt.date(2027, 1, 1))
    staff = PersonFactory(staff=True)

    def announce() -> PriceAnnouncement:
        return announce_price(price, effective_on=dt.date(2027, 2, 1), by=staff, at=NOON)

    results = at_once(announce, announce, announce, announce)

    assert results.count(None) == 1
    assert PriceChange.objects.count() == 1


def test_a_later_price_for_an_earlier_day(place: tuple[Organisation, Tenant, Person]) -> None:
    """One of two colleagues is refused, whoever comes first."""
    organisation, tenant, owner = place
    subscription = orders.subscribe(
        organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    staff = PersonFactory(staff=True)

    def click(valid_from: dt.date, effective_on: dt.date) -> Callable[[], object]:
        price = PriceVersionFactory(product=subscription.product, valid_from=valid_from)
        return lambda: announce_price(price, effective_on=effective_on, by=staff, at=NOON)

    results = at_once(
        click(dt.date(2027, 1, 1), dt.date(2027, 3, 1)),
        click(dt.date(2027, 1, 2), dt.date(2027, 2, 1)),
    )

    assert results.count(None) == 1
    assert PriceChange.objects.count() == 1


def test_two_cancellations(place: tuple[Organisation, Tenant, Person]) -> None:
    organisation, tenant, owner = place
    subscription = orders.subscribe(
        organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    found = consequences(subscription, when=CancelWhen.NOW, at=NOON)

    def click() -> Subscription:
        return cancel(
            subscription,
            when=CancelWhen.NOW,
            confirmed=found.fingerprint,
            by=owner,
            at=NOON,
        )

    results = at_once(click, click)

    assert results.count(None) == 1


def test_two_administrators_let_in_the_same_application(
    place: tuple[Organisation, Tenant, Person],
) -> None:
    organisation, tenant, owner = place
    colleague = MembershipFactory(organisation=organisation, role=Role.TENANT_ADMINISTRATOR).person
    application = ApplicationFactory(standard=True)

    def click(by: Person) -> Callable[[], object]:
        return lambda: let_in(application, tenant=tenant, read=list(Scope), by=by, at=NOON)

    results = at_once(click(owner), click(colleague), click(owner), click(colleague))

    refusals = [result for result in results if result]
    assert len(refusals) == 2  # both clicks of who came second
    assert all(isinstance(refusal, LetInAlready) for refusal in refusals)
    authorisation = application.authorisations.get()
    assert authorisation.status == "active"
    told = History.objects.about(authorisation).values_list("verb", "actor")
    by = authorisation.confirmed_by_id
    assert sorted(told) == [("authorisation.approved", by), ("authorisation.requested", by)]


def test_a_version_that_asks_for_more_is_published_while_it_is_let_in(
    place: tuple[Organisation, Tenant, Person],
) -> None:
    """Either the yes was to what is published, or it is asked for anew."""
    _organisation, tenant, owner = place
    application = ApplicationFactory(standard=True)
    developer, app_manager = PersonFactory(), PersonFactory(staff=True, duties=[Duty.APP_MANAGER])
    wider = versions.start_next(application, by=developer, at=NOON)
    wider.capabilities = ["webhooks"]
    wider.save()
    asked = versions.submit(wider, Environment.PRODUCTION, by=developer, at=NOON)

    refused, not_published = at_once(
        lambda: let_in(application, tenant=tenant, read=list(Scope), by=owner, at=NOON),
        lambda: versions.publish(asked, by=app_manager, at=NOON),
    )

    assert not_published is None
    asked.refresh_from_db()
    assert asked.status == "published"
    statuses = list(application.authorisations.values_list("status", flat=True))
    if refused:
        assert isinstance(refused, CapabilitiesChanged)
        assert statuses == []
    else:
        assert statuses == ["needs_reapproval"]


def test_a_customer_who_was_asked_while_a_version_waited_is_locked_before_the_application(
    transactional_db: None,
) -> None:
    """Else it would wait for a customer who approves and waits for the application."""
    open_shop()
    application = ApplicationFactory(unpublished=True, standard=True)
    developer = PersonFactory()
    submitted: list[str] = []

    def submit() -> None:
        with CaptureQueriesContext(connection) as asked:
            versions.submit(application.versions.get(), Environment.SOD, by=developer, at=NOON)
        submitted.extend(query["sql"] for query in asked.captured_queries)
        connection.close()

    publishing = threading.Thread(target=submit)
    with transaction.atomic():
        lock_organisation(application.owner_id)
        publishing.start()
        eventually("it waits for its owner", somebody_waits)
        tenant = TenantFactory(environment=Environment.SOD)
        AuthorisationFactory(tenant=tenant, application=application)
    publishing.join(timeout=30)

    locked = [sql for sql in submitted if "FOR NO KEY UPDATE" in sql]
    last_of_application = max(
        number for number, sql in enumerate(locked) if "applications_application" in sql
    )
    assert any(
        "customers_organisation" in sql and f"= {tenant.organisation_id} " in sql
        for sql in locked[:last_of_application]
    )
