"""What staff fill in about applications and where they are let in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.backoffice.forms import ReasonForm
from portal.one_line import LineField
from portal.pages.forms_applications import last_day_field
from subscriptions.applications.models import AuthorisationStatus


class RejectionForm(ReasonForm):
    """Why a version is not published: between us and who built it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("The developer reads this.")


class SoonerEndForm(ReasonForm):
    """An earlier day until which an application is let in; the customer alone gives more time."""

    prefix = "end"  # beside a form with fields of the same names

    valid_until = last_day_field(required=True)

    field_order = ("valid_until", "reason")


class AuthorisationFilter(forms.Form):
    hide_optional = True

    q = LineField(
        label=_("Search"),
        help_text=_("Application, its maker, tenant or customer"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *AuthorisationStatus.choices]
    )


class ApplicationSearch(forms.Form):
    hide_optional = True

    q = LineField(
        label=_("Search"),
        help_text=_("Application, its maker, technical contact or client id"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    blocked = forms.BooleanField(label=_("Only what is blocked"), required=False)
