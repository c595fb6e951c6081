from __future__ import annotations

import pytest

from catalog.models import Seller
from tests.factories.shop import open_shop
from tests.factories.usage import open_metered_services


@pytest.fixture
def shop(db: None) -> None:
    open_shop()


@pytest.fixture
def seller(shop: None) -> Seller:
    """The Dutch one, who also serves everybody but Norwegians."""
    return Seller.objects.get(code="nl")


@pytest.fixture
def open_for_all(db: None) -> None:
    """Everything that a customer can have, and what of it is metered."""
    open_shop()
    open_metered_services()
