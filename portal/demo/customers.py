"""The customers of the demo: one of each kind that is billed or licensed differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from customers.actors import PLATFORM
from customers.models import (
    CrmSuitePlan,
    Deployment,
    Environment,
    Organisation,
    Person,
    Role,
    Tenant,
    TenantKind,
    UserPlan,
)
from customers.operations.organisations import (
    NewOrganisation,
    create_organisation,
    grant_partner_access,
)
from customers.operations.people import add_member
from customers.operations.tenants import NewTenant, register_tenant
from portal.demo import people
from portal.demo.people import DemoSignIn, create_demo_person

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True)
class DemoCustomers:
    """What the rest of the demo builds upon."""

    sales: Person
    app_manager: Person
    billing: Person
    operations: Person

    partner: Organisation
    consultant: Person

    dutch: Organisation
    owner: Person
    administrator: Person
    developer: Person
    production: Tenant
    sod: Tenant
    on_premise: Tenant

    norwegian: Organisation
    norwegian_owner: Person
    norwegian_production: Tenant

    german: Organisation  # VAT id: reverse charge
    german_owner: Person
    german_production: Tenant

    british: Organisation  # outside the European Union
    british_owner: Person
    british_production: Tenant

    suite: Organisation  # Development Tools come with its CRM Suite plan
    suite_owner: Person

    without_vat_number: Organisation  # European Union, no VAT id: billing holds it for review
    without_vat_number_owner: Person
    without_vat_number_production: Tenant


@transaction.atomic
def create_demo_customers(*, at: dt.datetime) -> DemoCustomers:
    """Create all of them as they would come about, through the operations, at one instant."""
    sales = create_demo_person(people.SALES)
    partner = create_organisation(_partner(), by=sales, at=at)
    dutch = create_organisation(_dutch(partner, sales), by=sales, at=at)
    consultant = _owner(partner, people.CONSULTANT, sales, at)
    owner = _owner(dutch, people.OWNER, sales, at)
    grant_partner_access(dutch, partner=partner, by=owner, at=at)
    colleagues = {
        role: _member(dutch, sign_in, role, owner, at)
        for role, sign_in in {
            Role.TENANT_ADMINISTRATOR: people.ADMINISTRATOR,
            Role.BILLING_CONTACT: people.BILLING_CONTACT,
            Role.DEVELOPER: people.DEVELOPER,
            Role.READER: people.READER,
        }.items()
    }
    production, sod, on_premise = _dutch_tenants(dutch, at)
    others = {
        name: _customer(new, sign_in, tenant, sales, at)
        for name, (new, sign_in, tenant) in _OTHERS.items()
    }
    create_demo_person(people.CAREFUL)
    return DemoCustomers(
        sales=sales,
        app_manager=create_demo_person(people.APP_MANAGER),
        billing=create_demo_person(people.BILLING),
        operations=create_demo_person(people.OPERATIONS),
        partner=partner,
        consultant=consultant,
        dutch=dutch,
        owner=owner,
        administrator=colleagues[Role.TENANT_ADMINISTRATOR],
        developer=colleagues[Role.DEVELOPER],
        production=production,
        sod=sod,
        on_premise=on_premise,
        norwegian=others["norwegian"].organisation,
        norwegian_owner=others["norwegian"].owner,
        norwegian_production=others["norwegian"].tenant,
        german=others["german"].organisation,
        german_owner=others["german"].owner,
        german_production=others["german"].tenant,
        british=others["british"].organisation,
        british_owner=others["british"].owner,
        british_production=others["british"].tenant,
        suite=others["suite"].organisation,
        suite_owner=others["suite"].owner,
        without_vat_number=others["without_vat_number"].organisation,
        without_vat_number_owner=others["without_vat_number"].owner,
        without_vat_number_production=others["without_vat_number"].tenant,
    )


def _partner() -> NewOrganisation:
    return NewOrganisation(
        name="Helder Advies B.V.",
        kind=Organisation.Kind.PARTNER,
        country="NL",
        currency="EUR",
        language="nl",
        street="Voorbeeldplein 3",
        postal_code="1234 AB",
        city="Utrecht",
    )


def _dutch(partner: Organisation, representative: Person) -> NewOrganisation:
    return NewOrganisation(
        name="Waterlelie Logistiek B.V.",
        country="NL",
        currency="EUR",
        language="nl",
        vat_number="NL000099998B57",
        street="Voorbeeldkade 12",
        postal_code="1234 CD",
        city="Rotterdam",
        partner=partner,
        representative=representative,
    )


def _dutch_tenants(dutch: Organisation, at: dt.datetime) -> tuple[Tenant, Tenant, Tenant]:
    production = register_tenant(
        dutch,
        NewTenant(
            name="Waterlelie",
            identifier="Cust24110",
            crm_version="10.3.9",
            users={
                UserPlan.SALES_PREMIUM: 25,
                UserPlan.SERVICE_PREMIUM: 10,
                UserPlan.MARKETING_ESSENTIALS: 4,
            },
        ),
        by=PLATFORM,
        at=at,
    )
    sod = register_tenant(
        dutch,
        NewTenant(
            name="Waterlelie-SOD",
            identifier="Cust26759",
            kind=TenantKind.DEVELOPER,
            environment=Environment.SOD,
            crm_version="10.4",
            users={UserPlan.COMPLETE: 5},
        ),
        by=PLATFORM,
        at=at,
    )
    on_premise = register_tenant(
        dutch,
        NewTenant(
            name="Waterlelie Antwerpen",
            deployment=Deployment.ON_PREMISE,
            serial_number="1184420391",
            owner_name="Waterlelie Logistiek B.V.",
            crm_version="10.1",
            users={UserPlan.COMPLETE: 12},
        ),
        by=PLATFORM,
        at=at,
    )
    return production, sod, on_premise


_OTHERS = {
    "norwegian": (
        NewOrganisation(
            name="Fjordblikk Handel AS",
            country="NO",
            currency="NOK",
            invoice_language="no",
            vat_number="311111116MVA",
            registration_number="311111116",
            street="Eksempelveien 4",
            postal_code="0001",
            city="Oslo",
        ),
        people.NORWEGIAN_OWNER,
        NewTenant(
            name="Fjordblikk",
            identifier="Cust18231",
            crm_version="10.3.9",
            users={UserPlan.SALES_ESSENTIALS: 18},
        ),
    ),
    "german": (
        NewOrganisation(
            name="Nordwind Maschinenbau GmbH",
            country="DE",
            currency="EUR",
            invoice_language="de",
            vat_number="DE999999903",
            street="Beispielweg 8",
            postal_code="20095",
            city="Hamburg",
        ),
        DemoSignIn("owner@nordwind.example", "Greta Hansen", "owner of a German customer"),
        NewTenant(
            name="Nordwind",
            identifier="Cust29377",
            crm_version="10.3.9",
            users={UserPlan.SALES_PREMIUM: 40, UserPlan.SERVICE_ESSENTIALS: 15},
        ),
    ),
    "british": (
        NewOrganisation(
            name="Heather & Moss Ltd",
            country="GB",
            currency="EUR",
            vat_number="GB999999973",
            street="1 Example Road",
            postal_code="EH1 1AA",
            city="Edinburgh",
        ),
        DemoSignIn("owner@heathermoss.example", "Isla Ross", "owner of a British customer"),
        NewTenant(
            name="Heather & Moss",
            identifier="Cust30148",
            crm_version="10.2",
            users={UserPlan.SERVICE_PREMIUM: 9},
        ),
    ),
    "suite": (
        NewOrganisation(
            name="Molenwiek Media B.V.",
            country="NL",
            currency="EUR",
            language="nl",
            vat_number="NL123456782B90",
            street="Voorbeeldlaan 21",
            postal_code="1234 EF",
            city="Zwolle",
        ),
        DemoSignIn(
            "owner@molenwiek.example", "Bram Kuipers", "owner of a customer on CRM Suite", "nl"
        ),
        NewTenant(
            name="Molenwiek",
            identifier="Cust31902",
            crm_version="12.0",
            crm_suite_plan=CrmSuitePlan.CORE,
        ),
    ),
    "without_vat_number": (
        NewOrganisation(
            name="Boulangerie Clairière SARL",
            country="FR",
            currency="EUR",
            street="2 rue de l’Exemple",
            postal_code="69001",
            city="Lyon",
        ),
        DemoSignIn(
            "owner@clairiere.example", "Chloé Martin", "owner of a customer without a VAT number"
        ),
        NewTenant(
            name="Clairière",
            identifier="Cust32755",
            crm_version="10.3.9",
            users={UserPlan.SALES_ESSENTIALS: 6},
        ),
    ),
}


@dataclass(frozen=True)
class _Customer:
    organisation: Organisation
    owner: Person
    tenant: Tenant


def _customer(
    new: NewOrganisation, sign_in: DemoSignIn, tenant: NewTenant, by: Person, at: dt.datetime
) -> _Customer:
    organisation = create_organisation(new, by=by, at=at)
    owner = _owner(organisation, sign_in, by, at)
    return _Customer(organisation, owner, register_tenant(organisation, tenant, by=PLATFORM, at=at))


def _owner(organisation: Organisation, sign_in: DemoSignIn, by: Person, at: dt.datetime) -> Person:
    return _member(organisation, sign_in, Role.OWNER, by, at)


def _member(
    organisation: Organisation, sign_in: DemoSignIn, role: Role, by: Person, at: dt.datetime
) -> Person:
    person = create_demo_person(sign_in)
    add_member(organisation, person=person, role=role, by=by, at=at)
    return person
