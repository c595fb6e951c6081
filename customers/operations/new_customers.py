"""Who buys here from now on: the organisation, and the invitation of whoever decides for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from customers.models import Organisation, Person, Role
from customers.operations import people
from customers.operations.organisations import NewOrganisation, create_organisation

if TYPE_CHECKING:
    import datetime as dt


@transaction.atomic
def take_on(new: NewOrganisation, *, owner: str, by: Person, at: dt.datetime) -> Organisation:
    """Create the organisation and invite its first owner, `owner` being an e-mail address.

    Raises what `create_organisation` raises, and WorksForTheVendor; then nobody is written to.
    """
    organisation = create_organisation(new, by=by, at=at)
    people.invite(organisation, email=owner, role=Role.OWNER, by=by, at=at)
    return organisation
