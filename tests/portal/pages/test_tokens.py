from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from customers.models import Organisation, OrganisationToken, Role, TokenScope
from customers.operations import tokens
from tests.factories.customers import OrganisationTokenFactory
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Person


def test_a_token_is_made_and_its_secret_shown_once(
    signed_in: Client, page: Callable[..., str], customer: Organisation
) -> None:
    wanted = {"name": "Webshop", "scopes": ["tenants:read", "invoices:read"], "days": "90"}

    made = signed_in.post(page("token_make"), wanted)
    listed = signed_in.get(page("token_list")).content.decode()

    token = OrganisationToken.objects.get()
    [secret] = [part for part in made.content.decode().split('"') if part.startswith("exo_")]
    assert tokens.recognise(secret, at=NOON) == token
    assert (token.organisation, token.scopes) == (customer, ["invoices:read", "tenants:read"])
    assert (token.expires_at - NOON).days == 90
    assert made.headers["Cache-Control"] == "no-store, private"
    assert secret not in listed
    assert "Webshop" in listed
    assert f"{secret[:8]}…" in listed


def test_a_second_click_makes_none_whose_secret_nobody_sees(
    signed_in: Client, page: Callable[..., str]
) -> None:
    seen = signed_in.get(page("token_make")).context["seen"]
    wanted = {"name": "Webshop", "scopes": ["tenants:read"], "days": "90", "seen": seen}
    signed_in.post(page("token_make"), wanted)

    told = signed_in.post(page("token_make"), wanted)

    assert told.status_code == 409
    assert "If nobody has copied its secret, revoke it" in told.content.decode()
    assert OrganisationToken.objects.count() == 1

    again = signed_in.post(page("token_make"), wanted | {"seen": told.context["seen"]})
    assert again.status_code == 200
    assert OrganisationToken.objects.count() == 2


def test_a_developer_hands_on_no_more_than_they_may_themselves(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Callable[..., str],
) -> None:
    developer = browser_of(member_of(Role.DEVELOPER))

    html = developer.get(page("token_make")).content.decode()
    refused = developer.post(
        page("token_make"), {"name": "x", "scopes": ["subscriptions:write"], "days": "90"}
    )

    assert "tenants:read" in html
    assert "applications:write" in html
    assert "usage:read" in html
    for scope in (
        TokenScope.SUBSCRIPTIONS_WRITE,
        TokenScope.AUTHORISATIONS_REVOKE,  # a developer gives no yes, so takes none back
        TokenScope.INVOICES_READ,
    ):
        assert scope not in html
    assert refused.status_code == 422
    assert not OrganisationToken.objects.exists()


@pytest.mark.parametrize(
    "wanted", [{"name": "", "days": "90"}, {"name": "x", "scopes": ["tenants:read"], "days": "9"}]
)
def test_what_is_not_filled_in_well_is_asked_again(
    signed_in: Client, page: Callable[..., str], wanted: dict[str, Any]
) -> None:
    assert signed_in.post(page("token_make"), wanted).status_code == 422
    assert not OrganisationToken.objects.exists()


def test_one_too_many_is_refused_above_what_was_typed(
    signed_in: Client, page: Callable[..., str], customer: Organisation
) -> None:
    OrganisationTokenFactory.create_batch(tokens.MOST, organisation=customer)

    wanted = {"name": "Webshop", "scopes": ["tenants:read"], "days": "90"}
    refused = signed_in.post(page("token_make"), wanted)

    assert refused.status_code == 409
    assert "Revoke one first." in refused.content.decode()
    assert 'value="Webshop"' in refused.content.decode()
    assert OrganisationToken.objects.count() == tokens.MOST


def test_before_it_is_revoked_the_page_says_what_stops(
    signed_in: Client, page: Callable[..., str], customer: Organisation
) -> None:
    token = OrganisationTokenFactory(
        organisation=customer, name="Webshop", scopes=[TokenScope.INVOICES_READ]
    )

    asked = signed_in.get(page("token_revoke", token.pk)).content.decode()

    for text in ("Webshop", str(TokenScope.INVOICES_READ.label), "Never", "is refused at once"):
        assert text in asked
    token.refresh_from_db()
    assert token.revoked_at is None


def test_it_is_revoked_once(
    signed_in: Client, page: Callable[..., str], customer: Organisation
) -> None:
    token = OrganisationTokenFactory(organisation=customer)

    for _click in range(2):
        response = signed_in.post(page("token_revoke", token.pk), follow=True)
        assert response.status_code == 200

    token.refresh_from_db()
    assert token.revoked_at == NOON
    html = response.content.decode()
    assert "This token was revoked before." in html
    assert page("token_revoke", token.pk) not in html


def test_the_activity_says_which_token_did_it(
    signed_in: Client, page: Callable[..., str], customer: Organisation
) -> None:
    from django.db import transaction

    from customers import history

    token = OrganisationTokenFactory(organisation=customer, name="Webshop")
    with transaction.atomic():
        history.record(customer, "billing.held", organisation=customer, by=token, at=NOON)

    html = signed_in.get(page("activity")).content.decode()

    assert "API token Webshop of Voorbeeld B.V." in html


def test_a_token_whose_maker_left_is_shown_until_it_is_revoked(
    signed_in: Client, page: Callable[..., str], customer: Organisation, owner: Person
) -> None:
    stays = OrganisationTokenFactory(organisation=customer, name="Stays", made_by=owner)
    orphan = OrganisationTokenFactory(organisation=customer, name="Nightly export")
    notice = "Whoever made these tokens has left"

    shown = signed_in.get(page("token_list"))

    assert notice in shown.content.decode()
    assert shown.context["orphaned"] == ["Nightly export"]
    signed_in.post(page("token_revoke", orphan.pk))
    assert notice not in signed_in.get(page("token_list")).content.decode()
    assert stays.revoked_at is None


def test_a_token_that_may_more_than_its_maker_is_marked_and_works_as_before(
    signed_in: Client,
    member_of: Callable[[Role], Person],
    page: Callable[..., str],
    customer: Organisation,
    owner: Person,
) -> None:
    developer = member_of(Role.DEVELOPER)
    within = [TokenScope.TENANTS_READ]
    OrganisationTokenFactory(organisation=customer, name="Of the owner", made_by=owner)
    OrganisationTokenFactory(
        organisation=customer, name="Within", made_by=developer, scopes=[*within]
    )
    issued = tokens.issue(
        customer,
        name="Nightly bills",
        scopes=[*within, TokenScope.INVOICES_READ],  # made while they were an owner
        expires_at=NOON + dt.timedelta(days=30),
        by=developer,
        at=NOON,
    )

    shown = signed_in.get(page("token_list"))
    used = Client(headers={"authorization": f"Bearer {issued.secret}"}).get("/api/v1/invoices")

    assert shown.context["may_more"] == ["Nightly bills"]
    assert shown.content.decode().count("Works; may do more than its maker") == 1
    assert used.status_code == 200
    signed_in.post(page("token_revoke", issued.token.pk))
    assert signed_in.get(page("token_list")).context["may_more"] == []
