"""Cancelling a sandbox: what becomes of the tenant that came with it, and what is on it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import History, OutgoingMail, Tenant, TenantState
from subscriptions.applications.availability import availability
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.operations import cancellations, orders, suspensions
from subscriptions.operations.cancellations import (
    CancelWhen,
    ConsequencesChanged,
    cancel,
    consequences,
)
from subscriptions.operations.sandboxes import SetUp
from subscriptions.operations.tenants import change_state
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, next_version, sell_mirroring
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person
    from subscriptions.models import Subscription
    from subscriptions.operations.cancellations import LeftSandbox

LATER = NOON + dt.timedelta(hours=1)
MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
MADE = SetUp(identifier="Cust34506", crm_version="10.4.1")


def ordered(tenant: Tenant, product: str, owner: Person, **quantities: int) -> Subscription:
    return orders.subscribe(
        tenant.organisation,
        product_code=product,
        tenant=tenant,
        quantities=quantities,
        by=owner,
        at=NOON,
    )


@pytest.fixture
def paid(tenant: Tenant, owner: Person, sales: Person) -> Subscription:
    """A sandbox of the tenant, which is there."""
    owner.language = "en"
    owner.save()
    order = ordered(tenant, SANDBOX, owner, **{"sales-premium": 3})
    return orders.confirm(order, set_up=MADE, by=sales, at=NOON)


@pytest.fixture
def sandbox(paid: Subscription) -> Tenant:
    assert paid.delivered_tenant is not None
    return paid.delivered_tenant


@pytest.fixture
def tools(sandbox: Tenant, owner: Person) -> Subscription:
    """What was ordered for the sandbox itself."""
    return ordered(sandbox, DEVELOPMENT_TOOLS, owner)


def left(paid: Subscription, when: CancelWhen = CancelWhen.MONTH_END) -> LeftSandbox:
    found = consequences(paid, when=when, at=LATER).sandbox
    assert found is not None
    return found


def is_available(authorisation: Authorisation) -> bool:
    return availability(Authorisation.objects.get(pk=authorisation.pk), LATER).available


def with_sandbox(paid: Subscription, when: CancelWhen, by: Person) -> Subscription:
    read = consequences(paid, when=when, at=LATER)
    return cancel(
        paid,
        when=when,
        confirmed=read.fingerprint,
        with_sandbox=True,
        reason="Not needed",
        by=by,
        at=LATER,
    )


def test_what_is_on_the_sandbox_is_named(
    paid: Subscription, sandbox: Tenant, tools: Subscription, tenant: Tenant, owner: Person
) -> None:
    ordered(tenant, DEVELOPMENT_TOOLS, owner)
    AuthorisationFactory(active=True, tenant=tenant, application__name="In production")
    AuthorisationFactory(tenant=sandbox, application__name="Not let in")
    AuthorisationFactory(active=True, tenant=sandbox, application__name="Webshop sync")

    found = consequences(paid, when=CancelWhen.MONTH_END, at=LATER)

    assert found.sandbox is not None
    assert found.sandbox.tenant == sandbox
    assert [each.subscription for each in found.sandbox.own] == [tools]
    assert [each.application.name for each in found.stopping] == ["Webshop sync"]
    assert found.applications == ()  # in production everything works on


def test_what_brings_no_tenant_leaves_none(tools: Subscription) -> None:
    assert consequences(tools, when=CancelWhen.NOW, at=LATER).sandbox is None


def test_a_sandbox_that_is_gone_is_not_left(
    paid: Subscription, sandbox: Tenant, tenant: Tenant
) -> None:
    change_state(TenantFactory(sandbox=True), TenantState.DELETED, by=PLATFORM, at=NOON)
    assert left(paid).tenant == sandbox
    sandbox.state = TenantState.DELETED
    sandbox.save()
    paid.refresh_from_db()

    assert consequences(paid, when=CancelWhen.MONTH_END, at=LATER).sandbox is None


@pytest.mark.parametrize("what", ["ordered", "let in", "cancelled", "suspended"])
def test_what_changes_on_the_sandbox_is_read_again(
    paid: Subscription, tools: Subscription, sandbox: Tenant, owner: Person, what: str
) -> None:
    sell_mirroring()
    read = consequences(paid, when=CancelWhen.MONTH_END, at=LATER)
    if what == "ordered":
        ordered(sandbox, "database-mirroring", owner)
    elif what == "let in":
        AuthorisationFactory(active=True, tenant=sandbox)
    elif what == "cancelled":
        cancel_as_read(tools, CancelWhen.MONTH_END, at=NOON)
    else:
        suspensions.suspend(tools, reason="Unpaid", by=owner, at=NOON)

    with pytest.raises(ConsequencesChanged):
        cancel(paid, when=read.when, confirmed=read.fingerprint, by=owner, at=LATER)

    paid.refresh_from_db()
    assert paid.ends_at is None


def test_without_being_asked_what_it_has_of_its_own_goes_on(
    paid: Subscription, tools: Subscription
) -> None:
    cancel_as_read(paid, CancelWhen.MONTH_END, at=LATER)

    tools.refresh_from_db()
    assert (tools.status, tools.ends_at) == (Status.ACTIVE, None)
    letter = OutgoingMail.objects.latest("pk").body
    assert "goes on, and is charged, until you cancel it or the sandbox is deleted" in letter


def test_it_ends_with_the_sandbox_at_the_end_of_the_month(
    paid: Subscription, tools: Subscription, owner: Person
) -> None:
    done = with_sandbox(paid, CancelWhen.MONTH_END, owner)

    tools.refresh_from_db()
    assert done.ends_at == tools.ends_at == MONTH_END
    assert tools.cancel_reason == "Not needed"
    told = History.objects.filter(verb="subscription.cancelled").order_by("pk")
    assert [each.subject_id for each in told] == [tools.pk, paid.pk]
    assert "goes on, and is charged" not in OutgoingMail.objects.latest("pk").body


def test_it_ends_with_the_sandbox_at_once(
    paid: Subscription, tools: Subscription, sandbox: Tenant, owner: Person
) -> None:
    let_in = AuthorisationFactory(active=True, tenant=sandbox)

    done = with_sandbox(paid, CancelWhen.NOW, owner)

    tools.refresh_from_db()
    let_in.refresh_from_db()
    assert (done.status, tools.status) == (Status.ENDED, Status.ENDED)
    assert let_in.status == AuthorisationStatus.DEACTIVATED
    sandbox.refresh_from_db()
    assert sandbox.state == TenantState.RUNNING  # the platform says when it goes


@pytest.mark.parametrize("state", [TenantState.DELETED, TenantState.SUSPENDED])
def test_what_works_in_it_works_until_the_platform_takes_it_away(
    paid: Subscription, tools: Subscription, sandbox: Tenant, owner: Person, state: TenantState
) -> None:
    """The platform is the authority on which tenants there are (docs/decisions/0029)."""
    let_in = AuthorisationFactory(active=True, tenant=sandbox, application__name="Webshop sync")

    cancel_as_read(paid, CancelWhen.NOW, at=LATER)

    assert is_available(let_in)
    letter = OutgoingMail.objects.get(to=owner.email, subject__contains="has ended").body
    assert f"The platform takes {sandbox.label} away; we are told when that is done." in letter
    assert "Until then the applications that work in it go on as long as they have" in letter

    change_state(sandbox, state, by=PLATFORM, at=LATER)

    assert not is_available(let_in)


def test_the_letter_of_the_cancellation_says_so_too(paid: Subscription, sandbox: Tenant) -> None:
    cancel_as_read(paid, CancelWhen.MONTH_END, at=LATER)

    letter = OutgoingMail.objects.latest("pk").body
    assert f"After that the platform takes {sandbox.label} away" in letter
    assert "Until it is, the applications that work in it go on as long as they have" in letter


def test_suspended_it_stops_when_the_platform_suspends_it(
    paid: Subscription, tools: Subscription, sandbox: Tenant, sales: Person, owner: Person
) -> None:
    let_in = AuthorisationFactory(active=True, tenant=sandbox)

    suspensions.suspend(paid, reason="Unpaid", by=sales, at=LATER)

    assert is_available(let_in)
    letter = OutgoingMail.objects.filter(to=owner.email).latest("pk").body
    said = (
        f"{sandbox.label} and the applications that work in it stop when the platform suspends it"
    )
    assert said in letter

    change_state(sandbox, TenantState.SUSPENDED, by=PLATFORM, at=LATER)

    assert not is_available(let_in)


@pytest.mark.parametrize("state", [TenantState.SUSPENDED, TenantState.DELETED])
def test_of_a_sandbox_that_stands_still_it_is_not_said_that_it_will(
    paid: Subscription, sandbox: Tenant, sales: Person, owner: Person, state: TenantState
) -> None:
    # Deleted in the database alone: told by the platform, its subscription would have ended.
    Tenant.objects.filter(pk=sandbox.pk).update(state=state)

    suspensions.suspend(paid, reason="Unpaid", by=sales, at=LATER)

    letter = OutgoingMail.objects.filter(to=owner.email, subject__contains="is suspended").get()
    assert "the platform suspends it" not in letter.body


def test_both_are_cancelled_or_neither(
    paid: Subscription, tools: Subscription, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry_out = cancellations._carry_out

    def fails_at_the_last(found: cancellations.Consequences, **options: object) -> Subscription:
        if found.subscription == paid:
            raise RuntimeError
        return carry_out(found, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(cancellations, "_carry_out", fails_at_the_last)

    with pytest.raises(RuntimeError):
        with_sandbox(paid, CancelWhen.MONTH_END, owner)

    tools.refresh_from_db()
    assert tools.ends_at is None


@pytest.mark.parametrize(
    ("of_sandbox", "of_tools", "when", "ends_at"),
    [
        pytest.param({}, {}, CancelWhen.MONTH_END, MONTH_END, id="together"),
        pytest.param(
            {},
            {"notice_days": 30},
            CancelWhen.MONTH_END,
            dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC),
            id="later, by its own notice",
        ),
        pytest.param(
            {"notice_days": 40},
            {},
            CancelWhen.MONTH_END,
            dt.datetime(2027, 1, 31, 23, tzinfo=dt.UTC),
            id="not before the sandbox",
        ),
        pytest.param(
            {},
            {"cancel_now": False},
            CancelWhen.NOW,
            MONTH_END,
            id="what cannot end now ends with the month",
        ),
        pytest.param(
            {},
            {"cancel_at_month_end": False},
            CancelWhen.MONTH_END,
            None,
            id="what can only end now goes on",
        ),
    ],
)
def test_each_ends_as_its_own_product_allows(
    shop: None,
    tenant: Tenant,
    owner: Person,
    sales: Person,
    of_sandbox: dict[str, object],
    of_tools: dict[str, object],
    when: CancelWhen,
    ends_at: dt.datetime | None,
) -> None:
    next_version(SANDBOX, policies={"needs_confirmation": True} | of_sandbox)
    next_version(DEVELOPMENT_TOOLS, policies=of_tools)
    order = ordered(tenant, SANDBOX, owner, **{"sales-premium": 3})
    paid = orders.confirm(order, set_up=MADE, by=sales, at=NOON)
    assert paid.delivered_tenant is not None
    tools = ordered(paid.delivered_tenant, DEVELOPMENT_TOOLS, owner)
    [said] = left(paid, when).own

    with_sandbox(paid, when, owner)

    tools.refresh_from_db()
    assert tools.ends_at == ends_at
    assert (said.ending.ends_at if said.ending else None) == ends_at


def test_what_has_an_end_already_keeps_it(
    paid: Subscription, tools: Subscription, owner: Person
) -> None:
    cancel_as_read(tools, CancelWhen.MONTH_END, at=NOON)
    [own] = left(paid).own
    assert own.ending is None

    with_sandbox(paid, CancelWhen.MONTH_END, owner)

    assert History.objects.filter(verb="subscription.cancelled", subject_id=tools.pk).count() == 1


def test_an_order_that_waits_is_named_and_left(
    paid: Subscription, sandbox: Tenant, customer: Organisation, owner: Person
) -> None:
    sell_mirroring()
    next_version("database-mirroring", policies={"needs_confirmation": True})
    waiting = ordered(sandbox, "database-mirroring", owner)

    [own] = left(paid).own
    with_sandbox(paid, CancelWhen.MONTH_END, owner)

    assert (own.subscription, own.ending) == (waiting, None)
    waiting.refresh_from_db()
    assert waiting.status == Status.REQUESTED
