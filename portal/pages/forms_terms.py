"""Supplementary terms, accepted with the click that orders, and who receives the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from portal.one_line import LineField
from subscriptions.models import LONGEST_RECEIVER, LONGEST_TERMS_VERSION
from subscriptions.operations.terms import Acceptance

if TYPE_CHECKING:
    from catalog.supplements import Supplement
    from customers.models import Organisation


def terms_fields(
    supplement: Supplement | None, organisation: Organisation, *, for_caller: bool
) -> dict[str, forms.Field]:
    """Nothing where the ordinary terms are all."""
    if supplement is None:
        return {}
    read = format_html(
        '<a href="{}" rel="external noreferrer">{}</a> ({})',
        supplement.address,
        supplement.name,
        supplement.version,
    )
    return {
        "receiver": LineField(
            label=_("Who receives the data?"),
            help_text=_("Their own organisation, or the third party that keeps the copy for them.")
            if for_caller
            else _("Your own organisation, or the third party that keeps the copy for you."),
            initial=organisation.name,
            max_length=LONGEST_RECEIVER,
        ),
        "terms": forms.CharField(
            initial=supplement.version,
            max_length=LONGEST_TERMS_VERSION,
            widget=forms.HiddenInput,
        ),
        "accepts_terms": forms.BooleanField(
            label=_("Who asks accepts the supplementary terms and may bind the organisation.")
            if for_caller
            else _("I accept the supplementary terms and may bind the organisation."),
            help_text=read,
            error_messages={"required": _("Without the supplementary terms it cannot be ordered.")},
        ),
    }


def acceptance_of(form: forms.Form) -> Acceptance | None:
    """What such fields say; None for a form without them."""
    given = form.cleaned_data
    if "accepts_terms" not in given:
        return None
    return Acceptance(version=given["terms"], receiver=given["receiver"])
