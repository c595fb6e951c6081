"""The day until which an application is let in, changed on its page and in the back office."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import Duty, Role
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.periods import end_of
from subscriptions.queries import zone_of
from tests.factories.customers import MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Membership, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Membership:
    open_shop()
    return MembershipFactory(organisation=OrganisationFactory(dutch=True), role=Role.OWNER)


@pytest.fixture
def let_in(owner: Membership) -> Authorisation:
    return AuthorisationFactory(
        active=True,
        tenant__organisation=owner.organisation,
        application__standard=True,
        valid_until=end_of(day(30), zone_of(owner.organisation)),
    )


def day(ahead: int) -> dt.date:
    return clock.now().date() + dt.timedelta(days=ahead)


def typed(until: dt.date | str, reason: str = "On trial") -> dict[str, str]:
    return {"end-valid_until": str(until), "end-reason": reason}


def page_of(authorisation: Authorisation, membership: Membership) -> str:
    name = "pages:authorisation_detail"
    return reverse(name, args=[membership.organisation.pk, authorisation.pk])


def test_the_customer_changes_the_day_and_reads_from_what_to_what(
    client: Client, owner: Membership, let_in: Authorisation
) -> None:
    client.force_login(owner.person)
    page = page_of(let_in, owner)
    assert f'value="{day(30)}"' in client.get(page).content.decode()

    answer = client.post(f"{page}end/", typed(day(3)), follow=True)

    let_in.refresh_from_db()
    assert let_in.valid_until == end_of(day(3), zone_of(owner.organisation))
    html = answer.content.decode()
    assert "On trial. " in html
    assert " → " in html

    client.post(f"{page}end/", typed(""))
    let_in.refresh_from_db()
    assert let_in.valid_until is None
    assert "→ Without end" in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        pytest.param({}, "It is let in until", id="it is"),
        pytest.param({"valid_until": None}, "It is let in for as long as", id="it is, for good"),
        pytest.param(
            {"valid_until": None, "status": AuthorisationStatus.CONFIRMED},
            "Once let in, it is so for as long as nobody revokes it.",
            id="it waits, for good",
        ),
        pytest.param(
            {"status": AuthorisationStatus.CONFIRMED},
            "Once let in, it is so until",
            id="it waits, until a day",
        ),
    ],
)
def test_what_is_not_let_in_yet_is_not_said_to_be(
    client: Client, owner: Membership, let_in: Authorisation, how: dict[str, object], said: str
) -> None:
    Authorisation.objects.filter(pk=let_in.pk).update(**how)
    client.force_login(owner.person)

    html = client.get(page_of(let_in, owner)).text

    assert said in html
    assert ("It is let in" in html) == said.startswith("It is")


@pytest.mark.parametrize(
    ("until", "reason", "status"),
    [
        pytest.param(-1, "On trial", 409, id="a day that is over"),
        pytest.param(3, "", 422, id="without a reason"),
    ],
)
def test_what_is_refused_is_said_beside_what_was_typed(
    client: Client,
    owner: Membership,
    let_in: Authorisation,
    until: int,
    reason: str,
    status: int,
) -> None:
    client.force_login(owner.person)
    before = let_in.valid_until

    answer = client.post(f"{page_of(let_in, owner)}end/", typed(day(until), reason))

    assert answer.status_code == status
    assert f'value="{day(until)}"' in answer.content.decode()
    let_in.refresh_from_db()
    assert let_in.valid_until == before


@pytest.mark.parametrize("decision", ["approve", "confirm"])
def test_who_lets_it_in_until_a_day_that_is_over_keeps_what_was_typed(
    client: Client, owner: Membership, decision: str
) -> None:
    asked = AuthorisationFactory(
        tenant__organisation=owner.organisation, application__standard=decision == "approve"
    )
    client.force_login(owner.person)
    page = page_of(asked, owner)
    read = client.get(page).context["read"]

    answer = client.post(
        page,
        {"decision": decision, "read": read, "valid_until": str(day(-1)), "reason": "On trial"},
    )

    html = answer.content.decode()
    assert answer.status_code == 409
    assert f'value="{day(-1)}"' in html
    assert "On trial" in html
    asked.refresh_from_db()
    assert asked.status == AuthorisationStatus.REQUESTED


@pytest.mark.parametrize("decision", ["approve", "confirm"])
def test_who_lets_in_what_asks_for_more_by_now_keeps_what_was_typed_and_reads_it(
    client: Client, owner: Membership, decision: str
) -> None:
    asked = AuthorisationFactory(
        tenant__organisation=owner.organisation,
        application__standard=decision == "approve",
        application__version__capabilities=["system_user"],
    )
    client.force_login(owner.person)
    page = page_of(asked, owner)
    typed_in = {"decision": decision, "valid_until": str(day(30)), "reason": "On trial"}

    answer = client.post(page, typed_in | {"read": "of before"})

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "What this application may do has changed. Please read it again." in html
    assert f'value="{day(30)}"' in html
    assert "On trial" in html
    asked.refresh_from_db()
    assert asked.status == AuthorisationStatus.REQUESTED

    client.post(page, typed_in | {"read": answer.context["read"]})
    asked.refresh_from_db()
    assert asked.valid_until == end_of(day(30), zone_of(owner.organisation))


@pytest.mark.parametrize("ahead", [pytest.param(60, id="later"), pytest.param(-1, id="over")])
def test_staff_keep_what_they_typed_of_a_day_that_is_refused(
    client: Client, let_in: Authorisation, app_manager: Person, ahead: int
) -> None:
    client.force_login(app_manager)
    address = reverse("backoffice:bring_forward", args=[let_in.pk])
    before = let_in.valid_until

    answer = client.post(address, typed(day(ahead), "Their trial is over"))

    html = answer.content.decode()
    assert answer.status_code == 409
    assert f'value="{day(ahead)}"' in html
    assert "Their trial is over" in html
    assert answer.context["end_form"].has_error("valid_until")
    let_in.refresh_from_db()
    assert let_in.valid_until == before


def test_who_agrees_again_keeps_the_day_unless_it_is_typed_over(
    client: Client, owner: Membership, let_in: Authorisation
) -> None:
    before = let_in.valid_until
    Authorisation.objects.update(status=AuthorisationStatus.NEEDS_REAPPROVAL)
    client.force_login(owner.person)
    page = page_of(let_in, owner)

    shown = client.get(page).context
    typed_in = {"valid_until": str(shown["form"]["valid_until"].value()), "read": shown["read"]}
    client.post(page, {"decision": "approve", **typed_in})

    let_in.refresh_from_db()
    assert (let_in.status, let_in.valid_until) == (AuthorisationStatus.ACTIVE, before)


def test_a_day_that_is_over_is_not_offered_again(
    client: Client, owner: Membership, let_in: Authorisation
) -> None:
    Authorisation.objects.update(
        status=AuthorisationStatus.REQUESTED, valid_until=clock.now() - dt.timedelta(days=1)
    )
    client.force_login(owner.person)

    form = client.get(page_of(let_in, owner)).context["form"]

    assert form["valid_until"].value() is None


def test_the_last_day_that_there_is_has_none_after_it(
    client: Client, owner: Membership, let_in: Authorisation, app_manager: Person
) -> None:
    page = page_of(let_in, owner)
    last = dt.date.max
    before = let_in.valid_until

    client.force_login(owner.person)
    assert client.post(f"{page}end/", typed(last)).status_code == 422
    decision = {"decision": "approve", "valid_until": str(last)}
    assert client.post(page, decision).status_code == 422
    client.force_login(app_manager)
    address = reverse("backoffice:bring_forward", args=[let_in.pk])
    assert client.post(address, typed(last)).status_code == 422

    let_in.refresh_from_db()
    assert let_in.valid_until == before


def test_who_built_it_reads_the_day_and_has_no_form(
    client: Client, owner: Membership, let_in: Authorisation
) -> None:
    builder = MembershipFactory(organisation=let_in.application.owner, role=Role.OWNER)
    client.force_login(builder.person)
    page = page_of(let_in, builder)

    answer = client.post(f"{page}end/", typed(day(3)), follow=True)

    html = answer.content.decode()
    assert "Only an owner or a tenant administrator of the customer itself can approve" in html
    assert 'name="end-valid_until"' not in html
    before = let_in.valid_until
    let_in.refresh_from_db()
    assert let_in.valid_until == before


@pytest.fixture
def app_manager() -> Person:
    return PersonFactory(staff=True, duties=[Duty.APP_MANAGER])


def test_staff_bring_it_forward_only(
    client: Client, owner: Membership, let_in: Authorisation, app_manager: Person
) -> None:
    client.force_login(app_manager)
    address = reverse("backoffice:bring_forward", args=[let_in.pk])

    later = client.post(address, typed(day(60)), follow=True)
    assert "The customer gives more time." in later.content.decode()
    assert client.post(address, typed("")).status_code == 422

    sooner = client.post(address, typed(day(3)), follow=True)
    assert "Brought forward" in sooner.content.decode()
    let_in.refresh_from_db()
    assert let_in.valid_until == end_of(day(3), zone_of(owner.organisation))
