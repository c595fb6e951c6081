"""Which products somebody means who types a few words, the best first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catalog.queries import CatalogueEntry

# Of a question these say nothing about the product that it is about; in Dutch and English.
_SMALL = frozenset({
    "a", "an", "and", "any", "are", "at", "by", "can", "de", "deze", "die", "dit", "do", "does",
    "een", "en", "for", "from", "geen", "geldt", "haar", "heb", "hebben", "het", "hij", "hoe",
    "hoeveel", "how", "i", "ik", "in", "is", "je", "kan", "krijg", "kunnen", "me", "met", "mij",
    "mijn", "much", "my", "naar", "need", "nodig", "nog", "of", "om", "on", "onze", "ook", "op",
    "our", "per", "te", "the", "to", "u", "uit", "uw", "van", "voor", "wat", "we", "welk", "welke",
    "what", "which", "wie", "wij", "with", "you", "your", "zijn",
})  # fmt: skip
# Who asks for these wants to see what everything costs.
_PRICE = frozenset({
    "bedrag", "betalen", "cost", "costs", "duur", "fee", "fees", "kost", "kosten", "pay", "price",
    "prices", "pricing", "prijs", "prijslijst", "prijzen", "tarief", "tarieven",
})  # fmt: skip
# What a word is worth by where it stands.
_NAME, _ALIAS, _PART, _TEXT = 8, 4, 2, 1


def found(entries: Iterable[CatalogueEntry], text: str) -> list[tuple[CatalogueEntry, list[str]]]:
    """Those that `text` is about with the words of it that they say, the best first.

    As it stands if something says all of it, else those that say most of its words. Everything
    for no words, and everything with a price for who asks what it costs.
    """
    entries = list(entries)
    typed = re.findall(r"\w+", text.casefold())
    about = [word for word in typed if word not in _SMALL]
    words = [word for word in about if word not in _PRICE]
    if not words:
        return [(entry, []) for entry in entries if entry.price or not about]
    return _best(entries, [text.casefold()]) or _best(entries, words)


def says(words: Iterable[str], *texts: str) -> bool:
    return any(word in text.casefold() for word in words for text in texts)


def _best(
    entries: Sequence[CatalogueEntry], words: Sequence[str]
) -> list[tuple[CatalogueEntry, list[str]]]:
    said = [(entry, [word for word in words if _worth(entry, word)]) for entry in entries]
    most = max((len(each) for _entry, each in said), default=0)
    if not most:
        return []
    best = [(entry, each) for entry, each in said if len(each) == most]
    return sorted(best, key=lambda pair: -sum(_worth(pair[0], word) for word in pair[1]))


def _worth(entry: CatalogueEntry, word: str) -> int:
    for worth, texts in (
        (_NAME, (entry.name, entry.code)),
        (_ALIAS, entry.aliases),
        (_PART, [part.name for part in entry.inside]),
        (_TEXT, [*entry.words, *(text for part in entry.inside for text in part.words)]),
    ):
        if says([word], *texts):
            return worth
    return 0
