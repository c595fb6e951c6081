"""The register of VAT numbers: what it is asked, and VIES itself over its REST interface.

The interface is that of the European Commission's own page. `stdnum.eu.vat.check_vies_approx`
asks the same over SOAP, with a library of its own for it (docs/decisions/0044).
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

from billing.vies.models import Consultation
from customers import lines
from customers.identity import split_vat_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Outcome = Consultation.Outcome

# Some member states take a quarter of a minute.
LIMITS = lines.Limits(longest=100_000, quiet_seconds=30, deadline_seconds=30)
PATH = "/check-vat-number"
NOTHING_TOLD = "---"  # where a member state does not tell name or address
# What stands where other answers name an error, beside a verdict.
VERDICTS = ("", "VALID", "INVALID")


@dataclass(frozen=True, kw_only=True)
class Question:
    """Numbers as people write them, with their countries (ISO 3166-1 alpha-2)."""

    country: str
    vat_number: str
    asked_by_country: str
    asked_by: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A verdict with the number under which it can be asked for again, or why there is none."""

    outcome: Outcome
    consultation_number: str = ""
    name: str = ""
    address: str = ""
    trouble: str = ""


class Register(Protocol):
    def ask(self, question: Question) -> Reply:
        """Never raises: who is silent is an outcome too."""
        ...


class Vies:
    """Questions one after the other: member states refuse who asks too much at once."""

    def __init__(self, address: str) -> None:
        self._line = lines.Line(address, LIMITS)

    def ask(self, question: Question) -> Reply:
        state, number = split_vat_number(question.country, question.vat_number)
        own_state, own = split_vat_number(question.asked_by_country, question.asked_by)
        content = {
            "countryCode": state,
            "vatNumber": number,
            "requesterMemberStateCode": own_state,
            "requesterNumber": own,
        }
        return read(self._line.say("POST", PATH, json.dumps(content), {}))

    def close(self) -> None:
        self._line.close()


@contextmanager
def open_register() -> Iterator[Register]:
    register = Vies(settings.VIES_URL)
    try:
        yield register
    finally:
        register.close()


def read(answer: lines.Answer) -> Reply:
    """Only a plain yes or no is a verdict: a no beside an error means that nobody looked."""
    content = answer.json()
    said = content if isinstance(content, dict) else {}
    error = _error(said)
    verdict = said.get("valid")
    if error or not answer.is_good or not isinstance(verdict, bool):
        return Reply(outcome=Outcome.SILENT, trouble=error or _trouble(answer))
    return Reply(
        outcome=Outcome.VALID if verdict else Outcome.INVALID,
        consultation_number=_text(said.get("requestIdentifier"), 40),
        name=_text(said.get("name"), 300),
        address=_text(said.get("address"), 500),
    )


def _error(said: Mapping[str, Any]) -> str:
    """The register's word: MS_UNAVAILABLE, MS_MAX_CONCURRENT_REQ, INVALID_INPUT, …; "" without."""
    wrapped = said.get("errorWrappers")
    first = wrapped[0] if isinstance(wrapped, list) and wrapped else None
    words = [said.get("userError"), first.get("error") if isinstance(first, dict) else None]
    for word in words:
        if isinstance(word, str) and word not in VERDICTS:
            return word if re.fullmatch(r"[A-Z_]{1,60}", word) else "UNKNOWN_ERROR"
    return "UNKNOWN_ERROR" if said.get("actionSucceed") is False else ""


def _trouble(answer: lines.Answer) -> str:
    if answer.trouble:
        return answer.trouble[:100]
    return "not an answer as agreed" if answer.is_good else f"HTTP {answer.status}"


def _text(value: Any, longest: int) -> str:
    """On one line; a member state may break it, and tell nothing."""
    text = " ".join(value.replace("\x00", "").split()) if isinstance(value, str) else ""
    return "" if text == NOTHING_TOLD else text[:longest]
