"""What was let in before mirroring needed a licence of its own is stopped as an end would do it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from allauth.idp.oidc.models import Token
from django.db import transaction

from billing.invariants import applications as invariant
from customers.models import Environment, History, OutgoingMail
from subscriptions.applications import credentials, tokens
from subscriptions.applications.models import IssuedToken
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations import orders, suspensions
from subscriptions.operations.unlicensed import stop_unlicensed
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import Fact, FactType
from tests.factories.customers import MembershipFactory, PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, MIRRORING, sell_mirroring
from tests.factories.subscriptions import AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BEFORE = NOON - 2 * DAY


@pytest.fixture(autouse=True)
def _mirroring_is_sold(shop: None) -> None:
    sell_mirroring()


def order(tenant: Tenant, product: str, at: dt.datetime = NOON) -> Subscription:
    return orders.subscribe(
        tenant.organisation, product_code=product, tenant=tenant, by=PersonFactory(), at=at
    )


def let_in(tenant: Tenant, *agreed: str, name: str) -> Authorisation:
    return AuthorisationFactory(
        active=True,
        tenant=tenant,
        application__name=name,
        application__version__capabilities=list(agreed),
        agreed_capabilities=list(agreed),
    )


def breaches(at: dt.datetime) -> list[str]:
    return list(invariant.check(at=at))


@pytest.fixture
def copy(tenant: Tenant) -> Authorisation:
    """Mirrors since before that needed more than Development Tools; the platform was told of it."""
    order(tenant, DEVELOPMENT_TOOLS, BEFORE)
    mirroring = order(tenant, MIRRORING, BEFORE)
    copy = let_in(tenant, "mirroring", name="BI copy")
    with transaction.atomic():
        facts.tell([tenant.pk], at=BEFORE)
    # As if it had never been needed: nobody was told, and nothing was stopped.
    Subscription.objects.filter(pk=mirroring.pk).update(
        status=Status.ENDED, cancelled_at=BEFORE, ends_at=BEFORE + HOUR
    )
    return copy


def test_status_tokens_history_letters_and_platform_agree(
    copy: Authorisation, tenant: Tenant, owner: Person
) -> None:
    maker = MembershipFactory(
        organisation=copy.application.owner, person__email=copy.application.technical_contact
    ).person
    sync = let_in(tenant, name="Webshop sync")
    issued = credentials.create(copy.application, Environment.PRODUCTION, by=maker, at=NOON)
    secret = credentials.recognise(issued.credential.client_id, issued.secret, at=NOON)
    assert secret
    assert breaches(NOON) == [f"authorisation {copy.pk} on tenant {tenant.pk}: {MIRRORING}"]
    with (
        pytest.raises(tokens.Refused),
        transaction.atomic(),
    ):  # judged as it is, whatever the row says
        tokens.issue(secret, tenant=tenant.identifier, value="ext_x", scopes=[], now=lambda: NOON)
    from_before = Token.objects.create(
        type=Token.Type.ACCESS_TOKEN,
        hash=tokens.hash_of("ext_y"),
        client=issued.credential.client,
        created_at=NOON,
        expires_at=NOON + 2 * DAY,
    )
    IssuedToken.objects.create(token=from_before, authorisation=copy, secret=secret)

    made = [stop_unlicensed(at=NOON + DAY) for _run in range(2)]

    assert made == [1, 0]
    copy.refresh_from_db()
    sync.refresh_from_db()
    assert (copy.status, copy.deactivation) == ("deactivated", "needs_more")
    assert (copy.closed_at, copy.restore_until) == (NOON + DAY, NOON + 31 * DAY)
    assert sync.status == "active"
    assert not Token.objects.exists()
    told = History.objects.get(verb="authorisation.deactivated")
    assert (told.subject_id, told.at) == (copy.pk, NOON + DAY)
    fact = Fact.objects.filter(type=FactType.APPLICATION_DEACTIVATED).get()
    assert fact.tenant_id == tenant.pk
    for to in (owner.email, maker.email):
        letter = OutgoingMail.objects.get(to=to, subject="BI copy has stopped on a tenant")
        assert "there is no subscription to Database Mirroring there" in letter.body
    assert breaches(NOON + DAY) == []


def test_it_comes_back_with_the_subscription(copy: Authorisation, tenant: Tenant) -> None:
    stop_unlicensed(at=NOON)

    order(tenant, MIRRORING, NOON + DAY)

    copy.refresh_from_db()
    assert copy.status == "active"


def test_a_suspension_from_before_does_not_keep_the_door_open(
    copy: Authorisation, tenant: Tenant, sales: Person
) -> None:
    """Only who agreed while it was suspended has waited for it."""
    tools = Subscription.objects.get(tenant=tenant, product__code=DEVELOPMENT_TOOLS)
    suspensions.suspend(tools, reason="Unpaid", by=sales, at=NOON)
    stop_unlicensed(at=NOON + DAY)
    order(tenant, MIRRORING, NOON + 40 * DAY)

    suspensions.resume(tools, reason="Paid", by=sales, at=NOON + 50 * DAY)

    copy.refresh_from_db()
    assert copy.status == "requested"  # once more


def test_what_is_suspended_stays(copy: Authorisation, tenant: Tenant, sales: Person) -> None:
    mirroring = order(tenant, MIRRORING)
    suspensions.suspend(mirroring, reason="Unpaid", by=sales, at=NOON)

    assert stop_unlicensed(at=NOON + DAY) == 0

    copy.refresh_from_db()
    assert copy.status == "active"


def test_one_tenant_that_fails_stops_no_other(
    copy: Authorisation, customer: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = TenantFactory(organisation=customer)
    order(second, DEVELOPMENT_TOOLS)
    let_in(second, "mirroring", name="BI copy")
    patched = "subscriptions.operations.unlicensed.facts.tell"

    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as here:
        here.setattr(patched, fails)
        assert stop_unlicensed(at=NOON) == 0
    copy.refresh_from_db()
    assert copy.status == "active"  # all of it or nothing

    assert stop_unlicensed(at=NOON) == 2
