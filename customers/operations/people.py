from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers import history
from customers.account_addresses import account_of, is_address_of
from customers.locks import lock_organisation, lock_person
from customers.models import Invitation, Membership, Organisation, Person, Role
from customers.operations.invitation_limits import refuse_too_many
from customers.operations.letters import write_of_member
from customers.operations.mail import queue_letter
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.actors import Actor


class AlreadyMember(Refusal):
    sentence = _("This person already belongs to the organisation.")


class WorksForTheVendor(Refusal):
    """A colleague at a customer's table would order, and let applications in, as the customer."""

    sentence = _(
        "This person works for Expander Services and belongs to no customer. From the back office "
        "they do what the customer asks."
    )


class MayNotInvite(Refusal):
    sentence = _("Only an owner of the organisation invites people.")


class AlreadyInvited(Refusal):
    sentence = _("This address has an open invitation already. Withdraw it to send another.")


class LastOwner(Refusal):
    """Of those who can sign in: one whose account was shut decides nothing any more."""

    sentence = _("An organisation keeps at least one owner. Make somebody else owner first.")


class NoLongerMember(Refusal):
    sentence = _("This person has left the organisation in the meantime.")


class InvitationUnusable(Refusal):
    """Base of what can be wrong with an invitation's link."""

    sentence = _("This invitation cannot be used.")


class InvitationUnknown(InvitationUnusable):
    sentence = _("This invitation does not exist. Check that the whole link was opened.")


class InvitationAccepted(InvitationUnusable):
    sentence = _("This invitation has been used already. You can simply sign in.")


class InvitationWithdrawn(InvitationUnusable):
    sentence = _("This invitation was withdrawn. Ask the person who invited you for another.")


class InvitationExpired(InvitationUnusable):
    sentence = _("This invitation has expired. Ask the person who invited you for another.")


class InvitationForSomeoneElse(InvitationUnusable):
    sentence = _("This invitation was sent to another e-mail address than the one of your account.")


class InvitationForColleague(InvitationUnusable):
    sentence = WorksForTheVendor.sentence


@transaction.atomic
def add_member(
    organisation: Organisation, *, person: Person, role: Role, by: Actor, at: dt.datetime
) -> Membership:
    """Give a person a role without an invitation: how an organisation gets its first owner.

    Raises AlreadyMember, WorksForTheVendor.
    """
    if lock_person(person.pk).is_staff:
        raise WorksForTheVendor
    lock_organisation(organisation.pk)
    if Membership.objects.of(organisation).filter(person=person).exists():
        raise AlreadyMember
    membership = Membership.objects.create(
        organisation=organisation, person=person, role=role, since_at=at
    )
    _tell(membership, "membership.added", by=by, at=at, details={"role": role})
    return membership


@transaction.atomic
def invite(
    organisation: Organisation,
    *,
    email: str,
    role: Role,
    sender: Person | None = None,
    by: Person,
    at: dt.datetime,
) -> tuple[Invitation, str]:
    """Offer a role by mail, for some days. Returns the invitation and the token in its link.

    It is an owner's, or staff's; `sender` is whose it is where staff only send it once more.

    The token is not kept, only its hash. An expired invitation of the same address gives way.
    Only a colleague is told that the address is a colleague's, so that nobody finds out who has
    access to the back office; others' invitation is refused when it is followed.
    Raises MayNotInvite, AlreadyMember, WorksForTheVendor, AlreadyInvited, TooManyOpen,
    TooManyInADay.
    """
    lock_organisation(organisation.pk)
    _refuse_unless_may_invite(organisation, by)
    address = email.strip().lower()
    if Membership.objects.of(organisation).filter(person__email=address).exists():
        raise AlreadyMember
    if by.is_staff and Person.objects.filter(email=address, is_staff=True).exists():
        raise WorksForTheVendor
    _make_way_for_invitation(organisation, address, at)
    refuse_too_many(organisation, by=by, at=at)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=address,
        role=role,
        token_hash=_hash(token),
        invited_by=sender or by,
        invited_at=at,
        expires_at=at + in_force(Policy.INVITATION_LASTS),
    )
    history.record(
        invitation,
        "invitation.sent",
        organisation=organisation,
        by=by,
        at=at,
        details={"email": address, "role": role},
    )
    _mail_invitation(invitation, token, at)
    return invitation, token


