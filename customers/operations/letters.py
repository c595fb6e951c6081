"""Mail to the owners of an organisation, and of who belongs to it to whom it concerns as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.operations.mail import Letter, queue_letters
from customers.queries import owners_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.models import Organisation, Person


def write_to_owners(
    organisation: Organisation, template: str, context: Mapping[str, object], *, at: dt.datetime
) -> None:
    """A letter to every owner, each in their own language; it is told the `organisation` too."""
    told = {"organisation": organisation, **context}
    queue_letters(
        (Letter(owner.email, owner.language, template, told) for owner in owners_of(organisation)),
        at=at,
    )


def write_of_member(
    organisation: Organisation,
    template: str,
    context: Mapping[str, object],
    *,
    person: Person,
    at: dt.datetime,
) -> None:
    """About the person: to the owners and to themselves, once each, if they can still read it.

    Whoever did it gets one too, as with a new token: perhaps somebody else did, under their name.
    """
    readers = owners_of(organisation)
    if person.is_active and person not in readers:
        readers.append(person)
    told = {"organisation": organisation, "person": person, **context}
    queue_letters(
        (
            Letter(reader.email, reader.language, template, told | {"to_them": reader == person})
            for reader in readers
        ),
        at=at,
    )
