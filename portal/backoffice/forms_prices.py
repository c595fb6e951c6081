"""Another price: the parts of the one before it, with other amounts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from catalog.models import in_language
from catalog.price_content import PriceContent, faults_of
from catalog.pricing import Tier, tiers_as_json, tiers_from_json
from portal.backoffice.price_comparison import part_name
from portal.backoffice.price_words import WORDS
from portal.one_line import LineField

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from django.forms.boundfield import BoundField
    from django.utils.functional import Promise

type Component = Mapping[str, Any]  # fields of PriceComponent

MOST = 2_147_483_647  # what a column of whole numbers holds
MOST_TIERS = 20
SPARE_TIERS = 2
_TIER = ("until", "amount")  # each of its fields ends so
_EXAMPLE = ("units", "users")
NAMED_IN = {"nl": _("Name in Dutch"), "en": _("Name in English")}
_AMOUNT_LABELS = {
    "flat": _("Amount per month"),
    "per_unit": _("Amount per unit"),
    "package": _("Amount per package"),
}


class ExactAmountField(forms.DecimalField):
    """In whole units, with up to six decimals; written with the reader's decimal sign."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=14, decimal_places=6, localize=True, **kwargs)
        self.widget.attrs["inputmode"] = "decimal"

    def prepare_value(self, value: Any) -> Any:
        """588 as 588.00, and 0.000400 as 0.0004."""
        if not isinstance(value, Decimal):
            return value
        digits = -int(value.normalize().as_tuple().exponent)
        return value.quantize(Decimal(1).scaleb(-max(digits, 2)))


class CountField(forms.IntegerField):
    def __init__(self, *, min_value: int = 0, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=MOST, **kwargs)


@dataclass(frozen=True)
class ComponentFields:
    """A part of the price on the form: its name, fields, and a pair of fields per tier.

    A field has a short label beside it: its own says of which part it is.
    """

    name: str
    fields: list[tuple[str | Promise | None, BoundField]]
    tiers: list[tuple[BoundField, BoundField]]


