"""Who did it: a person, or one of the two that have no face."""

from __future__ import annotations

import enum

from customers.models import Person


class System(enum.Enum):
    SCHEDULE = "schedule"
    PLATFORM = "platform"


SCHEDULE = System.SCHEDULE
PLATFORM = System.PLATFORM

type Actor = Person | System
