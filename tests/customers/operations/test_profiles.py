from __future__ import annotations

import pytest

from customers.operations import profiles
from tests.factories.customers import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "kept"), [pytest.param("nl", "nl", id="Dutch"), pytest.param("xx", "en", id="?")]
)
def test_change_language(language: str, kept: str) -> None:
    person = PersonFactory(language="en")

    profiles.change_language(person, language=language)

    person.refresh_from_db()
    assert person.language == kept


def test_introduce() -> None:
    person = PersonFactory(name="", language="en")

    profiles.introduce(person, name="Els Bakker", language="nl")

    person.refresh_from_db()
    assert (person.name, person.language) == ("Els Bakker", "nl")
