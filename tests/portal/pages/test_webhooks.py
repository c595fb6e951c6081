"""The pages of webhooks: endpoints, secrets shown once, what was sent and answered."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING

import pytest

from customers.models import Organisation, Person, Role
from portal.webhooks.event_types import documented
from portal.webhooks.models import Attempt, Delivery, Endpoint
from portal.webhooks.operations import endpoints as operations
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.sending import Outcome
from portal.webhooks.signing import unseal
from tests.factories.webhooks import EndpointFactory, answered, something_happens, worked_off
from tests.portal.pages.conftest import NOON
from tests.portal.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import Settings

HERE = "http://127.0.0.1:9000/hooks"


@pytest.fixture
def _inside(settings: Settings) -> None:
    settings.WEBHOOKS_INTERNAL_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def endpoint(customer: Organisation) -> Endpoint:
    endpoint: Endpoint = EndpointFactory(
        organisation=customer, address=HERE, event_types=["partner_access.granted"]
    )
    return endpoint


@pytest.fixture
def developer(
    browser_of: Callable[[Person], Client], member_of: Callable[[Role], Person]
) -> Client:
    return browser_of(member_of(Role.DEVELOPER))


@pytest.fixture
def delivery(endpoint: Endpoint) -> Delivery:
    """Told once, refused once."""
    something_happens(endpoint.organisation)
    dispatch(at=NOON)
    found = endpoint.deliveries.get()
    answered(found, Outcome(status=500, answer="<b>no</b>", duration_ms=12), at=NOON)
    return found


@pytest.mark.usefixtures("_inside")
def test_the_secret_is_shown_once(signed_in: Client, page: Callable[..., str]) -> None:
    response = signed_in.post(
        page("webhook_add"),
        {"address": HERE, "description": "Ours", "event_types": ["subscription.started"]},
    )

    assert response.status_code == 200
    endpoint = Endpoint.objects.get()
    secret = unseal(endpoint.secrets.get().sealed)
    assert re.search(r'value="(whsec_[^"]+)"', text_of(response)).group(1) == secret  # type: ignore[union-attr]
    for name, more in (("webhook_list", ()), ("webhook_detail", (endpoint.pk,))):
        assert "whsec_" not in text_of(signed_in.get(page(name, *more)))
    assert secret not in endpoint.secrets.get().sealed


@pytest.mark.usefixtures("_inside")
def test_a_second_click_leads_to_a_new_secret(signed_in: Client, page: Callable[..., str]) -> None:
    typed = {"address": HERE, "event_types": ["subscription.started"]}
    signed_in.post(page("webhook_add"), typed)

    told = signed_in.post(page("webhook_add"), typed)

    assert told.status_code == 409
    assert "If nobody has copied its secret, give it a new one." in text_of(told)
    assert Endpoint.objects.count() == 1


def test_the_list_says_who_added_each_and_who_of_them_has_left(
    signed_in: Client, page: Callable[..., str], customer: Organisation, owner: Person
) -> None:
    EndpointFactory(organisation=customer, address="https://stays.example/", created_by=owner)
    left = EndpointFactory(
        organisation=customer, address="https://gone.example/", created_by__name="Lea Left"
    )

    shown = signed_in.get(page("webhook_list"))

    assert shown.context["orphaned"] == ["https://gone.example/"]
    assert "Whoever made the secret of these endpoints has left" in text_of(shown)
    assert f"<small>{owner}</small>" in text_of(shown)
    assert "<small>Lea Left</small>" in text_of(shown)
    assert "Lea Left" in text_of(signed_in.get(page("webhook_detail", left.pk)))


@pytest.mark.parametrize(
    ("makers", "orphaned"),
    [
        pytest.param(["owner"], [], id="an owner since"),
        pytest.param(["owner", "somebody"], ["https://gone.example/"], id="who left, since"),
        pytest.param(["somebody", "owner"], [], id="an owner after them"),
    ],
)
def test_whose_newest_secret_an_owner_made_is_nobodys_orphan(
    signed_in: Client,
    page: Callable[..., str],
    customer: Organisation,
    owner: Person,
    makers: list[str],
    orphaned: list[str],
) -> None:
    left = EndpointFactory(organisation=customer, address="https://gone.example/")
    people = {"owner": owner, "somebody": left.created_by}
    for later, maker in enumerate(makers):
        at = NOON + dt.timedelta(days=later)
        operations.rotate_secret(left, overlap=dt.timedelta(), by=people[maker], at=at)

    shown = signed_in.get(page("webhook_list"))

    assert shown.context["orphaned"] == orphaned


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        pytest.param("https://127.0.0.1/", "leads to an internal network", id="internal"),
        pytest.param("https://2130706433/", "is not an address", id="decimal"),
        pytest.param("http://hooks.example/", "is not an address", id="plain"),
    ],
)
def test_an_address_inside_is_refused_on_the_form(
    signed_in: Client, page: Callable[..., str], address: str, sentence: str
) -> None:
    response = signed_in.post(
        page("webhook_add"), {"address": address, "event_types": ["subscription.started"]}
    )

    assert response.status_code == 409
    assert sentence in text_of(response)
    assert not Endpoint.objects.exists()


@pytest.mark.usefixtures("_inside")
def test_a_person_has_so_many_addresses_looked_up_in_a_minute(
    signed_in: Client,
    developer: Client,
    page: Callable[..., str],
    endpoint: Endpoint,
    settings: Settings,
    noon: object,
) -> None:
    settings.WEBHOOK_ADDRESSES_PER_MINUTE = 2
    typed = {"address": "https://10.0.0.1/", "event_types": ["subscription.started"]}

    tried = [signed_in.post(page("webhook_add"), typed) for _attempt in range(2)]
    over = signed_in.post(page("webhook_add"), {**typed, "address": HERE + "/2"})
    changed = signed_in.post(page("webhook_change", endpoint.pk), {**typed, "address": HERE})

    assert all("leads to an internal network" in text_of(each) for each in tried)
    for refused in (over, changed):
        assert refused.status_code == 409
        assert "Too many addresses at once. Try again in a minute." in text_of(refused)
    assert Endpoint.objects.get().event_types == ["partner_access.granted"]
    by_another = developer.post(page("webhook_add"), {**typed, "address": HERE + "/2"})
    assert by_another.status_code == 200


def test_events_are_chosen_by_subject(signed_in: Client, page: Callable[..., str]) -> None:
    form = signed_in.get(page("webhook_add")).context["form"]

    by_subject = dict(form.fields["event_types"].choices)
    assert [*by_subject] == [
        "Subscriptions",
        "Applications",
        "Tenants",
        "People",
        "Invoices",
        "Usage",
    ]
    assert ("tenant.moved", "A tenant was moved to another host") in by_subject["Tenants"]
    shown = str(form["event_types"])
    assert shown.count("<legend>") == len(by_subject)
    assert "A tenant was moved to another host <small>tenant.moved</small>" in shown


@pytest.mark.usefixtures("_inside")
def test_a_developer_cannot_have_invoices_sent(developer: Client, page: Callable[..., str]) -> None:
    form = text_of(developer.get(page("webhook_add")))
    assert "subscription.started" in form
    assert "invoice.issued" not in form

    response = developer.post(
        page("webhook_add"), {"address": HERE, "event_types": ["invoice.issued"]}
    )

    assert response.status_code == 422
    assert not Endpoint.objects.exists()


def test_an_endpoint_that_hears_of_invoices_is_not_there_for_a_developer(
    developer: Client, signed_in: Client, page: Callable[..., str], customer: Organisation
) -> None:
    theirs = EndpointFactory(
        organisation=customer, event_types=["invoice.issued", "subscription.started"]
    )

    listed = text_of(developer.get(page("webhook_list")))

    assert theirs.address not in listed
    assert "One more endpoint hears of invoices or usage" in listed
    assert developer.get(page("webhook_detail", theirs.pk)).status_code == 404
    assert developer.post(page("webhook_change", theirs.pk), {"address": HERE}).status_code == 404
    assert theirs.address in text_of(signed_in.get(page("webhook_list")))


@pytest.mark.usefixtures("_inside")
def test_an_endpoint_is_changed(
    signed_in: Client, page: Callable[..., str], endpoint: Endpoint
) -> None:
    response = signed_in.post(
        page("webhook_change", endpoint.pk),
        {"address": HERE + "/2", "description": "", "event_types": ["tenant.registered"]},
    )

    assert response.headers["Location"] == page("webhook_detail", endpoint.pk)
    endpoint.refresh_from_db()
    assert (endpoint.address, endpoint.event_types) == (HERE + "/2", ["tenant.registered"])


def test_a_secret_is_replaced_and_the_old_one_ended(
    signed_in: Client, page: Callable[..., str], endpoint: Endpoint
) -> None:
    address = page("webhook_rotate", endpoint.pk)
    form = {"hours": "24", "seen": signed_in.get(address).context["seen"]}

    made = text_of(signed_in.post(address, form))
    again = signed_in.post(address, form)

    assert unseal(endpoint.secrets.get(ends_at=None).sealed) in made
    assert endpoint.secrets.signing_at(NOON + dt.timedelta(hours=23)).count() == 2
    assert (again.status_code, endpoint.secrets.count()) == (409, 2)
    assert "If nobody has copied it, make another" in again.content.decode()

    # Its page was lost: the one after the second click carries on.
    made = text_of(signed_in.post(address, {"seen": again.context["seen"]}))
    assert unseal(endpoint.secrets.get(ends_at=None).sealed) in made
    assert endpoint.secrets.signing_at(NOON + dt.timedelta(hours=23)).count() == 2
    assert "The one before it signs until" in text_of(
        signed_in.get(page("webhook_detail", endpoint.pk))
    )

    end = page("webhook_end_old_secret", endpoint.pk)
    asked = text_of(signed_in.get(end))
    assert "a server that still checks with the old one refuses every message" in asked
    assert endpoint.secrets.signing_at(NOON).count() == 2

    signed_in.post(end)

    assert endpoint.secrets.signing_at(NOON).count() == 1
    told = text_of(signed_in.get(end, follow=True))
    assert "There is no old secret any more." in told


def test_switched_off_on_and_removed(
    signed_in: Client, page: Callable[..., str], endpoint: Endpoint
) -> None:
    signed_in.post(page("webhook_disable", endpoint.pk))
    off = text_of(signed_in.get(page("webhook_detail", endpoint.pk)))
    assert "Switched off by a person" in off
    assert page("webhook_test", endpoint.pk) not in off

    signed_in.post(page("webhook_enable", endpoint.pk))
    assert Endpoint.objects.get().is_enabled

    assert signed_in.get(page("webhook_remove", endpoint.pk)).status_code == 200
    assert Endpoint.objects.exists()
    going = signed_in.post(page("webhook_remove", endpoint.pk), follow=True)
    assert "Being removed" in text_of(going)
    assert signed_in.get(page("webhook_detail", endpoint.pk)).status_code == 404
    worked_off()
    assert not Endpoint.objects.exists()
    assert "Being removed" not in text_of(signed_in.get(page("webhook_list")))
    assert "removed" in text_of(signed_in.get(page("activity")))


def test_a_delivery_shows_what_was_said_and_answered(
    signed_in: Client, page: Callable[..., str], endpoint: Endpoint, delivery: Delivery
) -> None:
    shown = text_of(signed_in.get(page("webhook_delivery", endpoint.pk, delivery.pk)))

    assert "&lt;b&gt;no&lt;/b&gt;" in shown
    assert "12 ms" in shown
    assert "Will be tried again" in shown
    assert "Example Partners" in shown
    assert "Failing" in text_of(signed_in.get(page("webhook_list")))


def test_messages_are_sent_again(
    signed_in: Client, page: Callable[..., str], endpoint: Endpoint, delivery: Delivery
) -> None:
    answered(delivery, Outcome(status=200, duration_ms=1), at=NOON)

    signed_in.post(page("webhook_replay", endpoint.pk, delivery.pk))

    delivery.refresh_from_db()
    assert (delivery.next_attempt_at, delivery.replayed_at) == (NOON, NOON)
    shown = text_of(signed_in.get(page("webhook_delivery", endpoint.pk, delivery.pk)))
    assert page("webhook_replay", endpoint.pk, delivery.pk) not in shown

    response = signed_in.post(
        page("webhook_replay_since", endpoint.pk), {"since": "2026-11-23T11:00"}, follow=True
    )
    assert "1 message is on its way." in text_of(response)
    assert "Under way" in text_of(response)
    again = signed_in.post(page("webhook_replay_since", endpoint.pk), {"since": "2026-11-23T11:00"})
    assert again.status_code == 409
    worked_off()
    assert "Under way" not in text_of(signed_in.get(page("webhook_detail", endpoint.pk)))
    none = signed_in.post(page("webhook_replay_since", endpoint.pk), {"since": "2026-11-24T11:00"})
    assert (none.status_code, "Nothing that this endpoint wants" in text_of(none)) == (409, True)
    bad = signed_in.post(page("webhook_replay_since", endpoint.pk), {"since": "yesterday"})
    assert bad.status_code == 422


def test_what_waits_for_its_next_attempt_is_brought_forward_by_a_button(
    signed_in: Client, page: Callable[..., str], endpoint: Endpoint, delivery: Delivery
) -> None:
    again = page("webhook_replay", endpoint.pk, delivery.pk)
    assert again in text_of(signed_in.get(page("webhook_delivery", endpoint.pk, delivery.pk)))

    shown = text_of(signed_in.post(again, follow=True))

    delivery.refresh_from_db()
    assert (delivery.next_attempt_at, delivery.tries) == (NOON, 0)
    assert "On its way" in shown
    assert again not in shown


def test_a_test_is_sent_by_a_button(
    signed_in: Client, page: Callable[..., str], endpoint: Endpoint
) -> None:
    response = signed_in.post(page("webhook_test", endpoint.pk))

    delivery = Delivery.objects.get()
    assert response.headers["Location"] == page("webhook_delivery", endpoint.pk, delivery.pk)
    assert json.loads(delivery.event.body)["type"] == "webhook.test"
    assert not Attempt.objects.exists()


def test_every_event_is_explained(signed_in: Client, page: Callable[..., str]) -> None:
    shown = text_of(signed_in.get(page("webhook_events")))

    for each in documented():
        assert each.verb in shown
        assert str(each.sentence) in shown
