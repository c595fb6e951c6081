"""The portal's words in the language of a test, and English that stayed on a Dutch page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.utils import translation
from django.utils.translation import gettext, ngettext

from portal.local import translations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Page

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
LETTERS = re.compile(r"[A-Za-z]{2,}")
# Words that no Dutch sentence holds; a name of somebody or something may.
ENGLISH_WORDS = re.compile(
    r"\b(the|and|your|you|with|this|from|are|which|what|has|not)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Words:
    """`words("Sign in")` is what the reader sees instead."""

    language: str

    def __call__(self, msgid: str, /, **values: object) -> str:
        with translation.override(self.language):
            text = gettext(msgid)
        return text % values if values else text

    def counted(self, one: str, many: str, number: int) -> str:
        with translation.override(self.language):
            return ngettext(one, many, number) % {"number": number}


class Texts(NamedTuple):
    """What our own words are in English, when the other language says something else."""

    whole: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    right: frozenset[str]


# Every text a reader sees or hears, except where the page says it is in another language, and
# what people typed (`pre`, `prewrap`) or what is the same everywhere (`code`).
VISIBLE_TEXTS = """() => {
    const texts = new Set();
    const foreign = (element) => element.closest("[lang]") !== document.documentElement
        || element.closest("code, pre, .prewrap, script, style, [data-as-typed]");
    const add = (element, text) => {
        const clean = (text || "").replace(/\\s+/g, " ").trim();
        if (clean && !foreign(element)) texts.add(clean);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) add(walker.currentNode.parentElement, walker.currentNode.data);
    for (const element of document.querySelectorAll("*")) {
        for (const name of ["aria-label", "title", "alt", "placeholder", "data-label"])
            add(element, element.getAttribute(name));
        if (element.matches("input[type=submit], input[type=button]")) add(element, element.value);
    }
    add(document.documentElement, document.title);
    return [...texts];
}"""


def english_left(page: Page, *, language: str, names: Iterable[str] = ()) -> list[str]:
    """Texts of the page that are English though the page is not; `names` are data."""
    texts: list[str] = page.evaluate(VISIBLE_TEXTS)
    ours, known = _texts(language), set(names)
    return [text for text in texts if text not in known and _is_english(text, ours)]


def _is_english(text: str, ours: Texts) -> bool:
    if text in ours.right:
        return False
    if text in ours.whole or any(pattern.fullmatch(text) for pattern in ours.patterns):
        return True
    return len(set(map(str.lower, ENGLISH_WORDS.findall(text)))) >= 2


@cache
def _texts(language: str) -> Texts:
    whole: set[str] = set()
    patterns: set[str] = set()
    right: set[str] = set()
    for english, other in _pairs(language):
        right.add(_spaces(other))
        if english == other:
            continue
        if PLACEHOLDER.search(english):
            fixed = PLACEHOLDER.sub("", english)
            if len(LETTERS.findall(fixed)) >= 3:
                parts = map(re.escape, PLACEHOLDER.split(_spaces(english)))
                patterns.add("(.+)".join(parts))
        else:
            whole.add(_spaces(english))
    return Texts(frozenset(whole), tuple(map(re.compile, sorted(patterns))), frozenset(right))


def _pairs(language: str) -> Iterator[tuple[str, str]]:
    for message in translations.read(translations.po_file(language), language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        yield from zip(map(str, ids), map(str, strings), strict=False)


def _spaces(text: str) -> str:
    return " ".join(text.replace("%%", "%").split())
