"""What somebody reads who opens a PDF, as far as tests need it: the text of its pages."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator

_ONE = re.compile(r"<([0-9a-f]+)>\s*<([0-9a-f]+)>", re.IGNORECASE)
_BLOCK = re.compile(r"beginbfchar(.*?)endbfchar", re.DOTALL)


def text_of(pdf: bytes) -> str:
    """In the order in which it is drawn, every piece on a line of its own."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return "\n".join(piece for page in document.pages for piece in _pieces(page))


def _pieces(page: pikepdf.Page) -> Iterator[str]:
    fonts = {name: _characters(font) for name, font in page.resources.Font.items()}
    characters: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = instruction.operands, str(instruction.operator)
        if operator == "Tf":
            characters = fonts[str(operands[0])]
        elif operator in {"Tj", "TJ"}:
            drawn = operands[0] if operator == "TJ" else operands
            yield "".join(
                characters.get(int.from_bytes(code), "")
                for each in drawn
                if isinstance(each, pikepdf.String)
                for code in _codes(bytes(each))
            )


def _codes(drawn: bytes) -> Iterator[bytes]:
    """Of two bytes each, as typst numbers the glyphs of the fonts that it puts in."""
    return (drawn[start : start + 2] for start in range(0, len(drawn), 2))


def _characters(font: pikepdf.Object) -> dict[int, str]:
    written = font.ToUnicode.read_bytes().decode("ascii")
    return {
        int(code, 16): bytes.fromhex(meaning).decode("utf-16-be")
        for block in _BLOCK.findall(written)
        for code, meaning in _ONE.findall(block)
    }
