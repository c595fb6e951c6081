"""What must hold for every template and every file the pages load."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template
from django.test import override_settings

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "portal" / "static" / "portal"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=\"|javascript:|<script(?![^>]*\ssrc=)")
ICON = re.compile(
    r"{% (?:icon|note|card|empty_state|feed_item|consequence|button|link_button)[^%]*"
)
ICON_NAME = re.compile(r"{% icon \"([a-z0-9-]+)\"|\sicon=\"([a-z0-9-]+)\"")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_compiles_and_holds_nothing_inline(path: Path) -> None:
    source = path.read_text()

    get_template(str(path.relative_to(ROOT / "templates")))

    assert INLINE.search(source) is None


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))

    named = {
        first or second
        for path in TEMPLATES
        for call in ICON.findall(path.read_text())
        for first, second in ICON_NAME.findall(call)
    }

    assert named - known == set()


@pytest.mark.parametrize(
    "folder", [STATIC, ROOT / "tests" / "browser" / "vendor"], ids=["served", "for tests"]
)
def test_files_of_others_are_the_ones_we_recorded(folder: Path) -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$",
        (folder / "THIRD_PARTY.md").read_text(),
        re.MULTILINE,
    )

    assert rows
    for name, recorded in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == recorded, name


def test_style_sheets_survive_hashed_file_names(tmp_path: Path) -> None:
    storage = {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }

    with override_settings(STATIC_ROOT=str(tmp_path), STORAGES={**settings.STORAGES, **storage}):
        call_command("collectstatic", verbosity=0, interactive=False)

    (sheet,) = (tmp_path / "portal" / "css").glob("portal.????????????.css")
    imports = re.findall(r'url\("([^"]+)"\)', sheet.read_text())
    assert len(imports) == (STATIC / "css" / "portal.css").read_text().count("@import")
    assert all((sheet.parent / name).is_file() for name in imports)
    assert all(re.search(r"\.[0-9a-f]{12}\.css$", name) for name in imports)
