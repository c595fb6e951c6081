"""The page on which staff change what was decided for the whole portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import translation

from customers import policy_queries
from customers.models import PolicyChange
from customers.policies import Policy
from portal.backoffice.policy_words import WORDS

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

pytestmark = pytest.mark.django_db

POLICIES = reverse("backoffice:policies")
GRACE = reverse("backoffice:policy", args=["licence_file_grace"])
SHORTER: dict[str, Any] = {"value": 5, "instead_of": 12, "reason": "Successors come in time."}


def test_every_policy_is_explained_to_all_staff_in_their_language(
    client: Client, sales: Person
) -> None:
    client.force_login(sales)

    page = client.get(POLICIES, headers={"accept-language": "nl"}).content.decode()

    assert WORDS.keys() == set(Policy)
    with translation.override("nl"):
        dutch = [(str(words.name), str(words.does)) for words in WORDS.values()]
    assert all(name in page for name, _does in dutch)
    assert "12 dagen" in page
    assert GRACE not in page  # it is a task of operations
    assert client.get(GRACE).status_code == client.post(GRACE, SHORTER).status_code == 403
    assert not PolicyChange.objects.exists()


def test_operations_change_one_with_a_reason_and_see_who_did(
    client: Client, operations: Person
) -> None:
    client.force_login(operations)

    said = client.post(GRACE, SHORTER, follow=True).content.decode()
    page = client.get(GRACE).content.decode()

    assert "In force from now on: Licence files: grace after the end." in said
    assert policy_queries.in_force(Policy.LICENCE_FILE_GRACE).days == 5
    assert all(text in page for text in ("5 days", "Olaf Operations", SHORTER["reason"]))


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        pytest.param({"instead_of": 93}, 422, "less than or equal to 92", id="never was so long"),
        pytest.param(
            {"instead_of": -1}, 422, "greater than or equal to 0", id="never was so short"
        ),
        pytest.param({"value": 93}, 422, "less than or equal to 92", id="too long"),
        pytest.param({"value": -1}, 422, "greater than or equal to 0", id="too short"),
        pytest.param({"reason": ""}, 422, "required", id="no reason"),
        pytest.param(
            {"instead_of": 11}, 409, "Somebody has changed it meanwhile", id="not as seen"
        ),
    ],
)
def test_what_cannot_be_is_refused(
    client: Client, operations: Person, change: dict[str, object], status: int, sentence: str
) -> None:
    client.force_login(operations)

    refused = client.post(GRACE, SHORTER | change)

    assert refused.status_code == status
    assert sentence in refused.content.decode()
    assert not PolicyChange.objects.exists()


def test_there_is_no_other_policy(client: Client, operations: Person) -> None:
    client.force_login(operations)

    assert client.get(reverse("backoffice:policy", args=["prices"])).status_code == 404
