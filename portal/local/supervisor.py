"""Web, worker, scheduler and their services, as long as nobody says stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from portal.local import place
from portal.local.programs import Program, Running, how_it_ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_LOOK_EVERY_SECONDS = 0.2
_RESTARTS_IN_A_ROW = 5
_STEADY_AFTER_SECONDS = 60


class Stopped(Exception):
    """Somebody pressed Ctrl-C, closed the terminal or asked the process to end."""


class Supervisor:
    """Holds running programs; ends them in reverse order, services last."""

    def __init__(self) -> None:
        self.watched: list[Running] = []
        self._restartable: dict[str, Program] = {}
        self._restarts: dict[str, list[float]] = {}
        self._stopping = threading.Event()
        self._at_a_terminal = os.isatty(sys.stderr.fileno())

    def listen_for_stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def watch(self, running: Running) -> None:
        """When this one ends, everything ends."""
        self.watched.append(running)

    def start(self, program: Program, *, restart: bool) -> None:
        self.watch(Running(program, hear=_with_name(program.name)))
        if restart:
            self._restartable[program.name] = program

    def run(self) -> None:
        """Keep everything running.

        Raises Stopped when asked to stop, CannotGoOn when something ended that the rest
        cannot do without.
        """
        while True:
            self.check()
            # A closed terminal tells make, and make tells nobody.
            if self._at_a_terminal and not os.isatty(sys.stderr.fileno()):
                raise Stopped
            time.sleep(_LOOK_EVERY_SECONDS)

    def check(self) -> None:
        for running in list(self.watched):
            if not running.alive:
                self._one_ended(running)

    def stop_all(self) -> None:
        self._stopping.set()  # a second Ctrl-C does not interrupt the stopping
        while self.watched:
            self.watched.pop().stop()

    def _one_ended(self, running: Running) -> None:
        name = running.program.name
        how = how_it_ended(running.process.returncode)
        program = self._restartable.get(name)
        if program is None:
            raise place.CannotGoOn(f"{name} {how}; without it nothing works.")
        now = time.monotonic()
        recent = [at for at in self._restarts.get(name, []) if now - at < _STEADY_AFTER_SECONDS]
        if len(recent) >= _RESTARTS_IN_A_ROW:
            raise place.CannotGoOn(f"{name} {how} again and again; its last words stand above.")
        self._restarts[name] = [*recent, now]
        place.say(f"{name} {how}; starting it again.")
        running.stop()
        where = self.watched.index(running)
        self.watched[where] = Running(program, hear=_with_name(name))

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            raise Stopped


def _with_name(name: str) -> Callable[[str], None]:
    return lambda line: place.say(f"{name:<7}| {line}")
