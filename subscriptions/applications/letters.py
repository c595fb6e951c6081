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

    from subscriptions.applications.models import (
        Application,
        Authorisation,
        Credential,
        Publication,
    )

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

    Here as below only to those who agreed to it, and the owner's own people; to the owners where
    that leaves nobody. What ends an error concerns who heard of it. In the language of whoever has
    an account with that address, else in the owner's.
    """
    authorisations = list(authorisations)
    of_error = ends_error or what in ERRORS
    readers = _readers(
        (each.application, _hearing(each.application, of_error=of_error, of_end=what in ENDS))
        for each in authorisations
    )
    languages = _languages({key for each in readers for key in each})
    queue_letters(
        (
            _letter(
                what,
                authorisation,
                {"reader_of": authorisation.application.owner_id, **context},
                address,
                languages.get(key, authorisation.application.owner.language),
            )
            for authorisation, addresses in zip(authorisations, readers, strict=True)
            for key, address in addresses.items()
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

    Nothing to the addresses in `beside`, which have it already. `is_owner` says to an owner that
    it comes because nobody else may be written to. Languages as above.
    """
    named = [(each, _hearing_of_errors(each)) for each in applications]
    readers = {key: to for found in _readers(named) for key, to in found.items()}
    for address in beside:
        readers.pop(address.lower(), None)
    names = {key for _application, addresses in named for key in addresses}
    languages = _languages(readers)
    queue_letters(
        (
            Letter(
                to,
                languages.get(key, named[0][0].owner.language),
                template,
                {"is_owner": key not in names, **context},
            )
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
    told = {"credential": credential, "who": by, **context}
    _write(readers, application, what, told, at=at)


def write_of_version(
    publication: Publication,
    what: str,
    context: Mapping[str, object] = NOTHING_MORE,
    *,
    at: dt.datetime,
) -> None:
    """To the technical contact, or the owners of whoever built it: what became of a request."""
    application = publication.application
    [readers] = _readers([(application, _by_key(application.technical_contact))])
    told = {"publication": publication, **context}
    _write(readers, application, f"application_{what}", told, at=at)


def write_of_application(
    application: Application, what: str, context: Mapping[str, object], *, at: dt.datetime
) -> None:
    """To the owners of whoever built it and to all who hear of its errors, once each."""
    readers = _answering(application, _hearing_of_errors(application))
    _write(readers, application, f"application_{what}", context, at=at)


def _write(
    readers: Mapping[str, str],
    application: Application,
    what: str,
    context: Mapping[str, object],
    *,
    at: dt.datetime,
) -> None:
    languages = _languages(readers)
    template, language = f"subscriptions/{what}", application.owner.language
    told = {"application": application, **context}
    queue_letters(
        (Letter(to, languages.get(key, language), template, told) for key, to in readers.items()),
        at=at,
    )


def _hearing_of_errors(application: Application) -> dict[str, str]:
    return _by_key(*application.error_mails, application.technical_contact)


def _hearing(application: Application, *, of_error: bool, of_end: bool) -> dict[str, str]:
    errors = application.error_mails if of_error else ()
    ends = application.uninstall_mails if of_end else ()
    return _by_key(*errors, *ends, application.technical_contact)


def _readers(named: Iterable[tuple[Application, dict[str, str]]]) -> list[dict[str, str]]:
    """Of those that each application names who may be written to, or the owners of its maker.

    Contacts leave, and some never agree; what becomes of an application must reach somebody.
    """
    named = list(named)
    keys = {key for _application, addresses in named for key in addresses}
    agreed = heard({application.owner_id for application, _addresses in named}, keys)
    found = [
        (
            application.owner_id,
            {key: to for key, to in addresses.items() if (application.owner_id, key) in agreed},
        )
        for application, addresses in named
    ]
    owners = _owners({owner_id for owner_id, readers in found if not readers})
    return [readers or owners[owner_id] for owner_id, readers in found]


def _owners(of: Collection[int]) -> Mapping[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    members = Membership.objects.owners().reachable().filter(organisation__in=of).order_by("pk")
    for owner_id, email in members.values_list("organisation", "person__email"):
        found[owner_id] |= _by_key(email)
    return found


def _answering(application: Application, named: dict[str, str]) -> dict[str, str]:
    """The owners of whoever built it, and of those that it names who agreed to it."""
    owner_id = application.owner_id
    agreed = heard([owner_id], named)
    hearing = {key: to for key, to in named.items() if (owner_id, key) in agreed}
    return hearing | _owners([owner_id])[owner_id]


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
