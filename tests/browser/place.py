"""A page in a state worth looking at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customers.models import Person

if TYPE_CHECKING:
    from portal.demo.people import DemoSignIn

TODAY = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Place:
    """A page in a state worth looking at; `name` begins with its route."""

    name: str
    path: str
    who: DemoSignIn | None = None
    status: int = 200

    @property
    def route(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def is_admin(self) -> bool:
        return self.route.startswith("admin:")


def person_of(sign_in: DemoSignIn) -> Person:
    return Person.objects.get(email=sign_in.email)
