"""Where a person lands after signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from customers import queries

if TYPE_CHECKING:
    from customers.models import Organisation, Person


def landing_address(person: Person) -> str:
    """The overview of the only organisation, a choice of several, or the back office."""
    visible = list(queries.organisations_of(person)[:2])
    if len(visible) == 1:
        return overview_address(visible[0])
    if not visible and person.is_staff:
        return reverse("backoffice:home")
    return reverse("pages:organisation_chooser")


def overview_address(organisation: Organisation) -> str:
    return reverse("pages:overview", kwargs={"organisation_id": organisation.pk})
