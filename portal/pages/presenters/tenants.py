"""Words for tenants: what they are, where they stand, what that means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import CommercialModel, CrmSuitePlan, Deployment, TenantKind, TenantState
from portal.pages.presenters.products import product_names
from portal.pages.presenters.subscriptions import Badge, end, instant
from subscriptions.entitlements import Source, latest_end
from subscriptions.lifecycle import Status
from subscriptions.operations.sandboxes import sandbox_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from django.utils.functional import Promise

    from customers.models import Tenant
    from portal.access import Seat
    from portal.responses.tables import Column
    from subscriptions.entitlements import Licence
    from subscriptions.licence_files.models import LicenceFile
    from subscriptions.models import Subscription

_TONES = {
    TenantState.RUNNING: "ok",
    TenantState.ONLINE_MAINTENANCE: "ok",
    TenantState.PROVISIONING: "info",
    TenantState.MIGRATION_PENDING: "info",
    TenantState.OFFLINE_MAINTENANCE: "warn",
    TenantState.UNKNOWN: "warn",
    TenantState.SUSPENDED: "bad",
    TenantState.PROVISIONING_FAILED: "bad",
    TenantState.DELETE_FAILED: "neutral",
    TenantState.DELETING: "neutral",
    TenantState.DELETED: "neutral",
}

# D2.2, as far as it matters to a customer.
_MEANINGS: Mapping[TenantState, str | Promise] = {
    TenantState.UNKNOWN: gettext_lazy(
        "The platform does not know this tenant, or has an incident. Orders have to wait."
    ),
    TenantState.PROVISIONING: gettext_lazy(
        "It is being created and will be ready soon. Orders have to wait until then."
    ),
    TenantState.RUNNING: gettext_lazy("Everything works."),
    TenantState.DELETED: gettext_lazy("It is gone for good."),
    TenantState.SUSPENDED: gettext_lazy(
        "Nobody can work on it, and applications get no access. Ask your contact to resume it."
    ),
    TenantState.ONLINE_MAINTENANCE: gettext_lazy(
        "Work goes on in the background. Everything keeps working meanwhile."
    ),
    TenantState.OFFLINE_MAINTENANCE: gettext_lazy(
        "It is being upgraded or repaired, usually for minutes. Applications get no access."
    ),
    TenantState.PROVISIONING_FAILED: gettext_lazy(
        "Creating it failed. The platform's operators have to look at it."
    ),
    TenantState.DELETING: gettext_lazy("It is being deleted."),
    TenantState.DELETE_FAILED: gettext_lazy("Deleting it failed and will be tried again."),
    TenantState.MIGRATION_PENDING: gettext_lazy(
        "It is moving from on-premise to online, which takes days or weeks."
    ),
}


@dataclass(frozen=True)
class Row:
    """A tenant in a list."""

    tenant: Tenant
    icon: str
    identity: str
    badge: Badge
    commercial_model: str
    users: int


COLUMNS: tuple[Column[Row], ...] = (
    (gettext_lazy("Name"), lambda row: row.tenant.name),
    (gettext_lazy("Identifier"), lambda row: row.identity),
    (gettext_lazy("Deployment"), lambda row: row.tenant.get_deployment_display()),
    (gettext_lazy("Environment"), lambda row: row.tenant.get_environment_display()),
    (gettext_lazy("Kind"), lambda row: row.tenant.get_kind_display()),
    (gettext_lazy("CRM version"), lambda row: row.tenant.crm_version),
    (gettext_lazy("Commercial model"), lambda row: row.commercial_model),
    (gettext_lazy("Users"), lambda row: row.users),
    (gettext_lazy("State"), lambda row: row.badge.text),
)


@dataclass(frozen=True)
class SandboxShown:
    tenant: Tenant
    badge: Badge
    sentence: str


@dataclass(frozen=True)
class LicenceRow:
    """A right to use a product now: where it comes from, and until when it is known to hold."""

    product: str
    source: str
    until: str
    url: str


@dataclass(frozen=True)
class LicenceFileShown:
    file: LicenceFile
    badge: Badge
    issued: str
    expires: str
    grace: str  # empty when it has none
    next: str  # whether and how another one comes; empty when that is not known


def badge(tenant: Tenant) -> Badge:
    """Its state; of an on-premise tenant the platform reports none (D2.5)."""
    if tenant.deployment == Deployment.ON_PREMISE:
        return Badge("neutral", _("On-premise"))
    state = TenantState(tenant.state)
    return Badge(_TONES[state], str(state.label))


def state_meaning(tenant: Tenant) -> str:
    if tenant.deployment == Deployment.ON_PREMISE:
        return _("It runs on your own servers, so the platform reports no state for it.")
    return str(_MEANINGS[TenantState(tenant.state)])


def identity(tenant: Tenant) -> str:
    return tenant.identifier or tenant.serial_number


def icon(tenant: Tenant) -> str:
    if tenant.deployment == Deployment.ON_PREMISE:
        return "hard-drive"
    return "cloud" if tenant.kind == TenantKind.PRODUCTION else "flask-conical"


def commercial_model(tenant: Tenant) -> str:
    if tenant.commercial_model == CommercialModel.CRM_SUITE:
        return str(tenant.get_crm_suite_plan_display())
    return str(tenant.get_commercial_model_display())


def sandbox(subscription: Subscription, *, is_live: bool) -> SandboxShown | None:
    """The tenant that comes with a subscription, and what becomes of it; None without one."""
    tenant = sandbox_of(subscription)
    if tenant is None:
        return None
    if subscription.status == Status.REQUESTED:
        sentence = _("It is there already and is used again.")
    elif is_live:
        sentence = _(
            "It is a tenant of its own: what you want to use in it, Development Tools for "
            "instance, you order for the sandbox."
        )
    else:
        sentence = _(
            "The platform decides when it goes, and reports it: this is the state we heard of "
            "last. What you ordered for the sandbox itself goes on until you cancel it or the "
            "sandbox is deleted."
        )
    return SandboxShown(tenant, badge(tenant), sentence)


def row(tenant: Tenant) -> Row:
    """Load it `with_users()`."""
    return Row(
        tenant=tenant,
        icon=icon(tenant),
        identity=identity(tenant),
        badge=badge(tenant),
        commercial_model=commercial_model(tenant),
        users=sum(plan.users for plan in tenant.user_plans.all()),
    )


def facts(tenant: Tenant, zone: ZoneInfo) -> list[tuple[str, str]]:
    found = [
        *_known_as(tenant),
        (_("Deployment"), str(tenant.get_deployment_display())),
        (_("Environment"), str(tenant.get_environment_display())),
        (_("Kind"), str(tenant.get_kind_display())),
        (_("CRM version"), tenant.crm_version),
        (_("Commercial model"), commercial_model(tenant)),
    ]
    if tenant.source is not None:
        found.append((_("Copied from"), tenant.source.label))
    if tenant.deployment == Deployment.ONLINE:
        found.append((_("In this state since"), instant(tenant.state_changed_at, zone)))
    return found


def licences(found: Iterable[Licence], seat: Seat, zone: ZoneInfo) -> list[LicenceRow]:
    names = product_names()
    return [_licence(licence, names, seat, zone) for licence in found]


def licence_file(
    file: LicenceFile | None, licences: Sequence[Licence], zone: ZoneInfo, at: dt.datetime
) -> LicenceFileShown | None:
    """The newest one of the tenant: until when it is good, and whether it should be replaced.

    `licences` are those that the tenant has now.
    """
    if file is None:
        return None
    grace = file.grace_until > file.expires_at
    if at >= file.grace_until:
        found = Badge("bad", _("Ended"))
    elif at >= file.expires_at:
        found = Badge("warn", _("In its days of grace"))
    elif at >= file.warning_at:
        found = Badge("warn", _("Ends soon"))
    else:
        found = Badge("ok", _("Valid"))
    return LicenceFileShown(
        file=file,
        badge=found,
        issued=instant(file.issued_at, zone),
        expires=end(file.expires_at, zone),
        grace=end(file.grace_until, zone) if grace else "",
        next=_next_file(file, licences, zone) if licences and at < file.expires_at else "",
    )


def _next_file(file: LicenceFile, licences: Sequence[Licence], zone: ZoneInfo) -> str:
    ends_at = latest_end(licences)
    if ends_at and file.is_last(ends_at):
        last = _("It is the last one: what this tenant may use ends on %(at)s.")
        return last % {"at": end(ends_at, zone)}
    if file.by_mail:
        return _("The next one comes by mail in time.")
    return _("The platform asked for it, and fetches the next one itself.")


def _known_as(tenant: Tenant) -> list[tuple[str, str]]:
    """Online an identifier, on-premise serial number and owner (D2.5)."""
    if tenant.deployment == Deployment.ON_PREMISE:
        return [(_("Serial number"), tenant.serial_number), (_("Owner name"), tenant.owner_name)]
    return [(_("Identifier"), tenant.identifier)]


def _licence(licence: Licence, names: Mapping[str, str], seat: Seat, zone: ZoneInfo) -> LicenceRow:
    url = ""
    match licence.source:
        case Source.PLAN:
            source = _("Included in %(plan)s") % {"plan": CrmSuitePlan(licence.plan).label}
            until = _("As long as you have the plan")
        case Source.DEVELOPER_TENANT:
            source = _("Free for developers in the SOD environment")
            until = _("As long as you have the tenant")
        case Source.SUBSCRIPTION:
            source = _("Subscription")
            until = end(licence.until, zone) if licence.until else _("Until you cancel")
            url = reverse(
                "pages:subscription_detail", args=[seat.organisation.pk, licence.subscription_id]
            )
    return LicenceRow(
        product=names.get(licence.product_code, licence.product_code),
        source=source,
        until=until,
        url=url,
    )
