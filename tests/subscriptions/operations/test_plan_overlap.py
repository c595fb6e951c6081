"""A CRM Suite plan comes that gives what the tenant has a subscription for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.models import ProductVersion
from customers.models import CrmSuitePlan, OutgoingMail, Person, TenantState
from subscriptions.entitlements import LIMITS
from subscriptions.models import Subscription
from subscriptions.operations import orders, plans, suspensions
from subscriptions.operations.cancellations import (
    CancelWhen,
    ConsequencesChanged,
    cancel,
    consequences,
)
from subscriptions.plan_overlap import also_in_plan
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, include_in
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Tenant

pytestmark = pytest.mark.usefixtures("shop")

INCLUDES = "includes Development Tools"


@pytest.fixture
def own(customer: Organisation, owner: Person) -> Subscription:
    """Of a tenant on modules, with a tool that plans limit."""
    version = ProductVersion.objects.of(DEVELOPMENT_TOOLS).current().get()
    version.pk, version.number, version.content_hash = None, 2, "2" * 64
    version.capabilities = ["crmscript", "extra-tables"]
    version.inside = [
        {"code": code, "minimum_crm_version": "", "texts": {"en": {"name": code.upper()}}}
        for code in version.capabilities
    ]
    version.save(force_insert=True)
    tenant = TenantFactory(organisation=customer, name="Production")
    return orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )


def change_plan(own: Subscription, plan: CrmSuitePlan | None, by: Person) -> Subscription:
    assert own.tenant
    plans.change_suite_plan(own.tenant, plan, by=by, at=NOON)
    return Subscription.objects.with_names().get(pk=own.pk)


def letters() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(subject__contains=INCLUDES))


@pytest.mark.parametrize(
    ("plan", "smaller", "said"),
    [
        pytest.param("core", [("EXTRA-TABLES", 0)], "- EXTRA-TABLES: none", id="none of it"),
        pytest.param("growth", [("EXTRA-TABLES", 15)], "- EXTRA-TABLES: at most 15", id="some"),
        pytest.param("super", [], "Cancelling stops nothing.", id="no limit"),
    ],
)
def test_the_owners_hear_what_would_get_smaller(
    own: Subscription, owner: Person, plan: str, smaller: list[tuple[str, int]], said: str
) -> None:
    own = change_plan(own, CrmSuitePlan(plan), owner)

    found = also_in_plan(own)
    assert found
    assert [(each.name, each.limit) for each in found.smaller] == smaller
    [letter] = letters()
    assert letter.to == owner.email
    assert said in letter.body
    assert own.status == "active"


def test_once_as_long_as_a_plan_gives_it(own: Subscription, owner: Person) -> None:
    for plan in (CrmSuitePlan.CORE, CrmSuitePlan.CORE, CrmSuitePlan.GROWTH):
        own = change_plan(own, plan, owner)
    assert len(letters()) == 1

    own = change_plan(own, None, owner)
    assert also_in_plan(own) is None

    change_plan(own, CrmSuitePlan.CORE, owner)
    assert len(letters()) == 2


def test_a_catalogue_that_brings_it_into_the_plan_is_told_once(
    own: Subscription, owner: Person
) -> None:
    own = change_plan(own, CrmSuitePlan.STARTER, owner)
    plans.follow_plans(at=NOON)
    assert letters() == []

    include_in(["starter", "core"])
    for _tick in range(2):
        plans.follow_plans(at=NOON)
    change_plan(own, CrmSuitePlan.CORE, owner)
    assert len(letters()) == 1

    include_in([])
    plans.follow_plans(at=NOON)
    include_in(["core"])
    plans.follow_plans(at=NOON)
    assert len(letters()) == 2


def test_who_cancelled_and_thought_better_of_it_is_not_told_again(
    own: Subscription, owner: Person
) -> None:
    own = change_plan(own, CrmSuitePlan.CORE, owner)
    found = consequences(own, when=CancelWhen.MONTH_END, at=NOON)
    theirs = Subscription.objects.filter(pk=own.pk)

    for ends_at, cancelled_at in [(found.ends_at, NOON), (None, None)]:
        theirs.update(ends_at=ends_at, cancelled_at=cancelled_at)
        plans.follow_plans(at=NOON)

    assert len(letters()) == 1


def test_a_plan_without_it_says_nothing(own: Subscription, owner: Person) -> None:
    own = change_plan(own, CrmSuitePlan.STARTER, owner)

    assert also_in_plan(own) is None
    assert letters() == []


def test_what_ends_anyway_is_no_news(own: Subscription, owner: Person) -> None:
    found = consequences(own, when=CancelWhen.MONTH_END, at=NOON)
    Subscription.objects.filter(pk=own.pk).update(ends_at=found.ends_at, cancelled_at=NOON)

    own = change_plan(own, CrmSuitePlan.CORE, owner)

    assert also_in_plan(own) is None
    assert letters() == []


def test_cancelling_it_stops_no_application(own: Subscription, owner: Person) -> None:
    AuthorisationFactory(active=True, tenant=own.tenant)
    before = consequences(own, when=CancelWhen.NOW, at=NOON)

    own = change_plan(own, CrmSuitePlan.GROWTH, owner)

    assert len(before.applications) == 1
    assert consequences(own, when=CancelWhen.NOW, at=NOON).applications == ()


@pytest.mark.parametrize(
    ("plan", "smaller", "lost"),
    [
        pytest.param("core", [], ("extra-tables",), id="none of it: lost"),
        pytest.param("growth", [("extra-tables", 15)], (), id="some"),
        pytest.param("super", [], (), id="no limit"),
        pytest.param("starter", [], ("crmscript", "extra-tables"), id="not in the plan"),
    ],
)
@pytest.mark.parametrize("is_planned", [False, True], ids=["at once", "before its planned end"])
def test_what_gets_smaller_is_on_the_list_that_is_confirmed(
    own: Subscription,
    owner: Person,
    plan: str,
    smaller: list[tuple[str, int]],
    lost: tuple[str, ...],
    is_planned: bool,
) -> None:
    own = change_plan(own, CrmSuitePlan(plan), owner)
    if is_planned:
        own = cancel_as_read(own, CancelWhen.MONTH_END, by=owner, at=NOON)

    found = consequences(own, when=CancelWhen.NOW, at=NOON)

    assert [(each.code, each.limit) for each in found.smaller] == smaller
    assert found.capabilities == lost
    assert found.licence_stays == (plan != "starter")


def test_another_limit_is_another_list(
    own: Subscription, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = change_plan(own, CrmSuitePlan.GROWTH, owner)
    read = consequences(own, when=CancelWhen.NOW, at=NOON)
    monkeypatch.setitem(LIMITS, "extra-tables", {"growth": 10})

    with pytest.raises(ConsequencesChanged) as refused:
        cancel(own, when=read.when, confirmed=read.fingerprint, by=owner, at=NOON)

    assert [each.limit for each in refused.value.consequences.smaller] == [10]


def test_a_tenant_that_is_gone_has_no_plan_to_use(own: Subscription, owner: Person) -> None:
    own = change_plan(own, CrmSuitePlan.CORE, owner)
    tenant: Tenant | None = own.tenant
    assert tenant
    tenant.state = TenantState.DELETED

    assert also_in_plan(own) is None


@pytest.mark.parametrize(
    ("plan", "smaller"),
    [
        pytest.param("growth", "- EXTRA-TABLES: at most 15", id="some"),
        pytest.param("core", "- EXTRA-TABLES: none", id="none of it"),
        pytest.param("super", None, id="no limit"),
    ],
)
def test_letters_of_what_is_suspended_or_ended_say_that_the_plan_gives_it(
    own: Subscription, owner: Person, plan: str, smaller: str | None
) -> None:
    own = change_plan(own, CrmSuitePlan(plan), owner)

    suspensions.suspend(own, reason="Unpaid", by=owner, at=NOON)
    suspended = last_letter()
    cancel_as_read(own, CancelWhen.NOW, by=owner, at=NOON)
    ended = last_letter()

    label = CrmSuitePlan(plan).label
    assert f"Development Tools can still be used, because {label} gives it too." in suspended
    assert "cannot be used" not in suspended
    assert f"It can still be used there, because {label} gives it too." in ended
    for letter in (suspended, ended):
        assert ("With the plan alone this is smaller:" in letter) == (smaller is not None)
        assert smaller is None or smaller in letter


def test_without_a_plan_what_is_suspended_cannot_be_used(own: Subscription, owner: Person) -> None:
    suspensions.suspend(own, reason="Unpaid", by=owner, at=NOON)
    suspended = last_letter()
    cancel_as_read(own, CancelWhen.NOW, by=owner, at=NOON)

    assert "cannot be used for the time being" in suspended
    assert "can still be used" not in suspended + last_letter()


def last_letter() -> str:
    return OutgoingMail.objects.latest("pk").body
