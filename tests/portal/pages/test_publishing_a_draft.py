"""A draft is published as it stands on the page, with what is typed and not yet saved."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from customers import clock
from customers.models import Environment, History
from subscriptions.applications import versions
from subscriptions.applications.models import ApplicationVersion, Publication
from tests.factories.customers import PersonFactory
from tests.factories.subscriptions import ApplicationFactory
from tests.portal.pages.test_application_versions import (
    app_manager,
    application,
    browser_of,
    maker,
    page,
)

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Membership
    from subscriptions.applications.models import Application

__all__ = ["application", "maker"]  # fixtures

pytestmark = pytest.mark.django_db

TOLD = "Somebody has changed it meanwhile"


@pytest.fixture
def client(maker: Membership) -> Client:
    """The maker's browser."""
    return browser_of(maker.person)


@pytest.fixture
def draft(maker: Membership, application: Application) -> ApplicationVersion:
    return versions.change(
        application.versions.get(),
        versions.Settings(redirect_uris=[], scopes=["crm:read"], capabilities=[]),
        note="",
        by=maker.person,
        at=clock.now() - dt.timedelta(minutes=1),
    )


def address_of(name: str, version: ApplicationVersion) -> str:
    return page(name, version.application, version.pk)


def typed(client: Client, page: str, **changed: Any) -> dict[str, Any]:
    """What the button in the form sends: the form as it stands on the page, and where to."""
    shown = client.get(page)
    values = {bound.name: bound.value() for bound in shown.context["form"]}
    return {**values, "seen": shown.context["seen"], **changed}


@pytest.mark.parametrize(
    ("environment", "status", "said"),
    [
        ("sod", "published", "Published."),
        ("production", "pending", "app manager has been asked"),
    ],
)
def test_what_is_ticked_and_not_saved_is_published_too(
    client: Client, draft: ApplicationVersion, environment: str, status: str, said: str
) -> None:
    page = address_of("application_version", draft)
    button = f'name="environment" value="{environment}" form="draft"'
    assert button in client.get(page).text

    ticked = typed(client, page, capabilities=["webhooks"], environment=environment)
    answer = client.post(page, ticked, follow=True)

    assert said in answer.text
    draft.refresh_from_db()
    assert (draft.scopes, draft.capabilities) == (["crm:read"], ["webhooks"])
    assert Publication.objects.get().status == status
    assert 'form="draft"' not in answer.text  # it is locked, and asked for elsewhere as it is


def test_what_a_colleague_saved_meanwhile_is_not_published_unseen(
    client: Client, draft: ApplicationVersion
) -> None:
    page = address_of("application_version", draft)
    mine = typed(client, page, note="Mine", environment="sod")
    theirs = versions.Settings(redirect_uris=[], scopes=["crm:write"], capabilities=["mirroring"])
    versions.change(draft, theirs, note="Theirs", by=PersonFactory(), at=clock.now())

    told = client.post(page, mine)

    assert (told.status_code, TOLD in told.text) == (409, True)
    assert ("Capabilities", "Database mirroring") in told.context["now"]
    assert not Publication.objects.exists()
    draft.refresh_from_db()
    assert (draft.scopes, draft.note) == (["crm:write"], "Theirs")

    assert client.post(page, {**mine, "seen": told.context["seen"]}).status_code == 302
    draft.refresh_from_db()
    assert (draft.scopes, draft.capabilities, draft.note) == (["crm:read"], [], "Mine")
    assert Publication.objects.get().status == "published"


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"redirect_uris": "nonsense"}, 422, "redirect_uris"),
        ({"scopes": [], "note": "Typed"}, 409, "scopes"),
    ],
    ids=["an address that is none", "no scope"],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_is_saved(
    client: Client, draft: ApplicationVersion, wrong: dict[str, Any], status: int, field: str
) -> None:
    page = address_of("application_version", draft)

    answer = client.post(page, typed(client, page, environment="sod", **wrong))

    assert (answer.status_code, list(answer.context["form"].errors)) == (status, [field])
    draft.refresh_from_db()
    assert (draft.scopes, draft.note) == (["crm:read"], "")
    assert not Publication.objects.exists()
    assert History.objects.filter(verb="application.version_changed").count() == 1  # the fixture's


def test_a_locked_version_that_was_changed_meanwhile_is_not_published_unseen(
    client: Client, draft: ApplicationVersion
) -> None:
    """Rejected while the page stood open, it was a draft again."""
    asked = versions.submit(draft, Environment.STAGE, by=PersonFactory(), at=clock.now())
    seen = client.get(address_of("application_version", draft)).context["seen"]
    versions.reject(asked, reason="No", by=app_manager(), at=clock.now())
    theirs = versions.Settings(redirect_uris=[], scopes=["crm:write"], capabilities=[])
    versions.change(draft, theirs, note="", by=PersonFactory(), at=clock.now())

    posted = {"environment": "sod", "seen": seen}
    answer = client.post(address_of("submit_version", draft), posted, follow=True)

    assert TOLD in answer.text
    assert not Publication.objects.published().exists()


@pytest.mark.parametrize(("type_", "sends_back"), [("server", False), ("web", True)])
def test_a_locked_version_and_the_change_log_are_in_words(
    client: Client, maker: Membership, type_: str, sends_back: bool
) -> None:
    application = ApplicationFactory(owner=maker.organisation, unpublished=True, type=type_)
    version = application.versions.get()
    wanted = versions.Settings(
        redirect_uris=[], scopes=["crm:read"], capabilities=["system_user", "webhooks"]
    )
    version = versions.change(version, wanted, note="", by=maker.person, at=clock.now())
    versions.submit(version, Environment.SOD, by=maker.person, at=clock.now())

    locked = client.get(address_of("application_version", version)).text
    log = client.get(page("application_detail", application)).text

    assert "Read the CRM" in locked
    assert "crm:read" not in locked
    assert ("Redirect addresses" in locked) == sends_back
    assert "Capabilities: – → System user, Webhooks" in log
    assert "system_user" not in log
