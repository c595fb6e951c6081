"""Every page in both languages, both themes and both widths: sound, complete and quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.axe import Axe
from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE, set_clock
from tests.browser.place import TODAY
from tests.browser.places import routes_with_a_page, set_stage
from tests.browser.words import english_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from pytest_django.fixtures import Settings

    from tests.browser.conftest import Door
    from tests.browser.place import Place
    from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

type Look = tuple[Literal["light", "dark"], int]

# Colours differ by theme and everything else by width, so two looks see all that four would; and
# neither knows a language, so each language has one of the two.
LOOK: dict[str, Look] = {"nl": ("dark", PHONE), "en": ("light", DESKTOP)}
NARROWEST = 320  # pixels: WCAG 2.2, 1.4.10 Reflow

SCROLLS_SIDEWAYS = """() => {
    const page = document.scrollingElement;
    return page.scrollWidth > page.clientWidth ? page.scrollWidth - page.clientWidth : 0;
}"""

# Colours change over a frame or two, also where nobody sees them move.
SETTLED = """async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (const animation of document.getAnimations()) animation.finish();
}"""

# Everything the tab key reaches, as it looks with the focus and without.
FOCUS_UNSEEN = """() => {
    const look = (element) => {
        const looks = [];
        for (let each = element, up = 0; each && up < 4; each = each.parentElement, up++) {
            const style = getComputedStyle(each);
            looks.push(style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor);
        }
        return looks.join();
    };
    const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, "
        + "[tabindex='0']";
    const unseen = [];
    for (const element of document.querySelectorAll(reached)) {
        if (!element.checkVisibility() || element.disabled) continue;
        document.activeElement.blur();
        const before = look(element);
        element.focus({preventScroll: true, focusVisible: true});
        if (document.activeElement === element && look(element) === before)
            unseen.push(element.outerHTML.slice(0, 120));
    }
    return unseen;
}"""


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1], ids=["one half", "the other half"])
def test_every_page(door: Door, subtests: pytest.Subtests, settings: Settings, half: int) -> None:
    """Two processes share the work, so it is two tests."""
    set_clock(TODAY)
    places = set_stage()
    settings.VIES_URL = "https://vies.example"  # for what pages say of it; nobody asks

    assert routes_with_a_page() - {place.route for place in places} == set()
    for language in LANGUAGES:
        with subtests.test(language):
            problems = list(_walk(door, language, places[half::2]))
            assert not problems, "\n".join(problems)


def test_english_on_a_dutch_page_is_noticed(door: Door) -> None:
    visitor = door.visitor(language="en")
    visitor.go("/accounts/login/")

    left = english_left(visitor.page, language="nl")

    assert {"Sign in", "Forgot your password?"} <= set(left)
    assert "Expander Services" not in left


def _walk(door: Door, language: str, places: list[Place]) -> Iterator[str]:
    """Everybody goes to their pages; one browser profile per person."""
    visitors: dict[object, Visitor] = {}
    seen: set[str] = set()
    for place in places:
        if place.who not in visitors:
            visitors[place.who] = door.visitor(language=language, who=place.who)
        for each in _inspect(visitors[place.who], place, look=_look(language, place, seen)):
            yield f"{language} {place.name} ({place.path}): {each}"


def _look(language: str, place: Place, seen: set[str]) -> Look | None:
    """In another language the same template need not be gone through in every state."""
    is_new = place.route not in seen
    seen.add(place.route)
    return LOOK[language] if is_new or language == LANGUAGES[0] else None


def _inspect(visitor: Visitor, place: Place, *, look: Look | None) -> Iterator[str]:
    """Load the page once; then look at it. axe comes last: it writes styles."""
    page, language = visitor.page, visitor.words.language
    page.set_viewport_size({"width": DESKTOP, "height": 900})
    page.emulate_media(color_scheme="light")
    visitor.watch.expect(place.status)
    answer = page.goto(visitor.address + place.path)
    yield from visitor.watch.take()
    if answer is None or answer.status != place.status:
        yield f"answers {answer and answer.status}, not {place.status}"
    yield from _says_what_it_is(page, language)
    if language != "en" and not place.is_admin:
        yield from (f"English: {text}" for text in english_left(page, language=language))
    if language == LANGUAGES[0]:  # the one with the longer words; and focus knows no language
        for width in (PHONE, NARROWEST):
            page.set_viewport_size({"width": width, "height": 900})
            if over := page.evaluate(SCROLLS_SIDEWAYS):
                yield f"scrolls sideways at {width} px, by {over} px"
        yield from (f"focus not visible: {element}" for element in page.evaluate(FOCUS_UNSEEN))
        yield from visitor.watch.take()
    if look:
        # What is good practice is Django's affair in its administration; the norm is ours.
        yield from _accessible(page, look, best_practice=not place.is_admin)
        visitor.watch.take()


def _says_what_it_is(page: Page, language: str) -> Iterator[str]:
    if page.locator("html").get_attribute("lang") != language:
        yield "says it is in another language"
    headings = page.locator("h1:visible").all_inner_texts()
    if len(headings) != 1:
        yield f"has not one main heading but {headings}"
    title, _dash, site = page.title().partition(" – ")
    if not title.strip() or not site:
        yield f"is called {page.title()!r}"


def _accessible(page: Page, look: Look, *, best_practice: bool) -> Iterator[str]:
    theme, width = look
    axe = Axe(page)
    axe.load()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.evaluate(SETTLED)
    found = axe.violations(best_practice=best_practice)
    yield from (f"axe, {theme}, {width} px: {violation}" for violation in found)
