"""Mail about an authorisation: to who decides at the customer, and to who built the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import Membership, Role
from customers.operations.mail import queue_letter

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.applications.models import Authorisation

# D3.5: a user or general administrator of the tenant. Owners appoint those, so may they.
APPROVERS = (Role.OWNER, Role.TENANT_ADMINISTRATOR)


def write_to_approvers(authorisation: Authorisation, what: str, *, at: dt.datetime) -> None:
    """To everybody who may give the customer's yes, and the contact that the request named.

    Each in their own language.
    """
    members = Membership.objects.of(authorisation.tenant.organisation).reachable()
    deciding = members.filter(role__in=APPROVERS) | members.filter(
        person__email=authorisation.contact_email
    )
    for member in deciding:
        _write(authorisation, what, to=member.person.email, language=member.person.language, at=at)


def write_to_maker(authorisation: Authorisation, what: str, *, at: dt.datetime) -> None:
    """To the technical contact; of what ends also to those who asked to hear of uninstalling."""
    application = authorisation.application
    ends = what in ("revoked", "expired")
    others = application.uninstall_mails if ends else []
    for address in dict.fromkeys([application.technical_contact, *others]):
        _write(authorisation, what, to=address, language=application.owner.language, at=at)


def _write(
    authorisation: Authorisation, what: str, *, to: str, language: str, at: dt.datetime
) -> None:
    queue_letter(
        to=to,
        language=language,
        template=f"subscriptions/authorisation_{what}",
        context={"authorisation": authorisation},
        at=at,
    )
