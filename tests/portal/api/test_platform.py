from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from customers import clock
from customers.models import History, OutgoingMail, Tenant, TenantState
from subscriptions.applications.availability import availability
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations import orders
from subscriptions.provisioning.models import Fact, PlatformEvent
from subscriptions.provisioning.signing import signed_headers
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop
from tests.factories.subscriptions import AuthorisationFactory
from tests.fixtures.contract import require_answer
from tests.fixtures.platform import PLATFORM_SECRET

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Response
    from pytest_django import Settings

    from subscriptions.applications.models import Authorisation

pytestmark = pytest.mark.django_db

ADDRESS = "/api/platform/events"
AT = dt.datetime(2026, 11, 2, 11, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.PLATFORM_SECRETS = [PLATFORM_SECRET]


@pytest.fixture
def tenant(db: None) -> Tenant:
    open_shop()
    tenant: Tenant = TenantFactory(organisation=OrganisationFactory(dutch=True))
    owner = MembershipFactory(organisation=tenant.organisation).person
    orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=AT
    )
    return tenant


@pytest.fixture
def application(tenant: Tenant) -> Authorisation:
    authorisation: Authorisation = AuthorisationFactory(tenant=tenant, active=True)
    return authorisation


def changed(tenant: Tenant, change: str, sequence: int, **more: Any) -> dict[str, Any]:
    return _event(tenant, sequence, type="tenant.changed", change=change, **more)


def in_state(tenant: Tenant, state: int, sequence: int) -> dict[str, Any]:
    return _event(tenant, sequence, type="tenant.state", state=state)


def _event(tenant: Tenant, sequence: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"event-{tenant.pk}-{sequence}",
        "tenant": {"environment": tenant.environment, "identifier": tenant.identifier},
        "sequence": sequence,
        "at": happened(sequence).isoformat(),
        **more,
    }


def happened(number: float) -> dt.datetime:
    return AT + dt.timedelta(minutes=number)


def post(
    client: Client,
    event: dict[str, Any] | str,
    *,
    secret: str = PLATFORM_SECRET,
    late: dt.timedelta = dt.timedelta(),
    **headers: str,
) -> Response:
    body = event if isinstance(event, str) else json.dumps(event)
    signed = signed_headers("message", body, with_secrets=[secret], at=clock.real_now() - late)
    return client.post(
        ADDRESS, body, content_type="application/json", headers={**signed, **headers}
    )


def outcome(response: Response) -> tuple[int, str]:
    content = json.loads(response.content)
    require_answer(content, ADDRESS, "post", response.status_code)
    return response.status_code, content.get("outcome", "")


def test_suspend_cuts_applications_off_and_resume_brings_them_back(
    client: Client, tenant: Tenant, application: Authorisation
) -> None:
    assert outcome(post(client, changed(tenant, "Suspend", 1))) == (200, "applied")
    application.tenant.refresh_from_db()
    assert not availability(application, clock.now()).available

    assert outcome(post(client, changed(tenant, "Resume", 2))) == (200, "applied")
    application.refresh_from_db()
    application.tenant.refresh_from_db()
    assert availability(application, clock.now()).available
    assert application.status == AuthorisationStatus.ACTIVE
    types = Fact.objects.of(tenant).order_by("sequence").values_list("type", flat=True)
    assert types[len(types) - 1] == "application.activated"
    told = History.objects.filter(verb="tenant.state_changed").order_by("pk")
    assert [row.details["to"] for row in told] == ["suspended", "running"]
    assert {row.actor_kind for row in told} == {"platform"}


def test_too_many_in_a_minute_are_told_when_to_go_on(
    client: Client, tenant: Tenant, settings: Settings
) -> None:
    settings.PLATFORM_EVENTS_PER_MINUTE = 1
    assert outcome(post(client, changed(tenant, "Suspend", 1))) == (200, "applied")

    refused = post(client, changed(tenant, "Resume", 2))

    assert outcome(refused) == (429, "")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert PlatformEvent.objects.count() == 1


@pytest.mark.parametrize("state", TenantState.values)
def test_every_state_is_taken(client: Client, tenant: Tenant, state: int) -> None:
    assert outcome(post(client, in_state(tenant, state, 1))) == (200, "applied")

    tenant.refresh_from_db()
    assert tenant.state == state


def test_a_second_delivery_changes_nothing(client: Client, tenant: Tenant) -> None:
    first = post(client, changed(tenant, "Suspend", 1))
    second = post(client, changed(tenant, "Suspend", 1))

    assert json.loads(first.content)["is_new"] is True
    assert json.loads(second.content) == {
        "id": f"event-{tenant.pk}-1",
        "outcome": "applied",
        "is_new": False,
    }
    assert PlatformEvent.objects.count() == 1
    assert History.objects.filter(verb="tenant.state_changed").count() == 1


