"""Words for what the tenant's CRM Suite plan gives beside, or without, a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subscriptions.plan_overlap import AlsoInPlan, Smaller


def limits(smaller: Iterable[Smaller]) -> tuple[str, ...]:
    """“Extra tables: at most 15”."""
    return tuple(f"{each.name}: {_limit(each)}" for each in smaller)


def smaller_meanwhile(left: AlsoInPlan) -> str:
    """What the plan gives less of while a subscription is suspended; empty where nothing."""
    if not left.smaller:
        return ""
    tools = ", ".join(limits(left.smaller))
    return _("With the plan alone this is smaller meanwhile: %(tools)s.") % {"tools": tools}


def what_suspended_means(left: AlsoInPlan | None) -> str:
    if left is None:
        return _(
            "Suspended: it keeps everything and gives nothing. Its applications do not work "
            "meanwhile."
        )
    works = _(
        "Suspended: it keeps everything. Meanwhile it still works, because %(plan)s gives it too."
    ) % {"plan": left.plan_name}
    return f"{works} {smaller_meanwhile(left)}".rstrip()


def _limit(each: Smaller) -> str:
    return _("at most %(number)s") % {"number": each.limit} if each.limit else _("none")
