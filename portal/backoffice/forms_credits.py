"""What to give back of an invoice, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import CreditProposal
from billing.operations.credit_notes import Choice
from portal.backoffice.forms import ReasonForm
from portal.backoffice.planned import placed_name
from portal.form_rendering import OptionCards
from portal.one_line import LineField
from portal.pages.presenters.invoices import line_why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.forms.boundfield import BoundField

    from billing.queries.corrections import CreditableLine
    from catalog.money import Money

Scope = CreditProposal.Scope

HINTS = {
    Scope.WHOLE.value: gettext_lazy("Line by line, as the invoice charged it"),
    Scope.PART.value: gettext_lazy("One amount without VAT, spread over the lines"),
    Scope.LINES.value: gettext_lazy("So many, or so much, of the lines you choose below"),
}


@dataclass(frozen=True)
class LineRow:
    """A line to give back of, with its two fields."""

    name: str
    why: str
    left: Money
    quantity: BoundField
    amount: BoundField


class AmountField(forms.DecimalField):
    """Net, in whole units; written with the reader's decimal sign."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=Decimal("0.01"), max_digits=14, decimal_places=2, localize=True, **kwargs
        )
        self.widget.attrs["inputmode"] = "decimal"


class CreditForm(forms.Form):
    """Sent with GET: the page shows what would be issued before anything is."""

    scope = forms.ChoiceField(
        label=gettext_lazy("How much to credit"),
        choices=[(each.value, each.label) for each in (Scope.WHOLE, Scope.PART, Scope.LINES)],
        initial=Scope.WHOLE.value,
        widget=OptionCards(hints=HINTS),
    )
    amount = AmountField(
        label=gettext_lazy("Amount without VAT"),
        help_text=gettext_lazy("Only for a part"),
        required=False,
    )

    def __init__(self, *args: Any, lines: Sequence[CreditableLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for each in lines:
            name = placed_name(each.line)
            self.fields[f"quantity-{each.id}"] = forms.IntegerField(
                label=_("How many of %(line)s") % {"line": name},
                required=False,
                min_value=1,
                max_value=each.quantity,
            )
            self.fields[f"amount-{each.id}"] = AmountField(
                label=_("How much of %(line)s") % {"line": name}, required=False
            )

    @property
    def rows(self) -> list[LineRow]:
        return [
            LineRow(
                placed_name(each.line),
                line_why(each.line),
                each.left,
                self[f"quantity-{each.id}"],
                self[f"amount-{each.id}"],
            )
            for each in self.lines
        ]

    @property
    def is_by_line(self) -> bool:
        return bool(self["scope"].value() == Scope.LINES)

    @property
    def choice(self) -> Choice:
        """Of a valid form."""
        return Choice(
            Scope(self.cleaned_data["scope"]),
            net=self.cleaned_data["amount"] or Decimal(0),
            quantities=self._chosen("quantity"),
            nets=self._chosen("amount"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        scope = cleaned.get("scope")
        if scope == Scope.PART and not cleaned.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Say how much."))
        if scope == Scope.LINES and not self.errors:
            quantities, nets = self._chosen("quantity"), self._chosen("amount")
            if not (quantities or nets):
                self.add_error("scope", _("Choose how many, or how much, of at least one line."))
            for pk in quantities.keys() & nets.keys():
                self.add_error(f"amount-{pk}", _("Give a number or an amount, not both."))
        return cleaned

    def _chosen(self, what: str) -> dict[int, Any]:
        found = {each.id: self.cleaned_data.get(f"{what}-{each.id}") for each in self.lines}
        return {pk: value for pk, value in found.items() if value}


class ConfirmForm(ReasonForm):
    """`confirmed` is the total that the page showed, as a plain number."""

    confirmed = forms.DecimalField(max_digits=14, decimal_places=2, widget=forms.HiddenInput)


class ApproveForm(forms.Form):
    """`confirmed` as above."""

    reason = LineField(
        label=gettext_lazy("Remark"),
        help_text=gettext_lazy("Your colleague reads this; the customer does not."),
        required=False,
        max_length=500,
    )
    confirmed = forms.DecimalField(max_digits=14, decimal_places=2, widget=forms.HiddenInput)


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Your colleague reads this; the customer does not."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
