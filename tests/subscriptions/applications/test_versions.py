from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import Environment, History, OutgoingMail, Person, Role, Tenant
from subscriptions.applications import operations, versions
from subscriptions.applications.availability import availability, verdict_on
from subscriptions.applications.lifecycle import AuthorisationStatus
from subscriptions.applications.models import (
    Application,
    ApplicationVersion,
    Authorisation,
    ContactAddress,
    PublicationStatus,
    Scope,
)
from subscriptions.applications.verdicts import Code
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    type Publish = Callable[[Application, list[str]], ApplicationVersion]
    type LetIn = Callable[[list[str]], Authorisation]

LATER = NOON + dt.timedelta(hours=1)
PRODUCTION, SOD = Environment.PRODUCTION, Environment.SOD


@pytest.fixture
def developer(shop: None) -> Person:
    return PersonFactory()


@pytest.fixture
def application(shop: None) -> Application:
    return ApplicationFactory(name="Webshop sync", unpublished=True, standard=True)


@pytest.fixture
def draft(application: Application) -> ApplicationVersion:
    version: ApplicationVersion = application.versions.get()
    return version


@pytest.fixture
def publish(developer: Person, app_manager: Person) -> Publish:
    def published(application: Application, capabilities: list[str]) -> ApplicationVersion:
        version = application.versions.latest("number")
        if versions.is_locked(version):
            version = versions.start_next(application, by=developer, at=LATER)
        version = versions.change(version, wants(capabilities), note="", by=developer, at=LATER)
        asked = versions.submit(version, PRODUCTION, by=developer, at=LATER)
        versions.publish(asked, by=app_manager, at=LATER)
        return version

    return published


@pytest.fixture
def let_in(
    application: Application,
    tenant: Tenant,
    administrator: Person,
    developer: Person,
    publish: Publish,
) -> LetIn:
    """Published with these capabilities, asked for and approved."""

    def approved(capabilities: list[str]) -> Authorisation:
        publish(application, capabilities)
        asked = operations.request(application, tenant=tenant, by=developer, at=LATER)
        operations.approve(asked, by=administrator, at=LATER)
        return asked

    return approved


def wants(capabilities: list[str]) -> versions.Settings:
    return versions.Settings(redirect_uris=[], scopes=[Scope.CRM_READ], capabilities=capabilities)


def test_sod_is_published_by_the_developer(draft: ApplicationVersion, developer: Person) -> None:
    publication = versions.submit(draft, SOD, by=developer, at=LATER)

    assert publication.status == PublicationStatus.PUBLISHED
    assert publication.decided_by == developer


@pytest.mark.parametrize("environment", [Environment.STAGE, PRODUCTION])
def test_elsewhere_the_app_manager_publishes(
    draft: ApplicationVersion, developer: Person, app_manager: Person, environment: Environment
) -> None:
    publication = versions.submit(draft, environment, by=developer, at=LATER)
    assert publication.status == PublicationStatus.PENDING

    with pytest.raises(versions.OnlyAppManagers):
        versions.publish(publication, by=developer, at=LATER)
    versions.publish(publication, by=app_manager, at=LATER)

    publication.refresh_from_db()
    assert publication.status == PublicationStatus.PUBLISHED
    assert OutgoingMail.objects.get().to == "developer@example.com"


def test_where_the_contact_hears_nothing_the_owners_are_told_what_became_of_it(
    draft: ApplicationVersion, developer: Person, app_manager: Person
) -> None:
    owner = MembershipFactory(organisation=draft.application.owner, role=Role.OWNER).person
    ContactAddress.objects.all().delete()
    asked = versions.submit(draft, PRODUCTION, by=developer, at=LATER)

    versions.reject(asked, reason="No logs", by=app_manager, at=LATER)

    assert OutgoingMail.objects.get().to == owner.email


def test_pending_is_locked_and_rejected_is_not(
    draft: ApplicationVersion, developer: Person, app_manager: Person
) -> None:
    publication = versions.submit(draft, PRODUCTION, by=developer, at=LATER)
    with pytest.raises(versions.VersionLocked):
        versions.change(draft, wants(["webhooks"]), note="", by=developer, at=LATER)

    versions.reject(publication, reason="No logs", by=app_manager, at=LATER)
    versions.change(draft, wants(["webhooks"]), note="Logs added", by=developer, at=LATER)

    draft.refresh_from_db()
    assert draft.capabilities == ["webhooks"]
    again = versions.submit(draft, PRODUCTION, by=developer, at=LATER)
    assert (again.pk, again.status) == (publication.pk, PublicationStatus.PENDING)


def test_who_is_rejected_is_told_what_can_be_changed(
    draft: ApplicationVersion, developer: Person, app_manager: Person
) -> None:
    told = []
    for environment in ([], [Environment.SOD]):
        for each in environment:
            versions.submit(draft, each, by=developer, at=LATER)
        asked = versions.submit(draft, PRODUCTION, by=developer, at=LATER)
        versions.reject(asked, reason="No logs", by=app_manager, at=LATER)
        told.append(" ".join(OutgoingMail.objects.latest("pk").body.split()))

    changeable, published = told
    assert "You can change it and ask again." in changeable
    assert "start the next version and ask with that." in published
    assert "You can change it" not in published


