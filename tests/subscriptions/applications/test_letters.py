"""Who is written to about an authorisation, and that it costs the same for one as for many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import OutgoingMail, Role
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.models import Authorisation
from tests.factories.customers import MembershipFactory, PersonFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from subscriptions.applications.models import Application

pytestmark = pytest.mark.django_db


@pytest.fixture
def application() -> Application:
    return ApplicationFactory(
        error_mails=["errors@example.com"], uninstall_mails=["gone@example.com"]
    )


def let_in(application: Application, *, tenants: int) -> list[Authorisation]:
    """On as many tenants, each of a customer of its own with one who decides there."""
    for tenant in TenantFactory.create_batch(tenants):
        AuthorisationFactory(active=True, application=application, tenant=tenant)
        MembershipFactory(organisation=tenant.organisation, role=Role.TENANT_ADMINISTRATOR)
    return list(Authorisation.objects.with_names().order_by("pk"))


def receivers() -> set[str]:
    return set(OutgoingMail.objects.values_list("to", flat=True))


@pytest.mark.parametrize("many", [1, 3])
def test_a_mass_ending_costs_the_maker_s_letters_four_queries(
    application: Application, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stopped = let_in(application, tenants=many)

    with django_assert_num_queries(4):
        write_to_maker(stopped, "deactivated", at=NOON)

    assert receivers() == {"errors@example.com", "developer@example.com"}
    assert OutgoingMail.objects.count() == 2 * many


@pytest.mark.parametrize("many", [1, 3])
def test_a_wider_version_costs_the_customers_letters_three_queries(
    application: Application, many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asking = let_in(application, tenants=many)

    with django_assert_num_queries(3):
        write_to_approvers(asking, "reapproval_needed", at=NOON)

    assert OutgoingMail.objects.count() == many


def test_each_customer_reads_of_its_own_tenant_only(application: Application) -> None:
    first, second = let_in(application, tenants=2)
    contact = PersonFactory(email="contact@example.com")
    for each in (first, second):
        MembershipFactory(
            organisation=each.tenant.organisation, person=contact, role=Role.BILLING_CONTACT
        )
    second.contact_email = contact.email

    write_to_approvers([first, second], "expired", at=NOON)

    [to_contact] = OutgoingMail.objects.filter(to=contact.email)
    assert second.tenant.label in to_contact.body
    assert OutgoingMail.objects.count() == 3


@pytest.mark.parametrize(
    "what",
    [
        "approved",
        "confirmed",
        "consent_needed",
        "denied",
        "expired",
        "granted",
        "reapproval_needed",
        "revoked",
        "tenant_deleted",
    ],
)
def test_each_reader_is_led_to_a_page_that_it_may_see(application: Application, what: str) -> None:
    [authorisation] = let_in(application, tenants=1)

    write_to_approvers([authorisation], what, at=NOON)
    write_to_maker([authorisation], what, at=NOON)

    makers = {"developer@example.com", "errors@example.com", "gone@example.com"}
    for letter in OutgoingMail.objects.all():
        of_maker = letter.to in makers
        seen_by = application.owner if of_maker else authorisation.tenant.organisation
        assert f"/organisations/{seen_by.pk}/authorisations/{authorisation.pk}/" in letter.body


def test_a_name_that_ends_in_a_full_stop_ends_its_sentence(application: Application) -> None:
    [granted] = let_in(application, tenants=1)
    granted.tenant.organisation.name = "Bakker B.V."
    granted.reason = "Wait... or see ../logs"

    write_to_approvers([granted], "granted", {"missing": frozenset()}, at=NOON)
    write_to_approvers([granted], "denied", at=NOON)

    letter, denial = OutgoingMail.objects.order_by("pk").values_list("body", flat=True)
    assert "of Bakker B.V.\n" in letter
    assert "Wait... or see ../logs" in denial
