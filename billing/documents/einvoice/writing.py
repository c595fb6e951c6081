"""What both syntaxes share: elements, numbers, and bytes that are always the same. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree
from lxml.builder import ElementMaker

if TYPE_CHECKING:
    from decimal import Decimal

# What an element may hold: others, or text; nothing where there is nothing to say.
type Element = Any
type Content = Element | str | None


class Maker:
    """Elements of one namespace; parts that are None or empty text are left out."""

    def __init__(self, prefix: str, namespace: str) -> None:
        self.namespace = namespace
        self._make = ElementMaker(namespace=namespace, nsmap={prefix: namespace})

    def __call__(self, name: str, *content: Content, **attributes: str) -> Element:
        parts = [part for part in content if part is not None and part != ""]
        return self._make(name, *parts, **attributes)

    def some(self, name: str, *content: Content, **attributes: str) -> Element | None:
        """The element, or None where it would hold nothing."""
        parts = [part for part in content if part is not None and part != ""]
        return self._make(name, *parts, **attributes) if parts else None


def number(value: Decimal) -> str:
    """A quantity, price or rate: plain, without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: Decimal) -> str:
    """Money: two decimals, always (BR-DEC)."""
    return f"{value:.2f}"


def as_bytes(root: Element) -> bytes:
    """UTF-8, and the same for the same element."""
    etree.cleanup_namespaces(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written
