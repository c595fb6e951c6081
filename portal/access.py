"""Who may do what: one table for customers and partners, one duty per task for staff.

A view says at its door which permission or duty it needs; the URL gate test reads that from
the view's `access`. What is not yours is not there (404); what is yours but not your task is
refused with a sentence that says whose task it is (403).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Protocol, cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.models import Duty, Organisation, Person, Role, TokenScope
from customers.queries import membership_in, memberships_at_partners_of, organisation_visible_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.functional import Promise

    from billing.metering.models import ApiCredential


class Permission(enum.Enum):
    VIEW = "view"
    ORDER = "order"
    CANCEL = "cancel"
    APPROVE_STANDARD_APPLICATION = "approve_standard_application"
    CONFIRM_CUSTOM_APPLICATION = "confirm_custom_application"
    REQUEST_AUTHORISATION = "request_authorisation"
    VIEW_USAGE = "view_usage"  # how much; what it costs is for who may view invoices
    VIEW_INVOICES = "view_invoices"
    CHANGE_BILLING_DETAILS = "change_billing_details"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_WEBHOOKS = "manage_webhooks"
    ASK_ADVICE = "ask_advice"


_EVERYONE = frozenset({Permission.VIEW})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.TENANT_ADMINISTRATOR: frozenset(Permission)
    - {
        Permission.CHANGE_BILLING_DETAILS,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_TOKENS,
        Permission.MANAGE_WEBHOOKS,
    },
    Role.BILLING_CONTACT: _EVERYONE
    | {
        Permission.VIEW_USAGE,
        Permission.VIEW_INVOICES,
        Permission.CHANGE_BILLING_DETAILS,
        Permission.ASK_ADVICE,
    },
    Role.DEVELOPER: _EVERYONE
    | {
        Permission.REQUEST_AUTHORISATION,
        Permission.VIEW_USAGE,
        Permission.ASK_ADVICE,
        Permission.MANAGE_TOKENS,
        Permission.MANAGE_WEBHOOKS,
    },
    Role.READER: _EVERYONE,
}

# What a partner's people may do for a customer, as far as their role at the partner allows it.
# Never consent to an application: consultants may not approve for a customer (D3.5).
FOR_CUSTOMERS = frozenset(
    {
        Permission.VIEW,
        Permission.ORDER,
        Permission.CANCEL,
        Permission.VIEW_USAGE,
        Permission.VIEW_INVOICES,
        Permission.ASK_ADVICE,
    }
)

# What one must be allowed oneself to hand it on to a token.
SCOPES: Mapping[TokenScope, frozenset[Permission]] = {
    TokenScope.CATALOGUE_READ: frozenset({Permission.VIEW}),
    TokenScope.TENANTS_READ: frozenset({Permission.VIEW}),
    TokenScope.SUBSCRIPTIONS_READ: frozenset({Permission.VIEW}),
    TokenScope.SUBSCRIPTIONS_WRITE: frozenset({Permission.ORDER, Permission.CANCEL}),
    TokenScope.APPLICATIONS_READ: frozenset({Permission.VIEW}),
    TokenScope.APPLICATIONS_WRITE: frozenset({Permission.REQUEST_AUTHORISATION}),
    TokenScope.AUTHORISATIONS_REVOKE: frozenset({Permission.CONFIRM_CUSTOM_APPLICATION}),
    TokenScope.ENTITLEMENTS_READ: frozenset({Permission.VIEW}),
    TokenScope.INVOICES_READ: frozenset({Permission.VIEW_INVOICES}),
    TokenScope.USAGE_READ: frozenset({Permission.VIEW_USAGE}),
    TokenScope.HISTORY_READ: frozenset({Permission.VIEW}),
}


def scopes_of(role: Role) -> list[TokenScope]:
    """Everything that a token could do and this role may do in its own organisation."""
    return [scope for scope, needed in SCOPES.items() if needed <= PERMISSIONS[role]]


def permissions_with(scopes: Iterable[str]) -> frozenset[Permission]:
    """What a token with these scopes does and sees."""
    return frozenset[Permission]().union(*(SCOPES[TokenScope(scope)] for scope in scopes))


@dataclass(frozen=True)
class Seat:
    """A person at the table of an organisation: their own, or a customer of their partner's."""

    person: Person
    organisation: Organisation
    role: Role  # in the organisation, or in the partner the person comes from
    via_partner: Organisation | None = None

    def may(self, permission: Permission) -> bool:
        allowed = PERMISSIONS[self.role]
        if self.via_partner is not None:
            allowed &= FOR_CUSTOMERS
        return permission in allowed

    @property
    def scopes(self) -> list[TokenScope]:
        """What a token may be given by whoever sits here."""
        return [scope for scope, needed in SCOPES.items() if all(map(self.may, needed))]

    @property
    def permissions(self) -> frozenset[str]:
        """The names of what is allowed, for templates: `{% if "order" in seat.permissions %}`."""
        return frozenset(each.value for each in Permission if self.may(each))


