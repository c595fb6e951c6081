"""Whose account an address leads to: the one that they sign in with, or another they confirmed."""

from __future__ import annotations

from typing import cast

from allauth.account.models import EmailAddress

from customers.models import Person


def has_account(email: str) -> bool:
    return account_of(email) is not None


def account_of(email: str) -> Person | None:
    """Whose address it is; or who has it beside theirs, confirmed."""
    address = email.lower()
    person = Person.objects.filter(email=address).first()
    return person or whose_confirmed(address)


def whose_confirmed(address: str) -> Person | None:
    """The one account for which somebody followed a link that went there."""
    confirmed = EmailAddress.objects.filter(email=address, verified=True).select_related("user")
    found = confirmed.first()
    return cast("Person", found.user) if found else None


def is_address_of(person: Person, email: str) -> bool:
    """Theirs, or one that they have confirmed beside it."""
    address = email.lower()
    return person.email == address or whose_confirmed(address) == person


def has_confirmed_address(person: Person) -> bool:
    return bool(EmailAddress.objects.filter(user=person, verified=True).exists())