def invitation_behind(token: str, *, at: dt.datetime) -> Invitation:
    """The invitation a link leads to, if it can still be accepted.

    Raises InvitationUnknown, InvitationAccepted, InvitationWithdrawn, InvitationExpired.
    """
    invitation = Invitation.objects.with_token_hash(_hash(token)).first()
    if invitation is None:
        raise InvitationUnknown
    _refuse_unless_open(invitation, at)
    return invitation


@transaction.atomic
def accept_invitation(token: str, *, person: Person, at: dt.datetime) -> Membership:
    """Make the person a member in the offered role. A member already keeps the role they have.

    Of a new member the owners hear, and the person.
    Raises what `invitation_behind` raises, InvitationForSomeoneElse, and
    InvitationForColleague for who has become one of the vendor's since.
    """
    person = lock_person(person.pk)
    found = Invitation.objects.with_token_hash(_hash(token)).first()
    if found is None:
        raise InvitationUnknown
    invitation = _locked_invitation(found)
    _refuse_unless_open(invitation, at)
    if not is_address_of(person, invitation.email):
        raise InvitationForSomeoneElse
    if person.is_staff:
        raise InvitationForColleague
    membership, is_new = Membership.objects.get_or_create(
        person=person,
        organisation=invitation.organisation,
        defaults={"role": invitation.role, "since_at": at},
    )
    invitation.accepted_at, invitation.accepted_by = at, person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    history.record(
        invitation,
        "invitation.accepted",
        organisation=invitation.organisation,
        by=person,
        at=at,
        details={"email": invitation.email, "role": membership.role},
    )
    if is_new:
        told = {"role": Role(membership.role).label, "by": invitation.invited_by}
        template = "customers/member_joined"
        write_of_member(invitation.organisation, template, told, person=person, at=at)
    return membership


