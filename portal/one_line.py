"""Text of one line: a name, or whatever else is typed into a field that is one line high.

Browsers send no line break there, but programs do, and in a letter it would begin a paragraph that
reads as ours. A mark that turns the direction of writing shows a name as another one.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms

_BREAKS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# None of both, nor NUL. As it stands here it stands in docs/openapi.json.
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"


def on_one_line(text: str) -> str:
    """The same with a space where it breaks, written in its own direction."""
    return _BREAKS.sub(" ", _TURNS.sub("", text))


class LineField(forms.CharField):
    """What Django calls a CharField where its widget is one line high; NUL is refused by it."""

    def to_python(self, value: Any) -> str | None:
        return super().to_python(on_one_line(value) if isinstance(value, str) else value)
