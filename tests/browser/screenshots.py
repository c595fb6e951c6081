"""Every page × language × theme × width as pictures, for a reviewer: `make screenshots`.

Makes the demo in a database of its own, serves it, and leaves the pictures with a contact sheet
in ./screenshots/. Arguments are parts of page names: `ARGS="cancel overview"` takes only those.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

    from tests.browser.place import Place

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"
THEMES = ("light", "dark")
HEAD = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Every page</title>
<style>
  body { font: 16px system-ui; margin: 2rem; background: #ddd; color: #111 }
  section > div { display: flex; gap: 1rem; overflow-x: auto; align-items: start }
  figure { margin: 0 } figcaption { font-size: 13px }
  img { height: 420px; border: 1px solid #999; background: white }
</style><h1>Every page</h1>
"""


def main(parts: Sequence[str]) -> None:
    services = Servers()
    services.start()
    try:
        with _portal() as (address, places):
            wanted = [p for p in places if not parts or any(part in p.name for part in parts)]
            _take_all(address, wanted)
    finally:
        services.stop()
    sys.stdout.write(f"{FOLDER}\n")


@contextmanager
def _portal() -> Iterator[tuple[str, list[Place]]]:
    """The demo in a database that goes when the pictures are made, and its address."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
    import django
    from django.conf import settings

    from portal.local import translations

    translations.compile_all()
    name = settings.DATABASES["default"]["NAME"]
    settings.DATABASES["default"]["TEST"] = {"NAME": f"{name}_screenshots"}
    django.setup()
    from django.test.runner import DiscoverRunner
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import set_clock
    from tests.browser.place import TODAY
    from tests.browser.places import set_stage

    runner = DiscoverRunner(interactive=False, verbosity=0)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        set_clock(TODAY)
        places = set_stage()
        server = LiveServer("127.0.0.1")
        try:
            yield server.url, places
        finally:
            server.stop()
    finally:
        runner.teardown_databases(databases)


def _take_all(address: str, places: Sequence[Place]) -> None:
    from django.db import connections
    from playwright.sync_api import sync_playwright

    from tests.fixtures.browser import FLAGS, find_chromium

    path = find_chromium()
    if path is None:
        raise SystemExit("There is no Chromium on this machine (Debian: apt-get install chromium).")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in here
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for language in ("nl", "en"):
            _take(browser, address, places, language)
        browser.close()
        connections.close_all()  # those of this event loop, which nobody else can reach
    _write_index(places)


def _take(browser: Browser, address: str, places: Sequence[Place], language: str) -> None:
    """A page is loaded once and then seen in every theme and width."""
    from tests.browser.conftest import DESKTOP, PHONE, Door

    door = Door(browser, address)
    visitors: dict[Any, Any] = {}
    for place in places:
        if place.who not in visitors:
            visitors[place.who] = door.visitor(language=language, who=place.who)
        page = visitors[place.who].page
        page.goto(address + place.path)
        for width in (DESKTOP, PHONE):
            page.set_viewport_size({"width": width, "height": 900})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                page.screenshot(path=FOLDER / _file(place, language, theme, width), full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": DESKTOP, "height": 900})
    door.close()


def _file(place: Place, language: str, theme: str, width: int) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", place.name.lower()).strip("-")
    return f"{name}--{language}-{theme}-{width}.png"


def _write_index(places: Sequence[Place]) -> None:
    from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE

    rows = [HEAD]
    for place in places:
        rows.append(f"<section><h2>{escape(place.name)}</h2><div>")
        for language in LANGUAGES:
            for width in (DESKTOP, PHONE):
                for theme in THEMES:
                    file = _file(place, language, theme, width)
                    rows.append(
                        f'<figure><a href="{file}"><img loading="lazy" alt="" src="{file}"></a>'
                        f"<figcaption>{language} {theme} {width}</figcaption></figure>"
                    )
        rows.append("</div></section>")
    (FOLDER / "index.html").write_text("\n".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
