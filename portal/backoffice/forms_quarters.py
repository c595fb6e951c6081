"""Which quarter staff ask for, and of which seller."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.queries import sellers
from portal.backoffice.forms import SellerField
from subscriptions.periods import Month, local_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from catalog.models import Seller


class QuarterForm(forms.Form):
    """Which seller's which quarter: of the last five years one since the first invoice, or the
    last two. Where nothing is asked, the first seller's last full quarter.
    """

    hide_optional = True

    seller = SellerField(empty_label=None)
    quarter = forms.ChoiceField(label=_("Quarter"))

    def __init__(self, asked: Mapping[str, str], *, at: dt.datetime, since: dt.date | None) -> None:
        every = {seller.code: seller for seller in sellers()}
        seller = every.get(asked.get("seller", "")) or next(iter(every.values()), None)
        self.now = _quarter_of(local_day(at, seller.zone) if seller else at.date())
        back_to = 1 if since is None else min(max(self.now - _quarter_of(since), 1), 19)
        quarters = [divmod(self.now - back, 4) for back in range(back_to + 1)]
        choices = [(f"{year}-{past + 1}", _quarter_text(year, past + 1)) for year, past in quarters]
        begin = {"seller": seller.code, "quarter": choices[1][0]} if seller else {}
        super().__init__({**begin, **asked})
        cast("forms.ChoiceField", self.fields["quarter"]).choices = choices

    @property
    def of_seller(self) -> Seller:
        seller: Seller = self.cleaned_data["seller"]
        return seller

    @property
    def name(self) -> str:
        """For that of a file."""
        return f"{self.of_seller.code}-{self.cleaned_data['quarter']}"

    @property
    def months(self) -> tuple[Month, Month]:
        """The first of the quarter, and the first after it."""
        year, _dash, number = self.cleaned_data["quarter"].partition("-")
        first = Month(int(year), 3 * int(number) - 2)
        return first, first.next.next.next

    @property
    def is_running(self) -> bool:
        """The quarter is not over."""
        return _quarter_of(self.months[0].first_day) == self.now


def _quarter_of(day: dt.date) -> int:
    """Of all time, counted."""
    return day.year * 4 + (day.month - 1) // 3


def _quarter_text(year: int, number: int) -> str:
    return gettext("%(year)s, quarter %(number)s") % {"year": year, "number": number}