def seat_or_404(person: Person, organisation_id: int) -> Seat:
    """Where the person sits in the organisation: as its member, else through a partner.

    Raises Http404 for an organisation that did not let them in, or that does not exist.
    """
    organisation = organisation_visible_to(person, organisation_id)
    if organisation is None:
        raise Http404
    own = membership_in(organisation, person)
    if own is not None:
        return Seat(person, organisation, Role(own.role))
    return _best_partner_seat(person, organisation)


def _best_partner_seat(person: Person, organisation: Organisation) -> Seat:
    """Of several partners that let this person in, the one where they may do most."""
    seats = [
        Seat(person, organisation, Role(each.role), via_partner=each.organisation)
        for each in memberships_at_partners_of(organisation, person)
    ]
    if not seats:  # withdrawn between two queries
        raise Http404
    return max(seats, key=lambda seat: len(seat.permissions))


class Audience(enum.Enum):
    PUBLIC = "public"
    SIGNED_IN = "signed in"
    ORGANISATION = "organisation"
    STAFF = "staff"
    PROGRAM = "program"


@dataclass(frozen=True)
class Access:
    """What a view asks at its door; hangs on the view as `access`."""

    audience: Audience
    permission: Permission | None = None
    duties: frozenset[Duty] = frozenset()
    scope: ApiCredential.Scope | None = None
    token_scopes: Mapping[str, TokenScope] = field(default_factory=dict)  # by method


class GuardedView(Protocol):
    """A view that says who may come in."""

    access: Access

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def person_of(request: HttpRequest) -> Person:
    """Who is signed in; LoginRequiredMiddleware has let nobody else through."""
    return cast("Person", request.user)


def public_view[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> GuardedView:
    """For everybody, signed in or not."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return guarded(login_not_required(wrapped), Access(Audience.PUBLIC))


def signed_in_view[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> GuardedView:
    """For everybody with an account; shows what is theirs and nothing else."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return guarded(wrapped, Access(Audience.SIGNED_IN))


def organisation_view[**P](
    permission: Permission,
) -> Callable[[Callable[Concatenate[HttpRequest, Seat, P], HttpResponseBase]], GuardedView]:
    """For a view below `/organisations/<int:organisation_id>/`, which gets a Seat instead.

    404 for an organisation that did not let the person in; 403 with a sentence that says who
    can, for one that did but gave them a role without the permission. The seat is also at
    `request.seat`, for the frame around the page.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Seat, P], HttpResponseBase],
    ) -> GuardedView:
        @wraps(view)
        def wrapped(
            request: HttpRequest, organisation_id: int, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            seat = seat_or_404(person_of(request), organisation_id)
            request.seat = seat  # type: ignore[attr-defined]
            if not seat.may(permission):
                raise PermissionDenied(who_can(permission, seat))
            return view(request, seat, *args, **kwargs)

        return guarded(wrapped, Access(Audience.ORGANISATION, permission=permission))

    return decorate


def staff_view[**P](
    *duties: Duty,
) -> Callable[[Callable[Concatenate[HttpRequest, P], HttpResponseBase]], GuardedView]:
    """For the vendor's staff; with duties, for those who have one of them.

    404 for everybody else, 403 for staff without the duty.
    """

    def decorate(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> GuardedView:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            person = person_of(request)
            if not (person.is_active and person.is_staff):
                raise Http404
            if duties and not person.has_duty(*duties):
                raise PermissionDenied(task_of(*duties))
            return view(request, *args, **kwargs)

        return guarded(wrapped, Access(Audience.STAFF, duties=frozenset(duties)))

    return decorate


def task_of(*duties: Duty) -> Promise:
    """The sentence for staff who have none of the duties."""
    return format_lazy(_("This is a task of: {duties}."), duties=_listed(duties))


def asks_who_it_is[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Below `staff_view`: what is sent here asks for the password or a code once more.

    Not of who did so in the last minutes (ACCOUNT_REAUTHENTICATION_TIMEOUT). What was sent is
    kept meanwhile and done afterwards.
    """
    asking = reauthentication_required(
        allow_get=True, enabled=lambda _request: settings.STAFF_NEED_SECOND_FACTOR
    )
    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", asking(view))


def who_can(permission: Permission, seat: Seat) -> Promise:
    """The sentence for somebody whose seat does not allow it."""
    roles = _listed(role for role in Role if permission in PERMISSIONS[role])
    if seat.via_partner is not None and permission not in FOR_CUSTOMERS:
        return format_lazy(
            _(
                "A partner cannot do this for a customer. "
                "At {organisation} it can be done by: {roles}."
            ),
            organisation=seat.organisation.name,
            roles=roles,
        )
    return format_lazy(
        _("Your role at {organisation} does not allow this. It can be done by: {roles}."),
        organisation=(seat.via_partner or seat.organisation).name,
        roles=roles,
    )


def _listed(choices: Iterable[Role | Duty]) -> str:
    return ", ".join(str(choice.label) for choice in choices)


def guarded(view: Callable[..., HttpResponseBase], access: Access) -> GuardedView:
    """Say on the view what it asks at its door."""
    guarded = cast("GuardedView", view)
    guarded.access = access
    return guarded
