"""The pages of the back office, in states worth looking at."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.urls import reverse

from billing.invariants import ledger, sums
from billing.metering.models import ApiCredential, RefusedUsage
from billing.models import BillingRun, BrokenRule, CreditProposal, Invoice, InvoiceLine
from billing.operations import previews
from billing.vies.models import Consultation, Wish
from catalog.models import PriceVersion, Seller
from customers.models import AdviceQuestion, Organisation, Tenant
from portal.demo import people
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations.orders import quantities_at
from subscriptions.periods import Month
from subscriptions.provisioning.models import Difference, Fact, Reconciliation
from tests.browser.place import TODAY, Place, person_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.demo.people import DemoSignIn


def backoffice_pages(dutch: Organisation) -> Iterator[Place]:
    yield from _customers(dutch)
    yield from _orders_and_consents()
    yield from _runs(dutch)
    yield from _invoices()


def place(name: str, *args: object, query: str = "", who: DemoSignIn = people.OPERATIONS) -> Place:
    path = reverse(f"backoffice:{name.partition(' ')[0]}", args=args)
    return Place(f"backoffice:{name}", path + query, who)


def _customers(dutch: Organisation) -> Iterator[Place]:
    for name in (
        "home",
        "customers",
        "orders",
        "consents",
        "authorisations",
        "questions",
        "mail",
        "platform",
        "webhooks",
    ):
        yield place(name)
    yield place("send_all_again")
    yield place("staff")
    yield place("search", query="?q=webshop")
    yield place("invite_to_staff")
    yield place("colleague", person_of(people.SALES).pk)
    yield place("colleague with a second factor", person_of(people.CAREFUL).pk)
    yield place("reset_of_colleague", person_of(people.CAREFUL).pk)
    yield place("account", person_of(people.READER).pk)
    yield place("reset_of_member", dutch.pk, person_of(people.READER).pk)
    yield place("webhooks nothing found", query="?q=nobody&state=failing")
    yield place("platform_facts")
    yield place("platform_facts found", query="?tenant=cust24110&kind=licence.granted")
    yield place("platform_facts nothing found", query="?first=2030-01-02&last=2030-01-01")
    _only_the_platform_has_it()
    yield place("breaches")
    _a_rule_is_broken()
    yield place("breaches of every kind", who=people.BILLING)
    newest = Fact.objects.newest_first()[0]
    yield place("platform_fact", newest.pk)
    yield place("platform_replay", newest.pk, query=f"?first=1&last={newest.sequence}")
    yield place("home of sales", who=people.SALES)
    yield place("customers nothing found", query="?q=nobody")
    yield place("new_customer", who=people.SALES)
    yield place("customer", dutch.pk)
    yield place("customer abroad", _silent_after_a_no().pk, who=people.BILLING)
    yield place("customer_history", dutch.pk)
    yield place("change_billing_details", dutch.pk, who=people.BILLING)
    yield place("register_tenant", dutch.pk, who=people.SALES)
    yield place("change_partner", dutch.pk, who=people.SALES)
    yield place("invite_person", dutch.pk, who=people.SALES)
    tenant = Tenant.objects.get(identifier="Cust24110")
    yield place("tenant", tenant.pk)
    yield place("correct_tenant", tenant.pk)
    yield place("delete_tenant", tenant.pk)
    yield place("change_users", tenant.pk)
    live = Subscription.objects.filter(organisation=dutch, status=Status.ACTIVE)
    yield place("subscription", live.order_by("pk")[0].pk)
    yield from _what_callers_ask(dutch)


def _what_callers_ask(dutch: Organisation) -> Iterator[Place]:
    """What Sales do for a customer, as far as a product is counted and cancelled."""
    yield place("new_order", dutch.pk, who=people.SALES)
    yield place("subscribe", dutch.pk, "development-tools", who=people.SALES)
    yield place("subscribe_review", dutch.pk, "scim", who=people.SALES)
    live = Subscription.objects.filter(organisation=dutch, status=Status.ACTIVE)
    cancelled = live.filter(ends_at__isnull=False).order_by("pk")[0]
    counted = live.filter(product__code__startswith="sandbox").order_by("pk")[0]
    yield place("subscription cancelled", cancelled.pk, who=people.SALES)
    yield place("subscription_cancel", counted.pk, who=people.SALES)
    yield place("subscription_quantities", counted.pk, who=people.SALES)
    more = quantities_at(counted, TODAY).items()
    query = "?" + "&".join(f"users_{code}={number + 1}" for code, number in more)
    yield place("subscription_quantities shown", counted.pk, query=query, who=people.SALES)


def _only_the_platform_has_it() -> None:
    there = {"environment": "production", "identifier": "CUST777777", "state": 2}
    run = Reconciliation.objects.create(started_at=TODAY, finished_at=TODAY)
    Difference.objects.create(
        reconciliation=run,
        kind=Difference.Kind.STRANGER,
        reported={**there, "holds": ["licence:scim"]},
    )


def _a_rule_is_broken() -> None:
    seen = {"first_seen_at": TODAY - dt.timedelta(days=3), "last_seen_at": TODAY, "count": 2}
    for code, rule, gone_at in (("ledger", ledger.RULE, None), ("sums", sums.RULE, TODAY)):
        examples = ["entry 17: 100.00 against 99.00", "entry 18: no line"]
        BrokenRule.objects.create(code=code, rule=rule, examples=examples, gone_at=gone_at, **seen)


def _the_platform_reported_in_vain(customer: Organisation) -> None:
    """On a day that is over: of no known tenant, and of a customer's."""
    seen = {"first_at": TODAY - dt.timedelta(days=2), "last_at": TODAY - dt.timedelta(days=1)}
    day = seen["last_at"].date()
    credential = ApiCredential.objects.filter(application=None).order_by("pk")[0]
    what = {"credential": credential, "day": day, "events": 1234, **seen}
    RefusedUsage.objects.create(code="unknown_tenant", tenant="Cust404 stage", **what)
    month = day.replace(day=1)
    RefusedUsage.objects.create(
        code="month_invoiced", tenant="Cust24110", organisation=customer, month=month, **what
    )


