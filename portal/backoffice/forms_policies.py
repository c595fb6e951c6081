"""What staff fill in about policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.policies import DAY

if TYPE_CHECKING:
    from customers.policies import Range


class PortalPolicyForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Colleagues read it beside the change."),
        max_length=300,
    )
    instead_of = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, bounds: Range, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = forms.IntegerField(
            label=_("Days") if bounds.unit == DAY else _("Seconds"),
            min_value=bounds.lowest,
            max_value=bounds.highest,
        )
        self.order_fields(["value", "reason", "instead_of"])
