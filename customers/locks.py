"""The one order in which rows are locked: organisations by primary key, then what is theirs.

Everything that changes what a customer has takes its organisation's lock first, so two people
who click at once take turns, and nothing can deadlock.
"""

from __future__ import annotations

from customers.models import Organisation


def lock_organisation(organisation_id: int) -> Organisation:
    """The organisation as it is now, locked until the transaction ends.

    Without its key: rows that merely belong to it may be written meanwhile.
    """
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
