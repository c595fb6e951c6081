"""At which shares of what is included a customer is told. Pure."""

from __future__ import annotations

PERCENTAGES = (50, 85, 100)


def reached(used: int, included: int) -> tuple[int, ...]:
    """Those that `used` units of `included` have reached, in per cent, the lowest first.

    Where nothing is included there is no share to reach: every unit is charged from the first.
    """
    if included <= 0:
        return ()
    return tuple(percent for percent in PERCENTAGES if used * 100 >= included * percent)
