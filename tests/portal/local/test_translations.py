from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from portal.local import translations

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("template", "found"),
    [
        pytest.param("{% translate 'Cancel' %}", [("Cancel", None)], id="translate"),
        pytest.param("{% translate 'May' context 'month' %}", [("May", "month")], id="context"),
        pytest.param(
            "<p>\n   {% blocktranslate trimmed %}\n  Ends on {{ day }}\n {% endblocktranslate %}",
            [("Ends on %(day)s", None)],
            id="block",
        ),
        pytest.param(
            "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days"
            "{% endblocktranslate %}",
            [(("%(n)s day", "%(n)s days"), None)],
            id="plural",
        ),
        pytest.param("{{ value|default:_('none') }}", [("none", None)], id="filter"),
        pytest.param("<p>it's 100 % (open\n  {# 'x' #}", [], id="nothing"),
    ],
)
def test_words_of_a_template_are_found(
    template: str, found: list[tuple[object, str | None]]
) -> None:
    messages = translations.messages_of_template(template, "page.html")

    assert [(message.msgid, message.context) for message in messages] == found


def test_words_of_python_are_found() -> None:
    source = "name = _('tenant')\ndays = ngettext_lazy('%d day', '%d days')\nother = f('no')\n"

    messages = translations.messages_of(source, "module.py")

    assert [message.msgid for message in messages] == ["tenant", ("%d day", "%d days")]


@pytest.fixture
def one_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project of one msgid; returns where its Dutch .po file is."""
    sources = Catalog(domain="django")
    sources.add("%(n)s days", locations=[("page.html", 1)], flags=["python-format"])
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    monkeypatch.setattr(translations, "catalogue_of_sources", lambda: sources)
    path = translations.po_file("nl")
    path.parent.mkdir(parents=True)
    return path


def put(path: Path, *entries: tuple[str, str], fuzzy: bool = False) -> None:
    catalogue = Catalog(locale="nl", fuzzy=False)
    for msgid, string in entries:
        catalogue.add(msgid, string, flags=["fuzzy"] if fuzzy else [])
    with path.open("wb") as target:
        write_po(target, catalogue)


def test_a_translated_word_is_no_complaint(one_word: Path) -> None:
    put(one_word, ("%(n)s days", "%(n)s dagen"))

    assert list(translations.check("nl")) == []


@pytest.mark.parametrize(
    ("entries", "fuzzy", "complaint"),
    [
        pytest.param([], False, "not in the .po file", id="missing"),
        pytest.param([("%(n)s days", "")], False, "not translated", id="empty"),
        pytest.param([("%(n)s days", "%(n)s dagen")], True, "marked fuzzy", id="fuzzy"),
        pytest.param([("%(n)s days", "%(m)s dagen")], False, "placeholder", id="other-placeholder"),
        pytest.param(
            [("%(n)s days", "%(n)s dagen"), ("gone", "weg")], False, "no longer used", id="stale"
        ),
    ],
)
def test_what_is_wrong_with_a_translation_is_said(
    one_word: Path, entries: list[tuple[str, str]], fuzzy: bool, complaint: str
) -> None:
    put(one_word, *entries, fuzzy=fuzzy)

    [line] = translations.check("nl")

    assert complaint in line


def test_updating_keeps_what_is_translated_and_drops_what_is_gone(one_word: Path) -> None:
    put(one_word, ("%(n)s days", "%(n)s dagen"), ("gone", "weg"))

    translations.update("nl")

    assert list(translations.check("nl")) == []
    assert "weg" not in one_word.read_text()


def test_updating_twice_changes_nothing(one_word: Path) -> None:
    translations.update("nl")
    first = one_word.read_bytes()

    translations.update("nl")

    assert one_word.read_bytes() == first


def test_a_file_that_cannot_be_read_is_named(one_word: Path) -> None:
    one_word.write_text("msgid days\n")

    with pytest.raises(translations.NotCompiled, match=r"django\.po"):
        translations.compile_all()


def test_a_file_in_use_is_replaced_and_never_half_written(one_word: Path) -> None:
    put(one_word, ("%(n)s days", "%(n)s dagen"))
    translations.compile_all()
    compiled = one_word.with_suffix(".mo")
    before = compiled.read_bytes()
    put(one_word, ("%(n)s days", "%(n)s etmalen"))
    os.utime(compiled, (0, 0))  # older than its source

    with compiled.open("rb") as another_process:
        translations.compile_all()
        read = another_process.read()

    assert read == before
    assert b"etmalen" in compiled.read_bytes()
    assert {path.name for path in one_word.parent.iterdir()} == {one_word.name, compiled.name}
