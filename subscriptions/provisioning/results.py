"""What the platform said of each fact in a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from subscriptions.provisioning.models import AttemptedFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from subscriptions.provisioning.exchange import Answer
    from subscriptions.provisioning.models import Fact

ACCEPTED = (AttemptedFact.Outcome.APPLIED, AttemptedFact.Outcome.KNOWN)


@dataclass(frozen=True)
class Result:
    """What the platform said of one fact; `expected` is the number it waits for instead."""

    outcome: AttemptedFact.Outcome
    reason: str = ""
    expected: int | None = None
    tenant_is_known: bool = True


def results_of(answer: Answer, facts: Iterable[Fact]) -> dict[str, Result] | None:
    """By fact id; None when the platform did not answer as agreed."""
    if not answer.is_good:
        return None
    content = answer.json()
    found = content.get("results") if isinstance(content, dict) else None
    if not isinstance(found, list):
        return None
    said = {each["id"]: each for each in found if _names_a_fact(each)}
    return {str(fact.pk): _result(said.get(str(fact.pk), {})) for fact in facts}


def _names_a_fact(each: Any) -> bool:
    """What does not is passed over, and the fact it was about is not mentioned, then."""
    return isinstance(each, dict) and isinstance(each.get("id"), str)


def _result(said: Mapping[str, Any]) -> Result:
    expected = said.get("expected")
    try:
        outcome = AttemptedFact.Outcome(said.get("outcome", ""))
    except ValueError:
        outcome = AttemptedFact.Outcome.REFUSED
    return Result(
        outcome=outcome,
        reason=_text(said.get("reason") or "") if said else "not mentioned in the answer",
        expected=expected if isinstance(expected, int) and expected > 0 else None,
        tenant_is_known=said.get("tenant_known") is not False,
    )


def _text(reason: object) -> str:
    """As much of it as the database can keep: neither a NUL nor half a surrogate pair.

    One that it cannot would undo the whole turn, and all its tenants would be sent again for ever.
    """
    if not isinstance(reason, str):
        return "the reason is no text"
    return reason.replace("\x00", "").encode(errors="replace").decode()


def taken_before(
    facts: list[Fact], results: Mapping[str, Result]
) -> tuple[list[Fact], Result | None]:
    """Those taken before the first that was not, and what was said of that one."""
    taken: list[Fact] = []
    for fact in facts:
        result = results[str(fact.pk)]
        if result.outcome not in ACCEPTED:
            return taken, result
        taken.append(fact)
    return taken, None
