"""Customers for tests. All addresses are invented; VAT numbers are well formed, and nobody's."""

from __future__ import annotations

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from customers.models import (
    AdviceQuestion,
    CommercialModel,
    CrmSuitePlan,
    Deployment,
    Environment,
    Invitation,
    Membership,
    Organisation,
    OrganisationToken,
    PartnerAccess,
    Person,
    Role,
    Tenant,
    TenantKind,
    TenantState,
    TenantUserPlan,
    TokenScope,
    UserPlan,
)

LONG_AGO = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
PASSWORD = "correct horse battery staple"


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person
        skip_postgeneration_save = True

    class Params:
        staff = factory.Trait(is_staff=True)

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    language = "en"
    password = factory.django.Password(PASSWORD)


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    class Params:
        dutch = factory.Trait(
            country="NL",
            currency="EUR",
            language="nl",
            vat_number="NL000099998B57",
            street="Voorbeeldkade 1",
            postal_code="1234 AB",
            city="Voorbeeldstad",
        )
        norwegian = factory.Trait(
            country="NO",
            currency="NOK",
            vat_number="311111116MVA",
            registration_number="311111116",
            street="Eksempelveien 1",
            postal_code="0001",
            city="Oslo",
        )
        german = factory.Trait(
            country="DE",
            currency="EUR",
            vat_number="DE999999903",
            street="Beispielweg 1",
            postal_code="10115",
            city="Berlin",
        )
        british = factory.Trait(
            country="GB",
            currency="EUR",
            vat_number="GB999999973",
            street="1 Example Road",
            postal_code="AB1 2CD",
            city="London",
        )
        swiss = factory.Trait(
            country="CH",
            currency="EUR",
            vat_number="CHE999999996MWST",
            registration_number="CHE999999996",
            street="Beispielgasse 1",
            postal_code="8001",
            city="Zürich",
        )
        unregistered = factory.Trait(
            country="SE",
            currency="EUR",
            street="Exempelgatan 1",
            postal_code="111 22",
            city="Stockholm",
        )
        is_partner = factory.Trait(kind=Organisation.Kind.PARTNER)

    customer_number = factory.Sequence(lambda n: str(50001 + n))
    name = factory.Sequence(lambda n: f"Organisation {n}")
    country = "NL"
    currency = "EUR"
    language = "en"
    invoice_language = factory.SelfAttribute("language")
    created_at = LONG_AGO


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.OWNER
    since_at = LONG_AGO


class PartnerAccessFactory(DjangoModelFactory[PartnerAccess]):
    class Meta:
        model = PartnerAccess

    class Params:
        withdrawn = factory.Trait(withdrawn_at=LONG_AGO + dt.timedelta(days=1))

    customer = factory.SubFactory(OrganisationFactory)
    partner = factory.SubFactory(OrganisationFactory, is_partner=True)
    granted_by = factory.SubFactory(PersonFactory)
    granted_at = LONG_AGO


class InvitationFactory(DjangoModelFactory[Invitation]):
    """For rows that are only looked at; the operation `invite` also gives the token."""

    class Meta:
        model = Invitation

    organisation = factory.SubFactory(OrganisationFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.com")
    role = Role.READER
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    invited_by = factory.SubFactory(PersonFactory)
    invited_at = LONG_AGO
    expires_at = LONG_AGO + dt.timedelta(days=14)


class TenantFactory(DjangoModelFactory[Tenant]):
    """An online production tenant on modules, CRM 10.3, running, unless traits say otherwise."""

    class Meta:
        model = Tenant

    class Params:
        on_premise = factory.Trait(
            deployment=Deployment.ON_PREMISE,
            identifier="",
            serial_number=factory.Sequence(lambda n: f"1000{n:06d}"),
            owner_name=factory.SelfAttribute("organisation.name"),
        )
        sandbox = factory.Trait(
            kind=TenantKind.SANDBOX,
            source=factory.SubFactory(
                "tests.factories.customers.TenantFactory",
                organisation=factory.SelfAttribute("..organisation"),
            ),
        )
        developer = factory.Trait(kind=TenantKind.DEVELOPER, environment=Environment.SOD)
        suspended = factory.Trait(state=TenantState.SUSPENDED)
        crm_suite_starter = factory.Trait(
            commercial_model=CommercialModel.CRM_SUITE, crm_suite_plan=CrmSuitePlan.STARTER
        )
        crm_suite_core = factory.Trait(
            commercial_model=CommercialModel.CRM_SUITE, crm_suite_plan=CrmSuitePlan.CORE
        )
        crm_suite_super = factory.Trait(
            commercial_model=CommercialModel.CRM_SUITE, crm_suite_plan=CrmSuitePlan.SUPER
        )

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Tenant {n}")
    deployment = Deployment.ONLINE
    environment = Environment.PRODUCTION
    kind = TenantKind.PRODUCTION
    identifier = factory.Sequence(lambda n: f"Cust{20001 + n}")
    crm_version = "10.3"
    state = TenantState.RUNNING
    state_changed_at = LONG_AGO
    created_at = LONG_AGO


class TenantUserPlanFactory(DjangoModelFactory[TenantUserPlan]):
    class Meta:
        model = TenantUserPlan

    tenant = factory.SubFactory(TenantFactory)
    plan = UserPlan.SALES_PREMIUM
    users = 10


class AdviceQuestionFactory(DjangoModelFactory[AdviceQuestion]):
    class Meta:
        model = AdviceQuestion

    organisation = factory.SubFactory(OrganisationFactory)
    question = "Do we need Development Tools for our webhook?"
    asked_by = factory.SubFactory(PersonFactory)
    asked_at = LONG_AGO


class OrganisationTokenFactory(DjangoModelFactory[OrganisationToken]):
    """A row to look at, with every scope; the operation `issue` also gives the secret."""

    class Meta:
        model = OrganisationToken

    class Params:
        revoked = factory.Trait(
            revoked_at=LONG_AGO + dt.timedelta(days=1),
            revoked_by=factory.SubFactory(PersonFactory),
        )

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Token {n}")
    scopes = TokenScope.values
    secret_start = "exo_abcd"
    secret_hash = factory.Sequence(lambda n: f"{n:064x}")
    made_by = factory.SubFactory(PersonFactory)
    made_at = LONG_AGO
    expires_at = LONG_AGO + dt.timedelta(days=365)