def _silent_after_a_no() -> Organisation:
    """A customer whose number VIES refused some time ago, and says nothing about now."""
    german = Organisation.objects.filter(country="DE").order_by("pk")[0]
    question = {
        "organisation": german,
        "country": german.country,
        "vat_number": german.vat_number,
        "requester": Seller.objects.get(code="nl").vat_number,
    }
    month_ago = TODAY - dt.timedelta(days=30)
    Consultation.objects.create(**question, asked_at=month_ago, outcome="invalid", name="Beispiel")
    Consultation.objects.create(
        **question, asked_at=TODAY, outcome="silent", trouble="MS_UNAVAILABLE", silences=1
    )
    Wish.objects.create(organisation=german, wished_by=person_of(people.BILLING), wished_at=TODAY)
    return german


def _orders_and_consents() -> Iterator[Place]:
    order = Subscription.objects.get(status=Status.REQUESTED)
    yield place("order", order.pk, who=people.SALES)
    yield place("order of another duty", order.pk)
    for status in (AuthorisationStatus.CONFIRMED, AuthorisationStatus.ACTIVE):
        found = Authorisation.objects.filter(status=status).order_by("pk")[0]
        yield place(f"authorisation {status}", found.pk, who=people.APP_MANAGER)
    question = AdviceQuestion.objects.get(answer="")
    yield place("question", question.pk, who=people.SALES)
    yield place("prices", who=people.SALES)
    yield from _a_new_price()
    yield place("announce_price", PriceVersion.objects.latest("valid_from").pk, who=people.SALES)
    yield place("products")
    yield place("product", "development-tools", who=people.SALES)
    yield place("policies")
    yield place("policy", "licence_file_grace")
    yield place("metering")
    credential = ApiCredential.objects.live().newest_first()[0]
    yield place("revoke_credential", credential.pk)
    _the_platform_reported_in_vain(question.organisation)
    yield place("refused_usage")
    yield place("refused_usage nothing found", query="?first=2030-01-02&last=2030-01-01")
    yield place("meter", "api-calls", who=people.BILLING)
    yield place("make_credential")


