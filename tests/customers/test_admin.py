from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.urls import reverse

from customers import clock, history
from customers.actors import SCHEDULE
from customers.admin import PersonAdmin
from customers.models import Duty, History, OutgoingMail, Person, Role, StaffChange
from customers.operations import people, staff
from subscriptions.provisioning.models import Fact
from tests.factories.customers import (
    LONG_AGO,
    AdviceQuestionFactory,
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    OrganisationTokenFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
    TenantUserPlanFactory,
)

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

MODELS = [
    "organisation",
    "tenant",
    "person",
    "partneraccess",
    "invitation",
    "history",
    "organisationtoken",
    "outgoingmail",
    "advicequestion",
    "staffchange",
]


@pytest.fixture
def something_of_everything() -> None:
    tenant = TenantUserPlanFactory().tenant
    MembershipFactory(organisation=tenant.organisation)
    PartnerAccessFactory(customer=tenant.organisation)
    InvitationFactory(organisation=tenant.organisation)
    OrganisationTokenFactory(organisation=tenant.organisation)
    AdviceQuestionFactory(organisation=tenant.organisation)
    history.record(
        tenant, "tenant.seen", organisation=tenant.organisation, by=SCHEDULE, at=LONG_AGO
    )
    StaffChange.objects.create(person=PersonFactory(staff=True), after=[], at=LONG_AGO)
    OutgoingMail.objects.create(to="a@example.com", subject="a", body="a", created_at=LONG_AGO)


@pytest.mark.usefixtures("something_of_everything")
@pytest.mark.parametrize("model", MODELS)
def test_staff_looks_at_lists_and_rows_and_adds_nothing(client: Client, model: str) -> None:
    client.force_login(PersonFactory(staff=True, duties=[Duty.OPERATIONS]))
    rows = next(each for each in admin.site._registry if each._meta.model_name == model)
    row = rows._default_manager.all()[0]

    listed = client.get(reverse(f"admin:customers_{model}_changelist"), {"q": "a"})
    shown = client.get(reverse(f"admin:customers_{model}_change", args=[row.pk]))
    added = client.get(reverse(f"admin:customers_{model}_add"))

    assert (listed.status_code, shown.status_code, added.status_code) == (200, 200, 403)


@pytest.mark.parametrize(
    ("duty", "status", "name"),
    [
        pytest.param(Duty.OPERATIONS, 302, "New name", id="operations"),
        pytest.param(Duty.SALES, 403, "Old name", id="sales"),
    ],
)
def test_only_operations_edits_a_tenant(client: Client, duty: Duty, status: int, name: str) -> None:
    tenant = TenantFactory(name="Old name", crm_version="10.3")
    client.force_login(PersonFactory(staff=True, duties=[duty]))

    response = client.post(
        reverse("admin:customers_tenant_change", args=[tenant.pk]),
        {
            "name": "New name",
            "crm_version": "1.0",
            "user_plans-TOTAL_FORMS": "0",
            "user_plans-INITIAL_FORMS": "0",
        },
    )

    tenant.refresh_from_db()
    assert response.status_code == status
    assert (tenant.name, tenant.crm_version) == (name, "10.3")
    told = History.objects.about(tenant).filter(verb="tenant.renamed")
    expected = [{"from": "Old name", "to": "New name"}] if status == 302 else []
    assert [each.details for each in told] == expected
    facts = Fact.objects.of(tenant).filter(subject="settings", value__name=name)
    assert facts.count() == (1 if status == 302 else 0)