KEPT, GONE = ["active"] * 3, ["revoked"] * 3
STORIES = {
    "pause": (["Suspend", "Resume"], TenantState.RUNNING, KEPT),
    "twice": (["Suspend", "Resume", "Suspend"], TenantState.SUSPENDED, KEPT),
    "gone": (["Suspend", "Delete", "Resume"], TenantState.DELETED, GONE),
    "replaced and gone": (["BackupRestored", "Resume", "Delete"], TenantState.DELETED, GONE),
    "replaced, agreed to anew, suspended": (
        ["BackupRestored", "Suspend"],
        TenantState.SUSPENDED,
        ["revoked", "active", "active"],
    ),
    "replaced twice": (
        ["BackupRestored", "Suspend", "BackupRestored"],
        TenantState.SUSPENDED,
        ["revoked", "revoked", "active"],
    ),
}


@pytest.mark.parametrize(("changes", "state", "consents"), STORIES.values(), ids=STORIES)
def test_any_order_ends_where_the_right_one_does(
    client: Client, tenant: Tenant, changes: list[str], state: TenantState, consents: list[str]
) -> None:
    """Each order on a sandbox of its own; the numbers say which came first."""
    ends = set()
    for order in itertools.permutations(enumerate(changes, start=1)):
        one = TenantFactory(organisation=tenant.organisation, sandbox=True, source=tenant)
        # Agreed to before the first of them, between the first two, and after the last.
        agreed = [
            AuthorisationFactory(tenant=one, active=True, confirmed_at=happened(number))
            for number in (0.5, 1.5, len(changes) + 0.5)
        ]
        for sequence, change in order:
            assert post(client, changed(one, change, sequence)).status_code == 200
        one.refresh_from_db()
        for each in agreed:
            each.refresh_from_db()
        ends.add((one.state, *(each.status for each in agreed)))

    assert ends == {(state, *consents)}


def test_delete_ends_what_the_tenant_has_and_not_what_its_organisation_has(
    client: Client, tenant: Tenant, application: Authorisation
) -> None:
    assert outcome(post(client, changed(tenant, "Delete", 1))) == (200, "applied")

    subscription = Subscription.objects.get()
    assert subscription.status == Status.ENDED
    assert subscription.ends_at is not None
    application.refresh_from_db()
    assert application.status == AuthorisationStatus.REVOKED
    told = History.objects.about(application).values_list("verb", flat=True)
    assert list(told) == ["authorisation.revoked"]  # and not that it was deactivated before
    last = Fact.objects.of(tenant).filter(subject__startswith="licence:").latest("sequence")
    assert (last.type, last.value) == ("licence.revoked", None)
    assert outcome(post(client, changed(tenant, "Resume", 2))) == (200, "ignored")
    assert outcome(post(client, changed(tenant, "Delete", 3))) == (200, "ignored")


def test_delete_ends_what_a_tenant_has_that_was_deleted_before(
    client: Client, tenant: Tenant, application: Authorisation
) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(state=TenantState.DELETED)

    assert outcome(post(client, changed(tenant, "Delete", 1))) == (200, "applied")

    assert Subscription.objects.get().status == Status.ENDED
    assert not History.objects.filter(verb="tenant.state_changed").exists()


def test_who_built_an_application_reads_that_its_tenant_was_deleted(
    client: Client, tenant: Tenant, application: Authorisation
) -> None:
    post(client, changed(tenant, "Delete", 1))

    [letter] = OutgoingMail.objects.filter(to=application.application.technical_contact)
    assert letter.subject == f"A tenant of {application.application.name} was deleted"


def test_a_replaced_sandbox_loses_what_was_agreed_to_before(client: Client, tenant: Tenant) -> None:
    sandbox = TenantFactory(organisation=tenant.organisation, sandbox=True, source=tenant)
    before = AuthorisationFactory(tenant=sandbox, active=True, confirmed_at=AT)
    waiting = AuthorisationFactory(tenant=sandbox, confirmed=True, confirmed_at=AT)
    since = AuthorisationFactory(
        tenant=sandbox, active=True, confirmed_at=AT + dt.timedelta(hours=1)
    )

    assert outcome(post(client, changed(sandbox, "BackupRestored", 1))) == (200, "applied")

    for each in (before, waiting, since):
        each.refresh_from_db()
    assert [each.status for each in (before, waiting, since)] == ["revoked", "denied", "active"]
    assert before.reason == "BackupRestored"
    letters = OutgoingMail.objects.filter(to=before.application.technical_contact)
    for letter in letters:
        assert "BackupRestored" not in letter.body
        assert "what was agreed to before counts no more" in " ".join(letter.body.split())
    assert letters


def test_what_happens_while_the_clock_is_ahead_happens_at_its_time(
    client: Client, tenant: Tenant
) -> None:
    """The platform goes by the real clock, whatever the demo's says."""
    clock.move_to(clock.now() + dt.timedelta(days=100))
    sandbox = TenantFactory(organisation=tenant.organisation, sandbox=True, source=tenant)
    agreed_at = clock.now()
    before = AuthorisationFactory(tenant=sandbox, active=True, confirmed_at=agreed_at)
    event = changed(sandbox, "BackupRestored", 1) | {"at": clock.real_now().isoformat()}

    assert outcome(post(client, event)) == (200, "applied")

    before.refresh_from_db()
    assert before.status == AuthorisationStatus.REVOKED
    row = PlatformEvent.objects.get()
    assert agreed_at <= row.at <= clock.now()
    clock.move_to(clock.now() + dt.timedelta(days=100))
    again = post(client, event)
    assert json.loads(again.content)["is_new"] is False


