"""A program orders what has supplementary terms: whoever made its token accepts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import OrganisationToken
from subscriptions.models import AcceptedTerms, Subscription
from tests.factories.shop import MIRRORING, next_version, sell_mirroring

if TYPE_CHECKING:
    from customers.models import Tenant
    from tests.portal.api.v1.conftest import Program

TEXT = {"name": "Terms of mirroring", "address": "https://example.com/terms"}
SUPPLEMENT = {"version": "2018-05-25", "texts": {"en": TEXT, "nl": TEXT}}


@pytest.fixture
def wanted(program: Program, tenant: Tenant) -> dict[str, object]:
    sell_mirroring()
    next_version(MIRRORING, supplement=SUPPLEMENT)
    product = program.get(f"products/{MIRRORING}").json()
    assert product["supplement"] == TEXT | {"version": "2018-05-25"}
    price = product["price"]["id"]
    return {"product_code": MIRRORING, "price_id": price, "tenant_id": tenant.pk}


def test_they_are_accepted_with_the_order(program: Program, wanted: dict[str, object]) -> None:
    terms = {"version": "2018-05-25", "receiver": "Insight Partners"}

    answer = program.post("subscriptions", wanted | {"terms": terms})

    assert answer.status_code == 201
    kept = AcceptedTerms.objects.get()
    assert kept.accepted_by == OrganisationToken.objects.get().made_by
    said = answer.json()["terms"]
    assert (said["version"], said["receiver"]) == ("2018-05-25", "Insight Partners")
    [listed] = program.get("subscriptions").json()["items"]
    assert listed["terms"] == said


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (None, "terms_not_accepted"),
        ({"version": "2018-05-25", "receiver": " "}, "terms_not_accepted"),
        ({"version": "2017-01-01", "receiver": "Insight Partners"}, "terms_changed"),
    ],
)
def test_without_them_nothing_is_ordered(
    program: Program, wanted: dict[str, object], terms: dict[str, str] | None, code: str
) -> None:
    answer = program.post("subscriptions", wanted | ({"terms": terms} if terms else {}))

    assert answer.status_code == 409
    assert answer.json()["code"] == code
    assert not Subscription.objects.exists()
