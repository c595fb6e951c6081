"""Who leaves, or may do less from now on, and what they made that works on (decision 0037).

API tokens, webhook endpoints and client secrets are the organisation's, and its programs must not
stop because a colleague was removed. But whoever made one knows its secret, or hears at an address
of their own. So the history and the owners are told of each, and an owner decides. The owners read,
too, which applications name who leaves for mail. Open invitations are another matter: whoever sent
one to a second address of their own would come back by it, so they are withdrawn. Only the portal
knows all of them: whoever shuts somebody out comes by here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from billing.metering import staff_queries as metering
from customers import queries
from customers.models import Role
from customers.operations import accounts, people, staff, tokens
from customers.operations.letters import write_of_member, write_to_owners
from portal.access import PERMISSIONS, Permission, scopes_of
from portal.webhooks import queries as webhooks
from portal.webhooks.event_types import choosable
from portal.webhooks.operations import endpoints
from subscriptions.applications import contacts, credentials, version_queries

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import (
        AccountChange,
        Invitation,
        Membership,
        Organisation,
        OrganisationToken,
        Person,
    )
    from portal.webhooks.models import Endpoint
    from subscriptions.applications.models import Application, ClientSecret


@dataclass(frozen=True)
class Made:
    """What one person made at an organisation: what works on, and invitations, which do not.

    And what names them for mail.
    """

    tokens: list[OrganisationToken]
    endpoints: list[Endpoint]
    secrets: list[ClientSecret]
    naming: list[Application]
    invitations: list[Invitation]  # open ones

    def __bool__(self) -> bool:
        return bool(self.works_on or self.naming or self.invitations)

    @property
    def works_on(self) -> bool:
        return bool(self.tokens or self.endpoints or self.secrets)

    def beyond(self, role: Role) -> Made:
        """Of it what does, tells or offers more than somebody in this role may do, see or offer.

        In whatever role, they get the mail that applications name them for.
        """
        may, scopes = PERMISSIONS[role], set(scopes_of(role))
        seen = {each.verb for each in choosable(each.value for each in may)}
        hears = seen if Permission.MANAGE_WEBHOOKS in may else set()
        builds = Permission.REQUEST_AUTHORISATION in may
        return Made(
            [token for token in self.tokens if not set(token.scopes) <= scopes],
            [each for each in self.endpoints if not set(each.event_types) <= hears],
            [] if builds else self.secrets,
            [],
            [] if Permission.MANAGE_PEOPLE in may else self.invitations,
        )


def made_by(person: Person, organisation: Organisation, at: dt.datetime) -> Made:
    return Made(
        list(queries.tokens_made_by(person, organisation, at)),
        list(webhooks.endpoints_made_by(person, organisation)),
        list(version_queries.secrets_made_by(person, organisation, at)),
        contacts.naming(person, organisation),
        list(queries.open_invitations_of(organisation, at, sent_by=person)),
    )


@transaction.atomic
def remove_member(membership: Membership, *, by: Person, at: dt.datetime) -> Membership:
    """End a membership, and with it the invitations that the person sent.

    The owners hear of it and of what works on, and the person that it ended.

    Raises LastOwner, NoLongerMember.
    """
    membership = people.remove_member(membership, by=by, at=at)
    person, organisation = membership.person, membership.organisation
    made = _left_behind(person, organisation, by=by, at=at)
    context = {"role": Role(membership.role).label, "by": by, "made": made}
    write_of_member(organisation, "customers/member_removed", context, person=person, at=at)
    return membership


@transaction.atomic
def change_role(membership: Membership, *, role: Role, by: Person, at: dt.datetime) -> None:
    """The owners hear of it and of what may more than the new role, and so does the person.

    Their invitations are withdrawn where the new role sends none. The same role changes nothing.
    Raises LastOwner, NoLongerMember.
    """
    changed = people.change_role(membership, role=role, by=by, at=at)
    if changed is None:
        return
    person, organisation = changed.person, changed.organisation
    made = made_by(person, organisation, at).beyond(role)
    tokens.tell_that_the_maker_may_less(made.tokens, maker=person, by=by, at=at)
    endpoints.tell_that_the_maker_may_less(made.endpoints, maker=person, by=by, at=at)
    credentials.tell_that_the_maker_may_less(made.secrets, maker=person, by=by, at=at)
    people.withdraw_with_sender(made.invitations, "sender_may_less", by=by, at=at)
    context = {"role": role.label, "by": by, "made": made}
    write_of_member(organisation, "customers/role_changed", context, person=person, at=at)


@transaction.atomic
def shut_account(person: Person, *, reason: str, by: Person, at: dt.datetime) -> AccountChange:
    """Let nobody sign in with it, and nobody in by the invitations that its person sent.

    Where there are some, something that they made works on, or names them for mail, the owners
    hear of it.

    Raises StillAColleague, AccountShutAlready.
    """
    change = accounts.shut(person, reason=reason, by=by, at=at)
    for membership in queries.memberships_of(person):
        organisation = membership.organisation
        if made := _left_behind(person, organisation, by=by, at=at):
            told = {"person": person, "made": made}
            write_to_owners(organisation, "customers/account_shut", told, at=at)
    return change


@transaction.atomic
def end_colleague(person: Person, *, by: Person, at: dt.datetime) -> Person:
    """Let somebody into the back office no more.

    The history names which credentials work on, and which invitations of theirs stay open.
    Raises NoLongerStaff, LastStaffManager.
    """
    works_on = [str(each) for each in metering.credentials_made_by(person)]
    still_open = [
        f"{each.email} ({each.organisation})"
        for each in queries.open_invitations_sent_by(person, at)
    ]
    return staff.end(person, works_on=works_on, invitations=still_open, by=by, at=at)


def _left_behind(
    person: Person, organisation: Organisation, *, by: Person, at: dt.datetime
) -> Made:
    """What works on, told to the history; the invitations are withdrawn."""
    made = made_by(person, organisation, at)
    tokens.tell_that_the_maker_left(made.tokens, maker=person, by=by, at=at)
    endpoints.tell_that_the_maker_left(made.endpoints, maker=person, by=by, at=at)
    credentials.tell_that_the_maker_left(made.secrets, maker=person, by=by, at=at)
    people.withdraw_with_sender(made.invitations, "sender_left", by=by, at=at)
    return made
