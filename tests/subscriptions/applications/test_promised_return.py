"""So long as was promised when it stopped, whatever the product says by the time it comes back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from catalog.decisions import decide_policies
from catalog.policies import Policies
from catalog.queries import current_version
from customers.models import Duty, Environment, History, OutgoingMail
from portal.pages.presenters.applications import state
from subscriptions import queries
from subscriptions.applications import operations, versions
from subscriptions.applications.coming_back import can_do_more
from subscriptions.applications.counted import asking
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, consequences
from subscriptions.operations.endings import end_due
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, MIRRORING, sell_mirroring
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Application, Authorisation
    from subscriptions.models import Subscription

DAY = dt.timedelta(days=1)


@pytest.fixture
def stopped(tenant: Tenant, subscription: Subscription, owner: Person) -> Authorisation:
    """Promised 30 days; then staff decide about another number of days."""
    stopped = AuthorisationFactory(active=True, tenant=tenant)
    assert consequences(subscription, when=CancelWhen.NOW, at=NOON + DAY).restore_days == 30
    cancel_as_read(subscription, CancelWhen.NOW, by=owner, at=NOON + DAY)
    end_due(at=NOON + DAY)
    stopped.refresh_from_db()
    return stopped


def decided(days: int) -> None:
    decide_policies(DEVELOPMENT_TOOLS, Policies.parse({"restore_days": days}), instead_of=1)


@pytest.mark.parametrize("days_now", [0, 7, 60])
@pytest.mark.parametrize(
    ("waited", "comes_back"),
    [
        pytest.param(20, True, id="in time"),
        pytest.param(30, True, id="the last day"),
        pytest.param(40, False, id="too late"),
    ],
)
def test_the_promise_of_the_end_is_kept(
    stopped: Authorisation,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    waited: int,
    comes_back: bool,
    days_now: int,
) -> None:
    assert stopped.restore_until == NOON + 31 * DAY
    ended = OutgoingMail.objects.get(subject__contains="ended").body
    assert "comes back with a subscription by 24 December 2026 at 12:00" in ended
    decided(days_now)
    at = NOON + DAY + waited * DAY

    version = current_version(DEVELOPMENT_TOOLS)
    assert bool(queries.gains(version, tenant, at).back_unasked) == comes_back
    if comes_back:
        with pytest.raises(operations.ConsentStillStands):
            operations.request(stopped.application, tenant=tenant, by=owner, at=at)
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=at)

    stopped.refresh_from_db()
    assert stopped.status == ("active" if comes_back else "requested")
    assert stopped.restore_until is None


def test_what_waits_for_its_first_licence_is_promised_what_holds_then(
    tenant: Tenant,
    shop: None,
    custom_application: Authorisation,
    administrator: Person,
    app_manager: Person,
) -> None:
    decided(7)
    operations.confirm(custom_application, by=administrator, at=NOON)

    granted = operations.grant(custom_application, by=app_manager, at=NOON)

    assert granted.restore_until == NOON + 7 * DAY


# --- What was shut out for asking more ---------------------------------------------------------


@pytest.fixture
def shut_out(tenant: Tenant, subscription: Subscription, owner: Person) -> Authorisation:
    """It asks for webhooks since the morning, and Development Tools end a day later."""
    shut_out = AuthorisationFactory(active=True, tenant=tenant)
    published(shut_out.application, ["webhooks"], at=NOON)
    OutgoingMail.objects.all().delete()
    cancel_as_read(subscription, CancelWhen.NOW, by=owner, at=NOON + DAY)
    end_due(at=NOON + DAY)
    shut_out.refresh_from_db()
    return shut_out


def published(application: Application, capabilities: list[str], *, at: dt.datetime) -> None:
    by, version = (
        PersonFactory(staff=True, duties=[Duty.APP_MANAGER]),
        application.versions.latest("number"),
    )
    following = versions.start_next(application, by=by, at=at)
    wanted = versions.Settings(redirect_uris=[], scopes=version.scopes, capabilities=capabilities)
    versions.change(following, wanted, note="", by=by, at=at)
    asked = versions.submit(following, Environment.PRODUCTION, by=by, at=at)
    versions.publish(asked, by=by, at=at)


def subscribe_again(stopped: Authorisation, at: dt.datetime) -> Authorisation:
    orders.subscribe(
        stopped.tenant.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=stopped.tenant,
        by=PersonFactory(),
        at=at,
    )
    stopped.refresh_from_db()
    return stopped


def test_the_end_stops_it_too_and_only_the_letter_about_the_end_says_so(
    shut_out: Authorisation, owner: Person
) -> None:
    assert (shut_out.status, shut_out.deactivation) == ("deactivated", "licence_ended")
    assert shut_out.restore_until == NOON + 31 * DAY
    assert shut_out.told_stopped_at == NOON
    letter = OutgoingMail.objects.get(body__contains=shut_out.application.name)
    assert (letter.to, letter.subject) == (owner.email, "Development Tools has ended")
    told = History.objects.about(shut_out).latest("pk")
    assert told.verb == "authorisation.deactivated"


@pytest.mark.parametrize(
    ("days", "status"),
    [pytest.param(20, "active", id="in time"), pytest.param(69, "requested", id="too late")],
)
@pytest.mark.parametrize("narrowed_first", [True, False])
def test_a_narrower_version_revives_no_consent_that_is_over(
    shut_out: Authorisation, days: int, status: str, narrowed_first: bool
) -> None:
    at = NOON + DAY + days * DAY

    if narrowed_first:
        published(shut_out.application, [], at=at - 10 * DAY)
        subscribe_again(shut_out, at)
    else:
        subscribe_again(shut_out, at)
        published(shut_out.application, [], at=at)

    shut_out.refresh_from_db()
    assert shut_out.status == status
    assert (shut_out.confirmed_at is None) == (status == "requested")


def test_in_time_it_is_shut_out_as_before_while_it_asks_for_more(shut_out: Authorisation) -> None:
    at = NOON + 20 * DAY
    gains = queries.gains(current_version(DEVELOPMENT_TOOLS), shut_out.tenant, at)

    back = subscribe_again(shut_out, at)

    assert (gains.back_unasked, gains.asked_again) == ((), (shut_out,))
    assert back.status == "needs_reapproval"
    assert OutgoingMail.objects.filter(subject__contains="asks for your consent again").exists()


@pytest.mark.parametrize("waits_for_us", [False, True], ids=["nothing ordered", "ordered"])
def test_before_that_nobody_is_promised_that_it_comes_back_by_itself(
    shut_out: Authorisation, owner: Person, waits_for_us: bool
) -> None:
    """Until it can do no more than was agreed to."""
    at = NOON + 20 * DAY
    if waits_for_us:
        decide_policies(
            DEVELOPMENT_TOOLS, Policies.parse({"needs_confirmation": True}), instead_of=1
        )
        subscribe_again(shut_out, at)
    zone = ZoneInfo("Europe/Amsterdam")
    organisation = shut_out.tenant.organisation

    wide = asking(organisation, at=at, most=5)
    said_of_wide = state(wide.shown[0], zone).detail
    published(shut_out.application, [], at=at)
    narrow = asking(organisation, at=at, most=5)
    said_of_narrow = state(narrow.shown[0], zone).detail

    assert (wide.waiting, wide.ordered) == (frozenset(), frozenset())
    assert "comes back by itself" not in said_of_wide
    assert "with the subscription it needs approval again" in said_of_wide
    assert narrow.waiting == {shut_out.pk}
    assert narrow.ordered == ({shut_out.pk} if waits_for_us else frozenset())
    assert "it comes back by itself" in said_of_narrow


def test_consent_may_be_asked_for_before_its_licence_returns(
    shut_out: Authorisation, owner: Person
) -> None:
    operations.request(
        shut_out.application, tenant=shut_out.tenant, by=PersonFactory(), at=NOON + 20 * DAY
    )

    shut_out.refresh_from_db()
    assert (shut_out.status, shut_out.confirmed_at) == ("requested", None)


@pytest.mark.parametrize("number", [1, 4])
def test_many_are_looked_up_at_once(
    tenant: Tenant, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stopped = [
        AuthorisationFactory(
            active=True,
            tenant=tenant,
            application__version__capabilities=["webhooks"],
            agreed_capabilities=agreed,
            status="deactivated",
            deactivation="licence_ended",
            closed_at=NOON,
        )
        for _ in range(number)
        for agreed in ([], ["webhooks"])
    ]

    with django_assert_num_queries(1):
        found = can_do_more(stopped)

    assert found == {each.pk for each in stopped if not each.agreed_capabilities}


# --- Where the vendor confirms an order first --------------------------------------------------


def ordered(stopped: Authorisation, owner: Person, waited: int) -> Subscription:
    """So many days after it stopped, of what staff decided to confirm from now on."""
    confirmed_first = Policies.parse({"needs_confirmation": True})
    decide_policies(DEVELOPMENT_TOOLS, confirmed_first, instead_of=1)
    return orders.subscribe(
        stopped.tenant.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=stopped.tenant,
        by=owner,
        at=NOON + DAY + waited * DAY,
    )


@pytest.mark.parametrize(("waited", "status"), [(30, "active"), (31, "requested")])
def test_the_day_of_the_order_counts_however_late_it_is_confirmed(
    stopped: Authorisation, owner: Person, sales: Person, waited: int, status: str
) -> None:
    order = ordered(stopped, owner, waited)

    orders.confirm(order, by=sales, at=NOON + 40 * DAY)

    stopped.refresh_from_db()
    assert stopped.status == status


def test_the_time_it_was_let_in_for_is_not_held_up(
    stopped: Authorisation, owner: Person, sales: Person
) -> None:
    stopped.valid_until = NOON + 35 * DAY
    stopped.save()
    order = ordered(stopped, owner, waited=30)

    orders.confirm(order, by=sales, at=NOON + 40 * DAY)

    stopped.refresh_from_db()
    assert stopped.status == "requested"


def test_while_an_order_waits_consent_is_not_asked_for_and_forgotten(
    stopped: Authorisation, tenant: Tenant, owner: Person
) -> None:
    order = ordered(stopped, owner, waited=30)
    late = NOON + 40 * DAY

    with pytest.raises(operations.ConsentStillStands):
        operations.request(stopped.application, tenant=tenant, by=owner, at=late)
    orders.withdraw(order, by=owner, at=late)
    asked = operations.request(stopped.application, tenant=tenant, by=owner, at=late)

    assert (asked.status, asked.confirmed_at) == ("requested", None)


def test_the_letter_of_the_end_says_that_the_order_is_confirmed_first(
    stopped: Authorisation, owner: Person, sales: Person
) -> None:
    again = orders.confirm(ordered(stopped, owner, waited=1), by=sales, at=NOON + 3 * DAY)

    cancel_as_read(again, CancelWhen.NOW, by=owner, at=NOON + 4 * DAY)

    letter = OutgoingMail.objects.filter(subject__contains="ended").latest("pk").body
    assert "an application works again once we have confirmed the order" in letter
    assert "at once" not in letter


def test_revoking_it_forgets_the_day(stopped: Authorisation, owner: Person) -> None:
    revoked = operations.revoke(stopped, reason="Enough", by=owner, at=NOON + 2 * DAY)

    assert revoked.restore_until is None


# --- Of two that it needs ----------------------------------------------------------------------


@pytest.fixture
def mirrors(stopped: Authorisation) -> Authorisation:
    """It stopped with both; Database Mirroring is confirmed first from now on."""
    sell_mirroring()
    confirmed_first = Policies.parse({"needs_confirmation": True})
    decide_policies(MIRRORING, confirmed_first, instead_of=1)
    stopped.agreed_capabilities = ["mirroring"]
    stopped.save()
    return stopped


def subscribed(authorisation: Authorisation, product: str, waited: int) -> Subscription:
    return orders.subscribe(
        authorisation.tenant.organisation,
        product_code=product,
        tenant=authorisation.tenant,
        by=PersonFactory(),
        at=NOON + DAY + waited * DAY,
    )


def ordered_at(authorisation: Authorisation, at: dt.datetime) -> frozenset[int]:
    return asking(authorisation.tenant.organisation, at=at, most=9).ordered


def test_an_order_of_one_of_them_does_not_bring_it_back(
    mirrors: Authorisation, tenant: Tenant, owner: Person
) -> None:
    subscribed(mirrors, MIRRORING, waited=20)
    late = NOON + 40 * DAY

    assert ordered_at(mirrors, NOON + 22 * DAY) == ordered_at(mirrors, late) == frozenset()
    asked = operations.request(mirrors.application, tenant=tenant, by=owner, at=late)

    assert asked.status == "requested"


@pytest.mark.parametrize(
    ("waited", "status"),
    [
        pytest.param(25, "active", id="both in time"),
        pytest.param(30, "active", id="the last day"),
        pytest.param(45, "requested", id="one too late"),
    ],
)
def test_the_later_order_counts_whichever_is_confirmed_last(
    mirrors: Authorisation, sales: Person, waited: int, status: str
) -> None:
    order = subscribed(mirrors, MIRRORING, waited=20)
    subscribed(mirrors, DEVELOPMENT_TOOLS, waited)
    at = NOON + 50 * DAY

    in_time = status == "active"
    assert ordered_at(mirrors, at) == (frozenset({mirrors.pk}) if in_time else frozenset())
    orders.confirm(order, by=sales, at=at)

    mirrors.refresh_from_db()
    assert mirrors.status == status
