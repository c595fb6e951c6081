"""Whom an application names is written to when they have said so, or are of its owner's people.

Anybody signs up and names whom they like: until then a stranger gets one letter, without a word of
the application's in it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Membership
from customers.operations.invitation_limits import DAY, limit_of
from customers.operations.mail import Letter, queue_letters
from customers.refusals import Refusal
from subscriptions.applications.models import ContactAddress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from customers.models import Organisation, Person
    from subscriptions.applications.models import Application

# Letters get lost, and links are of no use when the secret key is replaced and the old one dropped.
ASKED_AGAIN_AFTER = dt.timedelta(days=15)


class TooManyAddresses(Refusal):
    sentence = _(
        "Name fewer new addresses of people who are not here: we write to so many in 24 hours."
    )


class LinkUnusable(Refusal):
    sentence = _("This link is not complete. Open it from the mail again.")


def ask_new(application: Application, *, at: dt.datetime) -> None:
    """Write to whom it names and nobody of its owner named before; under the owner's lock.

    Once, and once more to who was asked longer than ASKED_AGAIN_AFTER ago and has not agreed, as
    far as the limit for a day leaves room. Raises TooManyAddresses, of new ones alone: who was
    named before stands in the way of no change.
    """
    owner, named = application.owner, _named_by(application)
    known = {address for _owner, address in heard([owner.pk], named)}
    unknown = [address for address in named if address not in known]
    asked = ContactAddress.objects.filter(owner=owner)
    before = list(asked.filter(address__in=unknown).order_by("asked_at", "pk"))
    new = set(unknown).difference(each.address for each in before)
    today = asked.filter(Q(asked_at__gt=at - DAY) | Q(asked_again_at__gt=at - DAY))
    room = limit_of(owner).in_a_day - today.count() - len(new)
    if new and room < 0:
        raise TooManyAddresses
    again = [each for each in before if _is_asked_again(each, at)][: max(room, 0)]
    for each in again:
        each.asked_again_at = at
    ContactAddress.objects.bulk_update(again, ["asked_again_at"])
    rows = ContactAddress.objects.bulk_create(
        ContactAddress(owner=owner, address=address, asked_at=at)
        for address in unknown
        if address in new
    )
    _write_to([*again, *rows], owner, at=at)


def _is_asked_again(asked: ContactAddress, at: dt.datetime) -> bool:
    return asked.asked_again_at is None and asked.asked_at <= at - ASKED_AGAIN_AFTER


def _write_to(rows: Iterable[ContactAddress], owner: Organisation, *, at: dt.datetime) -> None:
    queue_letters(
        (
            Letter(
                row.address,
                owner.language,
                "subscriptions/contact_address",
                {"owner": owner, "token": token_of(row)},
            )
            for row in rows
        ),
        at=at,
    )


def behind(token: str) -> ContactAddress:
    """The address that the link is for. Raises LinkUnusable."""
    number = token.partition(":")[0]
    rows = ContactAddress.objects.select_related("owner")
    found = rows.filter(pk=number).first() if number.isdecimal() else None
    if found is None:
        raise LinkUnusable
    try:
        _signer_of(found).unsign(token)
    except signing.BadSignature:
        raise LinkUnusable from None
    return found


@transaction.atomic
def confirm(token: str, *, at: dt.datetime) -> ContactAddress:
    """From now on the applications of its owner may write there. Raises LinkUnusable."""
    found = behind(token)
    unconfirmed = ContactAddress.objects.filter(pk=found.pk, confirmed_at=None)
    unconfirmed.update(confirmed_at=at)
    found.refresh_from_db()
    return found


def token_of(row: ContactAddress) -> str:
    """For the link: good for as long as the row is there."""
    return _signer_of(row).sign(str(row.pk))


def _signer_of(row: ContactAddress) -> signing.Signer:
    """For this row alone: after a restored backup its number is given once more, to another.

    Nobody reads the address in the link, which the logs of every server on its way keep.
    """
    named = f"subscriptions.applications.contacts.named:{row.owner_id}:{row.address}"
    return signing.Signer(salt=named)


def heard(owners: Collection[int], addresses: Collection[str]) -> frozenset[tuple[int, str]]:
    """Of the addresses, in small letters, those that each owner may have written to; one query."""
    people = Membership.objects.reachable().filter(
        organisation__in=owners, person__email__in=addresses
    )
    confirmed = ContactAddress.objects.filter(
        owner__in=owners, address__in=addresses, confirmed_at__isnull=False
    )
    both = people.values_list("organisation_id", "person__email").union(
        confirmed.values_list("owner_id", "address")
    )
    return frozenset(both)


class NotHeard(NamedTuple):
    """Whom an application names and nothing is written to, as they were typed."""

    asked: list[str]  # and have not agreed
    gone: list[str]  # never asked: they were of its owner's people, and are no more


def not_heard(application: Application) -> NotHeard:
    owner_id, named = application.owner_id, _named_by(application)
    known = {address for _owner, address in heard([owner_id], named)}
    asked = set(
        ContactAddress.objects.filter(owner=owner_id, address__in=named).values_list(
            "address", flat=True
        )
    )
    return NotHeard(
        [typed for address, typed in named.items() if address in asked - known],
        [typed for address, typed in named.items() if address not in asked | known],
    )


def naming(person: Person, owner: Organisation) -> list[Application]:
    """What of the owner's names the address of this person for mail, by name."""
    built = owner.applications.select_related("owner").order_by("name", "pk")
    return [each for each in built if person.email.lower() in _named_by(each)]


def _named_by(application: Application) -> dict[str, str]:
    """As they were typed, by what makes them the same."""
    named = [
        application.technical_contact,
        *application.error_mails,
        *application.uninstall_mails,
    ]
    return {each.lower(): each for each in named}
