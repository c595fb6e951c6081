from __future__ import annotations

import pytest

from catalog.models import Seller
from tests.factories.shop import open_shop


@pytest.fixture
def shop(db: None) -> None:
    open_shop()


@pytest.fixture
def seller(shop: None) -> Seller:
    """The Dutch one, who also serves everybody but Norwegians."""
    return Seller.objects.get(code="nl")
