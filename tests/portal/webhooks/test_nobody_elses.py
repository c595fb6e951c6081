"""Whatever happens to whom, nobody is told of a row of an organisation that did not let them in."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.history import record
from customers.models import History, Organisation
from portal.webhooks.event_types import EVENT_TYPES
from portal.webhooks.models import Event
from portal.webhooks.operations.dispatching import dispatch
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.webhooks import EndpointFactory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from customers.models import Person
    from subscriptions.applications.models import Authorisation

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
OF_AUTHORISATIONS = sorted(verb for verb in EVENT_TYPES if verb.startswith("authorisation."))
# Which organisation has an endpoint, who built the application, whose tenant it is, what is told:
# of an authorisation, or of another row of that customer that happens to have the same number.
WHO = st.integers(0, 3)
HAPPENED = st.lists(
    st.tuples(WHO, WHO, st.sampled_from([*OF_AUTHORISATIONS, "partner_access.granted", "x.y"])),
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listening=st.sets(WHO), happened=HAPPENED)
def test_everybody_hears_of_their_own_and_of_what_they_built(
    listening: set[int], happened: Sequence[tuple[int, int, str]]
) -> None:
    person = PersonFactory()
    organisations = [OrganisationFactory() for _each in range(4)]
    for number in listening:
        EndpointFactory(organisation=organisations[number])
    written = [
        _happens(organisations[builder], organisations[customer], verb, person)
        for builder, customer, verb in happened
    ]

    dispatch(at=AT)

    for number, organisation in enumerate(organisations):
        events = Event.objects.of(organisation).order_by("sequence")
        told = [event.history_id for event in events]
        entitled = [
            history.pk
            for history, builder in written
            if history.verb in EVENT_TYPES and organisation in (history.organisation, builder)
        ]
        assert told == (entitled if number in listening else [])
        assert [event.sequence for event in events] == list(range(1, len(told) + 1))
        for event in events:
            assert json.loads(event.body)["organisation"]["id"] == organisation.pk


def _happens(
    builder: Organisation, customer: Organisation, verb: str, person: Person
) -> tuple[History, Organisation | None]:
    """The row, and who built what it is about, if it is about an authorisation."""
    authorisation: Authorisation = AuthorisationFactory(
        tenant=TenantFactory(organisation=customer),
        application=ApplicationFactory(owner=builder),
    )
    is_about_it = verb in OF_AUTHORISATIONS
    history = record(
        # The number of the authorisation on a row of another kind must not open a door.
        authorisation if is_about_it else Organisation(pk=authorisation.pk),
        verb,
        organisation=customer,
        tenant=authorisation.tenant,
        by=person,
        at=AT,
        details={"partner": "Example Partners"},
    )
    return history, builder if is_about_it else None
