"""What cannot be read is the sender's mistake, and wakes nobody of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tests.portal.api.oauth_world import INTROSPECT, REVOKE, TOKEN

if TYPE_CHECKING:
    from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("door", [TOKEN, REVOKE, INTROSPECT])
@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("multipart/form-data", id="no boundary"),
        pytest.param("multipart/form-data; boundary=é", id="a boundary of other letters"),
    ],
)
def test_a_form_that_cannot_be_read(client: Client, door: str, content_type: str) -> None:
    answer = client.generic("POST", reverse(door), b"token=x", content_type=content_type)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "The request cannot be read."
