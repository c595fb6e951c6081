from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from customers.models import Duty, Person, Role
from portal.access import (
    Access,
    Audience,
    Permission,
    Seat,
    organisation_view,
    public_view,
    seat_or_404,
    signed_in_view,
    staff_view,
)
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER, ADMINISTRATOR, BILLING, DEVELOPER, READER = (
    Role.OWNER,
    Role.TENANT_ADMINISTRATOR,
    Role.BILLING_CONTACT,
    Role.DEVELOPER,
    Role.READER,
)

# Who may, of the organisation's own people, and of its partner's.
TABLE: dict[Permission, tuple[set[Role], set[Role]]] = {
    Permission.VIEW: (set(Role), set(Role)),
    Permission.ORDER: ({OWNER, ADMINISTRATOR}, {OWNER, ADMINISTRATOR}),
    Permission.CANCEL: ({OWNER, ADMINISTRATOR}, {OWNER, ADMINISTRATOR}),
    Permission.APPROVE_STANDARD_APPLICATION: ({OWNER, ADMINISTRATOR}, set()),
    Permission.CONFIRM_CUSTOM_APPLICATION: ({OWNER, ADMINISTRATOR}, set()),
    Permission.REQUEST_AUTHORISATION: ({OWNER, ADMINISTRATOR, DEVELOPER}, set()),
    Permission.VIEW_USAGE: (
        {OWNER, ADMINISTRATOR, BILLING, DEVELOPER},
        {OWNER, ADMINISTRATOR, BILLING, DEVELOPER},
    ),
    Permission.VIEW_INVOICES: ({OWNER, ADMINISTRATOR, BILLING}, {OWNER, ADMINISTRATOR, BILLING}),
    Permission.CHANGE_BILLING_DETAILS: ({OWNER, BILLING}, set()),
    Permission.MANAGE_PEOPLE: ({OWNER}, set()),
    Permission.MANAGE_TOKENS: ({OWNER, DEVELOPER}, set()),
    Permission.MANAGE_WEBHOOKS: ({OWNER, DEVELOPER}, set()),
    Permission.ASK_ADVICE: (
        {OWNER, ADMINISTRATOR, BILLING, DEVELOPER},
        {OWNER, ADMINISTRATOR, BILLING, DEVELOPER},
    ),
}

CASES = [
    pytest.param(permission, role, via_partner, role in allowed, id=f"{permission.value}-{who}")
    for permission, (own, partners) in TABLE.items()
    for role in Role
    for via_partner, allowed, who in (
        (False, own, role.value),
        (True, partners, f"partner's {role.value}"),
    )
]


def test_the_table_speaks_of_every_permission() -> None:
    assert set(TABLE) == set(Permission)


@pytest.mark.parametrize(("permission", "role", "via_partner", "may"), CASES)
def test_who_may_what(permission: Permission, role: Role, via_partner: bool, may: bool) -> None:
    seat = Seat(
        PersonFactory.build(),
        OrganisationFactory.build(),
        role,
        via_partner=OrganisationFactory.build(is_partner=True) if via_partner else None,
    )

    assert seat.may(permission) is may
    assert (permission.value in seat.permissions) is may


@pytest.mark.django_db
class TestSeat:
    def test_a_member_has_a_seat(self) -> None:
        member = MembershipFactory(role=DEVELOPER)

        seat = seat_or_404(member.person, member.organisation.pk)

        assert seat == Seat(member.person, member.organisation, DEVELOPER)

    def test_a_partners_person_has_the_seat_of_their_role_there(self) -> None:
        access = PartnerAccessFactory()
        consultant = MembershipFactory(organisation=access.partner, role=BILLING)

        seat = seat_or_404(consultant.person, access.customer.pk)

        assert seat == Seat(consultant.person, access.customer, BILLING, via_partner=access.partner)

    def test_a_member_who_also_works_for_the_partner_sits_as_member(self) -> None:
        access = PartnerAccessFactory()
        person = MembershipFactory(organisation=access.partner).person
        MembershipFactory(organisation=access.customer, person=person, role=READER)

        seat = seat_or_404(person, access.customer.pk)

        assert (seat.role, seat.via_partner) == (READER, None)

    def test_of_two_partners_the_one_counts_where_the_person_may_more(self) -> None:
        reader_there = PartnerAccessFactory()
        owner_there = PartnerAccessFactory(customer=reader_there.customer)
        person = MembershipFactory(organisation=reader_there.partner, role=READER).person
        MembershipFactory(organisation=owner_there.partner, person=person, role=OWNER)

        seat = seat_or_404(person, reader_there.customer.pk)

        assert (seat.role, seat.via_partner) == (OWNER, owner_there.partner)

    @pytest.mark.parametrize("who", ["stranger", "shut-out partner", "staff", "inactive member"])
    def test_nobody_else_has_one(self, who: str) -> None:
        access = PartnerAccessFactory(withdrawn=True)
        people: dict[str, Callable[[], Person]] = {
            "stranger": lambda: MembershipFactory().person,
            "shut-out partner": lambda: MembershipFactory(organisation=access.partner).person,
            "staff": lambda: PersonFactory(staff=True, duties=list(Duty)),
            "inactive member": lambda: (
                MembershipFactory(organisation=access.customer, person__is_active=False).person
            ),
        }

        with pytest.raises(Http404):
            seat_or_404(people[who](), access.customer.pk)

    def test_an_unknown_organisation_is_not_there(self) -> None:
        with pytest.raises(Http404):
            seat_or_404(PersonFactory(), 0)


