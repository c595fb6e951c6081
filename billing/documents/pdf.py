"""The PDF of an invoice: PDF/A-3a and PDF/UA-1, with its own electronic invoice inside (Factur-X).

A translation is the same without the invoice inside.

Typst writes everything but the few lines of XMP that say what the attachment is; those are added
afterwards, with nothing else touched, so that it stays accessible. The same data gives the same
bytes (docs/decisions/0015).
"""

from __future__ import annotations

import io
import json
import unicodedata
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import pikepdf
import typst
from lxml import etree

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

HERE = Path(__file__).parent
STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]
ATTACHED = "factur-x.xml"

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFA_EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
FACTUR_X = (HERE / "factur-x.xmp").read_bytes()
# Names pasted from a PDF carry them; no font of ours does, and spelt out they read the same.
LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}

# What is printed for a character that the fonts do not have. The electronic invoice inside holds
# the character itself.
MISSING = "□"

# A compiler refuses a second thread while it is at work ("Already borrowed").
ONE_AT_A_TIME = Lock()


class NotTypeset(Exception):
    """Typst refused, or warned."""


def pdf(page: Mapping[str, Any], xml: bytes | None, *, at: dt.datetime) -> bytes:
    """`page` is what `invoice.typ` prints, `xml` the CII if it goes inside, `at` when it was
    issued.

    An issued invoice must have its document, whatever its buyer is called: a character that no
    font has is printed as MISSING. Raises NotTypeset.
    """
    whole_second = at.replace(microsecond=0)  # typst takes nothing finer
    data = json.dumps(page, ensure_ascii=False).translate(LIGATURES)
    attached = {} if xml is None else {"xml": xml.decode()}
    try:
        typeset = _typeset("invoice.typ", attached | {"data": data}, timestamp=whole_second)
    except NotTypeset:
        shown = _with_missing_marked(data)
        if shown == data:
            raise
        typeset = _typeset("invoice.typ", attached | {"data": shown}, timestamp=whole_second)
    return typeset if xml is None else _named_as_factur_x(typeset)


def can_be_typeset(sentence: str) -> bool:
    """Whether the fonts of the documents have all of its characters."""
    try:
        _typeset("sentence.typ", {"sentence": sentence.translate(LIGATURES)})
    except NotTypeset:
        return False
    return True


def _with_missing_marked(data: str) -> str:
    """Asked of each character by itself, and only where the page could not be made: most can."""
    missing = [each for each in set(data) if not each.isascii() and not can_be_typeset(each)]
    return data.translate(dict.fromkeys(map(ord, missing), MISSING))


def _typeset(template: str, inputs: dict[str, str], **options: Any) -> bytes:
    try:
        with ONE_AT_A_TIME:
            typeset, warnings = _compiler(template).compile_with_warnings(
                format="pdf", sys_inputs=inputs, pdf_standards=STANDARDS, **options
            )
    except typst.TypstError as error:
        raise NotTypeset(error.message) from error
    if warnings:
        raise NotTypeset("; ".join(warning.message for warning in warnings))
    if not isinstance(typeset, bytes):
        raise NotTypeset("no PDF came out")
    return typeset


@cache
def _compiler(template: str) -> typst.Compiler:
    """With our own fonts and no others: the same on every machine."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[HERE / "fonts"],
    )
    return typst.Compiler(HERE / template, root=HERE, font_paths=fonts)


def _named_as_factur_x(typeset: bytes) -> bytes:
    """Tell in the metadata, in the way PDF/A asks for, that the attachment is the invoice."""
    with pikepdf.open(io.BytesIO(typeset)) as document:
        metadata = etree.fromstring(document.Root.Metadata.read_bytes())
        described = metadata.find(f".//{RDF}RDF")
        if described is None:
            raise NotTypeset("the PDF has no metadata")
        _add_schema(described)
        document.Root.Metadata.write(
            b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
            + etree.tostring(metadata, encoding="UTF-8")
            + b'<?xpacket end="r"?>'
        )
        written = io.BytesIO()
        document.save(written, fix_metadata_version=False, deterministic_id=True)
    return written.getvalue()


def _add_schema(described: etree._Element) -> None:
    """Our properties, and their schema in the list that typst has begun: there may be only one."""
    properties, schema = etree.fromstring(FACTUR_X)
    described.append(properties)
    schemas = described.find(f".//{PDFA_EXTENSION}schemas/{RDF}Bag")
    if schemas is None:
        raise NotTypeset("the PDF's metadata list no schemas")
    schemas.append(schema)
