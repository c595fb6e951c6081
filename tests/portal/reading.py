"""What a page says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


def read(
    client: Client, address: str, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == status
    return text_of(response)


def text_of(response: Response) -> str:
    return response.content.decode()
