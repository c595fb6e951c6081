"""Every address of the back office, tried by everybody."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, cast

import pytest
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from billing.documents.models import Transmission
from billing.models import BillingHold, BillingRun, Invoice, MonthPreview, RunItem
from billing.operations.issuing import buyer_snapshot, seller_snapshot
from catalog.models import Seller
from customers import clock
from customers.models import Duty, Environment, OutgoingMail
from customers.operations import advice
from portal.access import Audience
from portal.backoffice.urls import urlpatterns
from subscriptions.applications import credentials
from subscriptions.applications.models import DevelopmentTenantRequest
from subscriptions.models import PriceAnnouncement
from subscriptions.provisioning.models import Fact
from tests.factories.billing import asked_credit
from tests.factories.customers import InvitationFactory, PersonFactory
from tests.factories.documents import kept_document
from tests.factories.metering import MeterFactory, platform_credential
from tests.factories.subscriptions import ApplicationFactory
from tests.factories.usage import explained_line

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from portal.access import GuardedView
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

# What an address needs, and whose task it is; nobody's in particular: all staff may read.
READING = {
    "home": None,
    "search": None,
    "customers": None,
    "customer": "organisation_id",
    "customer_history": "organisation_id",
    "new_order": "organisation_id",
    "subscribe": "organisation_id,product_code",
    "tenant": "tenant_id",
    "subscription": "subscription_id",
    "orders": None,
    "order": "order_id",
    "consents": None,
    "applications": None,
    "application": "application_id",
    "authorisations": None,
    "authorisation": "authorisation_id",
    "questions": None,
    "question": "question_id",
    "runs": None,
    "preview_month": None,
    "run": "run_id",
    "preview_progress": "preview_id",
    "run_progress": "run_id",
    "run_items": "run_id",
    "run_item": "run_id,item_id",
    "invoices": None,
    "invoice": "invoice_id",
    "invoice_document": "invoice_id,document_id",
    "invoice_translation": "invoice_id,language",
    "invoice_line": "invoice_id,line_id",
    "metering": None,
    "refused_usage": None,
    "policies": None,
    "products": None,
    "documents": None,
    "mail": None,
    "breaches": None,
    "platform": None,
    "platform_facts": None,
    "platform_fact": "fact_id",
    "publications": None,
    "publication": "publication_id",
    "tenant_requests": None,
    "tenant_request": "request_id",
    "webhooks": None,
    "prices": None,
    "product_prices": "product_code,currency",
    "credits": None,
    "credit_proposal": "proposal_id",
}
DOING = {
    "staff": (None, {Duty.STAFF_MANAGER}),
    "invite_to_staff": (None, {Duty.STAFF_MANAGER}),
    "colleague": ("person_id", {Duty.STAFF_MANAGER}),
    "end_colleague": ("person_id", {Duty.STAFF_MANAGER}),
    "reset_of_colleague": ("person_id", {Duty.STAFF_MANAGER}),
    "account": ("person_id", {Duty.STAFF_MANAGER}),
    "reset_of_member": ("organisation_id,person_id", {Duty.SALES, Duty.OPERATIONS}),
    "new_customer": (None, {Duty.SALES}),
    "change_billing_details": ("organisation_id", {Duty.BILLING}),
    "register_tenant": ("organisation_id", {Duty.SALES, Duty.OPERATIONS}),
    "invite_person": ("organisation_id", {Duty.SALES, Duty.OPERATIONS}),
    "withdraw_invitation": ("organisation_id,invitation_id", {Duty.SALES, Duty.OPERATIONS}),
    "send_new_link": ("organisation_id,invitation_id", {Duty.SALES, Duty.OPERATIONS}),
    "change_tenant_state": ("tenant_id", {Duty.OPERATIONS}),
    "change_users": ("tenant_id", {Duty.SALES, Duty.OPERATIONS}),
    "change_partner": ("organisation_id", {Duty.SALES}),
    "correct_tenant": ("tenant_id", {Duty.OPERATIONS}),
    "delete_tenant": ("tenant_id", {Duty.OPERATIONS}),
    "suspend": ("subscription_id", {Duty.OPERATIONS, Duty.BILLING}),
    "resume": ("subscription_id", {Duty.OPERATIONS, Duty.BILLING}),
    "subscribe_review": ("organisation_id,product_code", {Duty.SALES}),
    "subscription_cancel": ("subscription_id", {Duty.SALES}),
    "withdraw_cancellation": ("subscription_id", {Duty.SALES}),
    "subscription_quantities": ("order_id", {Duty.SALES}),
    "confirm_order": ("order_id", {Duty.SALES}),
    "withdraw_order": ("order_id", {Duty.SALES}),
    "reject_order": ("order_id", {Duty.SALES}),
    "grant": ("authorisation_id", {Duty.APP_MANAGER}),
    "deny": ("authorisation_id", {Duty.APP_MANAGER}),
    "revoke": ("authorisation_id", {Duty.APP_MANAGER}),
    "bring_forward": ("authorisation_id", {Duty.APP_MANAGER}),
    "block_application": ("application_id", {Duty.APP_MANAGER}),
    "unblock_application": ("application_id", {Duty.APP_MANAGER}),
    "revoke_client": ("application_id,client", {Duty.APP_MANAGER}),
    "publish_version": ("publication_id", {Duty.APP_MANAGER}),
    "reject_version": ("publication_id", {Duty.APP_MANAGER}),
    "reject_tenant_request": ("request_id", {Duty.APP_MANAGER, Duty.OPERATIONS}),
    "answer": ("question_id", {Duty.SALES}),
    "hold_customer": ("organisation_id", {Duty.BILLING}),
    "ask_register": ("organisation_id", {Duty.BILLING}),
    "release_hold": ("hold_id", {Duty.BILLING}),
    "billing_policy": ("seller_code", {Duty.BILLING}),
    "ask_for_preview": (None, {Duty.BILLING}),
    "start_run": (None, {Duty.BILLING}),
    "approve_run": ("run_id", {Duty.BILLING}),
    "explain_cause": ("run_id", {Duty.BILLING}),
    "close_run": ("run_id", {Duty.BILLING}),
    "review_item": ("run_id,item_id", {Duty.BILLING}),
    "explain_item": ("run_id,item_id", {Duty.BILLING}),
    "retry_all": ("run_id", {Duty.BILLING}),
    "retry_one": ("run_id,item_id", {Duty.BILLING}),
    "journal": (None, {Duty.BILLING}),
    "meter": ("meter_code", {Duty.BILLING}),
    "product": ("product_code", {Duty.SALES}),
    "policy": ("policy_name", {Duty.OPERATIONS}),
    "make_credential": (None, {Duty.OPERATIONS}),
    "revoke_credential": ("credential_id", {Duty.OPERATIONS}),
    "look_at_refused_usage": (None, {Duty.OPERATIONS}),
    "retry_documents": ("rendering_id", {Duty.BILLING}),
    "carry_again": ("transmission_id", {Duty.BILLING}),
    "retry_all_documents": (None, {Duty.BILLING}),
    "carry_all_again": (None, {Duty.BILLING}),
    "ec_sales": (None, {Duty.BILLING}),
    "vat_return": (None, {Duty.BILLING}),
    "exchange_rates": (None, {Duty.BILLING}),
    "platform_retry": (None, {Duty.OPERATIONS}),
    "platform_compare": (None, {Duty.OPERATIONS}),
    "platform_replay": ("fact_id", {Duty.OPERATIONS}),
    "check_again": (None, {Duty.OPERATIONS, Duty.BILLING}),
    "send_again": ("mail_id", {Duty.OPERATIONS}),
    "send_all_again": (None, {Duty.OPERATIONS}),
    "new_price": ("product_code,currency", {Duty.SALES}),
    "withdraw_new_price": ("price_id", {Duty.SALES}),
    "announce_price": ("price_id", {Duty.SALES}),
    "withdraw_price": ("announcement_id", {Duty.SALES}),
    "credit": ("invoice_id", {Duty.BILLING}),
    "reissue": ("invoice_id", {Duty.BILLING}),
    "approve_credit": ("proposal_id", {Duty.BILLING}),
    "reject_credit": ("proposal_id", {Duty.BILLING}),
}


@pytest.fixture
def ids(
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    subscription: Subscription,
    order: Subscription,
    consent: Authorisation,
) -> dict[str, int | str]:
    """One of everything."""
    at = clock.now()
    seller = Seller.objects.get(code="nl")
    question = advice.ask_for_advice(customer, about="", question="Why?", by=owner, at=at)
    run = BillingRun.objects.create(
        seller=seller, month=at.date().replace(day=1), started_at=at, approved_at=at, finished_at=at
    )
    item = RunItem.objects.create(
        run=run, organisation=customer, outcome="held", cause="no_rule", done_at=at
    )
    hold = BillingHold.objects.create(
        organisation=customer, reason="Why", placed_by=owner, placed_at=at
    )
    preview = MonthPreview.objects.create(
        seller=seller, month=run.month, asked_by=owner, asked_at=at, total=0
    )
    invoice = Invoice.objects.create(
        kind="invoice",
        organisation=customer,
        seller=seller,
        month=run.month,
        currency="EUR",
        language="en",
        seller_snapshot=seller_snapshot(seller),
        buyer_snapshot=buyer_snapshot(customer),
        net=0,
        vat=0,
        gross=0,
        number="NL-1",
        series_year=2026,
        sequence=1,
        issued_at=at,
        issued_on=at.date(),
        due_on=at.date(),
    )
    announcement = PriceAnnouncement.objects.create(
        price_version=subscription.price_version,
        effective_on=at.date(),
        announced_at=at,
        announced_by=owner,
    )
    document = kept_document(invoice)
    transmission = Transmission.objects.create(
        document=document, sender="0106:1", receiver="9930:DE1", created_at=at
    )
    proposal = asked_credit(invoice, by=owner, at=at)
    asked = DevelopmentTenantRequest.objects.create(
        organisation=customer, requested_by=owner, requested_at=at
    )
    client = credentials.create(
        consent.application, Environment.PRODUCTION, by=owner, at=at
    ).credential
    publication = ApplicationFactory().publications.get(environment="stage")
    mail = OutgoingMail.objects.create(to="a@example.com", subject="", body="", created_at=at)
    return {
        "organisation_id": customer.pk,
        "invitation_id": InvitationFactory(organisation=customer).pk,
        "person_id": PersonFactory(staff=True).pk,
        "tenant_id": tenant.pk,
        "subscription_id": subscription.pk,
        "order_id": order.pk,
        "authorisation_id": consent.pk,
        "application_id": consent.application_id,
        "client": client.pk,
        "question_id": question.pk,
        "run_id": run.pk,
        "item_id": item.pk,
        "hold_id": hold.pk,
        "preview_id": preview.pk,
        "seller_code": seller.code,
        "invoice_id": invoice.pk,
        "document_id": document.pk,
        "language": "nl",
        "rendering_id": document.rendering_id,
        "transmission_id": transmission.pk,
        "mail_id": mail.pk,
        "publication_id": publication.pk,
        "request_id": asked.pk,
        "fact_id": str(Fact.objects.latest("at").pk),
        "price_id": subscription.price_version.pk,
        "announcement_id": announcement.pk,
        "proposal_id": proposal.pk,
        "line_id": explained_line(invoice).pk,
        "policy_name": "mail_kept",
        "product_code": subscription.product.code,
        "currency": "EUR",
        "meter_code": MeterFactory(code="api-calls").code,
        "credential_id": platform_credential().pk,
    }


def address(name: str, needs: str | None, ids: dict[str, int | str]) -> str:
    return reverse(f"backoffice:{name}", args=[ids[n] for n in needs.split(",")] if needs else [])


def test_no_address_is_forgotten_here() -> None:
    assert {pattern.name for pattern in urlpatterns} == READING.keys() | DOING.keys()


def test_every_view_is_for_staff_and_asks_for_its_duty() -> None:
    access = {pattern.name: cast("GuardedView", pattern.callback).access for pattern in urlpatterns}

    assert {each.audience for each in access.values()} == {Audience.STAFF}
    assert {name: each.duties for name, each in access.items()} == dict.fromkeys(
        READING, frozenset()
    ) | {name: frozenset(expected) for name, (_needs, expected) in DOING.items()}


def test_reading_is_for_every_member_of_staff(client: Client, ids: dict[str, int | str]) -> None:
    client.force_login(PersonFactory(staff=True))

    statuses = {
        name: client.get(address(name, needs, ids)).status_code for name, needs in READING.items()
    }

    assert statuses == dict.fromkeys(READING, 200)


def test_doing_is_refused_without_the_duty_and_changes_nothing(
    client: Client, ids: dict[str, int | str], order: Subscription
) -> None:
    client.force_login(PersonFactory(staff=True))

    responses = {
        name: client.post(address(name, needs, ids)) for name, (needs, _duties) in DOING.items()
    }

    assert {name: r.status_code for name, r in responses.items()} == dict.fromkeys(DOING, 403)
    assert "This is a task of: Sales." in responses["confirm_order"].content.decode()
    order.refresh_from_db()
    assert order.status == "requested"


@pytest.mark.parametrize("method", ["get", "post"])
def test_for_customers_there_is_no_back_office(
    client: Client, ids: dict[str, int | str], owner: Person, method: str
) -> None:
    client.force_login(owner)
    every = {**READING, **{name: needs for name, (needs, _duties) in DOING.items()}}

    statuses = {
        name: getattr(client, method)(address(name, needs, ids)).status_code
        for name, needs in every.items()
    }

    assert statuses == dict.fromkeys(every, 404)


def test_strangers_are_asked_to_sign_in(client: Client, ids: dict[str, int | str]) -> None:
    response = client.get(reverse("backoffice:home"))

    assertRedirects(response, f"{reverse('account_login')}?next={reverse('backoffice:home')}")


def test_what_does_not_exist_is_not_there(client: Client, ids: dict[str, int | str]) -> None:
    client.force_login(PersonFactory(staff=True, duties=list(Duty)))
    nothing: dict[str, int | str] = dict.fromkeys(ids, 999_999)
    nothing["fact_id"] = str(uuid.UUID(int=1))

    found = {
        name: client.get(address(name, needs, nothing)).status_code
        for name, needs in READING.items()
        if needs
    } | {
        name: client.post(address(name, needs, nothing), {"reason": "x"}).status_code
        for name, (needs, _duties) in DOING.items()
        if needs
    }

    assert set(found.values()) == {404}
