"""Endpoints of the demo: two of a customer, of which one fails, and one of a developer.

They lead to the reference platform on this machine, which hears webhooks as well; where there is
none, the demo has no endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from portal.demo.queries import every_endpoint, sealed_secrets
from portal.operation_center.hearing import BELOW
from portal.webhooks import addresses
from portal.webhooks.event_types import EVENT_TYPES
from portal.webhooks.operations import endpoints
from portal.webhooks.signing import unseal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from customers.models import Organisation, Person
    from portal.webhooks.models import Endpoint

ABOUT_MONEY = [verb for verb in EVENT_TYPES if verb.startswith(("invoice.", "usage."))]
ABOUT_APPLICATIONS = [
    verb for verb in EVENT_TYPES if verb.startswith(("application.", "authorisation."))
]


def listening(
    organisation: Organisation,
    by: Person,
    *,
    receiver: str,
    description: str,
    event_types: list[str],
) -> Callable[[dt.datetime], object]:
    """From then on the receiver of this name hears of what happens."""

    def event(now: dt.datetime) -> None:
        if has_receivers():
            endpoints.add(
                organisation,
                address=address_of(receiver),
                description=description,
                event_types=event_types,
                by=by,
                at=now,
            )

    return event


def has_receivers() -> bool:
    """Whether the platform is the reference one, on this machine."""
    return urlsplit(settings.OPERATION_CENTER_URL).hostname in addresses.HERE


def address_of(receiver: str) -> str:
    return f"{settings.OPERATION_CENTER_URL.rstrip('/')}{BELOW}{receiver}"


def move_to_platform(*, at: dt.datetime) -> None:
    """After a start at which the platform listens elsewhere; the others stay as they are."""
    if not has_receivers():
        return
    for endpoint in _own():
        address = address_of(urlsplit(endpoint.address).path.removeprefix(BELOW))
        if address != endpoint.address:
            endpoints.change(
                endpoint,
                address=address,
                description=endpoint.description,
                event_types=endpoint.event_types,
                by=endpoint.created_by,
                at=at,
            )


def secrets(*, at: dt.datetime) -> list[str]:
    """Which sign the demo's endpoints at that instant."""
    return [unseal(sealed) for sealed in sealed_secrets(_own(), at)]


def _own() -> list[Endpoint]:
    """Those that lead to a receiver on this machine, whatever its port was."""
    return [each for each in every_endpoint() if _is_received_here(urlsplit(each.address))]


def _is_received_here(address: SplitResult) -> bool:
    return address.hostname in addresses.HERE and address.path.startswith(BELOW)
