"""What people fill in to make a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.one_line import LineField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from customers.models import TokenScope

LASTS = [
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("180", _("Half a year")),
    ("365", _("A year")),
]


class TokenForm(forms.Form):
    """Which program, what it may do, and for how long."""

    name = LineField(
        label=_("Name"), help_text=_("Where it is used, so that you know it again."), max_length=100
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        help_text=_("Choose no more than the program needs."),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=_("Expires after"), choices=LASTS, coerce=int, initial="90", widget=forms.Select
    )

    def __init__(self, *args: Any, scopes: Iterable[TokenScope], **kwargs: Any) -> None:
        """`scopes`: those that whoever fills it in may hand on."""
        super().__init__(*args, **kwargs)
        field = cast("forms.MultipleChoiceField", self.fields["scopes"])
        field.choices = [(scope.value, scope.label) for scope in scopes]
