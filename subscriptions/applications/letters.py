"""Mail about an authorisation: to who decides at the customer, and to who built the application.

For one authorisation as for thousands: as many queries.
"""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db.models import Q

from customers.models import ANSWER_FOR_TENANTS, Membership, Person
from customers.operations.mail import Letter, queue_letters
from subscriptions.applications.contacts import heard

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from subscriptions.applications.models import Application, Authorisation, Credential

# D3.2: beside the technical contact an application names who hears of what goes wrong with it,
# and who hears that a tenant is gone for it.
ERRORS = (
    "denied",
    "deactivated",
    "reapproval_needed",
    "suspended",
    "restored",
    "tenant_deleted",
)
ENDS = ("revoked", "expired", "tenant_deleted")
NOTHING_MORE: Mapping[str, object] = MappingProxyType({})


def write_to_approvers(
    authorisations: Iterable[Authorisation],
    what: str,
    context: Mapping[str, object] = NOTHING_MORE,
    *,
    at: dt.datetime,
) -> None:
    """To everybody who may give the customer's yes, and the contact that the request named.

    Each in their own language. Load the authorisations `with_names()`; `context` is what the
    letter says besides.
    """
    authorisations = list(authorisations)
    deciding = Q(role__in=ANSWER_FOR_TENANTS) | Q(
        person__email__in={each.contact_email for each in authorisations}
    )
    members = Membership.objects.reachable().select_related("person").order_by("pk")
    by_organisation = defaultdict(list)
    for member in members.filter(
        deciding, organisation__in={each.tenant.organisation_id for each in authorisations}
    ):
        by_organisation[member.organisation_id].append(member)
    queue_letters(
        (
            _letter(
                what,
                authorisation,
                {"reader_of": authorisation.tenant.organisation_id, **context},
                member.person.email,
                member.person.language,
            )
            for authorisation in authorisations
            for member in by_organisation[authorisation.tenant.organisation_id]
            if member.role in ANSWER_FOR_TENANTS
            or member.person.email == authorisation.contact_email
        ),
        at=at,
    )


def write_to_maker(
    authorisations: Iterable[Authorisation],
    what: str,
    context: Mapping[str, object] = NOTHING_MORE,
    *,
    ends_error: bool = False,
    at: dt.datetime,
) -> None:
    """To the technical contact and to those who asked to hear of ERRORS or of ENDS, once each.

    Here as below only to those who agreed to it, and the owner's own people. What ends an error
    concerns who heard of it. In the language of whoever has an account with that address, else in
    the owner's.
    """
    of_error = ends_error or what in ERRORS
    readers = [
        (each, _readers(each.application, of_error=of_error, of_end=what in ENDS))
        for each in authorisations
    ]
    keys = {key for _each, addresses in readers for key in addresses}
    agreed = heard({each.application.owner_id for each, _addresses in readers}, keys)
    languages = _languages(keys)
    queue_letters(
        (
            _letter(
                what,
                authorisation,
                {"reader_of": authorisation.application.owner_id, **context},
                address,
                languages.get(key, authorisation.application.owner.language),
            )
            for authorisation, addresses in readers
            for key, address in addresses.items()
            if (authorisation.application.owner_id, key) in agreed
        ),
        at=at,
    )


def write_of_errors(
    applications: Iterable[Application],
    template: str,
    context: Mapping[str, object],
    *,
    beside: Collection[str] = (),
    at: dt.datetime,
) -> None:
    """One letter about applications of one owner to all who hear of errors of any of them.

    Nothing to the addresses in `beside`, which have it already. Languages as above.
    """
    applications = list(applications)
    readers = {key: a for each in applications for key, a in _hearing_of_errors(each).items()}
    for address in beside:
        readers.pop(address.lower(), None)
    readers = _agreed(applications[0].owner_id, readers) if applications else {}
    languages = _languages(readers)
    queue_letters(
        (
            Letter(to, languages.get(key, applications[0].owner.language), template, context)
            for key, to in readers.items()
        ),
        at=at,
    )


def write_of_credential(
    credential: Credential,
    what: str,
    context: Mapping[str, object] = NOTHING_MORE,
    *,
    by: Person,
    at: dt.datetime,
) -> None:
    """To the owners of whoever built the application, and its technical contact, once each.

    A program with the secret works at every customer that let the application in.
    """
    application = credential.application
    readers = _answering(application, _by_key(application.technical_contact))
    languages = _languages(readers)
    template, language = f"subscriptions/{what}", application.owner.language
    told = {"credential": credential, "application": application, "who": by, **context}
    queue_letters(
        (Letter(to, languages.get(key, language), template, told) for key, to in readers.items()),
        at=at,
    )


def write_of_application(
    application: Application, what: str, context: Mapping[str, object], *, at: dt.datetime
) -> None:
    """To the owners of whoever built it and to all who hear of its errors, once each."""
    readers = _answering(application, _hearing_of_errors(application))
    languages = _languages(readers)
    template, language = f"subscriptions/application_{what}", application.owner.language
    told = {"application": application, **context}
    queue_letters(
        (Letter(to, languages.get(key, language), template, told) for key, to in readers.items()),
        at=at,
    )


def _hearing_of_errors(application: Application) -> dict[str, str]:
    return _by_key(*application.error_mails, application.technical_contact)


def _readers(application: Application, *, of_error: bool, of_end: bool) -> dict[str, str]:
    errors = application.error_mails if of_error else ()
    ends = application.uninstall_mails if of_end else ()
    return _by_key(*errors, *ends, application.technical_contact)


def _answering(application: Application, named: dict[str, str]) -> dict[str, str]:
    """The owners of whoever built it, and of those that it names who agreed to it."""
    owners = Membership.objects.of(application.owner).owners().reachable()
    addresses = owners.values_list("person__email", flat=True)
    return _agreed(application.owner_id, named | _by_key(*addresses))


def _agreed(owner_id: int, readers: dict[str, str]) -> dict[str, str]:
    agreed = heard([owner_id], readers)
    return {key: address for key, address in readers.items() if (owner_id, key) in agreed}


def _by_key(*addresses: str) -> dict[str, str]:
    """Addresses as they were typed, by what makes them the same."""
    return {each.lower(): each for each in addresses}


def _languages(addresses: Collection[str]) -> Mapping[str, str]:
    """Of those who have an account."""
    known = Person.objects.filter(email__in=addresses)
    return dict(known.values_list("email", "language"))


def _letter(
    what: str,
    authorisation: Authorisation,
    context: Mapping[str, object],
    to: str,
    language: str,
) -> Letter:
    template = f"subscriptions/authorisation_{what}"
    return Letter(to, language, template, {"authorisation": authorisation, **context})
