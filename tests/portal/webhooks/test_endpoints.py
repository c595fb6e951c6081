"""What people do with endpoints, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.utils import InternalError, ProgrammingError

from customers.models import History, OutgoingMail
from portal.webhooks.event_types import TEST
from portal.webhooks.models import Endpoint, EndpointSecret
from portal.webhooks.operations import endpoints
from portal.webhooks.signing import new_secret, seal, unseal
from subscriptions.provisioning.signing import signed_headers
from tests.factories.customers import MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.webhooks import SECRET, DeliveryFactory, EndpointFactory

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_inside")]

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
HERE = "http://127.0.0.1:9000/"


def add(organisation: object, **changed: Any) -> endpoints.Issued:
    wanted: dict[str, Any] = {
        "address": HERE,
        "event_types": ["subscription.started"],
        "by": PersonFactory(),
        "at": AT,
    }
    return endpoints.add(organisation, **wanted | changed)  # type: ignore[arg-type]


def told() -> list[str]:
    return list(History.objects.order_by("pk").values_list("verb", flat=True))


def test_an_endpoint_is_added_with_a_secret_that_is_sealed() -> None:
    organisation = OrganisationFactory()

    issued = add(organisation, event_types=["tenant.registered", "subscription.started", "other"])

    assert issued.endpoint.event_types == ["subscription.started", "tenant.registered"]
    kept = EndpointSecret.objects.get()
    assert unseal(kept.sealed) == issued.secret
    assert issued.secret not in kept.sealed
    assert told() == ["webhook.added"]
    assert issued.secret not in str(History.objects.get().details)


def test_the_owners_read_who_added_one_and_where_it_leads() -> None:
    owner, developer = MembershipFactory(), PersonFactory(name="Dana Developer")
    endpoint = add(owner.organisation, by=developer).endpoint

    letter = OutgoingMail.objects.get()
    assert letter.to == owner.person.email
    assert f"Dana Developer has added a webhook to {HERE}." in letter.body
    assert f"/webhooks/{endpoint.pk}/" in letter.body

    seen: dict[str, Any] = {"description": "Ours", "event_types": endpoint.event_types}
    endpoints.change(endpoint, address=HERE, **seen, by=developer, at=AT)
    assert OutgoingMail.objects.count() == 1  # it leads where it led

    endpoints.change(endpoint, address=HERE + "other", **seen, by=developer, at=AT)
    letter = OutgoingMail.objects.latest("pk")
    assert f"to {HERE}other, and no longer to {HERE}." in letter.body


def test_what_is_chosen_no_more_waits_no_more() -> None:
    endpoint = EndpointFactory(address=HERE)
    waiting = {
        kind: DeliveryFactory(
            endpoint=endpoint, event__type=kind, delivered_at=None, next_attempt_at=AT
        )
        for kind in ("invoice.issued", "subscription.started", TEST)
    }
    done = DeliveryFactory(endpoint=endpoint, event__type="invoice.issued")
    elsewhere = DeliveryFactory(event__type="invoice.issued", delivered_at=None, next_attempt_at=AT)

    endpoints.change(
        endpoint,
        address=HERE,
        description="",
        event_types=["subscription.started"],
        by=PersonFactory(),
        at=AT,
    )

    for each in (*waiting.values(), done, elsewhere):
        each.refresh_from_db()
    assert [each.given_up_at for each in waiting.values()] == [AT, None, None]
    assert [each.next_attempt_at for each in waiting.values()] == [None, AT, AT]
    assert (done.given_up_at, elsewhere.next_attempt_at) == (None, AT)


def test_a_second_one_at_the_same_address_is_refused() -> None:
    organisation = OrganisationFactory()
    add(organisation)

    with pytest.raises(endpoints.AddressTaken):
        add(organisation)

    assert Endpoint.objects.count() == 1
    add(OrganisationFactory())  # of another organisation it is none of our business


def test_a_change_to_the_address_of_another_is_refused() -> None:
    organisation = OrganisationFactory()
    add(organisation)
    other = add(organisation, address=HERE + "other").endpoint

    with pytest.raises(endpoints.AddressTaken):
        endpoints.change(
            other,
            address=HERE,
            description="",
            event_types=["tenant.registered"],
            by=PersonFactory(),
            at=AT,
        )

    other.refresh_from_db()
    assert (other.address, other.event_types) == (HERE + "other", ["subscription.started"])


@pytest.mark.parametrize("event_types", [[], ["invoice.paid"], ["webhook.test"]])
def test_nothing_that_there_is_was_chosen(event_types: list[str]) -> None:
    with pytest.raises(endpoints.NothingChosen):
        add(OrganisationFactory(), event_types=event_types)

    assert told() == []


def test_twenty_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "MOST", 1)
    organisation = OrganisationFactory()
    add(organisation)

    with pytest.raises(endpoints.TooManyEndpoints):
        add(organisation, address=HERE + "other")

    assert Endpoint.objects.count() == 1


def test_two_secrets_at_a_time_and_no_more() -> None:
    endpoint, by = EndpointFactory(), PersonFactory()
    hour = dt.timedelta(hours=1)
    endpoints.rotate_secret(endpoint, overlap=hour, by=by, at=AT)
    older = endpoint.secrets.get(ends_at=AT + hour)

    lost = endpoint.secrets.get(ends_at=None)
    endpoints.rotate_secret(endpoint, overlap=2 * hour, by=by, at=AT)

    signing = endpoint.secrets.signing_at(AT)
    assert (signing.count(), older in signing, lost in signing) == (2, True, False)
    assert endpoint.secrets.get(pk=older.pk).ends_at == AT + hour
    endpoints.refuse_no_old_secret(endpoint, at=AT)
    endpoints.end_old_secret(endpoint, by=by, at=AT)
    with pytest.raises(endpoints.NoOldSecret):
        endpoints.refuse_no_old_secret(endpoint, at=AT)
    with pytest.raises(endpoints.NoOldSecret):
        endpoints.end_old_secret(endpoint, by=by, at=AT)
    endpoints.rotate_secret(endpoint, overlap=dt.timedelta(), by=by, at=AT + hour)

    assert endpoint.secrets.signing_at(AT + hour).count() == 1
    assert told() == [
        "webhook.secret_rotated",
        "webhook.secret_rotated",
        "webhook.old_secret_ended",
        "webhook.secret_rotated",
    ]


def test_off_is_off_and_on_is_on() -> None:
    endpoint, by = EndpointFactory(failing_since=AT), PersonFactory()

    with pytest.raises(endpoints.EndpointEnabled):
        endpoints.enable(endpoint, by=by, at=AT)
    endpoints.disable(endpoint, by=by, at=AT)
    with pytest.raises(endpoints.EndpointDisabled):
        endpoints.disable(endpoint, by=by, at=AT)
    with pytest.raises(endpoints.EndpointDisabled):
        endpoints.send_test(endpoint, at=AT)
    on = endpoints.enable(endpoint, by=by, at=AT)

    assert (on.disabled_at, on.failing_since) == (None, None)
    assert told() == ["webhook.disabled", "webhook.enabled"]


def test_what_was_removed_meanwhile_is_refused() -> None:
    endpoint, by = EndpointFactory(), PersonFactory()
    seen = Endpoint.objects.get(pk=endpoint.pk)  # in another window
    endpoints.remove(endpoint, by=by, at=AT)

    with pytest.raises(endpoints.EndpointRemoved):
        endpoints.disable(seen, by=by, at=AT)

    assert told() == ["webhook.removed"]


def test_what_was_said_never_changes() -> None:
    event = DeliveryFactory().event

    with (
        pytest.raises((InternalError, ProgrammingError), match="Cannot update"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE webhooks_event SET body = '{}' WHERE id = %s", [event.pk])


# --- Secrets ----------------------------------------------------------------------------------


def test_a_secret_survives_a_change_of_the_portals_key(settings: Settings) -> None:
    secret = new_secret()
    sealed = seal(secret)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-that-is-long-enough-for-every-check-there-is"

    assert unseal(sealed) == secret


def test_an_instant_is_signed_in_utc_whatever_zone_it_is_told_in() -> None:
    """The library would take the digits of the clock on the wall for UTC."""
    zone = dt.timezone(dt.timedelta(hours=5, minutes=30))

    in_utc = signed_headers("evt_1_1", "{}", with_secrets=[SECRET], at=AT)
    elsewhere = signed_headers("evt_1_1", "{}", with_secrets=[SECRET], at=AT.astimezone(zone))

    assert in_utc == elsewhere
    assert in_utc["webhook-timestamp"] == str(int(AT.timestamp()))
