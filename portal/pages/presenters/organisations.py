from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from customers import queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from customers.models import Organisation, Person, Role


@dataclass(frozen=True)
class Choice:
    """An organisation and as whom one comes in: by one's own role, or through a partner."""

    organisation: Organisation
    role: str
    partner: Organisation | None = None


def choices(person: Person, organisations: Iterable[Organisation]) -> list[Choice]:
    """In the order given; two queries, however many."""
    own = queries.roles_of(person)
    through = queries.partner_access_for(person)
    return [_choice(organisation, own, through) for organisation in organisations]


def _choice(
    organisation: Organisation, own: dict[int, Role], through: dict[int, Organisation]
) -> Choice:
    if organisation.pk in own:
        return Choice(organisation, str(own[organisation.pk].label))
    partner = through[organisation.pk]
    return Choice(organisation, str(own[partner.pk].label), partner)
