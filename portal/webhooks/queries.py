"""What pages about webhooks read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from portal.webhooks.models import Delivery, Endpoint, Event, Replay

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Organisation, Person
    from portal.webhooks.models import Attempt
    from portal.webhooks.querysets import DeliveryQuerySet, EndpointQuerySet


ROWS = 25  # of a list beside another


@dataclass(frozen=True)
class Secrets:
    """Which sign at an instant: since when the newest, and until when the one before it."""

    newest_since: dt.datetime
    old_until: dt.datetime | None


def something_is_due(at: dt.datetime) -> bool:
    return bool(Endpoint.objects.with_something_due(at).exists())


def endpoints_of(organisation: Organisation, *, seeing: Iterable[str]) -> EndpointQuerySet:
    """Those that hear of nothing but what a reader with these event types may see.

    Who may not see invoices could otherwise have them sent, by changing an address.
    """
    found = Endpoint.objects.of(organisation).present().within(seeing)
    return (
        found.with_maker()
        .annotate(
            waiting=Count("deliveries", Q(deliveries__next_attempt_at__isnull=False)),
            given_up=Count("deliveries", Q(deliveries__given_up_at__isnull=False)),
        )
        .order_by("address")
    )


def endpoints_made_by(person: Person, organisation: Organisation) -> EndpointQuerySet:
    """Those that are there, switched on or off: an owner may switch one on again."""
    present: EndpointQuerySet = Endpoint.objects.of(organisation).present()
    return present.made_by(person).order_by("address")


def endpoints_hearing(organisation: Organisation, event_types: Iterable[str]) -> int:
    """How many are sent one of these."""
    present = Endpoint.objects.of(organisation).present().enabled()
    return int(present.filter(event_types__overlap=list(event_types)).count())


def hidden_endpoints(organisation: Organisation, *, seeing: Iterable[str]) -> int:
    """How many there are that `endpoints_of` leaves out."""
    everything = Endpoint.objects.of(organisation).present()
    return int(everything.count() - everything.within(seeing).count())


def endpoints_going(organisation: Organisation, *, seeing: Iterable[str]) -> list[str]:
    """Addresses that were removed and whose messages are still being deleted."""
    going = Endpoint.objects.of(organisation).removed().within(seeing)
    return list(going.order_by("address").values_list("address", flat=True))


def replay_of(endpoint: Endpoint) -> Replay | None:
    """What is under way there, of messages to be sent again."""
    return Replay.objects.filter(endpoint=endpoint).first()


def something_is_under_way() -> bool:
    return bool(Replay.objects.exists() or Endpoint.objects.removed().exists())


def deliveries_to(endpoint: Endpoint) -> DeliveryQuerySet:
    return Delivery.objects.filter(endpoint=endpoint).newest_first()


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """The newest first."""
    return list(delivery.attempts.order_by("-at", "-pk"))


def secrets_of(endpoint: Endpoint, at: dt.datetime) -> Secrets:
    newest, *old = endpoint.secrets.signing_at(at)
    return Secrets(newest.created_at, old[0].ends_at if old else None)


def newest_secret(endpoint: Endpoint) -> int | None:
    """The id of the one that signs without an end."""
    return endpoint.secrets.filter(ends_at=None).values_list("pk", flat=True).first()


def endpoints_found(*, text: str = "", state: str = "") -> EndpointQuerySet:
    """Of every organisation, for staff; empty filters let all by."""
    found = Endpoint.objects.present().of_anybody_called(text.strip()).in_state(state)
    return found.select_related("organisation").longest_failing_first()


def told_without_details() -> list[Event]:
    """Of every organisation, for staff: the newest whose history did not say what it should."""
    return list(Event.objects.without_details()[:ROWS])
