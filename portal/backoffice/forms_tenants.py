"""What staff fill in about the tenants of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers import queries
from customers.models import (
    CrmSuitePlan,
    Deployment,
    Environment,
    Organisation,
    TenantKind,
    TenantState,
    UserPlan,
)
from customers.operations.tenants import NewTenant
from portal.backoffice.forms import ReasonForm
from portal.one_line import LineField
from portal.pages.forms import TenantField
from subscriptions.operations.plans import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from customers.models import Tenant

# What a tenant is known by, and what the other sort has none of.
KNOWN_BY = {
    Deployment.ONLINE: ("identifier",),
    Deployment.ON_PREMISE: ("serial_number", "owner_name"),
}


def identifier_field(**options: Any) -> forms.CharField:
    return LineField(
        label=_("Identifier"),
        help_text=_("Online: under which the platform has made it, Cust and a number."),
        max_length=20,
        validators=[
            RegexValidator(
                r"^[Cc][Uu][Ss][Tt][0-9]{1,12}$",
                _("Write Cust and a number of at most 12 digits, such as Cust12345."),
            )
        ],
        **options,
    )


def crm_version_field() -> forms.CharField:
    return LineField(
        label=_("CRM version"),
        max_length=20,
        validators=[
            RegexValidator(
                r"^[0-9]+(\.[0-9]+)*$", _("Write numbers with dots between them, such as 10.3.2.")
            )
        ],
    )


def crm_suite_plan_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("CRM Suite plan"),
        choices=[("", _("None: by modules")), *CrmSuitePlan.choices],
        coerce=CrmSuitePlan,
        empty_value=None,
        required=False,
    )


class SetUpForm(forms.Form):
    """A tenant that was asked for, as the platform has made it."""

    identifier = identifier_field()
    crm_version = crm_version_field()


def serial_number_field(**given: Any) -> forms.CharField:
    return LineField(label=_("Serial number"), max_length=30, **given)


def owner_name_field(**given: Any) -> forms.CharField:
    return LineField(label=_("Owner name"), max_length=200, **given)


def _shown_for(deployment: Deployment) -> forms.TextInput:
    """Hidden by `by-choice.js` while another deployment is chosen."""
    return forms.TextInput(attrs={"data-shown-for": f"deployment={deployment}"})


class NewTenantForm(forms.Form):
    hide_optional = True  # what is needed depends on the deployment and the kind

    name = LineField(label=_("Name"), max_length=100)
    deployment = forms.TypedChoiceField(
        label=_("Deployment"), choices=Deployment.choices, coerce=Deployment
    )
    identifier = identifier_field(required=False, widget=_shown_for(Deployment.ONLINE))
    environment = forms.TypedChoiceField(
        label=_("Environment"),
        choices=Environment.choices,
        coerce=Environment,
        initial=Environment.PRODUCTION,
    )
    serial_number = serial_number_field(
        help_text=_("On-premise only, with the owner's name as the licence has it."),
        required=False,
        widget=_shown_for(Deployment.ON_PREMISE),
    )
    owner_name = owner_name_field(required=False, widget=_shown_for(Deployment.ON_PREMISE))
    kind = forms.TypedChoiceField(label=_("Kind"), choices=TenantKind.choices, coerce=TenantKind)
    source = TenantField(
        label=_("Copied from"),
        queryset=None,
        required=False,
        empty_label=_("Nothing; only a production sandbox is copied"),
    )
    crm_version = crm_version_field()
    crm_suite_plan = crm_suite_plan_field()

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = cast("TenantField", self.fields["source"])
        source.queryset = queries.tenants_to_copy(organisation)
        self.fields |= users_fields()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if deployment := cleaned.get("deployment"):
            self._check_identity(deployment)
        is_production = (cleaned.get("kind"), cleaned.get("environment")) == (
            TenantKind.PRODUCTION,
            Environment.PRODUCTION,
        )
        if deployment == Deployment.ON_PREMISE and not is_production:
            self.add_error("kind", _("An on-premise tenant is a production one, in production."))
        if cleaned.get("source") and cleaned.get("kind") != TenantKind.SANDBOX:
            self.add_error("source", _("Only a production sandbox is copied from a tenant."))
        return cleaned

    def _check_identity(self, deployment: Deployment) -> None:
        for of, names in KNOWN_BY.items():
            for name in names:
                given = self.cleaned_data.get(name)
                if of == deployment and not given and name not in self.errors:
                    self.add_error(name, _("A tenant of this deployment is known by it."))
                elif of != deployment and given:
                    self.add_error(name, _("A tenant of this deployment has none."))

    @property
    def known_by(self) -> str:
        """The field that says which tenant it is."""
        return KNOWN_BY[self.cleaned_data["deployment"]][0]

    @property
    def new(self) -> NewTenant:
        given = {name: self.cleaned_data[name] for name in self.base_fields}
        return NewTenant(**given, users=users_of(self))


class TenantFactsForm(ReasonForm):
    """What staff know of a tenant that the platform has not told, or cannot tell."""

    serial_number = serial_number_field(
        help_text=_("Files of before name the tenant wrongly: a new one goes out by mail.")
    )
    owner_name = owner_name_field()
    crm_version = crm_version_field()
    crm_suite_plan = crm_suite_plan_field()

    field_order = ("serial_number", "owner_name", "crm_version", "crm_suite_plan", "reason")

    def __init__(self, data: Mapping[str, Any] | None = None, *, tenant: Tenant) -> None:
        super().__init__(data, initial=self.shown(tenant))
        if tenant.deployment == Deployment.ONLINE:
            for name in KNOWN_BY[Deployment.ON_PREMISE]:
                del self.fields[name]

    @property
    def known(self) -> Facts:
        return Facts(**{key: self.cleaned_data[key] for key in self.fields if key != "reason"})

    @staticmethod
    def shown(tenant: Tenant) -> dict[str, str]:
        """What it says of a tenant, by field."""
        return {
            "serial_number": tenant.serial_number,
            "owner_name": tenant.owner_name,
            "crm_version": tenant.crm_version,
            "crm_suite_plan": tenant.crm_suite_plan,
        }


class UsersForm(forms.Form):
    """How many users of each plan a tenant has from now on."""

    hide_optional = True

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= users_fields()
        self.initial.update(self.shown(tenant))

    @staticmethod
    def shown(tenant: Tenant) -> dict[str, int]:
        """What it says of a tenant, by field."""
        users = {row.plan: row.users for row in tenant.user_plans.all()}
        return {f"users_{plan}": users.get(plan, 0) for plan in UserPlan}


def users_fields() -> dict[str, forms.Field]:
    return {f"users_{plan}": _users_field(plan) for plan in UserPlan}


def users_of(form: forms.Form) -> dict[UserPlan, int]:
    return {plan: form.cleaned_data[f"users_{plan}"] or 0 for plan in UserPlan}


def _users_field(plan: UserPlan) -> forms.IntegerField:
    return forms.IntegerField(
        label=format_lazy(_("Users of {plan}"), plan=plan.label),
        min_value=0,
        max_value=1_000_000,
        initial=0,
        required=False,
    )


class DeletionForm(ReasonForm):
    """With the fingerprint of what the person read who agrees."""

    confirmed = forms.CharField(max_length=32, widget=forms.HiddenInput)


class TenantStateForm(forms.Form):
    """Deleting has a page of its own, for it does not come back and ends subscriptions."""

    state = forms.TypedChoiceField(
        label=_("New state"), choices=TenantState.choices, coerce=lambda v: TenantState(int(v))
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.TypedChoiceField", self.fields["state"])
        left_out = (tenant.state, TenantState.DELETED)
        states = [choice for choice in TenantState.choices if choice[0] not in left_out]
        field.choices = [("", _("Choose a state")), *states]