def _a_new_price() -> Iterator[Place]:
    tools, calls = ("development-tools", "EUR"), ("api-usage", "EUR")
    yield place("product_prices", *tools, who=people.SALES)
    yield place("product_prices of another duty", *calls)
    yield place("new_price", *tools, who=people.SALES)
    query = "?valid_from=2026-12-01&licence_unit_amount=612.50"
    yield place("new_price shown", *tools, query=query, who=people.SALES)
    names = ("calls_minimum", "records_minimum", "records_unit_amount")
    rest = "".join(f"&{name}=0" for name in names)
    for name, end in (("shown", 5000), ("refused", 100)):
        ends = f"&calls_tier_1_until=1000&calls_tier_2_until={end}"
        amounts = "".join(f"&calls_tier_{number}_amount=0.0{4 - number}" for number in (1, 2, 3))
        query = f"?valid_from=2027-02-01&units=5000{ends}{amounts}{rest}"
        yield place(f"new_price of tiers {name}", *calls, query=query, who=people.SALES)


def _runs(dutch: Organisation) -> Iterator[Place]:
    yield place("runs", who=people.BILLING)
    seller, month = Seller.objects.get(code="nl"), Month(2026, 12)
    asked = previews.ask(seller, month, by=person_of(people.BILLING), at=TODAY)
    previews.complete(asked, at=TODAY)
    yield place("preview_month", query="?seller=nl&month=2026-12", who=people.BILLING)
    yield place("preview_month not made", query="?seller=no&month=2026-12", who=people.BILLING)
    held = BillingRun.objects.filter(seller__code="nl").order_by("-month")[0]
    yield place("run", held.pk, who=people.BILLING)
    yield place("run_items", held.pk, who=people.BILLING)
    item = held.items.needing_attention().order_by("pk")[0]
    yield place("run_item", held.pk, item.pk, who=people.BILLING)
    yield place("explain_cause", held.pk, query=f"?cause={item.cause}", who=people.BILLING)
    yield place("hold_customer", dutch.pk, who=people.BILLING)
    yield place("billing_policy", "nl", who=people.BILLING)


def _invoices() -> Iterator[Place]:
    yield place("invoices", who=people.BILLING)
    yield place("journal", who=people.BILLING)
    yield place("journal of a month", query="?seller=nl&month=2026-11", who=people.BILLING)
    yield place("ec_sales", who=people.BILLING)
    yield place("ec_sales of a quarter", query="?seller=nl&quarter=2026-4", who=people.BILLING)
    yield place("vat_return", who=people.BILLING)
    yield place("vat_return of a quarter", query="?seller=no&quarter=2026-4", who=people.BILLING)
    credited, *others = Invoice.objects.filter(kind="invoice").order_by("pk")
    yield place("invoice", others[0].pk, who=people.BILLING)
    yield place("invoice with reverse charge", _reverse_charged().pk, who=people.BILLING)
    yield place("invoice credited", credited.pk, who=people.BILLING)
    yield place("credit", others[0].pk, who=people.BILLING)
    yield place("credit refused", others[0].pk, query="?scope=part", who=people.BILLING)
    yield place("credit shown", others[0].pk, query="?scope=whole", who=people.BILLING)
    yield place("reissue", others[0].pk, who=people.BILLING)
    line = InvoiceLine.objects.filter(why__isnull=False)[0]
    yield place("invoice_line", line.invoice_id, line.pk, who=people.BILLING)
    yield place("credits", who=people.BILLING)
    proposal = CreditProposal.objects.waiting().get()
    yield place("credit_proposal", proposal.pk, who=people.BILLING)
    yield place("credit_proposal of another duty", proposal.pk)
    yield place("documents", who=people.BILLING)
    yield place("exchange_rates", who=people.BILLING)


def _reverse_charged() -> Invoice:
    """One whose documents are made: with them the evidence is kept."""
    abroad = Invoice.objects.filter(vat_rows__category="AE", rendering__status="ready")
    return abroad.order_by("pk")[0]
