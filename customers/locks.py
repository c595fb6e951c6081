"""The one order in which rows are locked: organisations by primary key, then what is theirs.

Everything that changes what a customer has takes its organisation's lock first, so two people
who click at once take turns, and nothing can deadlock.
"""

from __future__ import annotations

from django.db import connection

from customers.models import Organisation, Person

# For a whole table, of which a dump or a long query may be reading: whoever asks for it behind one
# that waits for it waits as well.
TABLE_MILLISECONDS = 3_000


def lock_organisation(organisation_id: int) -> Organisation:
    """The organisation as it is now, locked until the transaction ends.

    Without its key: rows that merely belong to it may be written meanwhile.
    """
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)


def lock_person(person_id: int) -> Person:
    """The person as they are now, before any organisation's lock.

    Who becomes a colleague here becomes no member somewhere at the same moment.
    """
    return Person.objects.select_for_update(no_key=True).get(pk=person_id)


def take_turns_taking_on() -> None:
    """Whoever takes on an organisation waits here for the one before, until its transaction ends.

    Each gets the number after the highest.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers.customer_number'))")


def take_turns_registering_tenants() -> None:
    """Whoever registers a tenant waits here for the one before, until its transaction ends.

    An identifier is unique across organisations, whose own locks know nothing of each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers.register_tenant'))")


def take_turns_setting_policies() -> None:
    """Whoever changes a policy waits here for the one before, until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers.policies'))")


def take_turns_managing_staff() -> None:
    """Whoever changes the staff waits here for the one before, until its transaction ends.

    Two who take the same duty from each other would leave nobody with it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers.staff'))")
