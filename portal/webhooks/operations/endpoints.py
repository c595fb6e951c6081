"""Endpoints: added, changed, switched off and on, and their secrets, by people of the organisation.

The address is judged before the transaction begins: a resolver may take its time, and nobody
should wait for it with a lock in hand.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.locks import lock_organisation
from customers.refusals import Refusal
from portal.webhooks import addresses
from portal.webhooks.event_types import EVENT_TYPES, TEST
from portal.webhooks.letters import write_where_it_leads
from portal.webhooks.models import Delivery, Endpoint, EndpointSecret, Event, Replay
from portal.webhooks.payloads import trial_message
from portal.webhooks.signing import new_secret, seal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from customers.actors import Actor
    from customers.models import Organisation, Person
    from portal.webhooks.querysets import EndpointQuerySet, SecretQuerySet

MOST = 20  # endpoints of an organisation

# What `deliveries` writes down of failures at an endpoint's address.
HOW_IT_GOES = ("failing_since", "failed_at", "given_up_since", "given_up_told_at")


class TooManyEndpoints(Refusal):
    sentence = _("There are twenty endpoints already. Remove one first.")


class AddressTaken(Refusal):
    sentence = _("There is an endpoint with this address already.")


class AddedBefore(AddressTaken):
    """By the first click, perhaps, whose page with the secret was lost to the second."""

    sentence = _(
        "There is an endpoint with this address already, added by a second click perhaps. If "
        "nobody has copied its secret, give it a new one."
    )


class NothingChosen(Refusal):
    sentence = _("Choose at least one event.")


class EndpointDisabled(Refusal):
    sentence = _("The endpoint is switched off. Switch it on first.")


class EndpointEnabled(Refusal):
    sentence = _("The endpoint is switched on already.")


class SecretMadeMeanwhile(Refusal):
    """The newest is another than the person saw: a second click, perhaps, that lost its page."""

    sentence = _(
        "A new secret was made a moment ago, by a second click or by somebody else. If nobody has "
        "copied it, make another, which takes its place."
    )


class NoOldSecret(Refusal):
    sentence = _("There is no old secret any more.")


class EndpointChanged(Refusal):
    sentence = _("Somebody has changed it meanwhile. Read it again before you change it.")


class EndpointRemoved(Refusal):
    sentence = _("The endpoint was removed meanwhile.")


class Issued(NamedTuple):
    """The only moment at which the secret is shown."""

    endpoint: Endpoint
    secret: str


def add(
    organisation: Organisation,
    *,
    address: str,
    description: str = "",
    event_types: Iterable[str],
    by: Person,
    at: dt.datetime,
) -> Issued:
    """A new endpoint, switched on, with its first secret. The owners get a letter.

    It hears of what happens from now on. Raises AddressMalformed, AddressNotFound,
    AddressInternal, AddedBefore, NothingChosen, TooManyEndpoints.
    """
    addresses.check(address)
    return _add(organisation, address, description, _known(event_types), by, at)


@transaction.atomic
def _add(
    organisation: Organisation,
    address: str,
    description: str,
    event_types: list[str],
    by: Person,
    at: dt.datetime,
) -> Issued:
    lock_organisation(organisation.pk)
    present = Endpoint.objects.of(organisation).present()
    if present.filter(address=address).exists():
        raise AddedBefore
    if present.count() >= MOST:
        raise TooManyEndpoints
    endpoint = Endpoint.objects.create(
        organisation=organisation,
        address=address,
        description=description,
        event_types=event_types,
        created_by=by,
        created_at=at,
    )
    secret = _give_secret(endpoint, at=at)
    _tell(endpoint, "added", by=by, at=at, details={"events": event_types})
    write_where_it_leads(endpoint, by=by, at=at)
    return Issued(endpoint, secret)


def change(
    endpoint: Endpoint,
    *,
    address: str,
    description: str,
    event_types: Iterable[str],
    by: Person,
    at: dt.datetime,
    as_seen: Callable[[Endpoint], bool] | None = None,
) -> Endpoint:
    """Another address, description or choice of events; what waits goes to the new address.

    Another address has never failed, and what waits goes there at once, with all attempts ahead.
    Of events that are chosen no more nothing waits: what was given up can be sent again. Of
    another address the owners get a letter. Raises what `add` raises, save TooManyEndpoints,
    AddressTaken, and EndpointChanged when it is no longer `as_seen`.
    """
    addresses.check(address)
    return _change(endpoint, address, description, _known(event_types), by, at, as_seen)


@transaction.atomic
def _change(
    endpoint: Endpoint,
    address: str,
    description: str,
    event_types: list[str],
    by: Person,
    at: dt.datetime,
    as_seen: Callable[[Endpoint], bool] | None,
) -> Endpoint:
    endpoint = locked(endpoint)
    if as_seen and not as_seen(endpoint):
        raise EndpointChanged
    others = Endpoint.objects.of(endpoint.organisation).present().exclude(pk=endpoint.pk)
    if others.filter(address=address).exists():
        raise AddressTaken
    before: dict[str, Any] = {"address": endpoint.address, "events": endpoint.event_types}
    endpoint.address = address
    endpoint.description = description
    endpoint.event_types = event_types
    endpoint.save(update_fields=["address", "description", "event_types"])
    unwanted = endpoint.deliveries.waiting().exclude(event__type__in=[*event_types, TEST])
    unwanted.update(next_attempt_at=None, given_up_at=at)
    _tell(endpoint, "changed", by=by, at=at, details={"events": event_types, "before": before})
    if before["address"] != address:
        _begin_anew(endpoint)
        endpoint.deliveries.waiting().update(next_attempt_at=at, tries=0)
        write_where_it_leads(endpoint, by=by, at=at, before=before["address"])
    return endpoint


@transaction.atomic
def rotate_secret(
    endpoint: Endpoint,
    *,
    overlap: dt.timedelta,
    by: Person,
    at: dt.datetime,
    as_seen: Callable[[Endpoint], bool] | None = None,
) -> Issued:
    """A new secret; for as long as `overlap` deliveries are signed with the old one as well.

    While two sign, the new one takes the place of the newest, which was lost or leaked; the older
    one signs for as long as it was to. Raises SecretMadeMeanwhile when it is no longer `as_seen`.
    """
    endpoint = locked(endpoint)
    if as_seen and not as_seen(endpoint):
        raise SecretMadeMeanwhile
    older = _old_secrets(endpoint, at).first()
    ends_at = at if older else at + overlap
    endpoint.secrets.filter(ends_at=None).update(ends_at=ends_at)
    secret = _give_secret(endpoint, at=at)
    details = {"old_until": older.ends_at if older else ends_at}
    _tell(endpoint, "secret_rotated", by=by, at=at, details=details)
    return Issued(endpoint, secret)


@transaction.atomic
def end_old_secret(endpoint: Endpoint, *, by: Person, at: dt.datetime) -> Endpoint:
    """From now on only the newest secret signs. Raises NoOldSecret."""
    endpoint = locked(endpoint)
    refuse_no_old_secret(endpoint, at=at)
    _old_secrets(endpoint, at).update(ends_at=at)
    _tell(endpoint, "old_secret_ended", by=by, at=at)
    return endpoint


def refuse_no_old_secret(endpoint: Endpoint, *, at: dt.datetime) -> None:
    """What `end_old_secret` refuses, said before it is asked for. Raises NoOldSecret."""
    if not _old_secrets(endpoint, at).exists():
        raise NoOldSecret


@transaction.atomic
def disable(endpoint: Endpoint, *, by: Person, at: dt.datetime) -> Endpoint:
    """Send nothing more there, and let nothing wait for it. Raises EndpointDisabled."""
    endpoint = locked(endpoint)
    if not endpoint.is_enabled:
        raise EndpointDisabled
    return switch_off(endpoint, because=Endpoint.Disabled.BY_PERSON, by=by, at=at)


def switch_off(
    endpoint: Endpoint, *, because: Endpoint.Disabled, by: Actor, at: dt.datetime
) -> Endpoint:
    """Of a locked endpoint that is on; `disable` is for people, `deliveries` for the portal."""
    endpoint.disabled_at, endpoint.disabled_because = at, because
    endpoint.save(update_fields=["disabled_at", "disabled_because"])
    Replay.objects.filter(endpoint=endpoint).delete()
    endpoint.deliveries.waiting().update(next_attempt_at=None, given_up_at=at)
    _tell(endpoint, "disabled", by=by, at=at, details={"because": because})
    return endpoint


@transaction.atomic
def enable(endpoint: Endpoint, *, by: Person, at: dt.datetime) -> Endpoint:
    """Send there again what happens from now on; replay brings what was missed.

    Raises EndpointEnabled.
    """
    endpoint = locked(endpoint)
    if endpoint.is_enabled:
        raise EndpointEnabled
    endpoint.disabled_at, endpoint.disabled_because = None, ""
    endpoint.save(update_fields=["disabled_at", "disabled_because"])
    _begin_anew(endpoint)
    _tell(endpoint, "enabled", by=by, at=at)
    return endpoint


@transaction.atomic
def remove(endpoint: Endpoint, *, by: Person, at: dt.datetime) -> None:
    """For good, with its secrets, deliveries and attempts.

    It is gone for everybody from now on, its address is free, and `underway` deletes what it
    leaves behind in steps. Raises EndpointRemoved.
    """
    endpoint = locked(endpoint)
    if endpoint.is_enabled:
        endpoint.disabled_at, endpoint.disabled_because = at, Endpoint.Disabled.BY_PERSON
    endpoint.removed_at = at
    endpoint.save(update_fields=["disabled_at", "disabled_because", "removed_at"])
    Replay.objects.filter(endpoint=endpoint).delete()
    _tell(endpoint, "removed", by=by, at=at)


@transaction.atomic
def send_test(endpoint: Endpoint, *, at: dt.datetime) -> Delivery:
    """An event without a number, for this endpoint alone. Raises EndpointDisabled."""
    endpoint = locked(endpoint)
    if not endpoint.is_enabled:
        raise EndpointDisabled
    body = trial_message(endpoint.organisation, name=secrets.token_hex(8), at=at)
    event = Event.objects.create(
        organisation=endpoint.organisation, type=TEST, body=body, at=at, created_at=at
    )
    return Delivery.objects.create(event=event, endpoint=endpoint, next_attempt_at=at)


def tell_that_the_maker_left(
    made: Iterable[Endpoint], *, maker: Person, by: Actor, at: dt.datetime
) -> None:
    """In the history, of endpoints that hear what they heard."""
    for endpoint in made:
        _tell(endpoint, "maker_left", by=by, at=at, details={"maker": str(maker)})


def tell_that_the_maker_may_less(
    made: Iterable[Endpoint], *, maker: Person, by: Actor, at: dt.datetime
) -> None:
    """In the history, of endpoints that hear more than the new role of their maker may see."""
    for endpoint in made:
        _tell(endpoint, "maker_may_less", by=by, at=at, details={"maker": str(maker)})


def locked(endpoint: Endpoint) -> Endpoint:
    """As it is now, after its organisation. Raises EndpointRemoved."""
    lock_organisation(endpoint.organisation_id)
    found: Endpoint | None = (
        Endpoint.objects.present()
        .select_related("organisation")
        .select_for_update(of=["self"], no_key=True)
        .filter(pk=endpoint.pk)
        .first()
    )
    if found is None:
        raise EndpointRemoved
    return found


def lock_alone(found: EndpointQuerySet) -> Endpoint | None:
    """The only one of these, without its organisation: for steps that touch its deliveries alone.

    As whoever writes down answers does, so that those take turns with it.
    """
    endpoint: Endpoint | None = found.select_for_update(no_key=True).first()
    return endpoint


def _begin_anew(endpoint: Endpoint) -> None:
    """As one that has never failed."""
    for name in HOW_IT_GOES:
        setattr(endpoint, name, None)
    endpoint.save(update_fields=HOW_IT_GOES)


def _known(event_types: Iterable[str]) -> list[str]:
    """In the order of the table, each once. Raises NothingChosen."""
    wanted = set(event_types)
    if not wanted & EVENT_TYPES.keys():
        raise NothingChosen
    return [verb for verb in EVENT_TYPES if verb in wanted]


def _old_secrets(endpoint: Endpoint, at: dt.datetime) -> SecretQuerySet:
    """Those that sign beside the newest, until they end."""
    return endpoint.secrets.signing_at(at).filter(ends_at__isnull=False)


def _give_secret(endpoint: Endpoint, *, at: dt.datetime) -> str:
    secret = new_secret()
    EndpointSecret.objects.create(endpoint=endpoint, sealed=seal(secret), created_at=at)
    return secret


def _tell(
    endpoint: Endpoint,
    what: str,
    *,
    by: Actor,
    at: dt.datetime,
    details: Mapping[str, object] | None = None,
) -> None:
    record(
        endpoint,
        f"webhook.{what}",
        organisation=endpoint.organisation,
        by=by,
        at=at,
        details={"address": endpoint.address, **(details or {})},
    )
