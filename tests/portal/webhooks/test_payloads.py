"""What is documented is what is sent: real operations, their messages, their schemas."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from billing.operations import runs
from billing.operations.thresholds import tell_reached
from catalog.models import Product, Seller
from customers.models import (
    CrmSuitePlan,
    Duty,
    Environment,
    History,
    Organisation,
    Person,
    Tenant,
    TenantState,
    UserPlan,
)
from customers.operations.organisations import grant_partner_access, withdraw_partner_access
from customers.operations.tenants import (
    NewTenant,
    change_crm_suite_plan,
    change_tenant_state,
    change_user_plans,
    register_tenant,
)
from portal.pages.presenters.verbs import WORDS
from portal.webhooks.documentation import example_of
from portal.webhooks.event_types import EVENT_TYPES, documented
from portal.webhooks.models import Event
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.payloads import schema_of
from subscriptions.applications import blocking, deactivation, details, validity, versions
from subscriptions.applications import operations as applications
from subscriptions.applications.models import ApplicationKind, Scope
from subscriptions.applications.scope_consent import agree
from subscriptions.operations import endings, orders, price_changes, quantity_changes, suspensions
from subscriptions.operations.cancellations import (
    CancelWhen,
    cancel,
    consequences,
    withdraw_cancellation,
)
from subscriptions.periods import Month
from subscriptions.provisioning import news, receiving
from tests.factories.billing import local
from tests.factories.catalog import PriceVersionFactory
from tests.factories.customers import MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, open_shop
from tests.factories.subscriptions import confirm_set_up
from tests.factories.usage import count, open_metered_services
from tests.factories.webhooks import EndpointFactory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subscriptions.applications.models import (
        Application,
        ApplicationVersion,
        Authorisation,
        Publication,
    )
    from subscriptions.models import Subscription

ROOT = Path(__file__).resolve().parents[3]

AT = local("2026-11-02")
DAY = dt.timedelta(days=1)


def fits(message: dict[str, Any]) -> None:
    assert "incomplete" not in message["data"]
    event_type = next(each for each in documented() if each.verb == message["type"])
    Draft202012Validator(schema_of(event_type), format_checker=FormatChecker()).validate(message)


@pytest.mark.parametrize("event_type", documented(), ids=lambda each: each.verb)
def test_an_example_fits_its_schema(event_type: Any) -> None:
    Draft202012Validator.check_schema(schema_of(event_type))

    fits(example_of(event_type))


def test_a_schema_refuses_what_is_not_documented() -> None:
    message = example_of(EVENT_TYPES["invoice.issued"])
    message["data"]["margin"] = "100.00"

    with pytest.raises(Exception, match="margin"):
        fits(message)


def test_the_page_of_the_documentation_names_every_event() -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text()

    assert [each.verb for each in documented() if f"`{each.verb}`" not in text] == []


def test_whoever_may_have_done_it_is_documented() -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text()
    schema = schema_of(EVENT_TYPES["subscription.started"])["properties"]["by"]["description"]

    for kind in History.ActorKind.values:
        assert f"`{kind}`" in page
        assert f"`{kind}`" in schema


def test_whatever_happens_to_subscriptions_and_authorisations_is_told() -> None:
    """Who adds such a verb says here what its message holds: event_types.py, docs/webhooks.md."""
    happens = {verb for verb in WORDS if verb.startswith(("subscription.", "authorisation."))}

    assert happens - EVENT_TYPES.keys() == set()


@pytest.mark.django_db
def test_what_the_operations_tell_fits_and_nothing_is_documented_in_vain() -> None:
    story = Story()
    story.of_tenants()
    story.of_subscriptions()
    story.of_applications()
    story.of_partners()
    story.of_money()

    dispatch(at=AT)

    messages = [
        json.loads(body)
        for body in Event.objects.of(story.customer)
        .order_by("sequence")
        .values_list("body", flat=True)
    ]
    for message in messages:
        fits(message)
    assert {message["type"] for message in messages} == EVENT_TYPES.keys()
    by_type = {message["type"]: message["data"] for message in messages}
    assert by_type["subscription.cancelled"]["ends_at"] == "2026-12-05T09:00:00Z"
    assert by_type["usage.threshold_reached"]["percent"] == 100
    assert by_type["invoice.issued"]["invoice"]["number"].startswith("NL-2026-")
    assert by_type["authorisation.revoked"]["reason"] == "No longer used"


class Story:
    """What may happen to a customer, by the operations that pages and tasks call."""

    def __init__(self) -> None:
        open_shop()
        open_metered_services()
        self.customer: Organisation = OrganisationFactory(dutch=True)
        self.owner: Person = MembershipFactory(organisation=self.customer).person
        self.staff: Person = PersonFactory(staff=True, duties=list(Duty.values))
        self.partner: Organisation = OrganisationFactory(is_partner=True)
        EndpointFactory(organisation=self.customer)

    def of_tenants(self) -> None:
        new = NewTenant(
            name="Head office",
            crm_version="10.3",
            identifier="Cust70001",
            users={UserPlan.SALES_PREMIUM: 20},
        )
        self.tenant: Tenant = register_tenant(self.customer, new, by=self.staff, at=AT)
        for state in (TenantState.SUSPENDED, TenantState.RUNNING):
            change_tenant_state(self.tenant, state, by=self.staff, at=AT)
        change_user_plans(self.tenant, {UserPlan.SALES_PREMIUM: 10}, by=self.staff, at=AT)
        for plan in (CrmSuitePlan.CORE, None):
            change_crm_suite_plan(self.tenant, plan, by=self.staff, at=AT)
        for number, change in enumerate(("Upgrade", "Move", "BackupRestored"), start=1):
            self._platform_says(number, change)

    def of_subscriptions(self) -> None:
        orders.reject(self._order(), reason="No", by=self.staff, at=AT)
        orders.withdraw(self._order(), by=self.owner, at=AT)
        sandbox = confirm_set_up(self._order(), by=self.staff, at=AT)
        quantity_changes.change(sandbox, quantities={"sales-premium": 5}, by=self.owner, at=AT)
        suspensions.suspend(sandbox, reason="Unpaid", by=self.staff, at=AT)
        suspensions.resume(sandbox, by=self.staff, at=AT)
        tools = self._subscribe(AT)
        self._cancel(tools, CancelWhen.MONTH_END, AT)
        withdraw_cancellation(tools, by=self.owner, at=AT)
        price = PriceVersionFactory(
            product=Product.objects.get(code=DEVELOPMENT_TOOLS),
            valid_from=dt.date(2027, 1, 1),
            component__unit_amount=Decimal(52),
            component__code="licence",
        )
        announced = price_changes.announce(
            price, effective_on=dt.date(2027, 2, 1), by=self.staff, at=AT
        )
        price_changes.withdraw(announced, by=self.staff, at=AT)
        self._cancel(tools, CancelWhen.MONTH_END, AT + DAY)
        endings.end_due(at=local("2026-12-01", "00:05"))

    def of_applications(self) -> None:
        begin = local("2026-12-02")
        tools = self._subscribe(begin)
        applications.deny(self._asked("Denied", begin), reason="No", by=self.owner, at=begin)
        revoked = applications.approve(self._asked("Revoked", begin), by=self.owner, at=begin)
        validity.change_end(
            revoked, valid_until=begin + DAY, reason="On trial", by=self.owner, at=begin
        )
        applications.revoke(revoked, reason="No longer used", by=self.owner, at=begin)
        applications.approve(
            self._asked("Short", begin), valid_until=begin + DAY, by=self.owner, at=begin
        )
        deactivation.expire_due(at=begin + DAY)
        custom = self._asked("Custom", begin, ApplicationKind.CUSTOM)
        applications.confirm(custom, by=self.owner, at=begin)
        applications.grant(custom, by=self.staff, at=begin)
        widened = applications.approve(self._asked("Widened", begin), by=self.owner, at=begin)
        self._widen(widened, begin)
        undone = versions.start_next(widened.application, by=self.owner, at=begin)
        self._publish(undone, [], begin)
        more = applications.approve(self._asked("More", begin), by=self.owner, at=begin)
        version = versions.start_next(more.application, by=self.owner, at=begin)
        self._publish(version, [], begin, scopes=[Scope.CRM_READ, Scope.CRM_WRITE])
        agree(more, read=[Scope.CRM_WRITE], by=self.owner, at=begin)
        blocking.block(more.application, reason="Leaks data", by=self.staff, at=begin)
        blocking.unblock(more.application, reason="Mended", by=self.staff, at=begin)
        suspensions.suspend(tools, reason="Unpaid", by=self.staff, at=begin)
        suspensions.resume(tools, by=self.staff, at=begin)
        self._cancel(tools, CancelWhen.NOW, begin + DAY)
        tools = self._subscribe(begin + 2 * DAY)
        self._cancel(tools, CancelWhen.NOW, begin + 3 * DAY)
        self._subscribe(begin + 60 * DAY)

    def of_partners(self) -> None:
        access = grant_partner_access(self.customer, partner=self.partner, by=self.owner, at=AT)
        withdraw_partner_access(access, by=self.owner, at=AT)

    def of_money(self) -> None:
        count(self.tenant, "2026-11-10", 1500)
        tell_reached(at=local("2026-11-16"))
        seller, at = Seller.objects.get(code="nl"), local("2026-12-01", "00:10")
        runs.complete(runs.open_run(seller, Month(2026, 12), at=at), at=at)

    def _platform_says(self, number: int, change: str) -> None:
        event = {
            "id": str(number),
            "type": "tenant.changed",
            "tenant": {"identifier": self.tenant.identifier, "environment": "production"},
            "sequence": number,
            "at": "2026-11-02T09:00:00+00:00",
            "change": change,
            "version": "10.4",
        }
        receiving.receive(news.read(json.dumps(event).encode()), at=AT)

    def _order(self) -> Subscription:
        return orders.subscribe(
            self.customer,
            product_code=SANDBOX,
            tenant=self.tenant,
            quantities={"sales-premium": 3},
            by=self.owner,
            at=AT,
        )

    def _subscribe(self, at: dt.datetime) -> Subscription:
        return orders.subscribe(
            self.customer,
            product_code=DEVELOPMENT_TOOLS,
            tenant=self.tenant,
            by=self.owner,
            at=at,
        )

    def _cancel(self, subscription: Subscription, when: CancelWhen, at: dt.datetime) -> None:
        seen = consequences(subscription, when=when, at=at)
        cancel(subscription, when=when, confirmed=seen.fingerprint, by=self.owner, at=at)

    def _asked(
        self, name: str, at: dt.datetime, kind: ApplicationKind = ApplicationKind.STANDARD
    ) -> Authorisation:
        application: Application = details.register(
            self.customer,
            kind=kind,
            name=name,
            technical_contact="developer@example.com",
            by=self.owner,
            at=at,
        )
        self._publish(application.versions.get(), [], at)
        return applications.request(application, tenant=self.tenant, by=self.owner, at=at)

    def _widen(self, authorisation: Authorisation, at: dt.datetime) -> None:
        version = versions.start_next(authorisation.application, by=self.owner, at=at)
        asked = self._submitted(version, ["webhooks"], at)
        versions.reject(asked, reason="Why?", by=self.staff, at=at)
        self._publish(version, ["webhooks"], at)

    def _publish(
        self,
        version: ApplicationVersion,
        capabilities: list[str],
        at: dt.datetime,
        scopes: Sequence[str] = (Scope.CRM_READ,),
    ) -> None:
        submitted = self._submitted(version, capabilities, at, scopes)
        versions.publish(submitted, by=self.staff, at=at)

    def _submitted(
        self,
        version: ApplicationVersion,
        capabilities: list[str],
        at: dt.datetime,
        scopes: Sequence[str] = (Scope.CRM_READ,),
    ) -> Publication:
        settings = versions.Settings(
            redirect_uris=[], scopes=list(scopes), capabilities=capabilities
        )
        versions.change(version, settings, note="", by=self.owner, at=at)
        return versions.submit(version, Environment.PRODUCTION, by=self.owner, at=at)
