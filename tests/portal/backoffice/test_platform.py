from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import History
from subscriptions.provisioning import delivery, reconciliation
from subscriptions.provisioning.models import Difference, Fact, Feed, PlatformEvent, Reconciliation
from subscriptions.provisioning.reconciliation import NOT_COMPARED
from subscriptions.provisioning.reports import NO_PLATFORM
from tests.factories.customers import TenantFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from portal.operation_center.server import OperationCenter
    from subscriptions.models import Subscription


@pytest.fixture
def arrived(
    operation_center: OperationCenter,
    known: Callable[..., None],
    tenant: Tenant,
    subscription: Subscription,
) -> OperationCenter:
    known(tenant)
    assert delivery.deliver_due(now=clock.now, real_now=clock.real_now) == Fact.objects.count()
    return operation_center


def page(client: Client, name: str, *args: object, query: str = "") -> str:
    return client.get(reverse(f"backoffice:{name}", args=args) + query).content.decode()


def test_what_waits_fails_and_why_is_on_the_page(
    client: Client,
    operation_center: OperationCenter,
    subscription: Subscription,
    operations: Person,
) -> None:
    delivery.deliver_due(now=clock.now, real_now=clock.real_now)  # a tenant it does not know
    client.force_login(operations)

    shown = page(client, "platform")

    assert "unknown tenant" in shown
    assert f"Waiting: {Fact.objects.count()}" in shown
    assert "Licence granted" in shown


def test_a_fact_shows_its_payload_and_what_the_platform_answered(
    client: Client, arrived: OperationCenter, operations: Person
) -> None:
    client.force_login(operations)
    fact = Fact.objects.get(type="licence.granted")

    shown = page(client, "platform_fact", fact.pk)

    assert str(fact.pk) in shown
    assert "&quot;sequence&quot;: 1" in shown
    assert "HTTP 200" in shown
    assert "Applied" in shown


def test_a_range_is_sent_again_and_the_platform_knows_it(
    client: Client, arrived: OperationCenter, operations: Person, tenant: Tenant
) -> None:
    client.force_login(operations)
    fact = Fact.objects.get(type="licence.granted")
    address = reverse("backoffice:platform_replay", args=[fact.pk])

    answer = client.post(address, {"first": 1, "last": 2, "confirmed": 2})

    assert answer.status_code == 302
    assert Fact.objects.waiting().count() == 2
    assert History.objects.filter(verb="tenant.facts_sent_again", tenant=tenant).exists()
    assert delivery.deliver_due(now=clock.now, real_now=clock.real_now) == 2
    outcomes = fact.attempts.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["applied", "known"]


def test_whoever_sends_again_reads_first_how_many_and_whose(
    client: Client, arrived: OperationCenter, operations: Person, tenant: Tenant
) -> None:
    client.force_login(operations)
    fact = Fact.objects.get(type="licence.granted")
    count = Fact.objects.of(tenant).count()

    shown = page(client, "platform_replay", fact.pk, query="?first=1&last=5000")

    assert f"Send {count} facts again?" in shown
    assert tenant.label in shown
    assert tenant.organisation.name in shown
    assert f'name="last" value="{count}"' in shown  # there are no more than these
    assert f'name="confirmed" value="{count}"' in shown
    assert not Fact.objects.waiting().exists()


@pytest.mark.parametrize(
    ("posted", "says"),
    [
        ({"first": 1, "last": 2}, "Send 2 facts again?"),
        ({"first": 1, "last": 2, "confirmed": 1}, "not the number of facts you agreed to"),
        ({"first": 800, "last": 900, "confirmed": 1}, "no facts with these numbers"),
        ({"first": 800, "last": 900}, "no facts with these numbers"),
        ({"first": "x", "last": 2, "confirmed": 2}, "Enter a whole number"),
    ],
    ids=["not asked yet", "another number", "nothing", "nothing to ask for", "no number"],
)
def test_nothing_is_sent_again_that_nobody_agreed_to(
    client: Client,
    arrived: OperationCenter,
    operations: Person,
    posted: dict[str, object],
    says: str,
) -> None:
    client.force_login(operations)
    fact = Fact.objects.get(type="licence.granted")

    address = reverse("backoffice:platform_replay", args=[fact.pk])
    shown = client.post(address, posted, follow=True).content.decode()

    assert says in shown
    assert not Fact.objects.waiting().exists()
    assert not History.objects.filter(verb="tenant.facts_sent_again").exists()


