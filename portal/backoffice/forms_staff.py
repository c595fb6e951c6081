"""What is filled in about colleagues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from customers.models import Duty
from portal.one_line import LineField

if TYPE_CHECKING:
    from customers.models import Person


class DutiesForm(forms.Form):
    duties = forms.TypedMultipleChoiceField(
        label=_("Duties"),
        help_text=_("Without any, a colleague may look and change nothing."),
        choices=Duty.choices,
        coerce=Duty,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @staticmethod
    def shown(person: Person) -> dict[str, list[str]]:
        """What it says of a colleague, by field."""
        return {"duties": person.duties}


class AccountForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept with your name, and their organisations read it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    # What the page offered: a second click is not to undo the first.
    wanted = forms.ChoiceField(
        choices=[("shut", "shut"), ("open", "open")], widget=forms.HiddenInput
    )


class ResetForm(forms.Form):
    reason = forms.CharField(
        label=_("How do you know that it is them?"),
        help_text=_(
            "For example: called back on the number that we know. It is kept with your name, and"
            " their organisations read it."
        ),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class InviteColleagueForm(DutiesForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = LineField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    field_order = ("email", "name", "language", "duties")
