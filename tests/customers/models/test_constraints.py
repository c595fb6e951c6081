"""What must hold for every row, always: refused by the database, whoever writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from customers.models import CrmSuitePlan, Deployment, Duty, Environment, TenantKind
from tests.factories.customers import (
    AdviceQuestionFactory,
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def two_of(factory: Callable[..., object], **fields: object) -> None:
    factory(**fields)
    factory(**fields)


CASES: dict[str, Callable[[], object]] = {
    "person_email_is_lower_case": lambda: PersonFactory(email="A@example.com"),
    "person_only_staff_has_duties": lambda: PersonFactory(duties=[Duty.SALES]),
    "organisation_country_is_iso_3166": lambda: OrganisationFactory(country="nl"),
    "organisation_currency_is_iso_4217": lambda: OrganisationFactory(currency="€"),
    "membership_one_role_per_organisation": lambda: two_of(
        MembershipFactory, person=PersonFactory(), organisation=OrganisationFactory()
    ),
    "partner_access_granted_once": lambda: two_of(
        PartnerAccessFactory,
        customer=OrganisationFactory(),
        partner=OrganisationFactory(is_partner=True),
    ),
    "partner_access_between_two_organisations": lambda: PartnerAccessFactory(
        customer=(organisation := OrganisationFactory()), partner=organisation
    ),
    "invitation_open_once_per_address": lambda: two_of(
        InvitationFactory, organisation=OrganisationFactory(), email="a@example.com"
    ),
    "invitation_accepted_at_and_by_together": lambda: InvitationFactory(
        accepted_by=PersonFactory()
    ),
    "tenant_identifier_unique_per_environment": lambda: (
        TenantFactory(identifier="Cust1"),
        TenantFactory(identifier="CUST1"),
    ),
    "tenant_serial_number_unique": lambda: two_of(
        TenantFactory, on_premise=True, serial_number="1"
    ),
    "tenant_is_known_by_its_deployments_identity": lambda: TenantFactory(
        deployment=Deployment.ON_PREMISE
    ),
    "tenant_only_a_sandbox_has_a_source": lambda: TenantFactory(kind=TenantKind.SANDBOX),
    "tenant_on_premise_is_production": lambda: TenantFactory(
        on_premise=True, environment=Environment.SOD
    ),
    "tenant_plan_belongs_to_crm_suite": lambda: TenantFactory(crm_suite_plan=CrmSuitePlan.CORE),
    "tenant_state_is_known": lambda: TenantFactory(state=7),
    "tenant_crm_version_is_numeric": lambda: TenantFactory(crm_version="10.x"),
    "advice_answer_has_author_and_time": lambda: AdviceQuestionFactory(answer="Yes."),
}


@pytest.mark.parametrize("constraint", CASES)
def test_the_database_refuses(constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CASES[constraint]()
