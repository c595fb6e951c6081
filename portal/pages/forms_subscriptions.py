"""What people fill in to order, change and cancel. Forms parse; operations decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import PriceComponent
from portal.form_rendering import OptionCards
from portal.pages.presenters.subscriptions import language, money
from subscriptions.lifecycle import LABELS, Status
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.operations.orders import WrongQuantities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.models import PriceVersion
    from customers.models import Tenant
    from subscriptions.queries import Offer

MOST_USERS = 100_000
USERS = "users_"  # before a component's code, in forms and addresses


class QuantitiesForm(forms.Form):
    """How many users of each counted component; as many fields as the price has of those."""

    def __init__(
        self, *args: Any, price: PriceVersion | None, held: Mapping[str, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.held = held
        self.counted = [c for c in price.components.all() if c.is_counted] if price else []
        for component in self.counted:
            self.fields[USERS + component.code] = _users_field(
                component, held.get(component.code, 0)
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        numbers = [cleaned.get(USERS + component.code) for component in self.counted]
        if numbers and None not in numbers and not sum(filter(None, numbers)):
            raise forms.ValidationError(str(WrongQuantities()))
        return cleaned

    @property
    def quantities(self) -> dict[str, int]:
        return {c.code: self.cleaned_data[USERS + c.code] for c in self.counted}

    @property
    def had(self) -> list[forms.BoundField]:
        """Of what somebody uses already."""
        return [self[USERS + c.code] for c in self.counted if self.held.get(c.code)]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[USERS + c.code] for c in self.counted if not self.held.get(c.code)]

    @property
    def asks_for_others(self) -> bool:
        return any(field.errors or str(field.value() or 0) != "0" for field in self.others)

    @property
    def as_parameters(self) -> dict[str, str]:
        """The same again, for the address of the next page or its hidden fields."""
        return {USERS + code: str(number) for code, number in self.quantities.items()}


class OrderForm(QuantitiesForm):
    """Where and how many. The tenants to choose from are those where it can be had."""

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, price=offer.price, held={}, **kwargs)
        self.tenants = {
            str(place.tenant.pk): place.tenant
            for place in offer.places
            if place.tenant and place.can_order
        }
        if not offer.for_organisation:
            self.fields = {"tenant": _tenant_field(self.tenants.values())} | self.fields
        if len(self.tenants) == 1:
            self.initial.setdefault("tenant", next(iter(self.tenants)))

    @property
    def tenant(self) -> Tenant | None:
        return self.tenants.get(self.cleaned_data.get("tenant", ""))

    @property
    def as_parameters(self) -> dict[str, str]:
        tenant = {"tenant": str(self.tenant.pk)} if self.tenant else {}
        return tenant | super().as_parameters


class CancellationForm(forms.Form):
    """The decision: exactly the list that was read, the applications by name, perhaps why."""

    when = forms.TypedChoiceField(
        choices=[(when.value, when.value) for when in CancelWhen],
        coerce=CancelWhen,
        widget=forms.HiddenInput,
    )
    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What is the main reason?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        applications: str,
        of_sandbox: str = "",
        asked: Mapping[str, forms.Field] | None = None,
        **kwargs: Any,
    ) -> None:
        """`applications`: the names of those that stop; without any there is nothing to tick.

        `of_sandbox`: the products that were ordered for the sandbox and can end with it.
        `asked`: the fields for who asked staff to cancel, who then have to say why.
        """
        super().__init__(*args, **kwargs)
        if asked:
            self.fields |= asked
            self.fields["reason"].required = True
            self.fields["reason"].help_text = _("The customer reads this.")
        if of_sandbox:
            self.fields["with_sandbox"] = forms.BooleanField(
                label=_("Also cancel what was ordered for the sandbox itself: %(products)s.")
                % {"products": of_sandbox},
                required=False,
            )
        if applications:
            self.fields["understood"] = forms.BooleanField(
                label=_("I understand that %(applications)s will stop working.")
                % {"applications": applications},
                error_messages={"required": _("Please confirm that you have read this.")},
            )


class SubscriptionFilter(forms.Form):
    hide_optional = True

    status = forms.ChoiceField(label=_("Status"), required=False)
    tenant = forms.TypedChoiceField(label=_("Tenant"), required=False, coerce=int, empty_value=None)
    product = forms.ChoiceField(label=_("Product"), required=False)

    def __init__(
        self,
        *args: Any,
        tenants: Iterable[Tenant],
        products: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self, "status", _status_choices())
        offer_choices(self, "tenant", [(str(tenant.pk), tenant.label) for tenant in tenants])
        offer_choices(self, "product", products)


def offer_choices(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """What a filter lets through: everything, or one of `choices`."""
    cast("forms.ChoiceField", form.fields[name]).choices = [("", _("All")), *choices]


def _status_choices() -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = [(s.value, LABELS[s]) for s in Status]
    choices.insert(2, ("ending", _("Cancelled, still there")))
    return choices


def _tenant_field(tenants: Iterable[Tenant]) -> forms.ChoiceField:
    tenants = list(tenants)
    return forms.ChoiceField(
        label=_("For which tenant?"),
        choices=[(str(tenant.pk), tenant.label) for tenant in tenants],
        widget=OptionCards(
            hints={
                str(tenant.pk): f"{tenant.get_deployment_display()} · CRM {tenant.crm_version}"
                for tenant in tenants
            }
        ),
        error_messages={
            "required": _("Choose a tenant."),
            "invalid_choice": _("It cannot be ordered for that tenant. Please choose another."),
        },
    )


def _price_of_one(component: PriceComponent) -> str:
    """Where every one costs the same; else the total below says it."""
    if component.model != PriceComponent.ModelChoice.PER_UNIT or component.included:
        return ""
    return f"{money(component.charge(1).rounded())} {component.get_unit_display()}"


def _users_field(component: PriceComponent, number: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Users: %(plan)s") % {"plan": component.name_in(language())},
        help_text=_price_of_one(component),
        min_value=0,
        max_value=MOST_USERS,
        initial=number,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
