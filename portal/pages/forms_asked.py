"""For whom of the customer staff do something: who asked, on which day, and how."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from customers.asked import LONGEST_NAME, Asked, Means
from portal.one_line import LineField

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_AGO = dt.timedelta(days=60)  # before that it is a slip, as another year


def asked_fields(today: dt.date) -> dict[str, forms.Field]:
    return {
        "asked_by": LineField(
            label=_("Who asks for it?"),
            help_text=_("First and last name. The customer reads this, and when and how."),
            max_length=LONGEST_NAME,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        "asked_on": forms.DateField(
            label=_("On which day?"),
            initial=today,
            validators=[
                MaxValueValidator(today, _("This day has not come yet.")),
                MinValueValidator(
                    today - LONGEST_AGO,
                    _("This day is more than 60 days ago. Check the year, too."),
                ),
            ],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        ),
        "asked_how": forms.TypedChoiceField(
            label=_("How?"),
            choices=[(means.value, capfirst(means.label)) for means in Means],
            coerce=Means,
        ),
    }


def asked_of(form: forms.Form) -> Asked | None:
    """What such fields say; None for a form without them."""
    given = form.cleaned_data
    if "asked_by" not in given:
        return None
    return Asked(by=given["asked_by"], on=given["asked_on"], means=given["asked_how"])


class AskedForm(forms.Form):
    """The fields that are asked for below what is already decided; perhaps none."""

    def __init__(self, *args: Any, fields: Mapping[str, forms.Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= fields
