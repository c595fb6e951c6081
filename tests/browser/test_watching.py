"""The watch itself: what it must notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Door

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MISDEEDS = {
    "an inline style": (
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')",
        "console error: Applying inline style violates",
    ),
    "an inline script": (
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))",
        "console error: Executing inline script violates",
    ),
    "another host": (
        "document.body.append(Object.assign(new Image(), {src: 'http://192.0.2.1/x.png'}))",
        "192.0.2.1",
    ),
    "what is missing": ("fetch('/healthz/missing')", "answer 404"),
    "an error of a script": ("setTimeout(() => { throw new Error('oh') })", "script: oh"),
    "a warning": ("console.warn('beware')", "console warning: beware"),
}


@pytest.mark.parametrize(
    ("misdeed", "noticed"),
    [
        # One of them shows that somebody watches; what all of them are is for `make test-slow`.
        pytest.param(*each, id=name, marks=[] if name == "an inline script" else pytest.mark.slow)
        for name, each in MISDEEDS.items()
    ],
)
def test_what_a_page_does_wrong_is_noticed(misdeed: str, noticed: str, door: Door) -> None:
    visitor = door.visitor()
    visitor.go("/accounts/login/")
    visitor.watch.check()

    visitor.page.evaluate(f"() => {{ {misdeed} }}")
    visitor.page.wait_for_timeout(300)

    assert noticed in "\n".join(visitor.watch.take())


def test_a_quiet_page_raises_no_alarm(door: Door) -> None:
    visitor = door.visitor()

    visitor.go("/accounts/login/")

    visitor.watch.check()