@transaction.atomic
def withdraw_invitation(
    invitation: Invitation, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Invitation:
    """Make the link useless. Raises InvitationAccepted, InvitationWithdrawn."""
    return _withdraw(_locked_invitation(invitation), "withdrawn", by=by, at=at, reason=reason)


def withdraw_with_sender(
    invitations: Iterable[Invitation], because: str, *, by: Actor, at: dt.datetime
) -> None:
    """Make the links useless of open invitations, read under the lock on the organisation.

    `because` is what history says of who sent them: `sender_left` or `sender_may_less`.
    """
    for invitation in invitations:
        _withdraw(invitation, because, by=by, at=at, sender=str(invitation.invited_by))


@transaction.atomic
def withdraw_every_invitation(*, reason: str, by: Actor, at: dt.datetime) -> list[Invitation]:
    """As after a restore: one that was used or withdrawn since the backup is open again.

    Returns those that were open.
    """
    still_open = Invitation.objects.open_at(at).order_by("organisation_id", "pk")
    return [withdraw_invitation(each, reason=reason, by=by, at=at) for each in still_open]


@transaction.atomic
def send_new_link(invitation: Invitation, *, by: Person, at: dt.datetime) -> tuple[Invitation, str]:
    """Withdraw the invitation, and offer the same role to the same address with another link.

    It stays its first sender's, so that it goes when they do.
    Returns the new invitation and its token. Raises InvitationAccepted, InvitationWithdrawn, and
    what `invite` raises.
    """
    before = withdraw_invitation(invitation, by=by, at=at)
    return invite(
        before.organisation,
        email=before.email,
        role=Role(before.role),
        sender=before.invited_by,
        by=by,
        at=at,
    )


@transaction.atomic
def change_role(
    membership: Membership, *, role: Role, by: Actor, at: dt.datetime
) -> Membership | None:
    """Give a member another role; None for the same role, which changes nothing.

    Doors come by `portal.leaving`, which tells what of theirs may more and ends their invitations.
    Raises LastOwner, NoLongerMember.
    """
    membership = _locked(membership)
    if membership.role == role:
        return None
    if role != Role.OWNER:
        _refuse_if_last_owner(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    _tell(membership, "membership.role_changed", by=by, at=at, details={"from": before, "to": role})
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: Actor, at: dt.datetime) -> Membership:
    """End a membership; the person keeps the account. Raises LastOwner, NoLongerMember.

    Doors come by `portal.leaving`, which tells what of theirs works on and ends their invitations.
    """
    membership = _locked(membership)
    _refuse_if_last_owner(membership)
    _tell(membership, "membership.removed", by=by, at=at, details={"role": membership.role})
    membership.delete()
    return membership


def _locked(membership: Membership) -> Membership:
    """The membership as it is now; the lock on the organisation makes owners wait in line.

    Raises NoLongerMember.
    """
    lock_organisation(membership.organisation_id)
    found = Membership.objects.select_related("organisation", "person").filter(pk=membership.pk)
    now = found.first()
    if now is None:
        raise NoLongerMember
    return now


def _locked_invitation(invitation: Invitation) -> Invitation:
    lock_organisation(invitation.organisation_id)
    found = Invitation.objects.select_related("organisation", "invited_by")
    return found.get(pk=invitation.pk)


def _withdraw(
    invitation: Invitation,
    verb: str,
    *,
    by: Actor,
    at: dt.datetime,
    reason: str = "",
    **more: str,
) -> Invitation:
    _refuse_unless_undecided(invitation)
    invitation.withdrawn_at = at
    invitation.save(update_fields=["withdrawn_at"])
    history.record(
        invitation,
        f"invitation.{verb}",
        organisation=invitation.organisation,
        by=by,
        at=at,
        reason=reason,
        details={"email": invitation.email, **more},
    )
    return invitation


def _refuse_unless_may_invite(organisation: Organisation, by: Person) -> None:
    """The door asked before the lock; who went meanwhile would come back by a link of theirs."""
    owners = Membership.objects.of(organisation).owners().reachable()
    if not by.is_staff and not owners.filter(person=by).exists():
        raise MayNotInvite


def _refuse_if_last_owner(membership: Membership) -> None:
    owners = Membership.objects.of(membership.organisation).owners().reachable()
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise LastOwner


def _make_way_for_invitation(organisation: Organisation, address: str, at: dt.datetime) -> None:
    undecided = Invitation.objects.undecided().filter(organisation=organisation, email=address)
    if undecided.open_at(at).exists():
        raise AlreadyInvited
    undecided.update(withdrawn_at=at)


def _refuse_unless_open(invitation: Invitation, at: dt.datetime) -> None:
    _refuse_unless_undecided(invitation)
    if invitation.expires_at <= at:
        raise InvitationExpired


def _refuse_unless_undecided(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise InvitationAccepted
    if invitation.withdrawn_at is not None:
        raise InvitationWithdrawn


def _mail_invitation(invitation: Invitation, token: str, at: dt.datetime) -> None:
    invited = account_of(invitation.email)
    queue_letter(
        to=invitation.email,
        language=invited.language if invited else invitation.organisation.language,
        template="customers/invitation",
        context={"invitation": invitation, "token": token},
        carries_secret=True,
        at=at,
    )


def _tell(
    membership: Membership, verb: str, *, by: Actor, at: dt.datetime, details: dict[str, object]
) -> None:
    history.record(
        membership,
        verb,
        organisation=membership.organisation,
        by=by,
        at=at,
        details={"person": str(membership.person), **details},
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
