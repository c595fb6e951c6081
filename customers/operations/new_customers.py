"""Who buys here from now on: the organisation, and the invitation of whoever decides for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.locks import take_turns_taking_on
from customers.models import Organisation, Person, Role
from customers.operations import people
from customers.operations.organisations import NewOrganisation, create_organisation
from customers.queries import namesakes
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable


class NamesakeHere(Refusal):
    """Taken on by a second click, perhaps, or by a colleague."""

    sentence = _(
        "An organisation of this name is here already, by a second click perhaps. Look for it "
        "among the customers; if this is another one, send the form once more."
    )


@transaction.atomic
def take_on(
    new: NewOrganisation,
    *,
    owner: str,
    as_seen: Callable[[str], bool] | None = None,
    by: Person,
    at: dt.datetime,
) -> Organisation:
    """Create the organisation and invite its first owner, `owner` being an e-mail address.

    Raises NamesakeHere when there are others of its name than were there `as_seen`, what
    `create_organisation` raises, and WorksForTheVendor; then nobody is written to.
    """
    take_turns_taking_on()
    if as_seen and namesakes(new.name).exists() and not as_seen(new.name):
        raise NamesakeHere
    organisation = create_organisation(new, by=by, at=at)
    people.invite(organisation, email=owner, role=Role.OWNER, by=by, at=at)
    return organisation
