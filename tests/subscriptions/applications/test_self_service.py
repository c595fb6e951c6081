"""A customer finds a standard application and lets it in: both steps at once, or nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from customers.models import (
    Environment,
    History,
    OutgoingMail,
    Person,
    Role,
    Tenant,
)
from portal.webhooks.models import Event
from portal.webhooks.operations.dispatching import dispatch
from subscriptions.applications import operations, self_service
from subscriptions.applications.approvers import NotYoursToApprove
from subscriptions.applications.availability import availability
from subscriptions.applications.models import (
    Application,
    AuthorisationStatus,
)
from subscriptions.operations import orders
from subscriptions.provisioning.models import Fact
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    put_in,
)
from tests.factories.webhooks import EndpointFactory
from tests.subscriptions.applications.letting_in import READ, approved, nothing_happened
from tests.subscriptions.conftest import NOON

SOON, LATER = NOON + dt.timedelta(minutes=1), NOON + dt.timedelta(hours=1)


class TestWhatItDoes:
    def test_it_asks_and_approves_and_the_application_works(
        self, planner: Application, tenant: Tenant, administrator: Person
    ) -> None:
        until = NOON + dt.timedelta(days=30)

        authorisation = approved(planner, tenant, administrator, valid_until=until)

        assert authorisation.status == AuthorisationStatus.ACTIVE
        assert authorisation.requested_by == authorisation.confirmed_by == administrator
        assert authorisation.requested_at == authorisation.confirmed_at == NOON
        assert authorisation.valid_until == until
        assert authorisation.agreed_scopes == READ
        assert availability(authorisation, SOON).available

    def test_both_steps_are_in_the_history_in_the_customer_s_name(
        self, planner: Application, tenant: Tenant, owner: Person
    ) -> None:
        authorisation = approved(planner, tenant, owner)

        told = History.objects.about(authorisation).order_by("pk")
        assert [
            (each.verb, each.actor, each.organisation, each.tenant, each.on_behalf_of)
            for each in told
        ] == [
            ("authorisation.requested", owner, tenant.organisation, tenant, None),
            ("authorisation.approved", owner, tenant.organisation, tenant, None),
        ]

    def test_its_maker_is_told_and_nobody_is_asked(
        self, planner: Application, tenant: Tenant, owner: Person
    ) -> None:
        EndpointFactory(organisation=planner.owner)

        approved(planner, tenant, owner)

        [letter] = OutgoingMail.objects.filter(body__contains="/authorisations/")
        assert letter.to == planner.technical_contact
        assert tenant.label in letter.body
        dispatch(at=SOON)
        heard = Event.objects.of(planner.owner).values_list("history__verb", flat=True)
        assert sorted(heard) == ["authorisation.approved", "authorisation.requested"]

    def test_the_platform_is_told(
        self, planner: Application, tenant: Tenant, owner: Person
    ) -> None:
        approved(planner, tenant, owner)

        subjects = Fact.objects.of(tenant).values_list("type", "subject")
        assert ("application.activated", f"application:{planner.pk}") in subjects

    def test_each_tenant_is_let_in_for_separately(
        self, planner: Application, tenant: Tenant, owner: Person
    ) -> None:
        sandbox = TenantFactory(organisation=tenant.organisation, sandbox=True, source=tenant)

        approved(planner, sandbox, owner)
        assert not planner.authorisations.filter(tenant=tenant).exists()
        approved(planner, tenant, owner)

        assert planner.authorisations.count() == 2

    @pytest.mark.parametrize("ended", ["denied", "revoked"])
    def test_what_was_ended_is_let_in_again_on_the_same_row(
        self, planner: Application, tenant: Tenant, owner: Person, ended: str
    ) -> None:
        before = AuthorisationFactory(
            application=planner, tenant=tenant, status=ended, closed_at=NOON, reason="Too early"
        )

        found = approved(planner, tenant, owner, SOON)

        assert found == before
        assert (found.status, found.reason, found.closed_at) == ("active", "", None)

    def test_one_whose_time_is_over_expires_first(
        self, planner: Application, tenant: Tenant, owner: Person
    ) -> None:
        AuthorisationFactory(
            active=True, application=planner, tenant=tenant, valid_until=NOON, granted_by=None,
            granted_at=None,
        )  # fmt: skip

        found = approved(planner, tenant, owner, SOON)

        verbs = History.objects.about(found).order_by("pk").values_list("verb", flat=True)
        assert [verb.partition(".")[2] for verb in verbs] == ["expired", "requested", "approved"]
        assert found.valid_until is None

    def test_on_premise_with_the_licence(
        self, planner: Application, on_premise: Tenant, owner: Person
    ) -> None:
        orders.subscribe(
            on_premise.organisation,
            product_code=DEVELOPMENT_TOOLS,
            tenant=on_premise,
            by=owner,
            at=NOON,
        )

        assert approved(planner, on_premise, owner, SOON).status == AuthorisationStatus.ACTIVE


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.BILLING_CONTACT, Role.DEVELOPER, Role.READER])
    def test_no_other_role(self, planner: Application, tenant: Tenant, role: Role) -> None:
        member = MembershipFactory(organisation=tenant.organisation, role=role).person

        with pytest.raises(NotYoursToApprove):
            approved(planner, tenant, member)

        assert nothing_happened()

    def test_no_consultant(self, planner: Application, tenant: Tenant) -> None:
        access = PartnerAccessFactory(customer=tenant.organisation)
        consultant = MembershipFactory(organisation=access.partner, role=Role.OWNER).person

        with pytest.raises(NotYoursToApprove):
            approved(planner, tenant, consultant)

        assert nothing_happened()

    def test_not_its_maker(self, planner: Application, tenant: Tenant) -> None:
        maker = MembershipFactory(organisation=planner.owner, role=Role.OWNER).person

        with pytest.raises(NotYoursToApprove):
            approved(planner, tenant, maker)

        assert nothing_happened()

    def test_not_the_owner_of_another_organisation(
        self, planner: Application, tenant: Tenant
    ) -> None:
        stranger = MembershipFactory(organisation=OrganisationFactory(), role=Role.OWNER).person

        with pytest.raises(NotYoursToApprove):
            approved(planner, tenant, stranger)

        assert nothing_happened()

    def test_no_staff(self, planner: Application, tenant: Tenant, app_manager: Person) -> None:
        MembershipFactory(
            organisation=tenant.organisation, person=app_manager, role=Role.TENANT_ADMINISTRATOR
        )

        with pytest.raises(NotYoursToApprove):
            approved(planner, tenant, app_manager)

        assert nothing_happened()


class TestTwice:
    def test_the_same_click_again_changes_nothing(
        self, planner: Application, tenant: Tenant, owner: Person
    ) -> None:
        first = approved(planner, tenant, owner)

        second = approved(planner, tenant, owner, SOON)

        assert second == first
        assert second.confirmed_at == NOON
        assert History.objects.about(first).count() == 2
        assert OutgoingMail.objects.filter(body__contains="/authorisations/").count() == 1

    def test_later_or_otherwise_it_is_let_in_already(
        self, planner: Application, tenant: Tenant, owner: Person, administrator: Person
    ) -> None:
        approved(planner, tenant, owner)

        for by, at, until in (
            (owner, LATER, None),
            (owner, SOON, LATER),
            (administrator, SOON, None),
        ):
            with pytest.raises(self_service.LetInAlready):
                approved(planner, tenant, by, at, valid_until=until)


def test_a_developer_too_asks_no_tenant_of_another_kind(
    on_premise: Tenant,
) -> None:
    application = ApplicationFactory(standard=True, version__environments=[])
    version = application.versions.get()
    version.deployments = ["online"]
    version.save()
    put_in(version, [Environment.PRODUCTION])
    developer = MembershipFactory(organisation=application.owner).person

    with pytest.raises(operations.WorksElsewhere):
        operations.request(application, tenant=on_premise, by=developer, at=NOON)

    assert nothing_happened()