def test_differences_are_listed_with_what_repairs_them(
    client: Client, arrived: OperationCenter, operations: Person, tenant: Tenant
) -> None:
    licence = Fact.objects.get(type="licence.granted").subject
    arrived.kept.forget(tenant.environment, tenant.identifier, licence)
    reconciliation.reconcile(by=operations, now=clock.now, real_now=clock.real_now)
    client.force_login(operations)

    shown = page(client, "platform")

    assert "The platform was told, and does not have it" in shown
    assert licence in shown
    assert f"Fact {Fact.objects.of(tenant).count()}" in shown
    portal, platform = _both_sides(shown)
    assert json.loads(portal)["product"] == "development-tools"
    assert not platform


def test_what_the_platform_has_otherwise_names_the_fields_that_differ(
    client: Client, operations: Person, tenant: Tenant
) -> None:
    Difference.objects.create(
        reconciliation=_compared(),
        tenant=tenant,
        kind="other",
        subject="licence:scim",
        wanted={"product": "scim", "until": "2027-01-01T00:00:00+01:00", "users": 12},
        reported={"product": "scim", "until": None},
    )
    client.force_login(operations)

    shown = page(client, "platform")

    assert "licence:scim: until, users" in shown
    portal, platform = map(json.loads, _both_sides(shown))
    assert (portal["until"], portal["users"]) == ("2027-01-01T00:00:00+01:00", 12)
    assert platform == {"product": "scim", "until": None}


@pytest.mark.parametrize(
    ("code", "there"), [(4, "Suspended"), (99, "99")], ids=["a state", "none that is known"]
)
def test_a_state_that_differs_is_said_in_words(
    client: Client, operations: Person, tenant: Tenant, code: int, there: str
) -> None:
    Difference.objects.create(
        reconciliation=_compared(),
        tenant=tenant,
        kind="state",
        wanted={"state": 2},
        reported={"state": code},
    )
    client.force_login(operations)

    assert f"Here: Running. There: {there}." in page(client, "platform")


def test_every_difference_and_every_feed_that_fails_is_on_a_page(
    client: Client, operations: Person, customer: Organisation
) -> None:
    run, tenants = _compared(), TenantFactory.create_batch(30, organisation=customer)
    for tenant in tenants:
        Difference.objects.create(reconciliation=run, tenant=tenant, kind="unknown_tenant")
        strange = {"environment": "production", "identifier": f"Stranger{tenant.pk}", "holds": []}
        Difference.objects.create(reconciliation=run, kind="stranger", reported=strange)
        Feed.objects.update_or_create(
            tenant=tenant,
            defaults={
                "failures": 1,
                "failing_since": run.started_at,
                "retry_at": run.started_at,
                "trouble": Feed.Trouble.SILENT,
            },
        )
    client.force_login(operations)

    first = page(client, "platform")
    second = page(client, "platform", query="?failing=2&differences=2&only_there=2")

    assert first.count("Page 1 of 2") == second.count("Page 2 of 2") == 3
    on_first, on_second = (
        [
            shown.count("The platform does not know the tenant"),
            shown.count('<th scope="row">Stranger'),
            shown.count("state=waiting"),
        ]
        for shown in (first, second)
    )
    assert (on_first, on_second) == ([25, 25, 25], [5, 5, 5])


