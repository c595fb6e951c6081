from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError

from billing.operations import runs
from catalog.models import PriceVersion, Seller
from catalog.validating import SEED
from customers import clock
from subscriptions.applications.models import AuthorisationStatus
from tests.factories.billing import subscriber
from tests.factories.customers import TenantFactory
from tests.factories.metering import MeterFactory, event, platform_credential, report
from tests.factories.shop import include_in
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.management.conftest import ORDERED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import Settings


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


def test_what_was_used_already_gets_no_price_of_before(run: Callable[..., str], shop: None) -> None:
    MeterFactory()
    TenantFactory(identifier="Cust12345")
    report(event("Cust12345"), by=platform_credential())

    with pytest.raises(CommandError, match="api-usage in EUR is charged by use"):
        run("load_catalogue")

    assert not PriceVersion.objects.filter(product__code="api-usage").exists()


def test_a_country_with_invoices_stays_with_its_seller(
    run: Callable[..., str], shop: None, tmp_path: Path
) -> None:
    subscriber(ORDERED, country="norwegian")
    runs.run_due(at=ORDERED + dt.timedelta(days=10))
    own = shutil.copytree(SEED, tmp_path / "catalogue")
    sellers = (own / "sellers.yaml").read_text()
    (own / "sellers.yaml").write_text(sellers.replace('serves_countries: ["NO"]', ""))

    for options in ([], ["--check"]):
        with pytest.raises(CommandError, match="customers in NO have invoices of no"):
            run("load_catalogue", str(own), *options)

    assert Seller.objects.get(code="no").serves_countries == ["NO"]
    run("load_catalogue")


def test_the_catalogue_of_one_s_own_is_loaded(
    run: Callable[..., str], settings: Settings, tmp_path: Path
) -> None:
    own = shutil.copytree(SEED, tmp_path / "catalogue")
    sellers = (own / "sellers.yaml").read_text().replace("example: true", "example: false")
    (own / "sellers.yaml").write_text(sellers.replace("Services Example B.V.", "Own B.V."))
    run("load_catalogue")
    as_it_comes = Seller.objects.get(code="nl")
    settings.CATALOGUE_DIRECTORY = str(own)

    run("load_catalogue")

    assert as_it_comes.example
    loaded = Seller.objects.get(code="nl")
    assert (loaded.legal_name, loaded.example) == ("Expander Own B.V.", False)
