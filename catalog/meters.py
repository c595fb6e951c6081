"""The meters in the seed files: known units, and detail that outlives lateness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.reading import Section

LANGUAGES = ("nl", "en")
UNITS = ("calls", "records")
# Where a meter starts; staff change these later, so the file only says them once.
POLICIES = ("accepts_late", "max_age_days", "detail_months")


def read_meters(sections: Iterable[Section]) -> tuple[Mapping[str, Any], ...]:
    """Fields of `Meter` per section, in file order; problems are noted in the sections."""
    meters: list[Mapping[str, Any]] = []
    for section in sections:
        meter = _read_meter(section)
        if meter["code"] in [other["code"] for other in meters]:
            section.refuse(f"there is a meter {meter['code']!r} already", "code")
        meters.append(meter)
    return tuple(meters)


def _read_meter(section: Section) -> dict[str, Any]:
    max_age_days = section.whole("max_age_days", minimum=1)
    detail_months = section.whole("detail_months", minimum=2)
    if max_age_days > (detail_months - 1) * 28:
        section.refuse("events may come in after their detail is dropped", "max_age_days")
    meter = {
        "code": section.text("code", pattern=r"[a-z0-9]+(-[a-z0-9]+)*"),
        "position": section.whole("position", minimum=1),
        "unit": section.choice("unit", UNITS),
        "texts": _texts(section),
        "accepts_late": section.flag("accepts_late"),
        "max_age_days": max_age_days,
        "detail_months": detail_months,
    }
    section.finish()
    return meter


def _texts(section: Section) -> dict[str, dict[str, str]]:
    texts = {}
    for language in LANGUAGES:
        if words := section.section(language):
            texts[language] = {"name": words.text("name")}
            words.finish()
    return texts