def test_on_the_real_clock_an_event_happened_when_the_platform_says(
    client: Client, tenant: Tenant, settings: Settings
) -> None:
    clock.move_to(clock.now() + dt.timedelta(days=100))
    settings.CLOCK_CAN_MOVE = False

    post(client, changed(tenant, "Move", 1))

    assert PlatformEvent.objects.get().at == AT + dt.timedelta(minutes=1)


def test_a_restored_production_tenant_keeps_its_applications(
    client: Client, tenant: Tenant, application: Authorisation
) -> None:
    post(client, changed(tenant, "BackupRestored", 1))

    application.refresh_from_db()
    assert application.status == AuthorisationStatus.ACTIVE
    assert History.objects.filter(verb="tenant.backup_restored").exists()


def test_an_upgrade_is_a_version_and_a_move_a_line_of_history(
    client: Client, tenant: Tenant
) -> None:
    post(client, changed(tenant, "Upgrade", 3, version="12.0"))
    overtaken = post(client, changed(tenant, "Upgrade", 2, version="11.9"))
    post(client, changed(tenant, "Move", 4, public_endpoint="https://online3.example/"))

    tenant.refresh_from_db()
    assert tenant.crm_version == "12.0"
    assert outcome(overtaken) == (200, "outdated")
    moved = History.objects.get(verb="tenant.moved")
    assert moved.details["public_endpoint"] == "https://online3.example/"


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        pytest.param({"secret": "whsec_c29tZWJvZHkgZWxzZQ"}, 401, id="another-secret"),
        pytest.param({"late": dt.timedelta(minutes=6)}, 401, id="too-old"),
        pytest.param({"late": dt.timedelta(minutes=-6)}, 401, id="too-new"),
        pytest.param({"webhook-signature": "v1,AAAA"}, 401, id="made-up"),
        pytest.param({"webhook-signature": "nonsense"}, 401, id="no-signature"),
        pytest.param({"Content-Length": "65000"}, 413, id="too-large"),
    ],
)
def test_what_the_platform_did_not_sign_now_changes_nothing(
    client: Client, tenant: Tenant, refused: dict[str, Any], status: int
) -> None:
    assert outcome(post(client, changed(tenant, "Suspend", 1), **refused)) == (status, "")

    tenant.refresh_from_db()
    assert tenant.state == TenantState.RUNNING
    assert not PlatformEvent.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"state": 7}, id="a-state-that-does-not-exist"),
        pytest.param({"state": None}, id="no-state"),
        pytest.param({"change": "Suspend"}, id="both"),
        pytest.param({"sequence": 0}, id="number"),
        pytest.param({"id": "event\0"}, id="id-that-no-row-holds"),
        pytest.param({"public_endpoint": "\0"}, id="address-that-no-row-holds"),
        pytest.param({"at": "2026-11-02T11:00:00"}, id="no-zone"),
        pytest.param({"tenant": {"environment": "moon", "identifier": "Cust1"}}, id="environment"),
    ],
)
def test_what_is_no_event_is_said_to_be_none(
    client: Client, tenant: Tenant, wrong: dict[str, Any]
) -> None:
    assert outcome(post(client, in_state(tenant, 4, 1) | wrong)) == (400, "")
    assert not PlatformEvent.objects.exists()


def test_an_unknown_tenant_and_an_on_premise_one_are_not_there(
    client: Client, tenant: Tenant
) -> None:
    stranger = changed(tenant, "Suspend", 1)
    stranger["tenant"]["identifier"] = "Cust999999"

    assert outcome(post(client, stranger)) == (404, "")


@pytest.mark.parametrize("same", ["id", "sequence"])
def test_an_id_or_number_is_not_used_twice(client: Client, tenant: Tenant, same: str) -> None:
    post(client, in_state(tenant, 4, 1))
    other = in_state(tenant, 2, 2)
    other[same] = in_state(tenant, 4, 1)[same]

    refused = post(client, other)

    assert outcome(refused) == (409, "")
    assert (
        "The highest number known of the tenant is 1: go on behind it."
        in (json.loads(refused.content)["detail"])
    )
    tenant.refresh_from_db()
    assert tenant.state == TenantState.SUSPENDED


def test_a_platform_that_was_restored_is_told_where_to_go_on(
    client: Client, tenant: Tenant
) -> None:
    """From a backup: it counts anew what it has counted before."""
    for sequence, change in enumerate(("Suspend", "Resume", "Suspend"), start=1):
        post(client, changed(tenant, change, sequence))
    anew = changed(tenant, "Resume", 2) | {"id": "after-the-restore", "at": happened(9).isoformat()}

    refused = post(client, anew)

    last = json.loads(refused.content)["last_sequence"]
    assert (refused.status_code, last) == (409, 3)
    assert outcome(post(client, anew | {"sequence": last + 1})) == (200, "applied")
    tenant.refresh_from_db()
    assert tenant.state == TenantState.RUNNING
