"""Developers who sign up: first the mail is confirmed, then there is an organisation (D3.2)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from customers.bulk import delete_in_steps
from customers.locks import lock_person
from customers.models import DeveloperSignUp, Organisation, Person, Role
from customers.operations import people
from customers.operations.organisations import NewOrganisation, create_organisation
from customers.turns import each_alone

KEPT_FOR = dt.timedelta(days=30)  # what nobody confirmed


def sign_up(person: Person, *, name: str, country: str, at: dt.datetime) -> DeveloperSignUp:
    """Remember which company a new person named. Nothing else exists until `confirm`."""
    found: DeveloperSignUp = DeveloperSignUp.objects.create(
        person=person, organisation_name=name, country=country, signed_up_at=at
    )
    return found


def forget_password(person: Person) -> Person:
    """What was typed at signing up opens nothing; a link in a mail leads to another password."""
    person.set_unusable_password()
    person.save(update_fields=["password"])
    return person


@transaction.atomic
def confirm(person: Person, *, at: dt.datetime) -> Organisation | None:
    """After the person's address was confirmed: a partner of its own, and its owner.

    None when this person did not sign up as a developer, has its organisation already, or has
    become a colleague meanwhile. A customer that develops for itself is a partner too, besides.
    """
    waiting = DeveloperSignUp.objects.filter(person=person).select_for_update()
    signed_up: DeveloperSignUp | None = waiting.first()
    if signed_up is None:
        return None
    if lock_person(person.pk).is_staff:
        signed_up.delete()
        return None
    organisation = create_organisation(
        NewOrganisation(
            name=signed_up.organisation_name,
            country=signed_up.country,
            currency="NOK" if signed_up.country == "NO" else "EUR",
            kind=Organisation.Kind.PARTNER,
            language=person.language,
        ),
        by=person,
        at=at,
    )
    people.add_member(organisation, person=person, role=Role.OWNER, by=person, at=at)
    signed_up.delete()
    return organisation


def forget_unconfirmed(*, at: dt.datetime) -> int:
    """Delete what was typed 30 days ago and never confirmed, account and all; returns how many.

    Of an account that has come to be used for something else, or of which rows that stay tell,
    only the sign-up goes. One account that cannot be deleted stops no other.
    """
    old = DeveloperSignUp.objects.filter(signed_up_at__lt=at - KEPT_FOR)
    unused = Person.objects.filter(
        pk__in=old.values("person"),
        is_staff=False,
        last_login=None,
        memberships=None,
        staff_changes=None,
        account_changes=None,
    )
    forgotten = each_alone(
        list(unused.order_by("pk").values_list("pk", flat=True)),
        _forget,
        trouble="an account that nobody confirmed stays",
        named=lambda pk: {"person": pk},
    )
    return forgotten + delete_in_steps(old.order_by("pk"))


def _forget(person_id: int) -> int:
    Person.objects.filter(pk=person_id).delete()
    return 1