class PriceForm(forms.Form):
    """Sent with GET: the page shows what would change before anything does.

    `start` is the price whose parts it has; codes, models and meters stay. So do names, but for
    those of packages, which may tell how much is in one.
    """

    valid_from = forms.DateField(
        label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self, data: Mapping[str, str] | None, *, start: PriceContent, valid_from: dt.date
    ) -> None:
        super().__init__(data, initial={"valid_from": valid_from})
        self.start = start
        self.is_by_use = any(each["unit"] == "usage" for each in start.components)
        self.fields["valid_from"].help_text = (
            _("The first of a month, more than 30 days ahead: everybody pays it from then on.")
            if self.is_by_use
            else _("Who subscribes from that day on pays it; others when you announce it to them.")
        )
        self._short_labels: dict[str, dict[str, str | Promise | None]] = {}  # by code and name
        for component in start.components:
            fields = _fields_of(component)
            self._short_labels[component["code"]] = {
                name: field.label for name, field in fields.items()
            }
            for name, field in fields.items():
                self._add(component, name, field)
            if component["tiers"] is not None:
                self._add_tiers(component)
        if start.example:
            self.fields["example"] = forms.BooleanField(
                label=_("Example price"),
                help_text=_("Pages say that it is invented."),
                required=False,
                initial=True,
            )
        self._add_worked_example()

    @property
    def groups(self) -> list[ComponentFields]:
        return [
            ComponentFields(
                name=part_name(component),
                fields=[
                    (label, self[f"{code}_{name}"])
                    for name, label in self._short_labels[code].items()
                ],
                tiers=[
                    (self[until], self[amount]) for until, amount in self._tier_fields(component)
                ],
            )
            for component in self.start.components
            for code in [component["code"]]
        ]

    @cached_property
    def content(self) -> PriceContent:
        """The price that a valid form describes."""
        return PriceContent(
            product=self.start.product,
            currency=self.start.currency,
            valid_from=self.cleaned_data["valid_from"],
            example=self.cleaned_data.get("example", False),
            components=tuple(self._component(each) for each in self.start.components),
        )

    @property
    def worked_example(self) -> dict[str, int]:
        """Of a valid form: how many units, and users of the tenant."""
        return {name: self.cleaned_data.get(name) or 0 for name in _EXAMPLE}

    @property
    def rest(self) -> list[BoundField]:
        """The fields below those of the parts."""
        return [self[name] for name in ("example", *_EXAMPLE) if name in self.fields]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for component in self.start.components:
            for until, amount in self._tier_fields(component):
                alone = cleaned.get(until) is not None and cleaned.get(amount) is None
                if alone and not self.has_error(amount):
                    self.add_error(amount, _("Say what a unit of this tier costs."))
        if not self.errors:
            for component in self.start.components:
                self._refuse_faults(component)
        return cleaned

    def _refuse_faults(self, component: Component) -> None:
        code = component["code"]
        filled = self._filled_tiers(component)
        for fault in faults_of(self._component(component)):
            field: str | None = f"{code}_{fault.field}"
            if fault.tier:
                field, _amount = filled[fault.tier - 1]
            elif component["tiers"] is not None:
                field = f"{code}_tier_1_amount"
            self.add_error(field if field in self.fields else None, str(WORDS[fault.why]))

    def _component(self, component: Component) -> Component:
        code, found = component["code"], dict(component)
        for name in self._short_labels[code]:
            value = self.cleaned_data[f"{code}_{name}"]
            if name.startswith("label_"):
                _label, _underscore, spoken = name.partition("_")
                found["texts"] = {**found["texts"], spoken: {"label": value}}
            else:
                found[name] = value
        if component["tiers"] is not None:
            tiers = [
                Tier(self.cleaned_data[until], self.cleaned_data[amount])
                for until, amount in self._filled_tiers(component)
            ]
            found["tiers"] = tiers_as_json(tiers) or None
        return found

    def _filled_tiers(self, component: Component) -> list[tuple[str, str]]:
        return [
            (until, amount)
            for until, amount in self._tier_fields(component)
            if self.cleaned_data.get(amount) is not None
        ]

    def _tier_fields(self, component: Component) -> Iterator[tuple[str, str]]:
        for number in range(1, MOST_TIERS + 1):
            until, amount = (f"{component['code']}_tier_{number}_{what}" for what in _TIER)
            if until in self.fields:
                yield until, amount

    def _add_tiers(self, component: Component) -> None:
        code, tiers = component["code"], tiers_from_json(component["tiers"] or [])
        given = [
            number
            for number in range(1, MOST_TIERS + 1)
            if any(self.data.get(f"{code}_tier_{number}_{what}") for what in _TIER)
        ]
        many = min(max(len(tiers), *given, 0) + SPARE_TIERS, MOST_TIERS)
        for number in range(1, many + 1):
            tier = tiers[number - 1] if number <= len(tiers) else None
            until = CountField(
                label=_("Tier %(number)s up to") % {"number": number},
                required=False,
                min_value=1,
                initial=tier.up_to if tier else None,
            )
            amount = ExactAmountField(
                label=_("Tier %(number)s, amount per unit") % {"number": number},
                required=False,
                initial=tier.unit_amount if tier else None,
            )
            self._add(component, f"tier_{number}_until", until)
            self._add(component, f"tier_{number}_amount", amount)

    def _add(self, component: Component, name: str, field: forms.Field) -> None:
        if len(self.start.components) > 1:
            field.label = f"{part_name(component)}: {field.label}"
        self.fields[f"{component['code']}_{name}"] = field

    def _add_worked_example(self) -> None:
        if any(each["unit"] != "month" for each in self.start.components):
            self.fields["units"] = CountField(
                label=_("Worked example: so many units of each"),
                required=False,
                initial=1_000_000 if self.is_by_use else 10,
            )
        if self.is_by_use:
            self.fields["users"] = CountField(
                label=_("For a tenant with so many users"), required=False, initial=25
            )


class MakePriceForm(forms.Form):
    """`seen` tells what the page showed."""

    reason = LineField(
        label=_("Reason"),
        help_text=_("Colleagues read it beside the change."),
        max_length=300,
        required=False,
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


def mark_of(content: PriceContent, instead_of: int | None) -> str:
    """The same for the same price after the same one before it."""
    return hashlib.sha256(repr((content, instead_of)).encode()).hexdigest()


def _fields_of(component: Component) -> dict[str, forms.Field]:
    """By the name of what they are in the component; `label_nl` for a name."""
    fields: dict[str, forms.Field] = {}
    if component["tiers"] is None:
        fields["unit_amount"] = ExactAmountField(
            label=_AMOUNT_LABELS[component["model"]], initial=Decimal(component["unit_amount"])
        )
    if component["model"] == "package":
        fields["package_size"] = CountField(
            label=_("Units in a package"), min_value=1, initial=component["package_size"]
        )
        for spoken, label in NAMED_IN.items():
            fields[f"label_{spoken}"] = LineField(
                label=label,
                max_length=100,
                initial=in_language(component["texts"], spoken).get("label", ""),
            )
    if component["unit"] != "month":
        fields["included"] = _allowance(_("Included"), component["included"])
    if component["unit"] == "usage":
        fields["included_per_user"] = _allowance(
            _("Included per user"), component["included_per_user"]
        )
        fields["minimum"] = ExactAmountField(
            label=_("Minimum per month"), initial=Decimal(component["minimum"])
        )
    return fields


def _allowance(label: str | Promise, initial: int | None) -> CountField:
    return CountField(label=label, required=False, initial=initial)


class AnnouncePriceForm(forms.Form):
    effective_on = forms.DateField(
        label=_("First day at the new price"),
        help_text=_("At least 30 days from now, so that everybody can still cancel."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
