"""What people fill in or choose on these pages. Forms parse; operations decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.eligibility import Scenario
from portal.form_rendering import OptionCards
from portal.one_line import LineField
from portal.pages.presenters.advisor import SCENARIO_HINTS, SCENARIOS
from portal.pages.presenters.verbs import KIND_LABELS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from customers.models import Person, Tenant
    from customers.querysets import TenantQuerySet


class TenantField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable
    """One's own tenants, by name and identity; set `queryset` when the form is made."""

    def label_from_instance(self, obj: Tenant) -> str:
        return obj.label


class SearchForm(forms.Form):
    hide_optional = True

    q = LineField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    @property
    def text(self) -> str:
        """What to look for; nothing when what was typed cannot be used."""
        return str(self.cleaned_data["q"]).strip() if self.is_valid() else ""


class AdvisorForm(forms.Form):
    """Sent by GET: the address is the question."""

    scenario = forms.TypedChoiceField(
        label=_("What do you want to do?"),
        choices=[(scenario.value, label) for scenario, label in SCENARIOS.items()],
        coerce=Scenario,
        widget=OptionCards(hints={each.value: hint for each, hint in SCENARIO_HINTS.items()}),
    )
    tenant = TenantField(
        label=_("On which tenant?"), queryset=None, empty_label=_("Choose a tenant")
    )

    def __init__(self, *args: Any, tenants: TenantQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("TenantField", self.fields["tenant"]).queryset = tenants


class QuestionForm(forms.Form):
    about = forms.ChoiceField(label=_("About"), required=False)
    question = forms.CharField(
        label=_("Your question"),
        help_text=_("Tell what you want to achieve. That says more than the name of a tool."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
    )

    def __init__(self, *args: Any, products: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["about"]).choices = [
            ("", _("In general")),
            *products.items(),
        ]


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Your answer"),
        help_text=_("The customer gets it by mail and sees it in the portal."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
    )


class ActivityFilter(forms.Form):
    """What the activity page is narrowed to; anything it does not know narrows nothing."""

    hide_optional = True

    tenant = TenantField(
        label=_("Tenant"), queryset=None, required=False, empty_label=_("All tenants")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    person = forms.ChoiceField(label=_("Who"), required=False)

    def __init__(
        self,
        *args: Any,
        tenants: TenantQuerySet,
        people: Iterable[Person],
        kinds: Iterable[Kind],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        cast("TenantField", self.fields["tenant"]).queryset = tenants
        cast("forms.ChoiceField", self.fields["kind"]).choices = [
            ("", _("Everything")),
            *((kind.value, KIND_LABELS[kind]) for kind in kinds),
        ]
        self.people = {str(person.pk): person for person in people}
        names = ((pk, str(person)) for pk, person in self.people.items())
        cast("forms.ChoiceField", self.fields["person"]).choices = [("", _("Everybody")), *names]

    @property
    def wanted(self) -> dict[str, Any]:
        """`tenant`, `kind` and `person`, each None when it narrows nothing."""
        self.is_valid()  # fields that are wrong are left out of cleaned_data
        person = self.people.get(self.cleaned_data.get("person", ""))
        return {
            "tenant": self.cleaned_data.get("tenant"),
            "kind": self.cleaned_data.get("kind") or None,
            "person": person,
        }
