"""What is sent is PDF/A-3a and PDF/UA-1: veraPDF says so, and where not, which rule is broken."""

from __future__ import annotations

from io import BytesIO
from itertools import cycle
from typing import TYPE_CHECKING

import pikepdf
import pytest
from pikepdf import Name

from billing.documents import accounting
from billing.documents.rendering import render, translate
from billing.documents.words import LANGUAGES
from billing.models import Invoice
from tests.factories.documents import CASES, euro_in_kroner, issued

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures.verapdf import Judge

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOTHING_BROKEN: dict[str, dict[str, str]] = {"3a": {}, "ua1": {}}
UNUSUAL = "Ωβ Łódź & Søn, 漢字 株式会社 – #panic(1) \\ <b> “x”"


def test_every_document_keeps_both_standards(verapdf: Judge) -> None:
    invoices = {
        f"{name}, in {code}": issued(case, language=code)
        for (name, case), code in zip(CASES.items(), cycle(LANGUAGES), strict=False)
    }
    invoices["credit note"] = issued(kind=Invoice.Kind.CREDIT_NOTE)
    invoices["German credit note"] = issued(
        CASES["NL to DE"], Invoice.Kind.CREDIT_NOTE, language="de"
    )
    invoices["many lines"] = issued(times=40)
    invoices["unusual characters"] = issued(name=UNUSUAL, city="Þórshöfn", street="Улица 1")

    pdfs = {name: _pdf(invoice) for name, invoice in invoices.items()}
    for code in ("nl", "en"):
        for name in ("German credit note", "many lines"):
            pdfs[f"{name}, translated into {code}"] = translate(
                invoices[name], into=code, original="de"
            )

    found = verapdf.broken_rules(pdfs)

    assert found == dict.fromkeys(pdfs, NOTHING_BROKEN)


def test_what_breaks_a_standard_is_refused_with_the_rule(verapdf: Judge) -> None:
    sound = _pdf(issued())

    found = verapdf.broken_rules(
        {name: _changed(sound, change) for name, (change, _rules) in BREAKS.items()}
        | {"plain": _plain()}
    )

    for name, (_change, rules) in BREAKS.items():
        for standard, rule in rules.items():
            assert rule in found[name][standard], (name, standard, found[name])
    assert found["plain"]["3a"]
    assert found["plain"]["ua1"]


def _without_metadata(document: pikepdf.Pdf) -> None:
    del document.Root.Metadata


def _without_tags(document: pikepdf.Pdf) -> None:
    del document.Root.StructTreeRoot


def _without_language(document: pikepdf.Pdf) -> None:
    del document.Root.Lang


def _without_relationship(document: pikepdf.Pdf) -> None:
    (attached,) = document.Root.AF
    del attached.AFRelationship


def _without_fonts(document: pikepdf.Pdf) -> None:
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == Name.FontDescriptor:
            del each["/FontFile2" if "/FontFile2" in each else "/FontFile3"]


# What is taken away, and which rule of each standard asks for it.
BREAKS: dict[str, tuple[Callable[[pikepdf.Pdf], None], dict[str, str]]] = {
    "no metadata": (_without_metadata, {"3a": "6.6.2.1-1", "ua1": "7.1-8"}),
    "no tags": (_without_tags, {"3a": "6.7.3.3-1", "ua1": "7.1-11"}),
    "no language": (_without_language, {"ua1": "7.2-33"}),
    "no relationship": (_without_relationship, {"3a": "6.8-3"}),
    "no fonts": (_without_fonts, {"3a": "6.2.11.4.1-1", "ua1": "7.21.4.1-1"}),
}


def _pdf(invoice: Invoice) -> bytes:
    euro_in_kroner()
    accounting.state(invoice)
    return render(invoice).pdf


def _changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        written = BytesIO()
        document.save(written, fix_metadata_version=False)
    return written.getvalue()


def _plain() -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    written = BytesIO()
    document.save(written)
    return written.getvalue()
