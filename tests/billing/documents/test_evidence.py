"""Why no VAT was charged, as staff read it beside an invoice."""

from __future__ import annotations

import datetime as dt

import pytest

from billing.documents import operations, queries
from billing.documents.models import VatEvidence
from tests.factories.documents import CASES, issued

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("case", "methods"),
    [
        pytest.param("NL to NL", [], id="VAT was charged"),
        pytest.param("NL to DE", ["form"], id="the customer accounts for it"),
        pytest.param("NL to GB, O", ["form"], id="outside the scope"),
        pytest.param("NL to GB, G", ["form"], id="stated as an export"),
        pytest.param("NO to DE", ["form"], id="its number decides who accounts for it"),
        pytest.param("NO to GB", [], id="Norway exports to whoever it is"),
    ],
)
def test_it_is_said_where_a_number_decided(case: str, methods: list[str]) -> None:
    invoice = issued(CASES[case])
    operations.make_due(AT)
    assert VatEvidence.objects.filter(invoice=invoice, method="form").exists()

    said = queries.evidence_of(invoice)

    assert [each.method for each in said] == methods
