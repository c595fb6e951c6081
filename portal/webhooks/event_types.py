"""What a receiver may be told of: which verbs of the history are public, and in which words.

The classes are the documentation: the page of event types, the JSON Schema and what is sent all
come from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct, field

from portal.access import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.utils.functional import Promise

TEST = "webhook.test"

Id = Annotated[int, Meta(ge=1)]
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Amount = Annotated[str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="A decimal number.")]
Users = Annotated[dict[str, int], Meta(description="Users by user plan.")]


class TenantRef(Struct, kw_only=True):
    id: Id
    name: str
    identifier: Annotated[str, Meta(description="On-premise the serial number.")]
    environment: Literal["sod", "stage", "production"]


class Subscription(Struct, kw_only=True):
    id: Id
    product: str


class Told(Struct, kw_only=True, forbid_unknown_fields=True):
    """What every event's data may say."""

    tenant: TenantRef | None = None
    reason: str = ""


class Incomplete(Told, kw_only=True):
    """In place of any of those below, when the history does not say what the type promises."""

    incomplete: Annotated[
        Literal[True],
        Meta(description="The details could not be told: ask the API, or look at the activity."),
    ]


class SubscriptionChanged(Told, kw_only=True):
    subscription: Subscription


class SubscriptionRequested(SubscriptionChanged, kw_only=True):
    quantities: Users


class SubscriptionQuantityChanged(SubscriptionChanged, kw_only=True):
    before: Users
    after: Users


class SubscriptionEndPlanned(SubscriptionChanged, kw_only=True):
    ends_at: Instant


class SubscriptionCancelled(SubscriptionEndPlanned, kw_only=True):
    when: Literal["now", "month_end"]


class SubscriptionPriceAnnounced(SubscriptionChanged, kw_only=True):
    effective_on: Day


class ApplicationRef(Struct, kw_only=True):
    id: Id
    name: str


class ApplicationRegistered(Told, kw_only=True):
    application: ApplicationRef
    kind: str


class ApplicationChanged(Told, kw_only=True):
    application: ApplicationRef


class ApplicationVersionChanged(Told, kw_only=True):
    application: ApplicationRef
    version: Annotated[int, Meta(ge=1)]
    environment: Literal["sod", "stage", "production"]


class Customer(Struct, kw_only=True):
    customer_number: str
    name: str


class AuthorisationRef(Struct, kw_only=True):
    id: Id


class AuthorisationChanged(Told, kw_only=True):
    authorisation: AuthorisationRef
    application: ApplicationRef
    customer: Annotated[Customer, Meta(description="Whose tenant it is.")]


class AuthorisationTimeChanged(AuthorisationChanged, kw_only=True):
    before: Annotated[Instant | None, Meta(description="Null: as long as nobody revokes it.")]
    after: Annotated[Instant | None, Meta(description="From then on it gives nothing.")]


class AuthorisationScopesChanged(AuthorisationChanged, kw_only=True):
    scopes: Annotated[list[str], Meta(description="Those beyond what was agreed to before.")]


class TenantChanged(Told, kw_only=True):
    customer: Annotated[
        Customer | None,
        Meta(
            description="Whose tenant it is, when it is another organisation's: one on which an "
            "application of yours is active. Null of your own."
        ),
    ] = None


class TenantRegistered(Told, kw_only=True):
    users: Users


class TenantStateChanged(TenantChanged, kw_only=True):
    from_: str = field(name="from")
    to: str


class TenantUsersChanged(Told, kw_only=True):
    from_: Users = field(name="from")
    to: Users


class TenantPlanChanged(Told, kw_only=True):
    from_: Annotated[str, Meta(examples=[""])] = field(name="from")
    to: Annotated[str, Meta(description="Empty: it is sold by modules.", examples=["core"])]


class TenantUpgraded(TenantChanged, kw_only=True):
    from_: Annotated[str, Meta(examples=["10.2"])] = field(name="from")
    to: Annotated[str, Meta(description="The CRM version.", examples=["10.3"])]


class TenantMoved(TenantChanged, kw_only=True):
    public_endpoint: Annotated[str, Meta(description="Empty when the platform did not say.")]


class TenantRestored(TenantChanged, kw_only=True):
    pass


class PartnerAccessChanged(Told, kw_only=True):
    partner: str


class InvoiceRef(Struct, kw_only=True):
    id: Id
    number: str


class InvoiceIssued(Told, kw_only=True):
    invoice: InvoiceRef
    kind: Literal["invoice", "credit_note"]
    month: Day
    gross: Amount
    currency: str
    corrects: Annotated[int | None, Meta(description="The id of the document it corrects.")] = None


class UsageThresholdReached(Told, kw_only=True):
    product: str
    meter: Annotated[str, Meta(description="What is measured: a product may have several.")]
    percent: Literal[50, 85, 100]
    used: Annotated[int, Meta(ge=0)]
    included: Annotated[int, Meta(ge=1)]
    month: Day


class Tested(Told, kw_only=True):
    pass


@dataclass(frozen=True)
class EventType:
    verb: str
    data: type[Told]
    sentence: str | Promise
    permission: Permission = Permission.VIEW  # what one must be allowed to see to choose it


_S, _A = SubscriptionChanged, AuthorisationChanged

