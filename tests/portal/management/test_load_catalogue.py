from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from customers import clock
from subscriptions.applications.models import AuthorisationStatus
from tests.factories.customers import TenantFactory
from tests.factories.shop import include_in
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Callable


def test_applications_follow_the_plans_at_once_and_not_when_it_only_tells(
    run: Callable[..., str],
) -> None:
    run("load_catalogue")
    include_in([])
    waits = AuthorisationFactory(
        tenant=TenantFactory(crm_suite_core=True),
        confirmed=True,
        confirmed_at=clock.now(),
        status=AuthorisationStatus.DEACTIVATED,
        deactivation="plan_changed",
        closed_at=clock.now() - dt.timedelta(days=1),
    )

    told = run("load_catalogue", "--check")
    waits.refresh_from_db()
    assert "development-tools" in told
    assert waits.status == AuthorisationStatus.DEACTIVATED

    run("load_catalogue")
    waits.refresh_from_db()
    assert waits.status == AuthorisationStatus.ACTIVE
