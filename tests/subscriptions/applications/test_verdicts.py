"""What an application needs, as a table; random histories are in tests/portal/api."""

from __future__ import annotations

import datetime as dt

import pytest

from subscriptions.applications.lifecycle import AuthorisationStatus, Capability
from subscriptions.applications.models import ApplicationKind
from subscriptions.applications.verdicts import (
    ACTIVE,
    CUSTOM,
    DEACTIVATED,
    MIRRORING,
    Consent,
    Obstacle,
    judge,
    products_needed,
    verdict,
)
from subscriptions.entitlements import (
    DATABASE_MIRRORING,
    DEVELOPMENT_TOOLS,
    Content,
    Licence,
    Place,
    Source,
)

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
SOONER, LATER = NOON + dt.timedelta(days=3), NOON + dt.timedelta(days=9)
PLACE = Place("online", "production", (10, 3), "", is_running=True)
TOOLS, BOTH = {DEVELOPMENT_TOOLS}, {DEVELOPMENT_TOOLS, DATABASE_MIRRORING}
MIRRORS = ["webhooks", "mirroring"]


def licence(code: str, until: dt.datetime | None = None) -> Licence:
    return Licence(Content(code, (), frozenset({"online"})), Source.SUBSCRIPTION, NOON, until)


def consent(status: str = "active", deactivation: str = "") -> Consent:
    return Consent(1, "custom", status, deactivation, agreed_capabilities=("mirroring",))


@pytest.mark.parametrize(
    ("kind", "deployment", "environment", "agreed", "needed"),
    [
        pytest.param("custom", "online", "production", None, TOOLS, id="custom"),
        pytest.param("custom", "online", "production", MIRRORS, BOTH, id="custom that mirrors"),
        pytest.param("custom", "online", "sod", MIRRORS, set(), id="free in SOD"),
        pytest.param("custom", "on_premise", "production", MIRRORS, TOOLS, id="on-premise"),
        pytest.param("standard", "online", "production", MIRRORS, set(), id="standard brings it"),
        pytest.param("standard", "on_premise", "production", MIRRORS, TOOLS, id="standard there"),
    ],
)
def test_what_an_application_needs(
    kind: str, deployment: str, environment: str, agreed: list[str] | None, needed: set[str]
) -> None:
    assert products_needed(kind, deployment, environment, agreed) == needed


def test_the_words_are_those_of_the_rows() -> None:
    assert (MIRRORING, CUSTOM) == (Capability.MIRRORING, ApplicationKind.CUSTOM)
    assert (ACTIVE, DEACTIVATED) == (AuthorisationStatus.ACTIVE, AuthorisationStatus.DEACTIVATED)


@pytest.mark.parametrize(
    ("has", "obstacle", "missing"),
    [
        pytest.param([], Obstacle.LICENCE_MISSING, BOTH, id="neither"),
        pytest.param(
            [DATABASE_MIRRORING], Obstacle.LICENCE_MISSING, TOOLS, id="mirroring without the tools"
        ),
        pytest.param(
            [DEVELOPMENT_TOOLS], Obstacle.MIRRORING_MISSING, {DATABASE_MIRRORING}, id="tools alone"
        ),
        pytest.param([DEVELOPMENT_TOOLS, DATABASE_MIRRORING], None, set(), id="both"),
    ],
)
def test_which_licence_stands_in_the_way(
    has: list[str], obstacle: Obstacle | None, missing: set[str]
) -> None:
    licences = [licence(code) for code in has]

    found = judge(consent(), PLACE, licences, NOON)

    assert (found.obstacle, found.missing) == (obstacle, missing)
    said = verdict(consent(), PLACE, licences, NOON)
    assert (said.code, said.reason) == (1 if obstacle else 0, obstacle)
    waiting = judge(consent("deactivated", "licence_missing"), PLACE, licences, NOON)
    assert (waiting.obstacle, waiting.missing) == (Obstacle.NOT_AUTHORISED, missing)


@pytest.mark.parametrize(
    ("deactivation", "has", "reason"),
    [
        ("licence_missing", [DEVELOPMENT_TOOLS], "mirroring_missing"),
        ("licence_missing", [DATABASE_MIRRORING], "licence_missing"),
        ("licence_missing", [DEVELOPMENT_TOOLS, DATABASE_MIRRORING], "licence_missing"),
        ("licence_ended", [DEVELOPMENT_TOOLS], "licence_ended"),
    ],
)
def test_why_a_deactivated_one_waits(deactivation: str, has: list[str], reason: str) -> None:
    waiting = consent("deactivated", deactivation)

    assert verdict(waiting, PLACE, [licence(each) for each in has], NOON).reason == reason


@pytest.mark.parametrize("ends", [(SOONER, LATER), (LATER, SOONER), (SOONER, None), (None, SOONER)])
def test_it_works_until_the_first_of_them_ends(
    ends: tuple[dt.datetime | None, dt.datetime | None],
) -> None:
    tools, mirroring = ends
    licences = [licence(DEVELOPMENT_TOOLS, tools), licence(DATABASE_MIRRORING, mirroring)]

    assert judge(consent(), PLACE, licences, NOON).until == SOONER
