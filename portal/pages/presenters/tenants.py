"""Words for tenants: what they are, where they stand, what that means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import CommercialModel, Deployment, TenantKind, TenantState
from portal.pages.presenters.subscriptions import Badge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

    from customers.models import Tenant

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
class Identity:
    term: str
    value: str


def badge(tenant: Tenant) -> Badge:
    """Its state; of an on-premise tenant the platform reports none (D2.5)."""
    if tenant.deployment == Deployment.ON_PREMISE:
        return Badge("neutral", _("On-premise"))
    state = TenantState(tenant.state)
    return Badge(_TONES[state], str(state.label))


def state_meaning(tenant: Tenant) -> str:
    if tenant.deployment == Deployment.ON_PREMISE:
        return _("It runs in your own house, so the platform reports no state for it.")
    return str(_MEANINGS[TenantState(tenant.state)])


def identity(tenant: Tenant) -> list[Identity]:
    """What it goes by: online an identifier, on-premise serial number and owner."""
    if tenant.deployment == Deployment.ON_PREMISE:
        return [
            Identity(_("Serial number"), tenant.serial_number),
            Identity(_("Owner name"), tenant.owner_name),
        ]
    return [Identity(_("Identifier"), tenant.identifier)]


def icon(tenant: Tenant) -> str:
    if tenant.deployment == Deployment.ON_PREMISE:
        return "hard-drive"
    return "cloud" if tenant.kind == TenantKind.PRODUCTION else "flask-conical"


def commercial_model(tenant: Tenant) -> str:
    if tenant.commercial_model == CommercialModel.CRM_SUITE:
        return str(tenant.get_crm_suite_plan_display())
    return str(tenant.get_commercial_model_display())
