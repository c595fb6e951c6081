"""Lines, groups and VAT rows as pages show them, of an invoice as of an estimate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from billing.vat import NOTES, Note
from catalog.models import FALLBACK_LANGUAGE
from catalog.money import Currency, Money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from billing.drafts import Draft, DraftLine, DraftVat
    from billing.models import InvoiceLine, InvoiceVat


@dataclass(frozen=True, kw_only=True)
class LineShown:
    """One line in one language. Quantity and net count in the document's direction.

    `unit_price` is for the full month; `days` of `month_days` were charged. `kind` is
    "recurring", "usage", "adjustment" or "credit"; `period_until` the first day not charged.
    """

    id: int | None  # none before it is issued
    kind: str
    subscription_id: int | None
    tenant_id: int | None
    tenant_label: str
    product_code: str
    product: str
    component: str
    period_from: dt.date
    period_until: dt.date
    month_days: int
    quantity: int
    unit_price: Money
    net: Money
    vat_category: str
    vat_rate: Decimal  # per cent
    is_example: bool = False
    is_usage: bool = False
    difference: Difference | None = None  # where the net is one, and not the sum of its units

    @property
    def days(self) -> int:
        return (self.period_until - self.period_from).days

    @property
    def is_full_month(self) -> bool:
        """Whether the amount is the quantity at its price, as it always is of use."""
        return self.is_usage or self.days == self.month_days


@dataclass(frozen=True)
class Difference:
    """Of a month of use that was invoiced in part before: what all of it costs, and that part."""

    whole: Money
    earlier: Money


@dataclass(frozen=True, kw_only=True)
class TenantGroup:
    """The lines of one tenant, or (empty label) of the organisation as a whole."""

    tenant_id: int | None
    label: str
    lines: tuple[LineShown, ...]
    net: Money


@dataclass(frozen=True, kw_only=True)
class VatShown:
    """`rate` in per cent; `note` is the sentence the law asks for, or empty."""

    category: str
    rate: Decimal
    net: Money
    vat: Money
    note: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """What an invoice or an estimate of one adds up to. VAT and gross are None while unknown."""

    is_credit_note: bool
    currency: str
    groups: tuple[TenantGroup, ...]
    vat_rows: tuple[VatShown, ...]
    net: Money
    vat: Money | None
    gross: Money | None

    @property
    def lines(self) -> tuple[LineShown, ...]:
        return tuple(line for group in self.groups for line in group.lines)

    @property
    def signed_lines(self) -> tuple[LineShown, ...]:
        """As they change what is owed: those of a credit note are turned round."""
        if not self.is_credit_note:
            return self.lines
        return tuple(replace(line, quantity=-line.quantity, net=-line.net) for line in self.lines)

    @property
    def is_example(self) -> bool:
        """Whether a price in it is invented, as in the demo catalogue; pages say so."""
        return any(line.is_example for line in self.lines)


def document_of(draft: Draft, language: str = "", *, examples: frozenset[int]) -> Document:
    """An estimate, in the document's direction. `examples`: subscriptions with example prices."""
    sign = -1 if draft.kind == "credit_note" else 1
    lines = [drafted_line(line, language, sign=sign, examples=examples) for line in draft.lines]
    return Document(
        is_credit_note=sign < 0,
        currency=draft.currency,
        groups=grouped(lines, draft.currency),
        vat_rows=tuple(_drafted_vat(row, draft.currency, sign) for row in draft.vat_rows),
        net=Money(draft.net * sign, draft.currency),
        vat=Money(draft.vat * sign, draft.currency),
        gross=Money(draft.gross * sign, draft.currency),
    )


def documents_without_vat(
    lines: Iterable[DraftLine], language: str = "", *, examples: frozenset[int]
) -> tuple[Document, ...]:
    """Estimates of what is held: the net is known, the VAT is not."""
    by_currency: dict[Currency, list[LineShown]] = {}
    for line in lines:
        shown = drafted_line(line, language, examples=examples)
        by_currency.setdefault(line.subscription.currency, []).append(shown)
    return tuple(
        Document(
            is_credit_note=False,
            currency=currency,
            groups=grouped(shown, currency),
            vat_rows=(),
            net=Money.total((line.net for line in shown), currency),
            vat=None,
            gross=None,
        )
        for currency, shown in sorted(by_currency.items())
    )


