"""Whether a customer can let a standard application in on a tenant itself, or why not. Pure.

A page says it beforehand and the operation asks again, under its locks: one rule for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from subscriptions.applications.lifecycle import ASKED, AuthorisationStatus
from subscriptions.applications.verdicts import products_needed

if TYPE_CHECKING:
    from collections.abc import Collection

    from subscriptions.entitlements import Place

STANDARD = "standard"


class Hurdle(StrEnum):
    """What stands in the way, the first that applies."""

    LET_IN = "let_in"  # the customer's yes is given, and stands
    ASKED = "asked"  # there is a request: the customer says yes or no to that
    NOT_PUBLISHED = "not_published"  # in the tenant's environment
    WRONG_DEPLOYMENT = "wrong_deployment"
    NOT_RUNNING = "not_running"
    UNLICENSED = "unlicensed"


@dataclass(frozen=True, slots=True)
class Fit:
    """The codes of the products that it needs on the tenant, and of those that are not there."""

    hurdle: Hurdle | None
    needed: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


def fit(
    deployments: Collection[str] | None,
    place: Place,
    *,
    status: AuthorisationStatus | None,
    licensed: Collection[str],
) -> Fit:
    """How it stands with a tenant at an instant.

    `deployments` are those of the version that is published in the tenant's environment, None
    where there is none; `status` is of what was agreed there before, at that instant; `licensed`
    are the codes of the products that the tenant has. What was deactivated waits for its licence.
    """
    needed = products_needed(STANDARD, place.deployment, place.environment, None)
    missing = needed.difference(licensed)
    return Fit(_hurdle(deployments, place, status, is_licensed=not missing), needed, missing)


def _hurdle(
    deployments: Collection[str] | None,
    place: Place,
    status: AuthorisationStatus | None,
    *,
    is_licensed: bool,
) -> Hurdle | None:
    found = {
        Hurdle.LET_IN: status is AuthorisationStatus.ACTIVE,
        Hurdle.ASKED: status in (*ASKED, AuthorisationStatus.CONFIRMED),
        Hurdle.NOT_PUBLISHED: deployments is None,
        Hurdle.WRONG_DEPLOYMENT: place.deployment not in (deployments or ()),
        Hurdle.NOT_RUNNING: not place.is_running,
        Hurdle.UNLICENSED: not is_licensed,
    }
    return next((hurdle for hurdle, applies in found.items() if applies), None)