def request_of(person: Person | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = person
    return request


@organisation_view(Permission.VIEW_INVOICES)
def organisation_page(request: HttpRequest, seat: Seat, number: int) -> HttpResponse:
    return HttpResponse(f"{seat.organisation.name} {number}")


@staff_view(Duty.BILLING, Duty.SALES)
def duty_page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("for billing and sales")


@staff_view()
def staff_page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("for all staff")


@public_view
def public_page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("for all")


@signed_in_view
def signed_in_page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("for you")


@pytest.mark.django_db
class TestDoors:
    def test_the_view_gets_the_seat_and_the_rest_of_the_address(self) -> None:
        member = MembershipFactory(organisation__name="Bakker", role=BILLING)
        request = request_of(member.person)

        response = organisation_page(request, organisation_id=member.organisation.pk, number=7)

        assert response.content == b"Bakker 7"  # type: ignore[attr-defined]
        assert request.seat.role == BILLING  # type: ignore[attr-defined]

    def test_a_foreign_organisation_is_not_there(self) -> None:
        stranger = MembershipFactory().person

        with pytest.raises(Http404):
            organisation_page(
                request_of(stranger), organisation_id=OrganisationFactory().pk, number=7
            )

    def test_nobody_signed_in_sees_no_organisation(self) -> None:
        with pytest.raises(Http404):
            organisation_page(
                request_of(AnonymousUser()), organisation_id=OrganisationFactory().pk, number=7
            )

    def test_the_wrong_role_is_told_who_can(self) -> None:
        member = MembershipFactory(organisation__name="Bakker", role=READER)

        with pytest.raises(PermissionDenied) as refusal:
            organisation_page(
                request_of(member.person), organisation_id=member.organisation.pk, number=7
            )

        assert str(refusal.value) == (
            "Your role at Bakker does not allow this. "
            "It can be done by: Owner, Tenant administrator, Billing contact."
        )

    def test_a_partner_is_told_that_the_customer_must_do_it(self) -> None:
        access = PartnerAccessFactory(customer__name="Bakker")
        consultant = MembershipFactory(organisation=access.partner).person
        page = organisation_view(Permission.MANAGE_PEOPLE)(
            lambda _request, _seat: HttpResponse("people")
        )

        with pytest.raises(PermissionDenied) as refusal:
            page(request_of(consultant), organisation_id=access.customer.pk)

        assert str(refusal.value) == (
            "A partner cannot do this for a customer. At Bakker it can be done by: Owner."
        )

    @pytest.mark.parametrize("duty", [Duty.BILLING, Duty.SALES])
    def test_staff_with_one_of_the_duties_comes_in(self, duty: Duty) -> None:
        assert (
            duty_page(request_of(PersonFactory(staff=True, duties=[duty]))).content  # type: ignore[attr-defined]
            == b"for billing and sales"
        )

    def test_staff_without_the_duty_is_told_whose_it_is(self) -> None:
        staff = PersonFactory(staff=True, duties=[Duty.OPERATIONS])

        with pytest.raises(PermissionDenied, match=r"^This is a task of: Billing, Sales\.$"):
            duty_page(request_of(staff))

    def test_all_staff_comes_in_where_no_duty_is_asked(self) -> None:
        assert staff_page(request_of(PersonFactory(staff=True))).status_code == 200

    def test_the_back_office_is_not_there_for_others(self) -> None:
        for person in (MembershipFactory().person, AnonymousUser(), PersonFactory(is_active=False)):
            with pytest.raises(Http404):
                staff_page(request_of(person))


@pytest.mark.parametrize(
    ("view", "access"),
    [
        pytest.param(public_page, Access(Audience.PUBLIC), id="public"),
        pytest.param(signed_in_page, Access(Audience.SIGNED_IN), id="signed in"),
        pytest.param(
            organisation_page,
            Access(Audience.ORGANISATION, permission=Permission.VIEW_INVOICES),
            id="organisation",
        ),
        pytest.param(
            duty_page,
            Access(Audience.STAFF, duties=frozenset({Duty.BILLING, Duty.SALES})),
            id="staff",
        ),
    ],
)
def test_a_view_says_who_may_come_in(view: object, access: Access) -> None:
    assert view.access == access  # type: ignore[attr-defined]
    assert getattr(view, "login_required", True) is (access.audience != Audience.PUBLIC)
