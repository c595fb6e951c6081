"""What a form was filled in from: who changes what a colleague changed meanwhile is told.

The form carries a mark of it along, as programs send an `ETag` back. The operation compares it
under the row's lock. Refused, the page shows what was typed beside what it is now, and carries the
new mark: whoever saves again has read it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.forms import BoundField, Form
    from django.http import HttpRequest

FIELD = "seen"


@dataclass
class Seen[Row]:
    """A row as the page showed it; `shown` gives the values that the form has of a row."""

    mark: str
    shown: Callable[[Row], Mapping[str, Any]]
    now: Mapping[str, Any] = field(default_factory=dict)  # of a row that is another by now

    @classmethod
    def of(cls, request: HttpRequest, row: Row, shown: Callable[[Row], Mapping[str, Any]]) -> Self:
        return cls(request.POST.get(FIELD) or _mark_of(shown(row)), shown)

    def is_still(self, row: Row) -> bool:
        """For the operation that changes it, under its lock."""
        now = self.shown(row)
        if _mark_of(now) == self.mark:
            return True
        self.mark, self.now = _mark_of(now), now
        return False

    def context(self, form: Form) -> dict[str, Any]:
        """For `components/seen.html`."""
        return {"seen": self.mark, "now": self.differences(form)}

    def differences(self, form: Form) -> list[tuple[str, str]]:
        """By field what it is now, where that is not what was typed."""
        return [
            (str(bound.label), _words(bound, self.now[bound.name]))
            for bound in form
            if bound.name in self.now
            and _words(bound, self.now[bound.name]) != _words(bound, bound.value())
        ]


def _mark_of(values: Mapping[str, Any]) -> str:
    said = json.dumps(values, sort_keys=True, default=str).encode()
    return blake2b(said, digest_size=12).hexdigest()


def _words(bound: BoundField, value: Any) -> str:
    """As the form says it."""
    choices = {str(key): str(label) for key, label in getattr(bound.field, "choices", ())}
    chosen = value if isinstance(value, (list, tuple)) else [value]
    lines = [each for one in chosen for each in str("" if one is None else one).splitlines()]
    return ", ".join(choices.get(each, each) for each in lines) or "–"
