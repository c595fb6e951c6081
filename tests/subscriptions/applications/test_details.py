"""What an application is called and whom it tells, changed after it was registered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from customers.models import History, OutgoingMail, Person
from subscriptions.applications import details
from subscriptions.applications.deactivation import deactivate_unlicensed
from subscriptions.applications.details import Details
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    ApplicationType,
    Authorisation,
)
from tests.factories.customers import OrganisationFactory, PersonFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.subscriptions.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Person:
    person: Person = PersonFactory()
    return person


def details_of(application: Application) -> Details:
    return Details(
        kind=ApplicationKind(application.kind),
        type=ApplicationType(application.type),
        name=application.name,
        summary=application.summary,
        technical_contact=application.technical_contact,
        error_mails=application.error_mails,
        uninstall_mails=application.uninstall_mails,
    )


def test_whom_it_tells_changes_at_any_time_and_history_keeps_what_it_was(by: Person) -> None:
    application = ApplicationFactory()
    wanted = replace(
        details_of(application),
        technical_contact="new@example.com",
        error_mails=["errors@example.com"],
    )

    details.change(application, wanted, by=by, at=NOON)
    details.change(application, wanted, by=by, at=NOON)  # again: nothing more

    application.refresh_from_db()
    assert details_of(application) == wanted
    told = History.objects.get(verb="application.changed")
    assert (told.actor, told.at) == (by, NOON)
    assert told.details["from"] == {"technical_contact": "developer@example.com", "error_mails": []}
    assert told.details["to"]["error_mails"] == ["errors@example.com"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ApplicationKind.STANDARD},
        {"type": ApplicationType.SERVER},
        {"name": "Another name"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_it_is_can_be_corrected_until_it_is_published(
    wrong: dict[str, str], by: Person
) -> None:
    draft, published = ApplicationFactory(unpublished=True), ApplicationFactory()
    before = details_of(published)

    corrected = details.change(draft, replace(details_of(draft), **wrong), by=by, at=NOON)  # type: ignore[arg-type]
    with pytest.raises(details.PublishedBefore):
        details.change(published, replace(before, **wrong), by=by, at=NOON)  # type: ignore[arg-type]

    assert details_of(corrected) == replace(details_of(corrected), **wrong)  # type: ignore[arg-type]
    published.refresh_from_db()
    assert details_of(published) == before
    assert History.objects.filter(verb="application.changed").count() == 1


def test_no_name_is_registered_twice(by: Person) -> None:
    owner = OrganisationFactory()
    new: dict[str, Any] = {
        "kind": ApplicationKind.CUSTOM,
        "technical_contact": "dev@example.com",
        "by": by,
        "at": NOON,
    }
    details.register(owner, name="Webshop sync", **new)

    with pytest.raises(details.NameTaken):
        details.register(owner, name="webshop SYNC", **new)

    assert Application.objects.count() == 1


def test_no_two_of_an_owner_have_one_name(by: Person) -> None:
    first = ApplicationFactory(name="Webshop sync")
    draft = ApplicationFactory(owner=first.owner, unpublished=True)

    with pytest.raises(details.NameTaken):
        details.change(draft, replace(details_of(draft), name="WEBSHOP sync"), by=by, at=NOON)


def test_those_who_hear_of_errors_are_written_to_once_in_their_own_language(by: Person) -> None:
    PersonFactory(email="fouten@example.com", language="nl")
    AuthorisationFactory(
        active=True,
        application__error_mails=["Fouten@example.com", "developer@example.com"],
        application__uninstall_mails=["gone@example.com"],
        application__owner__language="en",
    )
    authorisation = AuthorisationFactory._meta.model.objects.get()

    for _time in range(2):
        deactivate_unlicensed(
            authorisation.tenant,
            products=["development-tools"],
            why=Authorisation.Deactivation.LICENCE_ENDED,
            restore_days=30,
            by=by,
            at=NOON,
            recorded_at=NOON,
        )

    letters = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(letters) == {"Fouten@example.com", "developer@example.com"}
    assert OutgoingMail.objects.count() == 2
    assert "has ended" in letters["developer@example.com"].body
    assert "gestopt" in letters["Fouten@example.com"].subject
