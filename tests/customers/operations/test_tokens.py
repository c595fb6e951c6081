from __future__ import annotations

import datetime as dt

import pytest

from customers import history
from customers.models import History, OrganisationToken, OutgoingMail, Role, TokenScope
from customers.operations import tokens
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    OrganisationTokenFactory,
    PartnerAccessFactory,
    PersonFactory,
)

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=1)
IN_A_MONTH = AT + dt.timedelta(days=30)


def issue(**changed: object) -> tokens.IssuedToken:
    wanted: dict[str, object] = {
        "name": "Webshop",
        "scopes": [TokenScope.TENANTS_READ],
        "expires_at": IN_A_MONTH,
        "by": PersonFactory(),
        "at": AT,
    }
    return tokens.issue(OrganisationFactory(), **(wanted | changed))  # type: ignore[arg-type]


def test_the_secret_opens_until_it_expires() -> None:
    issued = issue()
    last = IN_A_MONTH - dt.timedelta(microseconds=1)

    assert tokens.recognise(issued.secret, at=last) == issued.token
    assert tokens.recognise(issued.secret, at=IN_A_MONTH) is None


def test_the_secret_is_kept_as_a_hash() -> None:
    issued = issue()

    kept = OrganisationToken.objects.values().get()
    assert issued.secret not in str(kept)
    assert issued.secret.startswith(kept["secret_start"])
    assert len(issued.secret) > 40


@pytest.mark.parametrize("secret", ["", "exo_guessed", "exs_of something else"])
def test_another_secret_opens_nothing(secret: str) -> None:
    issue()

    assert tokens.recognise(secret, at=AT) is None


def test_revoked_it_opens_nothing_at_once() -> None:
    issued = issue()

    tokens.revoke(issued.token, by=PersonFactory(), at=AT)

    assert tokens.recognise(issued.secret, at=AT) is None


def test_it_is_revoked_once() -> None:
    token = OrganisationTokenFactory(revoked=True)
    before = OrganisationToken.objects.values().get()

    with pytest.raises(tokens.TokenRevokedBefore):
        tokens.revoke(token, by=PersonFactory(), at=AT)

    assert OrganisationToken.objects.values().get() == before
    assert not History.objects.exists()


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        pytest.param({"scopes": []}, tokens.NoScope, id="no scope"),
        pytest.param({"expires_at": AT}, tokens.WrongExpiry, id="past"),
        pytest.param(
            {"expires_at": AT + dt.timedelta(days=367)}, tokens.WrongExpiry, id="over a year"
        ),
    ],
)
def test_what_is_refused_leaves_nothing(
    changed: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        issue(**changed)

    assert not OrganisationToken.objects.exists()
    assert not History.objects.exists()


def test_an_organisation_has_twenty_at_a_time() -> None:
    organisation, by = OrganisationFactory(), PersonFactory()
    OrganisationTokenFactory(organisation=organisation, revoked=True)
    OrganisationTokenFactory(organisation=organisation, made_at=AT - dt.timedelta(2), expires_at=AT)
    OrganisationTokenFactory()
    wanted = {"name": "Webshop", "scopes": [TokenScope.TENANTS_READ], "expires_at": IN_A_MONTH}
    for _each in range(tokens.MOST):
        last = tokens.issue(organisation, **wanted, by=by, at=AT).token  # type: ignore[arg-type]

    with pytest.raises(tokens.TooManyTokens):
        tokens.issue(organisation, **wanted, by=by, at=AT)  # type: ignore[arg-type]
    assert OrganisationToken.objects.of(organisation).live_at(AT).count() == 20

    tokens.revoke(last, by=by, at=AT)
    tokens.issue(organisation, **wanted, by=by, at=AT)  # type: ignore[arg-type]


def test_last_use_is_noted_to_the_minute() -> None:
    issued = issue()

    tokens.recognise(issued.secret, at=AT)
    tokens.recognise(issued.secret, at=AT + dt.timedelta(seconds=50))
    assert OrganisationToken.objects.get().last_used_at == AT

    tokens.recognise(issued.secret, at=AT + dt.timedelta(seconds=61))
    assert OrganisationToken.objects.get().last_used_at == AT + dt.timedelta(seconds=61)


def test_making_and_revoking_is_told_and_the_owners_get_a_letter() -> None:
    owner = MembershipFactory(person__language="nl")
    MembershipFactory(organisation=owner.organisation, role=Role.DEVELOPER)

    issued = tokens.issue(
        owner.organisation,
        name="Webshop",
        scopes=[TokenScope.INVOICES_READ],
        expires_at=IN_A_MONTH,
        by=owner.person,
        at=AT,
    )
    tokens.revoke(issued.token, by=owner.person, at=IN_A_MONTH)

    told = [(each.verb, each.actor) for each in History.objects.order_by("at")]
    assert told == [
        ("organisationtoken.made", owner.person),
        ("organisationtoken.revoked", owner.person),
    ]
    mail = OutgoingMail.objects.get()
    assert mail.to == owner.person.email
    assert "Webshop" in mail.subject
    assert issued.secret not in mail.body
    assert f"/organisations/{owner.organisation_id}/tokens/" in mail.body


class TestActor:
    def test_history_names_the_token_and_no_person(self) -> None:
        token = OrganisationTokenFactory()

        row = history.record(
            token.organisation, "x", organisation=token.organisation, by=token, at=AT
        )

        assert (row.actor_kind, row.actor, row.token) == ("token", None, token)
        assert row.on_behalf_of is None

    def test_a_partners_token_acts_on_behalf_of_the_customer(self) -> None:
        access = PartnerAccessFactory()
        token = OrganisationTokenFactory(organisation=access.partner)

        row = history.record(access.customer, "x", organisation=access.customer, by=token, at=AT)

        assert (row.token, row.on_behalf_of) == (token, access.customer)
