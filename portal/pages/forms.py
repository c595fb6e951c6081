"""What people fill in or choose on these pages. Forms parse; operations decide."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    hide_optional = True

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    @property
    def text(self) -> str:
        """What to look for; nothing when what was typed cannot be used."""
        return str(self.cleaned_data["q"]).strip() if self.is_valid() else ""
