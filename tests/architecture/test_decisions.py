"""Who looks for a decision finds it in the list."""

from __future__ import annotations

import re
from pathlib import Path

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def test_every_decision_stands_in_the_list_in_order() -> None:
    pages = sorted(page.name for page in DECISIONS.glob("[0-9]*.md"))

    listed = re.findall(
        r"^\| \[\d{4}\]\((.+?)\)", (DECISIONS / "README.md").read_text(), re.MULTILINE
    )

    assert listed == pages


def test_the_number_of_a_decision_stands_in_its_file_s_name_alone() -> None:
    titles = {page.read_text().splitlines()[0] for page in DECISIONS.glob("[0-9]*.md")}

    assert {title for title in titles if not re.match(r"# \D", title)} == set()
