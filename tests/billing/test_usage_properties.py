"""Whatever is used, late or voided: what is accepted is billed or free, and billed once."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.conservation import faults
from billing.drafts import Buyer
from billing.metering.models import UsageClass
from billing.metering.queries import MonthUsage, fingerprint_of
from billing.rating import Charged, ChargedComponent
from billing.usage import (
    BilledUse,
    BilledUses,
    Free,
    MonthlyUse,
    Stretch,
    Used,
    charges,
    grouped,
)
from catalog.money import Currency
from catalog.pricing import PriceModel, Rate, Tier, charge
from subscriptions.periods import Month
from tests.factories.billing import DUTCH_BUYER, account, drafted, lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from billing.drafts import Account, Draft

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
RUNS = (NOVEMBER, DECEMBER, Month(2027, 1), Month(2027, 2))
MONTHS = (OCTOBER, NOVEMBER, DECEMBER)
METERS = ("calls", "records")
USERS = 3

amounts = st.integers(0, 5_000_000).map(lambda millionths: Decimal(millionths).scaleb(-6))
ALLOWANCES = {
    "included": st.integers(0, 500),
    "included_per_user": st.integers(0, 100),
    "minimum": st.sampled_from([Decimal(0), Decimal(5), Decimal("7.77")]),
}


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    bounds = sorted(draw(st.sets(st.integers(1, 3_000), max_size=3)))
    return tuple(Tier(bound, draw(amounts)) for bound in [*bounds, None])


rates = st.one_of(
    st.builds(Rate, st.just(PriceModel.PER_UNIT), unit_amount=amounts, **ALLOWANCES),
    st.builds(Rate, st.just(PriceModel.FLAT), unit_amount=amounts, **ALLOWANCES),
    st.builds(
        Rate,
        st.just(PriceModel.PACKAGE),
        unit_amount=amounts,
        package_size=st.integers(1, 900),
        **ALLOWANCES,
    ),
    st.builds(Rate, st.just(PriceModel.GRADUATED), tiers=tiers(), **ALLOWANCES),
    st.builds(Rate, st.just(PriceModel.VOLUME), tiers=tiers(), **ALLOWANCES),
)

# What is known when each run looks: meter, month, class and how much there is by then.
type Totals = dict[tuple[str, Month, UsageClass], int]

totals = st.dictionaries(
    st.tuples(st.sampled_from(METERS), st.sampled_from(MONTHS), st.sampled_from(UsageClass)),
    st.integers(0, 4_000),
)
known = st.lists(totals, min_size=len(RUNS), max_size=len(RUNS))
BUYERS = [
    Buyer(country=country, vat_number_well_formed=True, has_address=True)
    for country in ("NL", "BE", "GB")
]
moves = st.lists(st.sampled_from(BUYERS), min_size=len(RUNS), max_size=len(RUNS))
cuts = st.lists(st.none() | st.integers(0, 100), min_size=len(RUNS), max_size=len(RUNS))
prices = st.fixed_dictionaries(dict.fromkeys(METERS, rates))


def rows_of(found: Totals) -> list[MonthUsage]:
    return [
        MonthUsage(
            tenant_id=1,
            application="crm-sync",
            usage_class=usage_class,
            meter=meter,
            quantity=quantity,
            events=min(quantity, 7),
            fingerprint=fingerprint_of(quantity * 2**50),
            month=month.first_day,
        )
        for (meter, month, usage_class), quantity in found.items()
    ]


def uses_of(rows: list[MonthUsage], by_meter: dict[str, Rate]) -> tuple[MonthlyUse, ...]:
    places: dict[tuple[str, Month], list[MonthUsage]] = defaultdict(list)
    for row in rows:
        places[row.meter, Month.of(row.month)].append(row)
    return tuple(
        MonthlyUse(
            service=Charged(
                id=None,
                product_code=meter,
                product_names={},
                product_position=1,
                tenant_id=1,
                tenant_label="Tenant 1",
                currency=Currency.EUR,
            ),
            component=ChargedComponent(
                code=meter, names={}, rate=by_meter[meter], position=1, quantities=()
            ),
            meter=meter,
            month=month,
            users=USERS,
            used=tuple(
                Used(
                    application=row.application,
                    usage_class=row.usage_class,
                    quantity=row.quantity,
                    events=row.events,
                    fingerprint=row.fingerprint,
                    free=Free.INCLUDED_APPLICATION
                    if row.usage_class is UsageClass.INCLUDED_APPS
                    else None,
                )
                for row in members
            ),
        )
        for (meter, month), members in places.items()
    )


def cut(use: MonthlyUse, share: int) -> MonthlyUse:
    """As when VAT changed on the 11th, with `share` per cent of the use before it."""
    month, changed_on = use.month, use.month.first_day.replace(day=11)
    before = use.charged * share // 100
    stretches = (
        Stretch(month.first_day, changed_on, before),
        Stretch(changed_on, month.next.first_day, use.charged - before),
    )
    return replace(use, cut=stretches)


def with_billed(before: BilledUses, drafts: tuple[Draft, ...]) -> BilledUses:
    lines = [(place, each) for place, own in before.items() for each in own]
    for line in lines_of(drafts):
        place = (
            line.subscription.product_code,
            line.subscription.tenant_id,
            line.component.code,
            line.period_from,
        )
        lines.append(
            (
                place,
                BilledUse(
                    quantity=line.quantity,
                    net=line.net,
                    vat_category=line.vat_category,
                    vat_rate=line.vat_rate,
                ),
            )
        )
    return grouped(lines)


def lived(
    found: list[Totals],
    by_meter: dict[str, Rate],
    buyers: Sequence[Buyer] = (DUTCH_BUYER,) * 4,
    shares: Sequence[int | None] = (None,) * 4,
) -> list[tuple[Month, Account, Totals]]:
    """After each run: its month, what it left behind, and the totals of it that it has billed.

    `buyers` says where the customer is by then, `shares` at how much of its use each month is
    cut, if it is.
    """
    before: Totals = {}
    billed: BilledUses = {}
    after = []
    for month, totals_now, buyer, share in zip(RUNS, found, buyers, shares, strict=True):
        # A total once there never goes: voided, it is one of nothing.
        seen = dict.fromkeys(before, 0) | totals_now
        before = seen
        known_now = {key: quantity for key, quantity in seen.items() if key[1] < month}
        uses = uses_of(rows_of(known_now), by_meter)
        account_now = replace(
            account(buyer=buyer),
            usage=uses if share is None else tuple(cut(use, share) for use in uses),
            billed_usage=billed,
        )
        billed = with_billed(billed, drafted(account_now, month))
        after.append((month, replace(account_now, billed_usage=billed), known_now))
    return after


@given(found=known, by_meter=prices, buyers=moves, shares=cuts)
def test_what_is_accepted_is_billed_or_free(
    found: list[Totals],
    by_meter: dict[str, Rate],
    buyers: list[Buyer],
    shares: list[int | None],
) -> None:
    for month, left, accepted in lived(found, by_meter, buyers, shares):
        assert list(faults(rows_of(accepted), left.usage, left.billed_usage)) == []
        assert drafted(left, month) == ()


@given(found=known, by_meter=prices)
def test_whatever_the_way_a_months_use_costs_what_its_last_total_does(
    found: list[Totals], by_meter: dict[str, Rate]
) -> None:
    *_earlier, (_month, left, _accepted) = lived(found, by_meter)

    at_once = drafted(replace(left, billed_usage={}), RUNS[-1])

    paid = sum(line.net for lines in left.billed_usage.values() for line in lines)
    assert paid == sum(draft.net for draft in at_once)
    for use in left.usage:
        lines = [
            line
            for place, own in left.billed_usage.items()
            if place[3] == use.month.first_day and place[0] == use.meter
            for line in own
        ]
        exact = charge(use.component.rate, use.charged, users=USERS)
        most = Decimal("0.005") * 5  # a rounding for each line that it may have
        assert abs(sum((line.net for line in lines), Decimal(0)) - exact) <= most


@given(found=totals, by_meter=prices, share=st.integers(0, 100))
def test_the_parts_of_a_month_that_is_cut_sum_to_it(
    found: Totals, by_meter: dict[str, Rate], share: int
) -> None:
    for use in uses_of(rows_of(found), by_meter):
        whole = {each.code: each.net for each in charges(use, {})}

        parts: dict[str, Decimal] = defaultdict(Decimal)
        for each in charges(cut(use, share), {}):
            assert each.net > 0
            parts[each.code] += each.net
        assert parts == whole


@given(found=known, by_meter=prices, buyers=moves, shares=cuts)
def test_of_no_vat_more_is_given_back_than_was_charged_with_it(
    found: list[Totals],
    by_meter: dict[str, Rate],
    buyers: list[Buyer],
    shares: list[int | None],
) -> None:
    for _month, left, _accepted in lived(found, by_meter, buyers, shares):
        for lines in left.billed_usage.values():
            by_vat: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
            for line in lines:
                by_vat[line.vat_category, line.vat_rate] += line.net
                assert by_vat[line.vat_category, line.vat_rate] >= 0


@given(found=known, by_meter=prices, which=st.integers(0, 99), more=st.integers(1, 9))
def test_an_event_that_is_lost_between_totals_and_rating_is_found(
    found: list[Totals], by_meter: dict[str, Rate], which: int, more: int
) -> None:
    _month, left, accepted = lived(found, by_meter)[-1]
    if not accepted:
        return
    rows = rows_of(accepted)
    row = rows[which % len(rows)]
    rows[which % len(rows)] = replace(row, quantity=row.quantity + more, events=row.events + 1)

    lost = list(faults(rows, left.usage, left.billed_usage))

    assert [(each.month.first_day, each.meter) for each in lost] == [(row.month, row.meter)]


@given(found=known, by_meter=prices)
def test_what_is_not_rated_at_all_is_found_unless_it_has_no_price(
    found: list[Totals], by_meter: dict[str, Rate]
) -> None:
    _month, _left, accepted = lived(found, by_meter)[-1]
    rows = [row for row in rows_of(accepted) if row.events]
    there = {(Month.of(row.month), row.meter) for row in rows}

    assert {(each.month, each.meter) for each in faults(rows, (), {})} == there
    assert list(faults(rows, (), {}, without_price=there)) == []


@given(found=known, by_meter=prices)
def test_a_line_that_is_lost_is_found(found: list[Totals], by_meter: dict[str, Rate]) -> None:
    _month, left, accepted = lived(found, by_meter)[-1]
    for place, lines in left.billed_usage.items():
        if sum(line.net for line in lines):
            without = {key: own for key, own in left.billed_usage.items() if key != place}

            assert list(faults(rows_of(accepted), left.usage, without))
