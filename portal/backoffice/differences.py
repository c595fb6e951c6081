"""What the platform reports otherwise than it should be, for a person to read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import TenantState
from subscriptions.provisioning.models import Difference
from subscriptions.provisioning.reconciliation import NOT_COMPARED
from subscriptions.provisioning.reports import NO_PLATFORM, NOT_AS_AGREED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subscriptions.provisioning.models import Reconciliation

_TROUBLES = {
    NO_PLATFORM: gettext_lazy("No platform is set up."),
    NOT_AS_AGREED: gettext_lazy("The platform's report is not as agreed."),
}


@dataclass(frozen=True)
class DifferenceShown:
    """In a line where both sides differ; and all that each says, empty where it says nothing."""

    difference: Difference
    detail: str
    wanted: str
    reported: str


def shown(differences: Iterable[Difference]) -> list[DifferenceShown]:
    return [
        DifferenceShown(each, _detail(each), "", "")
        if each.kind == Difference.Kind.ODD
        else DifferenceShown(each, _detail(each), _written(each.wanted), _written(each.reported))
        for each in differences
    ]


def trouble_of(run: Reconciliation | None) -> str:
    """Why a comparison had no result, or not for all; as the platform was heard where it was."""
    said = run.trouble if run else ""
    if said.startswith(NOT_COMPARED):
        count = int(said.removeprefix(NOT_COMPARED).partition(";")[0])  # rows of before said more
        return ngettext(
            "%(count)s tenant could not be compared; the log says why.",
            "%(count)s tenants could not be compared; the log says why.",
            count,
        ) % {"count": count}
    return str(_TROUBLES.get(said, said))


def _detail(difference: Difference) -> str:
    match difference.kind:
        case Difference.Kind.STATE:
            return _states(difference.wanted or {}, difference.reported or {})
        case Difference.Kind.ODD:
            return _("Field: %(field)s") % {"field": (difference.reported or {}).get("field", "")}
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
