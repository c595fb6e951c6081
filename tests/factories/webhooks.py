"""Endpoints for tests, made without asking a resolver; events by the real dispatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from customers.history import record
from portal.webhooks.event_types import EVENT_TYPES, TEST
from portal.webhooks.models import Delivery, Endpoint, EndpointSecret, Event
from portal.webhooks.operations import deliveries, underway
from portal.webhooks.payloads import trial_message
from portal.webhooks.sending import Lines
from portal.webhooks.signing import seal
from tests.factories.customers import LONG_AGO, OrganisationFactory, PersonFactory

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.models import History, Organisation
    from portal.webhooks.sending import Outcome

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class EndpointFactory(DjangoModelFactory[Endpoint]):
    """Wants everything, signs with SECRET."""

    class Meta:
        model = Endpoint
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    address = factory.Sequence(lambda n: f"https://hooks.example/{n}")
    event_types = list(EVENT_TYPES)
    created_by = factory.SubFactory(PersonFactory)
    created_at = LONG_AGO

    @factory.post_generation
    def secret(self: Endpoint, create: bool, given: str | None) -> None:
        if create:
            EndpointSecret.objects.create(
                endpoint=self, sealed=seal(given or SECRET), created_at=LONG_AGO
            )


class EventFactory(DjangoModelFactory[Event]):
    """A test, which needs no history behind it."""

    class Meta:
        model = Event

    organisation = factory.SubFactory(OrganisationFactory)
    type = TEST
    body = factory.LazyAttributeSequence(
        lambda event, n: trial_message(event.organisation, name=str(n), at=event.at)
    )
    at = LONG_AGO
    created_at = LONG_AGO


class DeliveryFactory(DjangoModelFactory[Delivery]):
    """Of a test, and delivered."""

    class Meta:
        model = Delivery

    endpoint = factory.SubFactory(EndpointFactory)
    event = factory.SubFactory(
        EventFactory, organisation=factory.SelfAttribute("..endpoint.organisation")
    )
    delivered_at = LONG_AGO


@transaction.atomic
def something_happens(organisation: Organisation, *, at: dt.datetime = LONG_AGO) -> History:
    """The least there is to tell of: a partner was let in."""
    return record(
        organisation,
        "partner_access.granted",
        organisation=organisation,
        by=PersonFactory(),
        at=at,
        details={"partner": "Example Partners"},
    )


def answered(delivery: Delivery, outcome: Outcome, *, at: dt.datetime) -> None:
    """As after an attempt with this outcome, at the address that the endpoint has now."""
    addresses = Endpoint.objects.filter(pk=delivery.endpoint_id).values_list("address", flat=True)
    address = addresses.first() or "removed meanwhile"
    sent = deliveries.Sent(delivery.endpoint_id, address, {delivery.pk: outcome})
    deliveries.write_down([sent], at=at)


def worked_off() -> int:
    """What is under way, to its end; how many steps that took."""
    steps = 0
    while taken := underway.take_steps():
        steps += taken
    return steps


def attempt(address: str, body: str, headers: Mapping[str, str]) -> Outcome:
    """One, over a line of its own."""
    with Lines() as lines, lines.open() as line:
        return line.post(address, body, headers)
