"""What pages about people and organisations read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import (
    Invitation,
    Membership,
    Organisation,
    PartnerAccess,
    Person,
)

if TYPE_CHECKING:
    import datetime as dt

    from customers.querysets import (
        InvitationQuerySet,
        MembershipQuerySet,
        OrganisationQuerySet,
        PartnerAccessQuerySet,
    )


def has_account(email: str) -> bool:
    return Person.objects.filter(email=email.lower()).exists()


def organisations_of(person: Person) -> OrganisationQuerySet:
    """Every organisation that let this person in, by name."""
    return Organisation.objects.visible_to(person).order_by("name", "pk")


def members_of(organisation: Organisation) -> MembershipQuerySet:
    return Membership.objects.of(organisation).order_by("person__name", "person__email")


def open_invitations_of(organisation: Organisation, at: dt.datetime) -> InvitationQuerySet:
    return Invitation.objects.of(organisation).open_at(at).order_by("-invited_at")


def partner_access_of(organisation: Organisation) -> PartnerAccessQuerySet:
    """Partners that may act for this customer now."""
    return PartnerAccess.objects.live().granted_by(organisation).order_by("partner__name")


def partners_without_access_to(customer: Organisation) -> OrganisationQuerySet:
    """Partners the customer could let in."""
    let_in = PartnerAccess.objects.live().granted_by(customer).values("partner")
    return (
        Organisation.objects.filter(kind=Organisation.Kind.PARTNER)
        .exclude(pk__in=let_in)
        .exclude(pk=customer.pk)
        .order_by("name")
    )
