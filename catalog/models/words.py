"""What the other models of the catalogue share."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.money import Currency

FALLBACK_LANGUAGE = "en"

WRITTEN_ONCE = pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)


class CurrencyChoice(models.TextChoices):
    EUR = Currency.EUR.value, _("Euro")
    NOK = Currency.NOK.value, _("Norwegian krone")


def in_language(texts: dict[str, dict[str, Any]], language: str) -> dict[str, Any]:
    """Of texts per language the one asked for ("nl", "nl-be"), else English, else nothing."""
    short = language.partition("-")[0]
    return texts.get(language) or texts.get(short) or texts.get(FALLBACK_LANGUAGE) or {}


def said_in(texts: dict[str, dict[str, Any]], language: str, *about: str) -> tuple[str, ...]:
    """Sentences and paragraphs under these headings, in that language and in English."""
    found = (
        in_language(texts, each).get(heading, ())
        for each in (language, FALLBACK_LANGUAGE)
        for heading in about
    )
    return tuple(text for said in found for text in ([said] if isinstance(said, str) else said))
