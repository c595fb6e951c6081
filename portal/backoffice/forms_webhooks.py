"""What staff look webhooks up by."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.one_line import LineField
from portal.webhooks.models import EndpointState


class EndpointFilter(forms.Form):
    """Which endpoints; both fields may stay empty."""

    hide_optional = True

    q = LineField(
        label=_("Organisation"),
        help_text=_("Name or customer number"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *EndpointState.choices]
    )
