"""Workers that make documents at the same time share the invoices between them."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from billing.documents import operations
from billing.documents.models import Document, Rendering
from billing.documents.rendering import Rendered, render
from tests.factories.documents import issued

if TYPE_CHECKING:
    from billing.models import Invoice

AT = dt.datetime(2026, 11, 1, 6, 5, tzinfo=dt.UTC)
A_MOMENT = 10  # seconds within which the other worker has claimed one as well


@pytest.mark.django_db(transaction=True)
def test_each_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    invoices = [issued(name=f"Customer {number}") for number in range(6)]
    files = {invoice.pk: render(invoice) for invoice in invoices}
    made: list[tuple[int, int]] = []
    together = threading.Barrier(2)

    def rendered(invoice: Invoice, **_facts: object) -> Rendered:
        made.append((threading.get_ident(), invoice.pk))
        if len(made) <= 2:  # while each of both has its first
            together.wait(A_MOMENT)
        return files[invoice.pk]

    def work(_worker: int) -> int:
        try:
            return operations.make_due(AT)
        finally:
            connection.close()

    monkeypatch.setattr(operations, "render", rendered)
    with ThreadPoolExecutor(2) as pool:
        dealt_with = list(pool.map(work, range(2)))

    assert sum(dealt_with) == 6
    assert len({worker for worker, _invoice in made}) == 2
    assert sorted(invoice for _worker, invoice in made) == sorted(files)
    assert Document.objects.count() == 3 * 6
    assert set(Rendering.objects.values_list("status", "attempts")) == {("ready", 1)}
