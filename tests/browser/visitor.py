"""Somebody with a browser of their own, who uses the portal by what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

    from tests.browser.watching import Watch
    from tests.browser.words import Words

HAS_FOCUS = "all => all.includes(document.activeElement)"
MOST_TABS = 150  # more than any page has to tab through


@dataclass
class Visitor:
    """Clicks, or with `keyboard` reaches everything with the tab key alone."""

    context: BrowserContext
    page: Page
    watch: Watch
    address: str
    words: Words
    keyboard: bool = False

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.address)

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.address + path)

    def reads(self, *texts: str) -> None:
        """All of it stands on the page, whatever spaces and line ends lie between."""
        expect(self.main).to_be_visible()
        page = " ".join(self.page.locator("body").inner_text().split())
        for text in texts:
            assert text in page, f"{text!r} is not on {self.path}:\n{page}"

    def does_not_read(self, *texts: str) -> None:
        page = " ".join(self.page.locator("body").inner_text().split())
        for text in texts:
            assert text not in page, f"{text!r} is on {self.path}:\n{page}"

    def follow(self, msgid: str, **values: object) -> None:
        """The first link that is called so."""
        self._activate(self._named("link", self.words(msgid, **values)), "Enter")

    def follow_name(self, name: str, *, within: str = "body") -> None:
        """A link that data gave its name."""
        named = self.page.locator(within).get_by_role("link", name=name, exact=True)
        self._activate(named.first, "Enter")

    def press(self, msgid: str, **values: object) -> None:
        """The button that is called so."""
        self._activate(self._named("button", self.words(msgid, **values)), "Enter")

    def write(self, field: str, text: str) -> None:
        """Into the field with this name, in place of what it holds."""
        found = self.page.locator(f"main [name={field}]")
        if self.keyboard:
            self._tab_to(found)
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
        else:
            found.fill(text)

    def tick(self, field: str) -> None:
        found = self.page.locator(f"main input[type=checkbox][name={field}]")
        if self.keyboard:
            self._tab_to(found)
            self.page.keyboard.press("Space")
        else:
            found.check()
        expect(found).to_be_checked()

    def choose(self, field: str, text: str) -> None:
        """The radio button of `field` whose label holds `text`."""
        found = self.page.locator(f"main input[type=radio][name={field}]")
        wanted = self.page.locator("main label", has_text=text).locator("input[type=radio]")
        if wanted.count() == 0:
            wanted = self.page.get_by_role("radio", name=text)
        if self.keyboard:
            self._tab_into(found)
            for _step in range(found.count()):
                if wanted.first.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        else:
            wanted.first.check()
        expect(wanted.first).to_be_checked()

    def select(self, field: str, text: str) -> None:
        """The option of the list `field` that holds `text`."""
        found = self.page.locator(f"main select[name={field}]")
        option = found.locator("option", has_text=text).first
        label = option.inner_text()
        if self.keyboard:
            self._tab_to(found)
            self.page.keyboard.type(label)
        else:
            found.select_option(label=label)
        expect(found).to_have_value(option.get_attribute("value") or "")

    def _named(self, role: str, name: str) -> Locator:
        # What a control is called may hold more, for those who hear it without its row.
        exact = self.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        if exact.count():
            return exact.first
        return self.page.get_by_role(role, name=name).first  # type: ignore[arg-type]

    def _activate(self, control: Locator, key: str) -> None:
        if self.keyboard:
            self._tab_to(control)
            with self.page.expect_navigation():
                self.page.keyboard.press(key)
        else:
            control.click()
        self.page.wait_for_load_state()

    def _tab_to(self, control: Locator) -> None:
        expect(control).to_be_visible()
        self._tab_into(control)

    def _tab_into(self, controls: Locator) -> None:
        """Press the tab key until one of them has the focus."""
        handles = controls.element_handles()
        for _tab in range(MOST_TABS):
            if self.page.evaluate(HAS_FOCUS, handles):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the tab key does not reach {controls}")
