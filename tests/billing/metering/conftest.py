from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories.customers import TenantFactory
from tests.factories.metering import MeterFactory, platform_credential
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from billing.metering.models import ApiCredential
    from customers.models import Tenant


@pytest.fixture
def platform(db: None) -> ApiCredential:
    """Sellers, a meter, and who reports about everybody."""
    open_shop()
    MeterFactory()
    return platform_credential()


@pytest.fixture
def tenant(platform: ApiCredential) -> Tenant:
    return TenantFactory(identifier="Cust12345")
