from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("theme", "kept"), [("light", "light"), ("dark", "dark"), ("system", ""), ("<b>", ""), ("", "")]
)
def test_the_theme_is_kept_in_a_cookie(client: Client, theme: str, kept: str) -> None:
    response = client.post(reverse("set_theme"), {"theme": theme, "next": "/accounts/login/"})

    assert response.headers["Location"] == "/accounts/login/"
    assert response.cookies["theme"].value == kept


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_one_is_never_sent_to_another_host(client: Client, address: str) -> None:
    response = client.post(reverse("set_theme"), {"theme": "dark", "next": address})

    assert response.headers["Location"] == "/"


def test_the_page_wears_the_theme(client: Client) -> None:
    client.post(reverse("set_theme"), {"theme": "dark"})

    assert 'data-theme="dark"' in client.get(reverse("account_login")).content.decode()