def test_the_next_version_replaces_the_one_before(
    application: Application,
    publish: Publish,
    developer: Person,
) -> None:
    first = publish(application, [])
    with pytest.raises(versions.VersionLocked):
        versions.change(first, wants(["webhooks"]), note="", by=developer, at=LATER)

    second = publish(application, ["webhooks"])

    assert (second.number, second.scopes) == (2, first.scopes)
    assert first.publications.get().status == PublicationStatus.REPLACED
    assert second.publications.get().status == PublicationStatus.PUBLISHED


def test_a_save_is_in_the_change_log(draft: ApplicationVersion, developer: Person) -> None:
    versions.change(draft, wants(["webhooks"]), note="For the webshop", by=developer, at=LATER)

    entry = History.objects.get(verb="application.version_changed")
    assert (entry.reason, entry.actor) == ("For the webshop", developer)
    assert entry.details["to"] == {"scopes": ["crm:read"], "capabilities": ["webhooks"]}


def test_what_can_do_more_is_shut_out_until_the_customer_agrees(
    application: Application,
    administrator: Person,
    publish: Publish,
    let_in: LetIn,
) -> None:
    asked = let_in([])

    publish(application, ["system_user"])

    asked.refresh_from_db()
    found = verdict_on(asked, LATER)
    assert asked.status == AuthorisationStatus.NEEDS_REAPPROVAL
    assert (found.allowed, found.code) == (False, Code.NEEDS_REAPPROVAL)
    subjects = list(OutgoingMail.objects.values_list("subject", flat=True))
    assert subjects.count("Webshop sync needs approval again") == 2  # the customer, the developer

    with pytest.raises(operations.CapabilitiesChanged):
        operations.approve(asked, read=[], by=administrator, at=LATER)
    operations.approve(asked, read=["system_user", "crm:read"], by=administrator, at=LATER)
    asked.refresh_from_db()
    assert (asked.status, asked.agreed_capabilities) == ("active", ["system_user"])
    assert availability(asked, LATER).available


def test_what_can_do_less_stays(
    application: Application,
    publish: Publish,
    let_in: LetIn,
) -> None:
    asked = let_in(["webhooks", "mirroring"])

    publish(application, ["mirroring"])

    asked.refresh_from_db()
    assert asked.status == AuthorisationStatus.ACTIVE


class TestUndone:
    """A wider version that was a mistake: the next one asks for no more than was agreed to."""

    def test_who_agreed_before_need_not_agree_again(
        self,
        application: Application,
        app_manager: Person,
        publish: Publish,
        let_in: LetIn,
    ) -> None:
        asked = let_in(["webhooks"])
        agreed = Authorisation.objects.get()
        publish(application, ["webhooks", "system_user"])
        OutgoingMail.objects.all().delete()

        publish(application, ["webhooks"])

        asked.refresh_from_db()
        assert (asked.status, asked.told_stopped_at) == ("active", None)
        assert (asked.confirmed_at, asked.agreed_capabilities) == (
            agreed.confirmed_at,
            ["webhooks"],
        )
        assert verdict_on(asked, LATER).allowed
        told = History.objects.about(asked).latest("pk")
        assert (told.verb, told.actor) == ("authorisation.reapproval_withdrawn", app_manager)
        subjects = list(OutgoingMail.objects.values_list("subject", flat=True))
        assert subjects.count("Webshop sync needs no new approval any more") == 2

    def test_where_more_is_asked_than_was_agreed_to_it_stays_shut_out(
        self,
        application: Application,
        publish: Publish,
        let_in: LetIn,
    ) -> None:
        asked = let_in([])
        publish(application, ["webhooks", "system_user"])

        publish(application, ["webhooks"])

        asked.refresh_from_db()
        assert asked.status == AuthorisationStatus.NEEDS_REAPPROVAL

    def test_what_is_over_by_then_has_expired(
        self,
        application: Application,
        publish: Publish,
        let_in: LetIn,
    ) -> None:
        asked = let_in([])
        publish(application, ["webhooks"])
        Authorisation.objects.update(valid_until=LATER)

        publish(application, [])

        asked.refresh_from_db()
        assert asked.status == AuthorisationStatus.EXPIRED

    def test_without_its_licence_it_waits_for_that(
        self, tenant: Tenant, app_manager: Person, developer: Person
    ) -> None:
        application = ApplicationFactory()
        asked = AuthorisationFactory(
            application=application,
            tenant=tenant,
            active=True,
            status="needs_reapproval",
            told_stopped_at=LATER,
        )
        waiting = versions.submit(
            versions.start_next(application, by=developer, at=LATER),
            Environment.PRODUCTION,
            by=developer,
            at=LATER,
        )

        versions.publish(waiting, by=app_manager, at=LATER)

        asked.refresh_from_db()
        assert (asked.status, asked.deactivation) == ("deactivated", "licence_missing")


def test_another_environment_is_not_concerned(
    application: Application, tenant: Tenant, administrator: Person, developer: Person
) -> None:
    there = AuthorisationFactory(tenant=tenant, application=application, active=True)
    version = application.versions.get()
    versions.change(version, wants(["webhooks"]), note="", by=developer, at=LATER)

    versions.submit(version, SOD, by=developer, at=LATER)

    there.refresh_from_db()
    assert there.status == AuthorisationStatus.ACTIVE


def test_nobody_is_asked_for_what_is_not_published_there(
    draft: ApplicationVersion, tenant: Tenant, developer: Person
) -> None:
    versions.submit(draft, SOD, by=developer, at=LATER)

    with pytest.raises(operations.NotPublished):
        operations.request(draft.application, tenant=tenant, by=developer, at=LATER)
    assert not Authorisation.objects.exists()
