"""A rule says the same of a draft as, every night, of the document that it became."""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from msgspec.structs import replace

from billing import drafting
from billing.drafts import LineKind
from billing.invariants.of_drafts import DRAFT_RULES
from billing.models import Invoice, RunItem
from billing.operations import parking
from catalog.money import Currency
from tests.billing.test_credit_sequences import SEQUENCES, SOME, Books

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.drafts import Draft
    from billing.operations.previewed import Preview
    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

CENT = Decimal("0.01")


def as_it_is(draft: Draft) -> Draft:
    return draft


def a_cent_more_vat(draft: Draft) -> Draft:
    row, *others = draft.vat_rows
    return replace(
        draft,
        vat_rows=(replace(row, vat=row.vat + CENT), *others),
        vat=draft.vat + CENT,
        gross=draft.gross + CENT,
    )


def as_exports(draft: Draft) -> Draft:
    return replace(
        draft,
        lines=tuple(replace(line, vat_category="G") for line in draft.lines),
        vat_rows=tuple(replace(row, category="G", note="export") for row in draft.vat_rows[:1]),
    )


def as_reverse_charge_of_nobody(draft: Draft) -> Draft:
    return replace(
        draft,
        lines=tuple(replace(line, vat_category="AE") for line in draft.lines),
        vat_rows=tuple(replace(row, category="AE") for row in draft.vat_rows[:1]),
        buyer={"country": "NL", "vat_number": "", "registration_number": ""},
    )


def beside_what_is_outside_the_scope(draft: Draft) -> Draft:
    row = draft.vat_rows[0]
    other = "S" if row.category == "O" else "O"
    nothing = replace(row, category=other, rate=Decimal(0), net=Decimal(0), vat=Decimal(0))
    return replace(draft, vat_rows=(*draft.vat_rows, nothing))


def charges_as_credits(draft: Draft) -> Draft:
    return replace(draft, lines=tuple(replace(line, kind=LineKind.CREDIT) for line in draft.lines))


def months_a_day_longer(draft: Draft) -> Draft:
    return replace(
        draft, lines=tuple(replace(line, month_days=line.month_days + 1) for line in draft.lines)
    )


def in_kroner(draft: Draft) -> Draft:
    return replace(draft, currency=Currency.NOK)


CHANGES = {
    "": as_it_is,
    "sums": a_cent_more_vat,
    "vat": as_exports,
    "reverse_charge": as_reverse_charge_of_nobody,
    "scope": beside_what_is_outside_the_scope,
    "signs": charges_as_credits,
    "periods": months_a_day_longer,
    "currencies": in_kroner,
}


@settings(SOME, max_examples=2, phases=[Phase.generate])
@given(steps=SEQUENCES)
def test_a_draft_is_judged_as_its_document_is(shop: None, steps: list[tuple[str, Any]]) -> None:
    """Whatever the customer did: the last run issues what breaks a rule, as nobody may."""
    with transaction.atomic():
        books = Books()
        for step, argument in [("wait", 20), *steps]:
            if step != "cancel":  # something is charged to the end
                books.take(step, argument)

        for rule, change in CHANGES.items():
            with transaction.atomic():
                of_drafts, of_documents = _judged(copy(books), change)

                assert of_drafts == of_documents, rule
                assert (rule in of_drafts) == bool(rule), rule
                transaction.set_rollback(True)
        transaction.set_rollback(True)


def _judged(books: Books, change: Callable[[Draft], Draft]) -> tuple[set[str], set[str]]:
    """The rules that are broken by what the next run drafts, and by what it issues."""
    drafted, broken = drafting.draft, set()

    def changed(*of: Any) -> Any:
        outcome = drafted(*of)
        return tuple(map(change, outcome)) if isinstance(outcome, tuple) else outcome

    def let_go(preview: Preview, seller: Seller, _known: object) -> None:
        customer = preview.organisation
        for code, rule in DRAFT_RULES.items():
            for draft in preview.drafts:
                if any(rule.check_draft(draft, seller=seller, organisation=customer)):
                    broken.add(code)

    issued = set(Invoice.objects.values_list("pk", flat=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafting, "draft", changed)
        patch.setattr(parking, "_parked", let_go)
        books.wait(31)
    assert not RunItem.objects.filter(outcome="failed").exists()
    assert issued != set(Invoice.objects.values_list("pk", flat=True))
    return broken, {code for code, rule in DRAFT_RULES.items() if any(rule.check(at=books.now))}
