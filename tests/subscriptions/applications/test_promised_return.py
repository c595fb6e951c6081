"""So long as was promised when it stopped, whatever the product says by the time it comes back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from catalog.decisions import decide_policies
from catalog.policies import Policies
from catalog.queries import current_version
from customers.models import OutgoingMail
from subscriptions import queries
from subscriptions.applications import operations
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, consequences
from subscriptions.operations.endings import end_due
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
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
    assert "within 30 days" in OutgoingMail.objects.get(subject__contains="ended").body
    decided(days_now)
    at = NOON + DAY + waited * DAY

    version = current_version(DEVELOPMENT_TOOLS)
    assert bool(queries.gains(version, tenant, at).back_at_once) == comes_back
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


def test_revoking_it_forgets_the_day(stopped: Authorisation, owner: Person) -> None:
    revoked = operations.revoke(stopped, reason="Enough", by=owner, at=NOON + 2 * DAY)

    assert revoked.restore_until is None