def test_language_and_representative_of_an_organisation_are_told(client: Client) -> None:
    organisation = OrganisationFactory(language="en", name="Bakker")
    sales = PersonFactory(staff=True, duties=[Duty.SALES], name="Tom")
    clerk = PersonFactory(staff=True, duties=[Duty.OPERATIONS])
    client.force_login(clerk)
    address = reverse("admin:customers_organisation_change", args=[organisation.pk])
    empty = {
        f"{inline}-{what}_FORMS": "0"
        for inline in ("memberships", "tenants")
        for what in ("TOTAL", "INITIAL")
    }

    refused = client.post(address, empty | {"language": "nl", "representative": clerk.pk})
    no_letters = client.post(address, empty | {"language": "de", "representative": sales.pk})
    twice = [
        client.post(address, empty | {"language": "nl", "representative": sales.pk})
        for _time in range(2)
    ]

    assert refused.status_code == 200  # who may not answer questions cannot be chosen
    assert no_letters.status_code == 200  # invoices can be in German, letters cannot
    assert [answer.status_code for answer in twice] == [302, 302]
    organisation.refresh_from_db()
    assert (organisation.language, organisation.representative) == ("nl", sales)
    [told] = History.objects.about(organisation).filter(verb="organisation.contact_changed")
    assert told.actor == clerk
    assert told.details == {
        "from": {"language": "en", "representative": ""},
        "to": {"language": "nl", "representative": "Tom"},
    }


def grant_duties(client: Client, by: Person, to: Person) -> int:
    client.force_login(by)
    return client.post(
        reverse("admin:customers_person_change", args=[to.pk]),
        {
            "name": to.name,
            "language": "en",
            "is_active": "on",
            "is_staff": "on",
            "duties": [Duty.BILLING],
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    ).status_code


def test_duties_are_not_given_here(client: Client) -> None:
    """The back office is the place: there it is told, and nobody promotes themselves."""
    colleague = PersonFactory(staff=True)

    status = grant_duties(client, PersonFactory(staff=True, is_superuser=True), colleague)

    colleague.refresh_from_db()
    assert (status, colleague.duties) == (302, [])


def test_nobody_s_account_is_shut_or_opened_here(client: Client) -> None:
    """The back office is the place: there somebody manages the staff afterwards, and it is told."""
    manager = PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER])
    shut = PersonFactory(is_active=False)
    client.force_login(manager)

    for person, typed in ((manager, {}), (shut, {"is_active": "on"})):
        address = reverse("admin:customers_person_change", args=[person.pk])
        assert reverse("backoffice:account", args=[person.pk]) in client.get(address).text
        assert client.post(address, person_form(person) | typed).status_code == 302
        before = person.is_active
        person.refresh_from_db()
        assert person.is_active is before


def test_what_changed_since_the_page_was_read_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague's duties and password are of the same row."""
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING])
    client.force_login(PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER]))
    save = PersonAdmin.save_model

    def save_late(*arguments: Any) -> None:
        meanwhile = Person.objects.get(pk=colleague.pk)
        staff.change_duties(meanwhile, [], by=None, at=clock.now())
        meanwhile.set_password("another one")
        meanwhile.save(update_fields=["password"])
        save(*arguments)

    monkeypatch.setattr(PersonAdmin, "save_model", save_late)
    client.post(
        reverse("admin:customers_person_change", args=[colleague.pk]),
        person_form(colleague) | {"name": "Carla Jansen"},
    )

    colleague.refresh_from_db()
    assert (colleague.name, colleague.duties) == ("Carla Jansen", [])
    assert colleague.check_password("another one")


def person_form(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "language": "en",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }


def test_staff_cannot_give_themselves_duties(client: Client) -> None:
    colleague = PersonFactory(staff=True, duties=[Duty.OPERATIONS])

    status = grant_duties(client, colleague, colleague)

    colleague.refresh_from_db()
    assert (status, colleague.duties) == (403, [Duty.OPERATIONS])


def test_customers_do_not_get_in(client: Client) -> None:
    client.force_login(MembershipFactory(organisation=OrganisationFactory()).person)

    response = client.get(reverse("admin:customers_organisation_changelist"))

    assert response.status_code == 404


def test_nobody_reads_the_link_of_somebody_elses_invitation(client: Client) -> None:
    owner = MembershipFactory()
    _invitation, token = people.invite(
        owner.organisation, email="new@example.com", role=Role.OWNER, by=owner.person, at=LONG_AGO
    )
    client.force_login(PersonFactory(staff=True, is_superuser=True))

    letter = OutgoingMail.objects.get()
    shown = client.get(reverse("admin:customers_outgoingmail_change", args=[letter.pk]))

    assert letter.subject in shown.text
    assert token not in shown.text
