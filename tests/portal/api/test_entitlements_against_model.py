"""For random histories the API, the pages and a small model agree, at every instant.

The model replays what happened in order; the portal compares times. Histories are written as
rows, so that there are more of them than the operations allow. The rule alone, without rows, is
compared with the model on many more: what takes two licences and one that is away is rare.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
import time_machine
from django.db import transaction
from django.test import RequestFactory
from django.test.utils import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from portal.api.entitlements import application_entitlement, tenant_entitlements
from subscriptions.applications.availability import availability
from subscriptions.applications.verdicts import GIVEN, Consent, judge
from subscriptions.entitlements import Content, Held, Place, Term, capabilities_at, licences_at
from subscriptions.licences import products_of
from subscriptions.models import Suspension
from tests.factories.catalog import PriceVersionFactory, ProductVersionFactory
from tests.factories.customers import (
    LONG_AGO,
    PersonFactory,
    TenantFactory,
    TenantUserPlanFactory,
)
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    SubscriptionFactory,
)

if TYPE_CHECKING:
    from customers.models import Tenant

EPOCH = dt.datetime(2026, 10, 25, 0, 0, tzinfo=dt.UTC)  # the night with an hour twice
AN_HOUR = dt.timedelta(hours=1)
A_BLINK = dt.timedelta(microseconds=1)
HOURS = 40

TOOLS, MIRRORING, SCIM = "development-tools", "database-mirroring", "scim"
PRODUCTS = (TOOLS, MIRRORING, SCIM)
ONLINE_ONLY = (MIRRORING, SCIM)
IN_PLAN = {"core": {TOOLS}, "growth": {TOOLS}, "super": {TOOLS, MIRRORING}}
EXTRA_TABLES = "extra-tables"
TABLES_IN_PLAN = {"core": 0, "growth": 15, "super": None}  # None: any number
UNLOCKS = {TOOLS: (TOOLS, EXTRA_TABLES), MIRRORING: (MIRRORING,), SCIM: (SCIM,)}
RIGHTS_ON_TABLES = {
    "sales-premium": ["view", "edit"],
    "service-essentials": ["view", "edit", "search", "report"],
    "complete": ["view", "edit", "search", "report"],
}
CLOSED = ("revoked", "expired", "denied", "deactivated")
OTHER_STATUSES = ["needs_reapproval", *CLOSED, "requested"]
RUNS, DELETED = {2, 5}, 3  # the platform's codes


@dataclass(frozen=True)
class Spell:
    """One subscription: turns of an hour, the first starts it, an even number may end it."""

    product: str
    start: int
    turns: tuple[int, ...]  # hours between suspending, resuming, suspending …
    ends_after: int | None  # hours after the start
    is_ours: bool = True

    def gives_access(self, at: dt.datetime) -> bool:
        """Replayed: everything that happened up to `at`, in order."""
        happened = [(self.start, "start")]
        hour = self.start
        for number, turn in enumerate(self.turns):
            hour += turn
            happened.append((hour, "resume" if number % 2 else "suspend"))
        on = paused = over = False
        for hour, what in happened:
            if EPOCH + hour * AN_HOUR > at:
                break
            on = True
            paused = what == "suspend"
        if self.ends_after is not None:
            over = EPOCH + (self.start + self.ends_after) * AN_HOUR <= at
        return on and not paused and not over


@dataclass(frozen=True)
class History:
    deployment: str
    environment: str
    plan: str
    state: int
    crm_version: str
    kind: str  # of the application
    mirrors: bool  # as the customer agreed
    is_blocked: bool
    status: str
    let_in_for: int | None  # hours
    users: tuple[str, ...]  # the plans that somebody has
    spells: tuple[Spell, ...]

    def products(self, at: dt.datetime) -> set[str]:
        if self.state == DELETED:
            return set()
        found = {s.product for s in self.spells if s.is_ours and s.gives_access(at)}
        found |= IN_PLAN.get(self.plan, set())
        if self.environment == "sod":
            found.add(TOOLS)
        return found - (set(ONLINE_ONLY) if self.deployment == "on_premise" else set())

    def capabilities(self, at: dt.datetime) -> set[str]:
        return self.products(at) | (set() if self.tables(at) == 0 else {EXTRA_TABLES})

    def tables(self, at: dt.datetime) -> int | None:
        """How many extra tables; None: any number."""
        if TOOLS not in self.products(at):
            return 0
        own = any(s.product == TOOLS and s.is_ours and s.gives_access(at) for s in self.spells)
        return None if own else TABLES_IN_PLAN.get(self.plan)

    @property
    def runs(self) -> bool:
        return self.deployment == "on_premise" or self.state in RUNS

    def works(self, at: dt.datetime) -> bool:
        needed = set()
        if self.environment != "sod":
            if self.kind == "custom" or self.deployment == "on_premise":
                needed.add(TOOLS)
            if self.mirrors and self.kind == "custom" and self.deployment == "online":
                needed.add(MIRRORING)
        let_in = self.let_in_until is None or at < self.let_in_until
        agreed = self.status == "active" and let_in and not self.is_blocked
        return agreed and self.runs and needed <= self.products(at)

    @property
    def let_in_until(self) -> dt.datetime | None:
        return None if self.let_in_for is None else EPOCH + self.let_in_for * AN_HOUR


SPELLS = st.builds(
    Spell,
    product=st.sampled_from(PRODUCTS),
    start=st.integers(0, HOURS),
    turns=st.lists(st.integers(0, 6), max_size=4).map(tuple),
    ends_after=st.none() | st.integers(0, HOURS),
    is_ours=st.sampled_from([True, True, True, False]),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    deployment = draw(st.sampled_from(["online", "online", "on_premise"]))
    online = deployment == "online"
    environment = draw(st.sampled_from(["production", "production", "sod"]))
    return History(
        deployment=deployment,
        environment=environment if online else "production",
        plan=draw(st.sampled_from(["", "", "starter", "core", "growth", "super"])),
        state=draw(st.sampled_from([2, 2, 2, 5, 5, 4, 6, 3])),
        crm_version=draw(st.sampled_from(["9.2", "10.3"])),
        kind=draw(st.sampled_from(["custom", "custom", "standard"])),
        mirrors=draw(st.booleans()),
        is_blocked=draw(st.sampled_from([False, False, False, True])),
        status=draw(st.sampled_from(["active"] * 7 + OTHER_STATUSES)),
        let_in_for=draw(st.none() | st.integers(1, HOURS)),
        users=tuple(draw(st.sets(st.sampled_from(sorted(RIGHTS_ON_TABLES))))),
        spells=tuple(draw(st.lists(SPELLS, max_size=4))),
    )


@settings(max_examples=500)
@given(history=histories(), hour=st.integers(0, HOURS), before=st.booleans())
def test_the_rule_alone_says_the_same(history: History, hour: int, before: bool) -> None:
    at = EPOCH + hour * AN_HOUR - before * A_BLINK
    place = Place(
        history.deployment,
        history.environment,
        (10, 3),
        history.plan,
        is_running=history.runs,
        is_gone=history.state == DELETED,
        user_plans=history.users,
    )
    ours = [each for each in history.spells if each.is_ours]
    held = [Held(pk, CONTENTS[each.product], _term(each)) for pk, each in enumerate(ours)]
    consent = Consent(
        1,
        history.kind,
        history.status,
        valid_until=_valid_until(history),
        agreed_capabilities=("mirroring",) if history.mirrors else (),
        is_blocked=history.is_blocked,
    )

    licences = licences_at(place, held, CONTENTS.values(), at)

    assert {each.product_code for each in licences} == history.products(at)
    assert judge(consent, place, licences, at).available == history.works(at)
    found = {each.code: each for each in capabilities_at(place, licences)}
    assert found.keys() == history.capabilities(at)
    if tables := found.get(EXTRA_TABLES):
        assert tables.limit == history.tables(at)
        rights = {plan: list(allowed) for plan, allowed in (tables.user_plans or {}).items()}
        assert rights == {plan: RIGHTS_ON_TABLES[plan] for plan in history.users}


@pytest.mark.django_db
@override_settings(CLOCK_CAN_MOVE=False)
@patch("portal.api.entitlements.remembered", lambda _policy: dt.timedelta(days=10_000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(), data=st.data())
def test_at_every_instant_all_three_say_the_same(history: History, data: st.DataObject) -> None:
    with transaction.atomic():
        written = _Written(history)
        turns = {hour for s in history.spells for hour in _hours_of(s)} | {0, HOURS}
        turns.add(history.let_in_for or 0)
        edges = [EPOCH + hour * AN_HOUR for hour in sorted(turns)]
        drawn = data.draw(st.lists(st.sampled_from(edges), min_size=3, max_size=6))
        instants = sorted({each + d * A_BLINK for each in drawn for d in (-1, 0)})

        answers = [written.ask(at) for at in instants]

        for at, answer in zip(instants, answers, strict=True):
            _agrees(written, at, answer)
        _stands_as_long_as_it_says(instants, answers)
        transaction.set_rollback(True)


def _agrees(written: _Written, at: dt.datetime, answer: dict[str, Any]) -> None:
    history = written.history
    assert products_of(written.tenant, at) == history.products(at)
    named = {each["code"]: each for each in answer["tenant"]["capabilities"]}
    assert named.keys() == history.capabilities(at)
    for code, each in named.items():
        too_old = code == TOOLS and history.crm_version == "9.2"
        assert each["available"] == (history.runs and not too_old)
    if tables := named.get(EXTRA_TABLES):
        assert tables.get("limit") == history.tables(at)
        assert tables["user_plans"] == {plan: RIGHTS_ON_TABLES[plan] for plan in history.users}
    allowed = answer["application"]["entitlement"]["allowed"]
    assert allowed == availability(written.consent, at).available == history.works(at)


def _stands_as_long_as_it_says(instants: list[dt.datetime], answers: list[dict[str, Any]]) -> None:
    """Nothing that was said changes before `valid_until`."""
    for number, answer in enumerate(answers):
        for asked in ("tenant", "application"):
            until = dt.datetime.fromisoformat(answer[asked]["valid_until"])
            assert until > instants[number]
            later = zip(instants[number:], answers[number:], strict=True)
            marks = {said["marks"][asked] for at, said in later if at < until}
            assert marks == {answer["marks"][asked]}


def _hours_of(spell: Spell) -> list[int]:
    hours = [spell.start]
    for turn in spell.turns:
        hours.append(hours[-1] + turn)
    if spell.ends_after is not None:
        hours.append(spell.start + spell.ends_after)
    return hours


CONTENTS = {
    product: Content(
        product,
        UNLOCKS[product],
        frozenset({"online"} if product in ONLINE_ONLY else {"online", "on_premise"}),
        frozenset(plan for plan, has in IN_PLAN.items() if product in has),
    )
    for product in PRODUCTS
}


def _term(spell: Spell) -> Term:
    hours = _hours_of(spell)
    marks = [EPOCH + hour * AN_HOUR for hour in hours[1 : len(spell.turns) + 1]]
    ends = None if spell.ends_after is None else EPOCH + hours[-1] * AN_HOUR
    pauses = zip(marks[::2], [*marks[1::2], None], strict=False)
    return Term(EPOCH + spell.start * AN_HOUR, ends, tuple(pauses))


def _valid_until(history: History) -> dt.datetime | None:
    if history.status == "expired":
        return LONG_AGO
    return history.let_in_until if history.status in GIVEN else None


class _Written:
    """A history as rows, beside those of a neighbour who has everything."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._versions = {
            product: ProductVersionFactory(
                product__code=product,
                scope="organisation" if product == SCIM else "tenant",
                deployments=["online"] if product in ONLINE_ONLY else ["online", "on_premise"],
                capabilities=list(UNLOCKS[product]),
                included_in_plans=[plan for plan, has in IN_PLAN.items() if product in has],
                inside=[
                    {"code": product, "minimum_crm_version": "10.0" if product == TOOLS else ""}
                ],
            )
            for product in PRODUCTS
        }
        self._prices = {
            product: PriceVersionFactory(product=version.product, component=None)
            for product, version in self._versions.items()
        }
        self.tenant: Tenant = TenantFactory(
            on_premise=history.deployment == "on_premise",
            environment=history.environment,
            commercial_model="crm_suite" if history.plan else "modules",
            crm_suite_plan=history.plan,
            state=history.state,
            crm_version=history.crm_version,
        )
        for plan in history.users:
            TenantUserPlanFactory(tenant=self.tenant, plan=plan)
        self._neighbour = TenantFactory()
        by_us = {"blocked_at": LONG_AGO, "block_reason": "x", "blocked_by": PersonFactory()}
        application = ApplicationFactory(kind=history.kind, **(by_us if history.is_blocked else {}))
        self.consent = AuthorisationFactory(
            tenant=self.tenant,
            application=application,
            active=history.status != "requested",
            status=history.status,
            agreed_capabilities=["webhooks", "mirroring"] if history.mirrors else ["webhooks"],
            closed_at=LONG_AGO if history.status in CLOSED else None,
            deactivation="licence_ended" if history.status == "deactivated" else "",
            valid_until=_valid_until(history),
        )
        for spell in history.spells:
            self._write(spell)
        self._secret = credentials.issue_for_platform(
            name="Platform",
            scope=ApiCredential.Scope.ENTITLEMENTS_READ,
            by=PersonFactory(staff=True),
            at=LONG_AGO,
        ).secret

    def ask(self, at: dt.datetime) -> dict[str, Any]:
        request = RequestFactory().get("/", headers={"authorization": f"Bearer {self._secret}"})
        application = self.consent.application_id
        with time_machine.travel(at, tick=False):
            whole: Any = tenant_entitlements(request, tenant_id=str(self.tenant.pk))
            one: Any = application_entitlement(
                request, tenant_id=str(self.tenant.pk), application_id=application
            )
        return {
            "tenant": json.loads(whole.content),
            "application": json.loads(one.content),
            "marks": {"tenant": whole.headers["ETag"], "application": one.headers["ETag"]},
        }

    def _write(self, spell: Spell) -> None:
        """As ended ones, of which the database takes any number; access asks for times alone."""
        start = EPOCH + spell.start * AN_HOUR
        place = self.tenant if spell.is_ours else self._neighbour
        far = start + 1000 * AN_HOUR  # an ended one has an end
        ends = far if spell.ends_after is None else start + spell.ends_after * AN_HOUR
        subscription = SubscriptionFactory(
            organisation=place.organisation,
            tenant=None if spell.product == SCIM else place,
            product_version=self._versions[spell.product],
            price_version=self._prices[spell.product],
            status="ended",
            starts_at=start,
            charged_from=start.date(),
            cancelled_at=start,
            ends_at=ends,
        )
        marks = [EPOCH + hour * AN_HOUR for hour in _hours_of(spell)[1 : len(spell.turns) + 1]]
        pauses = zip(marks[::2], [*marks[1::2], None], strict=False)
        Suspension.objects.bulk_create(
            Suspension(
                subscription=subscription, suspended_at=suspended, resumed_at=resumed, reason="x"
            )
            for suspended, resumed in pauses
        )