def drafted_line(
    line: DraftLine, language: str, *, sign: int = 1, examples: frozenset[int]
) -> LineShown:
    currency = line.subscription.currency
    return LineShown(
        id=None,
        kind=line.kind.value,
        subscription_id=line.subscription.id,
        tenant_id=line.subscription.tenant_id,
        tenant_label=line.subscription.tenant_label,
        product_code=line.subscription.product_code,
        product=name_in(line.subscription.product_names, language),
        component=name_in(line.component.names, language),
        period_from=line.period_from,
        period_until=line.period_until,
        month_days=line.month_days,
        quantity=line.quantity * sign,
        unit_price=Money(line.unit_price, currency),
        net=Money(line.net * sign, currency),
        vat_category=line.vat_category,
        vat_rate=line.vat_rate,
        is_example=line.subscription.is_example or line.subscription.id in examples,
        is_usage=line.why is not None,
        difference=_difference(
            line.net,
            currency,
            whole=[each.net for each in line.why.sums if each.code == line.why.code],
            earlier=line.why.already_billed,
        )
        if line.why
        else None,
    )


def issued_line(line: InvoiceLine, currency: Currency, language: str) -> LineShown:
    """Needs the subscription's price version loaded."""
    return LineShown(
        id=line.pk,
        kind=line.kind,
        subscription_id=line.subscription_id,
        tenant_id=line.tenant_id,
        tenant_label=line.tenant_label,
        product_code=line.product_code,
        product=name_in(line.product_names, language),
        component=name_in(line.component_names, language),
        period_from=line.period_from,
        period_until=line.period_until,
        month_days=line.month_days,
        quantity=line.quantity,
        unit_price=Money(line.unit_price, currency),
        net=Money(line.net, currency),
        vat_category=line.vat_category,
        vat_rate=line.vat_rate,
        is_example=_is_example(line),
        is_usage=line.why is not None,
        difference=_difference(
            line.net,
            currency,
            whole=[
                Decimal(each["net"])
                for each in line.why["sums"]
                if each["code"] == line.why["code"]
            ],
            earlier=Decimal(line.why["already_billed"]),
        )
        if line.why
        else None,
    )


def _difference(
    net: Decimal, currency: Currency, *, whole: Iterable[Decimal], earlier: Decimal
) -> Difference | None:
    """None where nothing was invoiced before, or where VAT cuts the difference into more lines."""
    of_month = sum(whole, Decimal(0))
    if not earlier or abs(of_month - earlier) != abs(net):
        return None
    return Difference(Money(of_month, currency), Money(earlier, currency))


def _is_example(line: InvoiceLine) -> bool:
    if line.subscription is None:
        return bool(line.why and line.why["example"])
    return line.subscription.price_version.example


def issued_vat(row: InvoiceVat, currency: Currency) -> VatShown:
    return VatShown(
        category=row.category,
        rate=row.rate,
        net=Money(row.net, currency),
        vat=Money(row.vat, currency),
        note=note_text(row.note_code),
    )


def grouped(lines: Iterable[LineShown], currency: Currency) -> tuple[TenantGroup, ...]:
    """Lines by tenant; they come in that order already."""
    groups = []
    for (tenant_id, label), same in groupby(lines, key=lambda x: (x.tenant_id, x.tenant_label)):
        members = tuple(same)
        groups.append(
            TenantGroup(
                tenant_id=tenant_id,
                label=label,
                lines=members,
                net=Money.total((line.net for line in members), currency),
            )
        )
    return tuple(groups)


def name_in(names: Mapping[str, str], language: str) -> str:
    """Of names per language the one asked for (default: the active one), else English."""
    asked = language or get_language() or FALLBACK_LANGUAGE
    short = asked.partition("-")[0]
    return names.get(asked) or names.get(short) or names.get(FALLBACK_LANGUAGE) or ""


def note_text(code: str) -> str:
    """The sentence in the active language; empty when the law asks for none."""
    return str(NOTES[Note(code)]) if code else ""


def _drafted_vat(row: DraftVat, currency: Currency, sign: int) -> VatShown:
    return VatShown(
        category=row.category,
        rate=row.rate,
        net=Money(row.net * sign, currency),
        vat=Money(row.vat * sign, currency),
        note=note_text(row.note),
    )
