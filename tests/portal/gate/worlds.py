"""One of each thing that has an id in an address: ours, theirs, and who comes asking."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from billing.models import Invoice
from billing.operations.issuing import buyer_snapshot, seller_snapshot
from catalog.models import Seller
from customers import clock
from customers.models import Duty, Environment, Organisation, Role, TokenScope
from customers.operations import tokens
from subscriptions.applications import credentials
from subscriptions.operations import orders
from tests.factories.customers import (
    AdviceQuestionFactory,
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    OrganisationTokenFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.documents import kept_document
from tests.factories.shop import SANDBOX, open_shop
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    LicenceFileFactory,
    confirm_set_up,
)
from tests.factories.usage import explained_line
from tests.factories.webhooks import DeliveryFactory

if TYPE_CHECKING:
    from django.db.models import Model

    from customers.models import Person

STRANGERS = ("staff", "outsider")

NOON = dt.datetime(2026, 11, 2, 11, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class World:
    """A customer with one of everything, and who sits where."""

    customer: Organisation
    ids: dict[str, Any]


@dataclass(frozen=True)
class Gate:
    ours: World
    theirs: World
    people: dict[str, Person]  # ours: one per role, a consultant that was let in; and strangers
    secrets: dict[str, str]  # of our tokens: live, expired, revoked

    @property
    def customers(self) -> dict[str, Person]:
        return {name: person for name, person in self.people.items() if name not in STRANGERS}


def world() -> World:
    """One of each thing that has an id in an address; a route fails over an id without one."""
    customer = OrganisationFactory(dutch=True)
    tenant = TenantFactory(organisation=customer)
    owner = MembershipFactory(organisation=customer).person
    ordered = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 3},
        by=owner,
        at=NOON,
    )
    subscription = confirm_set_up(ordered, by=PersonFactory(staff=True), at=NOON)
    application = ApplicationFactory(owner=customer)
    client = credentials.create(application, Environment.PRODUCTION, by=owner, at=NOON).credential
    invoice = issued_invoice(customer)
    delivery = DeliveryFactory(endpoint__organisation=customer)
    rows: dict[str, Model] = {
        "tenant_id": tenant,
        "subscription_id": subscription,
        "application_id": application,
        "offer_id": ApplicationFactory(standard=True),
        "version_id": application.versions.get(),
        "credential_id": client,
        "secret_id": client.secrets.get(),
        "authorisation_id": AuthorisationFactory(tenant=tenant, application=application),
        "question_id": AdviceQuestionFactory(organisation=customer),
        "membership_id": MembershipFactory(organisation=customer, role=Role.READER),
        "invitation_id": InvitationFactory(
            organisation=customer, expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
        ),
        "access_id": PartnerAccessFactory(customer=customer),
        "token_id": OrganisationTokenFactory(organisation=customer),
        "invoice_id": invoice,
        "document_id": kept_document(invoice),
        "line_id": explained_line(invoice),
        "file_id": LicenceFileFactory(tenant=tenant),
        "endpoint_id": delivery.endpoint,
        "delivery_id": delivery,
    }
    return World(
        customer,
        {"organisation_id": customer.pk, "product_code": SANDBOX, "language": "nl"}
        | {name: row.pk for name, row in rows.items()},
    )


def issued_invoice(customer: Organisation, *, month: dt.date = dt.date(2026, 11, 1)) -> Invoice:
    seller = Seller.objects.get(code="nl")
    sequence = Invoice.objects.count() + 1
    return Invoice.objects.create(
        kind="invoice",
        organisation=customer,
        seller=seller,
        month=month,
        currency="EUR",
        language="en",
        seller_snapshot=seller_snapshot(seller),
        buyer_snapshot=buyer_snapshot(customer),
        net=0,
        vat=0,
        gross=0,
        number=f"NL-2026-{sequence:05}",
        series_year=2026,
        sequence=sequence,
        issued_at=NOON,
        issued_on=NOON.date(),
        due_on=NOON.date(),
    )


def build_gate() -> Gate:
    open_shop()
    ours, theirs = world(), world()
    people = {
        str(role): MembershipFactory(organisation=ours.customer, role=role).person for role in Role
    }
    access = PartnerAccessFactory(customer=ours.customer)
    people["consultant"] = MembershipFactory(organisation=access.partner).person
    withdrawn = PartnerAccessFactory(customer=theirs.customer, withdrawn=True)
    MembershipFactory(organisation=withdrawn.partner, person=people["consultant"])
    people["staff"] = PersonFactory(staff=True, duties=list(Duty.values))
    people["outsider"] = PersonFactory()
    return Gate(ours, theirs, people, secrets_of(ours.customer))


def secrets_of(organisation: Organisation) -> dict[str, str]:
    """Each was good once, for everything."""
    now = clock.now()
    made = now - dt.timedelta(days=10)
    lasts = {"live": dt.timedelta(days=20), "expired": dt.timedelta(days=5)} | {
        "revoked": dt.timedelta(days=20)
    }
    issued = {
        name: tokens.issue(
            organisation,
            name=name,
            scopes=list(TokenScope),
            expires_at=made + after,
            by=PersonFactory(),
            at=made,
        )
        for name, after in lasts.items()
    }
    tokens.revoke(issued["revoked"].token, by=PersonFactory(), at=now)
    return {name: each.secret for name, each in issued.items()}