def test_what_only_the_platform_has_is_listed_with_what_to_do(
    client: Client, arrived: OperationCenter, operations: Person
) -> None:
    arrived.kept.add([("production", "CUST777777")])
    with arrived.kept._changing() as db:
        place = ("production", "CUST777777", "licence:scim", "{}")
        db.execute("INSERT INTO holding VALUES (?, ?, ?, ?)", place)
    reconciliation.reconcile(by=operations, now=clock.now, real_now=clock.real_now)
    client.force_login(operations)

    shown = page(client, "platform")

    assert "CUST777777" in shown
    assert "licence:scim" in shown
    assert "look for its customer" in shown
    assert "Both sides agree" not in shown


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({"trouble": "HTTP 502"}, "had no result: HTTP 502"),
        ({"trouble": NO_PLATFORM}, "had no result: No platform is set up."),
        ({"finished_at": None}, "has not ended"),
    ],
)
def test_the_differences_stand_under_the_comparison_that_found_them(
    client: Client, operations: Person, tenant: Tenant, later: dict[str, object], said: str
) -> None:
    at = dt.datetime(2026, 12, 1, 3, 5, tzinfo=dt.UTC)
    found = Reconciliation.objects.create(started_at=at, finished_at=at, tenants=417)
    Difference.objects.create(reconciliation=found, tenant=tenant, kind="state")
    at += dt.timedelta(days=1)
    Reconciliation.objects.create(**{"started_at": at, "finished_at": at} | later)
    client.force_login(operations)

    shown = page(client, "platform")

    assert "417" in shown
    assert said in shown
    assert "A person has to look at it" in shown
    assert "Both sides agree" not in shown


def test_the_first_comparison_of_all_had_no_result(client: Client, operations: Person) -> None:
    at = dt.datetime(2026, 12, 1, 3, 5, tzinfo=dt.UTC)
    Reconciliation.objects.create(started_at=at, finished_at=at, trouble="HTTP 502")
    client.force_login(operations)

    shown = page(client, "platform")

    assert "had no result: HTTP 502" in shown
    assert "Not compared yet" not in shown


def test_an_entry_that_is_not_as_agreed_is_said_in_the_readers_language(
    client: Client, operations: Person, tenant: Tenant
) -> None:
    at = dt.datetime(2026, 12, 1, 3, 5, tzinfo=dt.UTC)
    trouble = f"{NOT_COMPARED}1"
    run = Reconciliation.objects.create(started_at=at, finished_at=at, tenants=3, trouble=trouble)
    odd = {"field": "sequence"}
    Difference.objects.create(reconciliation=run, tenant=tenant, kind="odd", reported=odd)
    client.force_login(operations)

    dutch = {"accept-language": "nl"}
    shown = client.get(reverse("backoffice:platform"), headers=dutch).text

    assert "Wat het platform ervan meldt, is niet zoals afgesproken" in shown
    assert "Veld: sequence" in shown
    assert "1 tenant kon niet worden vergeleken; in het log staat waarom." in shown
    assert "could not" not in shown


def _compared() -> Reconciliation:
    at = dt.datetime(2026, 12, 1, 3, 5, tzinfo=dt.UTC)
    return Reconciliation.objects.create(started_at=at, finished_at=at, tenants=1)


def _both_sides(shown: str) -> list[str]:
    """What portal and platform say of the first difference on the page, as JSON or nothing."""
    text = html.unescape(shown.partition("What both sides say")[2].partition("</details>")[0])
    _, portal, platform = text.split("<p>The p")
    return [
        found[1] if (found := re.search(r"<code>(.*)</code>", side, re.DOTALL)) else ""
        for side in (portal, platform)
    ]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param({"type": "tenant.state", "state": 4}, "tenant.state: Suspended", id="state"),
        pytest.param({"type": "tenant.changed", "change": "Move"}, ">Move<", id="change"),
        pytest.param({"type": "tenant.plans"}, ">tenant.plans<", id="plans"),
    ],
)
def test_what_the_platform_told_is_shown_with_its_state(
    client: Client, operations: Person, tenant: Tenant, said: dict[str, object], shown: str
) -> None:
    PlatformEvent.objects.create(
        event_id="one",
        tenant=tenant,
        sequence=1,
        at=clock.now(),
        received_at=clock.now(),
        content={},
        outcome="applied",
        **said,
    )
    client.force_login(operations)

    assert shown in client.get(reverse("backoffice:platform")).content.decode()
