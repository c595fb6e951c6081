from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.querysets import TenantQuerySet


class Deployment(models.TextChoices):
    ONLINE = "online", _("Online")
    ON_PREMISE = "on_premise", _("On-premise")


class Environment(models.TextChoices):
    SOD = "sod", _("SOD")
    STAGE = "stage", _("Stage")
    PRODUCTION = "production", _("Production")


class TenantKind(models.TextChoices):
    PRODUCTION = "production", _("Production")
    SANDBOX = "sandbox", _("Production sandbox")
    DEVELOPER = "developer", pgettext_lazy("kind of tenant", "Developer")


class CommercialModel(models.TextChoices):
    MODULES = "modules", _("Modules")
    CRM_SUITE = "crm_suite", _("CRM Suite")


class CrmSuitePlan(models.TextChoices):
    """Cumulative: each plan holds all of the ones before it (D2.8)."""

    STARTER = "starter", "CRM Suite Starter"
    CORE = "core", "CRM Suite Core"
    GROWTH = "growth", "CRM Suite Growth"
    PLUS = "plus", "CRM Suite Plus"
    SUPER = "super", "CRM Suite Super"


class UserPlan(models.TextChoices):
    """The single user plans of D2.6; `standard` and `complete` are no longer sold."""

    SALES_ESSENTIALS = "sales-essentials", "Sales Essentials"
    SALES_PREMIUM = "sales-premium", "Sales Premium"
    SERVICE_ESSENTIALS = "service-essentials", "Service Essentials"
    SERVICE_PREMIUM = "service-premium", "Service Premium"
    MARKETING_ESSENTIALS = "marketing-essentials", "Marketing Essentials"
    MARKETING_PREMIUM = "marketing-premium", "Marketing Premium"
    STANDARD = "standard", "Standard"
    COMPLETE = "complete", "Complete"


class TenantState(models.IntegerChoices):
    """The platform's codes (D2.2). 7 and 9 are not documented and do not occur."""

    UNKNOWN = 0, _("Unknown")
    PROVISIONING = 1, _("Provisioning")
    RUNNING = 2, _("Running")
    DELETED = 3, _("Deleted")
    SUSPENDED = 4, _("Suspended")
    ONLINE_MAINTENANCE = 5, _("Online maintenance")
    OFFLINE_MAINTENANCE = 6, _("Offline maintenance")
    PROVISIONING_FAILED = 8, _("Provisioning failed")
    DELETING = 10, _("Deleting")
    DELETE_FAILED = 11, _("Delete failed")
    MIGRATION_PENDING = 12, _("Migration pending")


RUNNING_STATES = (TenantState.RUNNING, TenantState.ONLINE_MAINTENANCE)


def runs(deployment: str, state: int) -> bool:
    """Whether the CRM can be used. On-premise the platform reports no state (D2.5)."""
    return deployment == Deployment.ON_PREMISE or state in RUNNING_STATES


def tenant_label(name: str, identifier: str, serial_number: str) -> str:
    """The same for those who have no row in hand."""
    return f"{name} ({identifier or serial_number})"