EVENT_TYPES: Mapping[str, EventType] = {
    each.verb: each
    for each in (
        EventType("subscription.requested", SubscriptionRequested, _("A product was ordered")),
        EventType("subscription.started", _S, _("A subscription started")),
        EventType("subscription.rejected", _S, _("An order was rejected")),
        EventType("subscription.withdrawn", _S, _("An order was withdrawn")),
        EventType(
            "subscription.quantity_changed",
            SubscriptionQuantityChanged,
            _("The number of users of a subscription changed"),
        ),
        EventType(
            "subscription.cancelled",
            SubscriptionCancelled,
            _("A subscription was cancelled; it has an end now"),
        ),
        EventType(
            "subscription.cancellation_withdrawn",
            SubscriptionEndPlanned,
            _("A cancellation was withdrawn"),
        ),
        EventType("subscription.ended", _S, _("A subscription ended")),
        EventType("subscription.suspended", _S, _("A subscription was suspended")),
        EventType("subscription.resumed", _S, _("A subscription works again")),
        EventType(
            "subscription.price_announced",
            SubscriptionPriceAnnounced,
            _("Another price of a subscription was announced"),
        ),
        EventType(
            "subscription.price_announcement_withdrawn",
            SubscriptionPriceAnnounced,
            _("An announced price was withdrawn"),
        ),
        EventType(
            "application.registered", ApplicationRegistered, _("An application was registered")
        ),
        EventType(
            "application.version_submitted",
            ApplicationVersionChanged,
            _("A version of an application waits for the app manager"),
        ),
        EventType(
            "application.version_published",
            ApplicationVersionChanged,
            _("A version of an application was published"),
        ),
        EventType(
            "application.version_rejected",
            ApplicationVersionChanged,
            _("A version of an application was rejected"),
        ),
        EventType(
            "application.blocked",
            ApplicationChanged,
            _("The vendor has blocked an application on every tenant"),
        ),
        EventType(
            "application.unblocked", ApplicationChanged, _("An application is no longer blocked")
        ),
        EventType("authorisation.requested", _A, _("An application asks for consent")),
        EventType("authorisation.approved", _A, _("A standard application was approved")),
        EventType("authorisation.confirmed", _A, _("The customer confirmed a custom application")),
        EventType("authorisation.granted", _A, _("The app manager granted a custom application")),
        EventType("authorisation.denied", _A, _("An application was denied")),
        EventType("authorisation.revoked", _A, _("An authorisation was revoked")),
        EventType(
            "authorisation.deactivated",
            _A,
            _("An application stopped: its subscription has ended"),
        ),
        EventType("authorisation.expired", _A, _("The time of an authorisation is over")),
        EventType(
            "authorisation.valid_until_changed",
            AuthorisationTimeChanged,
            _("Until when an application is let in has changed"),
        ),
        EventType(
            "authorisation.reapproval_needed",
            _A,
            _("An application wants more, and waits until it is approved again"),
        ),
        EventType(
            "authorisation.reapproval_withdrawn",
            _A,
            _("An application wants no more than was agreed to, and is not shut out any more"),
        ),
        EventType(
            "authorisation.suspended",
            _A,
            _("An application stopped: its subscription or tenant is suspended"),
        ),
        EventType("authorisation.resumed", _A, _("A suspended application works again")),
        EventType(
            "authorisation.blocked", _A, _("An application stopped: the vendor has blocked it")
        ),
        EventType(
            "authorisation.unblocked",
            _A,
            _("An application is no longer blocked: it may be used where nothing else is missing"),
        ),
        EventType(
            "authorisation.scopes_asked",
            AuthorisationScopesChanged,
            _("An application asks for scopes that the customer has not agreed to"),
        ),
        EventType(
            "authorisation.scopes_agreed",
            AuthorisationScopesChanged,
            _("The customer agreed to more scopes"),
        ),
        EventType("authorisation.restored", _A, _("An application works again")),
        EventType(
            "authorisation.consent_needed", _A, _("An application asks for consent once more")
        ),
        EventType("tenant.registered", TenantRegistered, _("A tenant was registered")),
        EventType("tenant.state_changed", TenantStateChanged, _("The state of a tenant changed")),
        EventType(
            "tenant.user_plans_changed", TenantUsersChanged, _("The users of a tenant changed")
        ),
        EventType(
            "tenant.plan_changed", TenantPlanChanged, _("A tenant got another CRM Suite plan")
        ),
        EventType("tenant.upgraded", TenantUpgraded, _("A tenant got another CRM version")),
        EventType("tenant.moved", TenantMoved, _("A tenant was moved to another host")),
        EventType("tenant.backup_restored", TenantRestored, _("A backup of a tenant was restored")),
        EventType("partner_access.granted", PartnerAccessChanged, _("A partner was let in")),
        EventType(
            "partner_access.withdrawn", PartnerAccessChanged, _("A partner was shut out again")
        ),
        EventType(
            "invoice.issued",
            InvoiceIssued,
            _("An invoice or credit note was issued"),
            Permission.VIEW_INVOICES,
        ),
        EventType(
            "usage.threshold_reached",
            UsageThresholdReached,
            _("50, 85 or 100 per cent of what a month includes is used"),
            Permission.VIEW_USAGE,
        ),
    )
}

# What a program of who built an application lives by.
ABOUT_APPLICATIONS = frozenset(
    verb for verb, each in EVENT_TYPES.items() if issubclass(each.data, AuthorisationChanged)
)

# What whoever built an application hears of tenants on which it is active (D2.3).
OF_TENANTS = frozenset(
    verb for verb, each in EVENT_TYPES.items() if issubclass(each.data, TenantChanged)
)

TEST_TYPE = EventType(TEST, Tested, _("Sent by a button, to try an endpoint"))


def choosable(permissions: Iterable[str]) -> list[EventType]:
    """Those whose content somebody with these permissions may see, in order."""
    seen = set(permissions)
    return [each for each in EVENT_TYPES.values() if each.permission.value in seen]


def documented() -> list[EventType]:
    """All there are, with the test."""
    return [*EVENT_TYPES.values(), TEST_TYPE]
