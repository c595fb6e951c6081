"""axe-core, run in a page that forbids foreign scripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

SOURCE = Path(__file__).with_name("vendor") / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Loading style sheets again, as axe likes to, would break the content security policy.
OPTIONS: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


class Axe:
    """Runs in one page. The page's console counts for nothing after it: axe writes styles."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)

    def load(self) -> None:
        """Once for every document; the debugger's door is not subject to the page's policy."""
        self._evaluate(_source() + "; undefined")

    def violations(self, *, best_practice: bool = True) -> list[str]:
        """One line per element."""
        tags = [*WCAG, "best-practice"] if best_practice else WCAG
        options = json.dumps(OPTIONS | {"runOnly": {"type": "tag", "values": tags}})
        found = self._evaluate(f"""axe.run(document, {options}).then(
            (result) => result.violations.flatMap((violation) => violation.nodes.map(
                (node) => `${{violation.id}}: ${{node.target.join(" ")}}: ${{node.failureSummary}}`
            ))
        )""")
        return [" ".join(line.split()) for line in found]

    def _evaluate(self, expression: str) -> Any:
        answer = self._session.send(
            "Runtime.evaluate",
            {"expression": expression, "awaitPromise": True, "returnByValue": True},
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")
