"""Mail about an authorisation: to who decides at the customer, and to who built the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import Membership, Person, Role
from customers.operations.mail import queue_letter

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.applications.models import Authorisation

# D3.5: a user or general administrator of the tenant. Owners appoint those, so may they.
APPROVERS = (Role.OWNER, Role.TENANT_ADMINISTRATOR)
# D3.2: beside the technical contact an application names who hears of what goes wrong with it,
# and who hears that a tenant is gone for it.
ERRORS = ("denied", "deactivated", "reapproval_needed")
ENDS = ("revoked", "expired")


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
    """To the technical contact and to those who asked to hear of ERRORS or of ENDS, once each.

    In the language of whoever has an account with that address, else in the owner's.
    """
    application = authorisation.application
    others: list[str] = []
    if what in ERRORS:
        others = application.error_mails
    elif what in ENDS:
        others = application.uninstall_mails
    addresses = {each.lower(): each for each in (*others, application.technical_contact)}
    known = Person.objects.filter(email__in=addresses).values_list("email", "language")
    languages = dict.fromkeys(addresses, application.owner.language) | dict(known)
    for key, address in addresses.items():
        _write(authorisation, what, to=address, language=languages[key], at=at)


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
