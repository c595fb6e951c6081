"""Words in other languages: collected, checked and compiled without the system's gettext.

    python -m portal.local.translations update   every msgid of the sources into the .po files
    python -m portal.local.translations check    exit 1 unless every one is translated
    python -m portal.local.translations compile  .po to .mo, where that is out of date

Babel reads Python; Django turns a template into Python that Babel can read as well.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract

from portal.local import place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from babel.messages.catalog import Message

PACKAGES = ("portal", "billing", "subscriptions", "customers", "catalog")
LOCALE = place.ROOT / "locale"
# What changes at every run and says nothing.
_DATES = re.compile(rb'^"(?:POT-Creation|PO-Revision)-Date:.*\n', re.MULTILINE)
_WITH_PLURAL = ((1, 2), ("ngettext", "ngettext_lazy"))
_WITH_CONTEXT = (((1, "c"), 2), ("pgettext", "pgettext_lazy"))
_WITH_BOTH = (((1, "c"), 2, 3), ("npgettext", "npgettext_lazy"))
_PLAIN = (None, ("_", "gettext", "gettext_lazy", "gettext_noop"))
KEYWORDS = {
    name: arguments
    for arguments, names in (_PLAIN, _WITH_PLURAL, _WITH_CONTEXT, _WITH_BOTH)
    for name in names
}


class NotCompiled(Exception):
    """A .po file that cannot be read; the message names it and the line."""


class Found(NamedTuple):
    file: str
    line: int
    msgid: str | tuple[str, ...]
    context: str | None


def main(arguments: Sequence[str]) -> int:
    match list(arguments):
        case ["update"]:
            for language in languages():
                place.say(f"{update(language)}")
        case ["compile"]:
            compile_all()
        case ["check"]:
            complaints = [line for language in languages() for line in check(language)]
            for line in complaints:
                print(line, file=sys.stderr)
            return 1 if complaints else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def languages() -> list[str]:
    """The languages words are translated into; English is what the sources are written in."""
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language, domain="django", fuzzy=False)
    try:
        with path.open("rb") as source:
            return pofile.read_po(source, locale=language, abort_invalid=True)
    except pofile.PoFileError as error:
        raise NotCompiled(f"{path}: {error}") from None


def update(language: str) -> Path:
    """Bring the .po file in step with the sources; what is gone goes, what is new is empty."""
    path = po_file(language)
    catalogue = read(path, language)
    catalogue.update(catalogue_of_sources(), no_fuzzy_matching=True, update_creation_date=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    pofile.write_po(
        written, catalogue, width=100, sort_by_file=True, ignore_obsolete=True, include_lineno=False
    )
    path.write_bytes(_DATES.sub(b"", written.getvalue()))
    return path


def check(language: str) -> Iterator[str]:
    """One line for every msgid that is missing, untranslated, doubtful, stale or malformed."""
    catalogue = read(po_file(language), language)
    sources = catalogue_of_sources()
    for message in sources:
        if not message.id:
            continue
        ours = catalogue.get(message.id, message.context)
        where = message.locations[0][0]
        if ours is None:
            yield f"{language}: not in the .po file (make messages): {message.id!r} ({where})"
        elif not _translated(ours):
            yield f"{language}: not translated: {message.id!r} ({where})"
        elif ours.fuzzy:
            yield f"{language}: marked fuzzy: {message.id!r} ({where})"
        else:
            yield from (f"{language}: {error}: {ours.id!r}" for error in ours.check(catalogue))
    for ours in catalogue:
        if ours.id and sources.get(ours.id, ours.context) is None:
            yield f"{language}: no longer used (make messages): {ours.id!r}"
    if catalogue.obsolete:
        yield f"{language}: {len(catalogue.obsolete)} obsolete entries (make messages)"


def _translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    return bool(strings) and all(strings)


def compile_all() -> None:
    """Write every .mo file that is older than its .po file. Raises NotCompiled.

    Several processes may do so at once: whoever reads one finds it whole, the old or the new.
    """
    for language in languages():
        source = po_file(language)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        written = io.BytesIO()
        mofile.write_mo(written, read(source, language))
        beside = target.with_suffix(f".mo.{os.getpid()}")
        beside.write_bytes(written.getvalue())
        beside.replace(target)


def catalogue_of_sources() -> Catalog:
    catalogue = Catalog(domain="django", fuzzy=False, project="Expander Services portal")
    # One line of a letter may have a plural beside a sentence without one: these do not compare.
    for found in sorted(_all_messages(), key=lambda each: (each.file, each.line, str(each))):
        catalogue.add(found.msgid, locations=[(found.file, found.line)], context=found.context)
    return catalogue


def _all_messages() -> Iterator[Found]:
    for package in PACKAGES:
        for path in (place.ROOT / package).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from messages_of(path.read_text(encoding="utf-8"), _name(path))
    folders = [place.ROOT / "templates", *(place.ROOT / package for package in PACKAGES)]
    for folder in folders:
        for kind in ("*.html", "*.txt"):
            for path in folder.rglob(kind):
                if "templates" in path.parts:
                    yield from messages_of_template(path.read_text(encoding="utf-8"), _name(path))


def messages_of(source: str, name: str) -> Iterator[Found]:
    stream = io.BytesIO(source.encode())
    for line, msgid, _comments, context in extract("python", stream, keywords=KEYWORDS):
        yield Found(name, line, msgid if isinstance(msgid, str) else tuple(msgid), context)


def messages_of_template(source: str, name: str) -> Iterator[Found]:
    # Imported here: `compile` runs before Django is set up.
    from django.utils.translation.template import templatize

    as_python = templatize(source, origin=name)
    # Indentation means something to Python and nothing in a template.
    yield from messages_of("\n".join(map(str.strip, as_python.splitlines())), name)


def _name(path: Path) -> str:
    return path.relative_to(place.ROOT).as_posix()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
