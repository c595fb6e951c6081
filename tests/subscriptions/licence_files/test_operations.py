"""Licence files: made, followed up once, in time, and by nobody twice."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from customers.actors import PLATFORM
from customers.models import MailAttachment, OutgoingMail, Role, TenantState
from customers.operations.tenants import correct_identity
from examples.verify_licence import Refused, keys_of, verify
from subscriptions.licence_files import operations, signing
from subscriptions.licence_files.models import LicenceFile
from subscriptions.lifecycle import Status
from subscriptions.operations import orders, suspensions
from subscriptions.operations.cancellations import (
    CancelWhen,
    cancel,
    consequences,
    withdraw_cancellation,
)
from subscriptions.operations.tenants import change_state
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import SubscriptionFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)
DECEMBER_END = dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC)
A_DAY = dt.timedelta(days=1)
EARLY = NOON - 5 * A_DAY  # 18 November: the file ends with the month


@pytest.fixture
def subscription(on_premise: Tenant, owner: Person) -> Subscription:
    return subscribe(on_premise, by=owner, at=EARLY)


def subscribe(tenant: Tenant, *, by: Person, at: dt.datetime) -> Subscription:
    return orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=by, at=at
    )


def names(tenant: Tenant) -> dict[str, str]:
    return {"serial_number": tenant.serial_number, "owner_name": tenant.owner_name}


def read(file: LicenceFile, at: dt.datetime = EARLY) -> Any:
    keys = keys_of(json.dumps(signing.published_keys()))
    return verify(file.content, keys, names(file.tenant), at)


def letters() -> list[tuple[str, str]]:
    found = OutgoingMail.objects.filter(subject__icontains="licence file").order_by("pk")
    return [(mail.to, mail.attachments.get().name) for mail in found]


def test_a_file_says_what_the_tenant_may_use(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    file = operations.issue(on_premise, by=owner, at=EARLY)

    assert read(file) == {
        "number": 1,
        "tenant": names(on_premise),
        "issued_at": "2026-11-18T11:00:00Z",
        "warning_at": "2026-11-23T23:00:00Z",
        "expires_at": "2026-11-30T23:00:00Z",
        "grace_until": "2026-12-12T23:00:00Z",
        "capabilities": [{"code": "crmscript"}, {"code": "custom-applications"}],
    }


def test_it_works_until_its_grace_ends_and_not_a_second_longer(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    file = operations.issue(on_premise, by=owner, at=EARLY)

    read(file, file.grace_until - dt.timedelta(seconds=1))
    with pytest.raises(Refused, match="ended at"):
        read(file, file.grace_until)


def test_an_online_tenant_is_named_by_identifier_and_environment(
    tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(
        tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=EARLY
    )

    file = operations.issue(tenant, by=owner, at=EARLY)

    keys = keys_of(json.dumps(signing.published_keys()))
    own = {"identifier": tenant.identifier, "environment": "production"}
    assert verify(file.content, keys, own, EARLY)["tenant"] == own


def test_nothing_is_signed_for_a_tenant_without_a_licence(
    on_premise: Tenant, owner: Person
) -> None:
    with pytest.raises(operations.NothingToLicense):
        operations.issue(on_premise, by=owner, at=EARLY)

    assert LicenceFile.objects.count() == 0


def test_without_a_key_nothing_is_signed(
    subscription: Subscription, on_premise: Tenant, owner: Person, settings: Any
) -> None:
    settings.LICENCE_SIGNING_KEY = ""

    with pytest.raises(signing.NoSigningKey):
        operations.issue(on_premise, by=owner, at=EARLY)

    assert LicenceFile.objects.count() == 0


def test_the_first_file_on_premise_comes_by_itself(
    subscription: Subscription,
    on_premise: Tenant,
    owner: Person,
    administrator: Person,
    customer: Organisation,
) -> None:
    MembershipFactory(organisation=customer, role=Role.READER)

    made = [operations.follow_up_due(at=EARLY) for _run in range(2)]

    assert made == [1, 0]
    name = f"licence-{on_premise.serial_number}-1.lic"
    assert sorted(letters()) == sorted([(owner.email, name), (administrator.email, name)])
    content = bytes(MailAttachment.objects.get().content).decode()
    assert content == LicenceFile.objects.get().content


def test_the_next_one_comes_before_the_last_one_ends_and_once(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    first = operations.issue(on_premise, by=owner, at=EARLY)

    made = [
        operations.follow_up_due(at=at)
        for at in (
            first.warning_at - dt.timedelta(seconds=1),
            first.warning_at,
            first.warning_at,
            MONTH_END,
        )
    ]

    assert made == [0, 1, 0, 0]
    assert [to for to, _name in letters()] == [owner.email]
    second = LicenceFile.objects.present().get()
    assert (second.number, second.expires_at) == (2, DECEMBER_END)
    body = OutgoingMail.objects.get(subject__icontains="licence file").body
    assert "It is valid until 31 December 2026 at 23:59\N{NO-BREAK SPACE}CET." in body
    assert "this file works until 12 January 2027 at 23:59\N{NO-BREAK SPACE}CET." in body
    first.refresh_from_db()
    assert first.followed_up_at == first.warning_at


def organisation_wide(
    customer: Organisation, at: dt.datetime, **of_version: object
) -> Subscription:
    return SubscriptionFactory(
        organisation=customer,
        status=Status.ACTIVE,
        starts_at=at,
        charged_from=at.date(),
        **{f"product_version__{name}": value for name, value in of_version.items()},
    )


@pytest.mark.parametrize(("deployments", "made"), [(["online", "on_premise"], 1), (["online"], 0)])
def test_what_the_whole_organisation_has_is_a_licence_on_premise_too(
    customer: Organisation,
    on_premise: Tenant,
    administrator: Person,
    deployments: list[str],
    made: int,
) -> None:
    organisation_wide(customer, EARLY, deployments=deployments, scope="organisation")

    assert operations.follow_up_due(at=EARLY) == made

    assert len(letters()) == made


def test_what_is_subscribed_to_later_comes_with_the_next_file_at_once(
    subscription: Subscription, customer: Organisation, on_premise: Tenant, owner: Person
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)
    later = EARLY + A_DAY
    organisation_wide(customer, later, capabilities=["databridge"], scope="organisation")

    made = [operations.follow_up_due(at=later) for _run in range(2)]

    assert made == [1, 0]
    codes = [each["code"] for each in read(LicenceFile.objects.present().get())["capabilities"]]
    assert codes == ["crmscript", "custom-applications", "databridge"]
    assert [to for to, _name in letters()] == [owner.email]


def test_a_file_that_names_another_server_is_replaced_at_once(
    subscription: Subscription, on_premise: Tenant, owner: Person, sales: Person
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)
    later = EARLY + A_DAY
    correct_identity(
        on_premise,
        serial_number="1184420319",
        owner_name="Waterlelie B.V.",
        by=sales,
        at=later,
        reason="Two digits swapped",
    )

    made = [operations.follow_up_due(at=later) for _run in range(2)]

    assert made == [1, 0]
    on_premise.refresh_from_db()
    assert read(LicenceFile.objects.present().get())["tenant"] == names(on_premise)
    assert letters() == [(owner.email, "licence-1184420319-2.lic")]


def test_what_was_suspended_when_the_last_file_was_made_comes_with_the_next(
    subscription: Subscription, customer: Organisation, owner: Person, sales: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=EARLY)
    organisation_wide(customer, EARLY, capabilities=["databridge"], scope="organisation")
    assert operations.follow_up_due(at=EARLY) == 1
    later = EARLY + A_DAY
    suspensions.resume(subscription, by=sales, at=later)

    made = [operations.follow_up_due(at=later + dt.timedelta(hours=1)) for _run in range(2)]

    assert made == [1, 0]
    codes = [each["code"] for each in read(LicenceFile.objects.present().get())["capabilities"]]
    assert codes == ["crmscript", "custom-applications", "databridge"]


def test_a_deleted_tenant_gets_no_file(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=EARLY)
    operations.issue(tenant, by=owner, at=EARLY)
    change_state(tenant, TenantState.DELETED, by=PLATFORM, at=EARLY)
    organisation_wide(customer, EARLY + A_DAY, scope="organisation")

    assert operations.follow_up_due(at=EARLY + A_DAY) == 0

    assert not LicenceFile.objects.present().exists()


def test_a_week_without_a_worker_loses_nothing(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    operations.issue(on_premise, by=owner, at=EARLY)

    assert operations.follow_up_due(at=MONTH_END + 3 * A_DAY) == 1

    assert LicenceFile.objects.present().get().expires_at == DECEMBER_END


def test_a_cancelled_licence_gets_no_successor_unless_it_is_taken_back(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    shown = consequences(subscription, when=CancelWhen.MONTH_END, at=EARLY)
    cancel(
        subscription,
        when=CancelWhen.MONTH_END,
        confirmed=shown.fingerprint,
        by=owner,
        at=EARLY,
    )
    file = operations.issue(on_premise, by=owner, at=EARLY)
    assert (file.expires_at, file.grace_until) == (MONTH_END, MONTH_END)
    assert read(file)["capabilities"][0]["until"] == "2026-11-30T23:00:00Z"

    near = MONTH_END - A_DAY
    assert operations.follow_up_due(at=near) == 0
    withdraw_cancellation(subscription, by=owner, at=near)
    assert operations.follow_up_due(at=near) == 1
    assert LicenceFile.objects.present().get().expires_at == DECEMBER_END


def test_at_the_end_nothing_is_left_to_follow_up(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    shown = consequences(subscription, when=CancelWhen.MONTH_END, at=EARLY)
    cancel(subscription, when=CancelWhen.MONTH_END, confirmed=shown.fingerprint, by=owner, at=EARLY)
    operations.issue(on_premise, by=owner, at=EARLY)

    assert operations.follow_up_due(at=MONTH_END) == 0

    assert not LicenceFile.objects.present().exists()
    assert letters() == []


@pytest.mark.parametrize("deployment", ["tenant", "on_premise"])
def test_a_suspended_customer_gets_no_new_file_until_it_is_resumed(
    owner: Person, sales: Person, deployment: str, request: pytest.FixtureRequest
) -> None:
    place: Tenant = request.getfixturevalue(deployment)
    subscription = subscribe(place, by=owner, at=EARLY)
    first = operations.issue(place, by=owner, at=EARLY)
    suspensions.suspend(subscription, reason="Not paid", by=sales, at=NOON)

    assert operations.follow_up_due(at=first.warning_at) == 0
    resumed = first.warning_at + 2 * A_DAY
    suspensions.resume(subscription, by=sales, at=resumed)
    made = [operations.follow_up_due(at=resumed) for _run in range(2)]

    assert made == [1, 0]
    second = LicenceFile.objects.present().get()
    assert (second.number, second.expires_at) == (2, DECEMBER_END)
    assert letters() == [(owner.email, second.name)]


def test_who_comes_back_gets_a_new_file_online_too(tenant: Tenant, owner: Person) -> None:
    gone = subscribe(tenant, by=owner, at=EARLY)
    operations.issue(tenant, by=owner, at=EARLY)
    shown = consequences(gone, when=CancelWhen.NOW, at=NOON)
    cancel(gone, when=CancelWhen.NOW, confirmed=shown.fingerprint, by=owner, at=NOON)
    assert operations.follow_up_due(at=MONTH_END) == 0
    back = MONTH_END + A_DAY

    subscribe(tenant, by=owner, at=back)

    assert operations.follow_up_due(at=back) == 1
    assert [name for _to, name in letters()] == [LicenceFile.objects.present().get().name]


def test_who_never_asked_for_a_file_online_gets_none(tenant: Tenant, owner: Person) -> None:
    subscribe(tenant, by=owner, at=EARLY)

    assert operations.follow_up_due(at=EARLY) == 0

    assert LicenceFile.objects.count() == 0


def test_one_tenant_that_fails_stops_no_other(
    subscription: Subscription,
    on_premise: Tenant,
    customer: Organisation,
    owner: Person,
    monkeypatch: Any,
) -> None:
    second = TenantFactory(organisation=customer, on_premise=True)
    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=second, by=owner, at=EARLY)
    real, patched = signing.sign, "subscriptions.licence_files.operations.sign"

    def fails_for_the_first(_content: Any) -> Any:
        monkeypatch.setattr(patched, real)
        raise RuntimeError("no signature")

    monkeypatch.setattr(patched, fails_for_the_first)

    assert operations.follow_up_due(at=EARLY) == 1
    assert operations.follow_up_due(at=EARLY) == 1
    assert LicenceFile.objects.count() == 2


def test_what_was_signed_never_changes(
    subscription: Subscription, on_premise: Tenant, owner: Person
) -> None:
    file = operations.issue(on_premise, by=owner, at=EARLY)

    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE licence_files_licencefile SET content = 'x' WHERE id = %s", [file.pk]
        )