class Tenant(models.Model):
    """One installation of the CRM: the unit that licences, applications and usage hang on.

    Online it is known by its identifier (`Cust12345`, any case); on-premise by serial number
    and owner name, and the platform reports no state for it (D2.5).
    """

    organisation = models.ForeignKey(
        "customers.Organisation",
        models.PROTECT,
        related_name="tenants",
        verbose_name=_("organisation"),
    )
    name = models.CharField(_("name"), max_length=100)
    deployment = models.CharField(_("deployment"), max_length=12, choices=Deployment)
    environment = models.CharField(
        _("environment"), max_length=12, choices=Environment, default=Environment.PRODUCTION
    )
    kind = models.CharField(
        _("kind"), max_length=12, choices=TenantKind, default=TenantKind.PRODUCTION
    )
    source = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sandboxes",
        verbose_name=_("copied from"),
    )
    identifier = models.CharField(_("identifier"), max_length=20, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=30, blank=True)
    owner_name = models.CharField(_("owner name"), max_length=200, blank=True)
    crm_version = models.CharField(_("CRM version"), max_length=20)  # "10.3.2"
    commercial_model = models.CharField(
        _("commercial model"),
        max_length=12,
        choices=CommercialModel,
        default=CommercialModel.MODULES,
    )
    crm_suite_plan = models.CharField(
        _("CRM Suite plan"), max_length=12, choices=CrmSuitePlan, blank=True
    )
    state = models.PositiveSmallIntegerField(
        _("state"), choices=TenantState, default=TenantState.RUNNING
    )
    state_changed_at = models.DateTimeField(_("state changed at"))
    created_at = models.DateTimeField(_("created at"))

    objects: ClassVar = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        constraints = [
            models.UniqueConstraint(
                Upper("identifier"),
                "environment",
                condition=~models.Q(identifier=""),
                name="tenant_identifier_unique_per_environment",
            ),
            models.UniqueConstraint(
                fields=["serial_number"],
                condition=~models.Q(serial_number=""),
                name="tenant_serial_number_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    deployment=Deployment.ONLINE,
                    identifier__regex=r"^[Cc][Uu][Ss][Tt][0-9]{1,12}$",
                    serial_number="",
                    owner_name="",
                )
                | (
                    models.Q(deployment=Deployment.ON_PREMISE, identifier="")
                    & ~models.Q(serial_number="")
                    & ~models.Q(owner_name="")
                ),
                name="tenant_is_known_by_its_deployments_identity",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=TenantKind.SANDBOX, source__isnull=False)
                | (~models.Q(kind=TenantKind.SANDBOX) & models.Q(source__isnull=True)),
                name="tenant_only_a_sandbox_has_a_source",
            ),
            models.CheckConstraint(
                condition=models.Q(deployment=Deployment.ONLINE)
                | models.Q(kind=TenantKind.PRODUCTION, environment=Environment.PRODUCTION),
                name="tenant_on_premise_is_production",
            ),
            models.CheckConstraint(
                condition=models.Q(commercial_model=CommercialModel.CRM_SUITE)
                & ~models.Q(crm_suite_plan="")
                | models.Q(commercial_model=CommercialModel.MODULES, crm_suite_plan=""),
                name="tenant_plan_belongs_to_crm_suite",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=TenantState.values), name="tenant_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(crm_version__regex=r"^[0-9]+(\.[0-9]+)*$"),
                name="tenant_crm_version_is_numeric",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """What people call it: name and the identity its deployment goes by."""
        return tenant_label(self.name, self.identifier, self.serial_number)

    @property
    def is_in_production(self) -> bool:
        """Not for trying out, and not gone: what is sold is sold for these."""
        return (
            self.environment == Environment.PRODUCTION
            and self.kind != TenantKind.DEVELOPER
            and self.state != TenantState.DELETED
        )

    @property
    def is_running(self) -> bool:
        return runs(self.deployment, self.state)

    @property
    def is_gone(self) -> bool:
        """Deleted, for good."""
        return self.state == TenantState.DELETED

    @property
    def crm_version_parts(self) -> tuple[int, ...]:
        """Comparable version: (10, 3) > (9, 12)."""
        return tuple(int(part) for part in self.crm_version.split("."))


class TenantUserPlan(models.Model):
    """How many users of a plan a tenant has."""

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="user_plans", verbose_name=_("tenant")
    )
    plan = models.CharField(_("user plan"), max_length=30, choices=UserPlan)
    users = models.PositiveIntegerField(_("users"))

    class Meta:
        verbose_name = _("user plan")
        verbose_name_plural = _("user plans")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "plan"], name="tenant_user_plan_once_per_tenant"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_plan_display()} × {self.users}"
