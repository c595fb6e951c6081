"""The language cookie, for pages before the sign-in; a person's choice is kept with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from django.conf import settings

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    type SameSite = Literal["Lax", "Strict", "None", False] | None


def remember_language(response: HttpResponseBase, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=cast("SameSite", settings.LANGUAGE_COOKIE_SAMESITE),
    )
