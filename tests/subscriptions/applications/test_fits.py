"""Where a customer can let a standard application in by itself, as a table."""

from __future__ import annotations

import pytest

from subscriptions.applications.fits import Fit, Hurdle, fit
from subscriptions.applications.lifecycle import AuthorisationStatus
from subscriptions.applications.self_service import HURDLES
from subscriptions.entitlements import DEVELOPMENT_TOOLS, Place

S = AuthorisationStatus
BOTH = ["online", "on_premise"]
TOOLS = frozenset({DEVELOPMENT_TOOLS})
ONLINE = Place("online", "production", (10, 3), "", is_running=True)
STOPPED = Place("online", "production", (10, 3), "", is_running=False)
BASEMENT = Place("on_premise", "production", (10, 3), "", is_running=True)


@pytest.mark.parametrize(
    ("deployments", "place", "status", "licensed", "hurdle"),
    [
        pytest.param(BOTH, ONLINE, None, (), None, id="online without a licence"),
        pytest.param(BOTH, BASEMENT, None, TOOLS, None, id="on-premise with the licence"),
        pytest.param(BOTH, BASEMENT, None, (), Hurdle.UNLICENSED, id="on-premise without"),
        pytest.param(
            ["online"], BASEMENT, None, TOOLS, Hurdle.WRONG_DEPLOYMENT, id="not for on-premise"
        ),
        pytest.param(
            ["on_premise"], ONLINE, None, (), Hurdle.WRONG_DEPLOYMENT, id="not for online"
        ),
        pytest.param(None, ONLINE, None, (), Hurdle.NOT_PUBLISHED, id="not in the environment"),
        pytest.param(BOTH, STOPPED, None, (), Hurdle.NOT_RUNNING, id="suspended"),
        pytest.param(BOTH, ONLINE, S.ACTIVE, (), Hurdle.LET_IN, id="let in"),
        pytest.param(BOTH, STOPPED, S.ACTIVE, (), Hurdle.LET_IN, id="let in and suspended"),
        pytest.param(BOTH, ONLINE, S.REQUESTED, (), Hurdle.ASKED, id="asked"),
        pytest.param(BOTH, ONLINE, S.NEEDS_REAPPROVAL, (), Hurdle.ASKED, id="asked once more"),
        pytest.param(BOTH, ONLINE, S.CONFIRMED, (), Hurdle.ASKED, id="confirmed"),
        pytest.param(BOTH, ONLINE, S.DENIED, (), None, id="denied before"),
        pytest.param(BOTH, ONLINE, S.REVOKED, (), None, id="revoked before"),
        pytest.param(BOTH, ONLINE, S.EXPIRED, (), None, id="expired before"),
        pytest.param(BOTH, BASEMENT, S.DEACTIVATED, (), Hurdle.UNLICENSED, id="it waits"),
    ],
)
def test_what_stands_in_the_way(
    deployments: list[str] | None,
    place: Place,
    status: AuthorisationStatus | None,
    licensed: frozenset[str],
    hurdle: Hurdle | None,
) -> None:
    assert fit(deployments, place, status=status, licensed=licensed).hurdle is hurdle


def test_what_is_needed_and_missing() -> None:
    assert fit(BOTH, BASEMENT, status=None, licensed=TOOLS) == Fit(None, TOOLS, frozenset())
    assert fit(BOTH, BASEMENT, status=None, licensed=()) == Fit(Hurdle.UNLICENSED, TOOLS, TOOLS)
    assert fit(BOTH, ONLINE, status=None, licensed=()) == Fit(None)


def test_every_hurdle_is_refused_by_the_operation() -> None:
    assert set(HURDLES) == set(Hurdle)
