"""How somebody wants to be called, and in which language: of the person, wherever they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

if TYPE_CHECKING:
    from customers.models import Person


@transaction.atomic
def introduce(person: Person, *, name: str, language: str) -> Person:
    """Note how somebody who made an account wants to be called, and in which language.

    An unknown language changes nothing. It concerns no organisation, so no history tells it.
    """
    return change_language(change_name(person, name=name), language=language)


def change_name(person: Person, *, name: str) -> Person:
    """Call the person so from now on, in what was told before as well.

    It concerns no organisation, so no history tells it.
    """
    person.name = name
    person.save(update_fields=["name"])
    return person


@transaction.atomic
def change_language(person: Person, *, language: str) -> Person:
    """Speak another of the portal's languages to this person; an unknown one changes nothing.

    It concerns no organisation, so no history tells it.
    """
    if language in dict(settings.LANGUAGES):
        person.language = language
        person.save(update_fields=["language"])
    return person
