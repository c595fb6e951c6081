"""What the platform reports otherwise than it should be, for a person to read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from customers.models import TenantState
from subscriptions.provisioning.models import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class DifferenceShown:
    """In a line where both sides differ; and all that each says, empty where it says nothing."""

    difference: Difference
    detail: str
    wanted: str
    reported: str


def shown(differences: Iterable[Difference]) -> list[DifferenceShown]:
    return [
        DifferenceShown(each, _detail(each), _written(each.wanted), _written(each.reported))
        for each in differences
    ]


def _detail(difference: Difference) -> str:
    match difference.kind:
        case Difference.Kind.STATE:
            return _states(difference.wanted or {}, difference.reported or {})
        case Difference.Kind.OTHER:
            names = _that_differ(difference.wanted, difference.reported)
            return f"{difference.subject}: {', '.join(names)}" if names else difference.subject
    return difference.subject


def _states(wanted: dict[str, Any], reported: dict[str, Any]) -> str:
    return _("Here: %(here)s. There: %(there)s.") % {
        "here": _state(wanted.get("state")),
        "there": _state(reported.get("state")),
    }


def _state(code: Any) -> str:
    """A code that is none of D2.2 as the platform says it."""
    try:
        return str(TenantState(code).label)
    except ValueError:
        return str(code)


def _that_differ(wanted: object, reported: object) -> list[str]:
    """The names of fields; none where the platform reports something of another shape."""
    if not isinstance(wanted, dict) or not isinstance(reported, dict):
        return []
    names = sorted(wanted.keys() | reported.keys())
    return [name for name in names if wanted.get(name) != reported.get(name)]


def _written(value: object) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
