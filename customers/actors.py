"""Who did it: a person, a program of an organisation, or one of the two that have no face."""

from __future__ import annotations

import enum

from customers.models import OrganisationToken, Person


class System(enum.Enum):
    SCHEDULE = "schedule"
    PLATFORM = "platform"


SCHEDULE = System.SCHEDULE
PLATFORM = System.PLATFORM

type Customer = Person | OrganisationToken
type Actor = Customer | System


def answerable(by: Customer) -> Person:
    """The person who answers for it: for a token, whoever made it."""
    return by.made_by if isinstance(by, OrganisationToken) else by
