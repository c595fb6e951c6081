"""What a credit note of a run names stays, though the invoice is issued anew afterwards."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.documents import operations
from billing.documents.queries import changed_when_rendered_again, translation_file
from billing.models import Invoice
from billing.operations import credit_notes, parking, reissues, runs
from billing.queries.corrections import corrected_by, numbers_corrected
from customers.models import Duty
from tests.billing.operations.reading import breaches_but_of_use
from tests.billing.operations.test_credit_notes import WHOLE, credit
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.usage import count, open_metered_services, price_of_calls

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Tenant

pytestmark = pytest.mark.usefixtures("credits_go")

AT, LATER = local("2027-02-01", "00:05"), local("2027-02-03")
MARCH = local("2027-03-01", "00:05")


@pytest.fixture(autouse=True)
def services(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "broken_bounds", lambda *_of: ())
    open_metered_services()
    price_of_calls("EUR", "0.10", since=dt.date(2026, 1, 1), included_per_user=0)


@pytest.fixture
def tenant(services: None) -> Tenant:
    """November's use: 100.00 in December, 20.00 more in January."""
    subscriber(local("2026-10-03"))
    _customer, _owner, found = customer_with_tenant()
    counted(found, 1_000, run_at=local("2026-12-01", "00:05"))
    counted(found, 200, run_at=local("2027-01-01", "00:05"))
    return found


def counted(tenant: Tenant, quantity: int, *, run_at: dt.datetime = AT) -> None:
    """So many more calls of November, known two days before the run."""
    known = (run_at - dt.timedelta(days=2)).date().isoformat()
    count(tenant, "2026-11-05", quantity, on=known)
    runs.run_due(at=run_at)


def of(tenant: Tenant) -> list[Invoice]:
    """The oldest first."""
    issued = Invoice.objects.with_names().filter(organisation=tenant.organisation_id)
    return list(issued.order_by("pk"))


def issue_anew(invoice: Invoice) -> None:
    seen = reissues.preview(invoice, at=LATER).owed
    clerk = PersonFactory(staff=True, duties=[Duty.BILLING])
    credit_notes.request_reissue(invoice, reason="Wrong name", confirmed=seen, by=clerk, at=LATER)


def test_what_it_gave_back_of_two_is_of_both_for_ever(tenant: Tenant) -> None:
    counted(tenant, -300)
    first, second, credit_note = of(tenant)
    assert (first.net, second.net, credit_note.net) == (Decimal(100), Decimal(20), Decimal(30))

    for invoice in (first, second):
        with pytest.raises(reissues.CreditedSince):
            reissues.preview(invoice, at=LATER)


def test_what_is_issued_anew_since_is_named_by_what_was_issued_before(tenant: Tenant) -> None:
    """10.00 went back of the second: of the first, whose days it is too, nothing."""
    counted(tenant, -100)
    first, second, credit_note = of(tenant)
    operations.make_due(AT)
    translation = translation_file(credit_note, "en")

    issue_anew(first)

    assert list(corrected_by(credit_note)) == [first, second]
    assert numbers_corrected([credit_note.pk]) == {credit_note.pk: [first.number, second.number]}
    assert changed_when_rendered_again(credit_note.rendering) == []
    assert translation_file(credit_note, "en") == translation
    operations.make_due(LATER)
    assert breaches_but_of_use(at=LATER) == []


def test_what_comes_after_names_what_is_issued_anew(tenant: Tenant) -> None:
    counted(tenant, -100)
    first, second, _credit_note = of(tenant)
    issue_anew(first)

    counted(tenant, -100, run_at=MARCH)

    *_issued, anew, latest = of(tenant)
    assert (anew.origin, anew.corrects, latest.kind) == ("reissue", first, "credit_note")
    assert list(corrected_by(latest)) == [second, anew]
    assert breaches_but_of_use(at=MARCH) == []


def test_a_credit_that_was_taken_back_with_its_invoice_stands_in_no_way() -> None:
    """What it gave back of another invoice is due again: the next run gives it."""
    _customer, subscription = subscriber(local("2026-11-30"))
    assert subscription.tenant
    for quantity, month in ((1_000, "2026-12"), (200, "2027-01"), (-100, "2027-02")):
        counted(subscription.tenant, quantity, run_at=local(f"{month}-01", "00:05"))
    _first, second, third = of(subscription.tenant)
    with pytest.raises(reissues.CreditedSince):
        reissues.preview(second, at=LATER)

    credit(third, WHOLE, by=PersonFactory(staff=True, duties=[Duty.BILLING]), at=LATER)

    assert reissues.preview(second, at=LATER).original == second
