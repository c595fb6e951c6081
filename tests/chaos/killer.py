"""Ends worker processes with SIGKILL at random moments, and starts them again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.fixtures.worker import CeleryProcess

# One kill in so many takes a whole worker, the others one of its children.
CHILDREN_PER_WORKER = 6
SECONDS_FOR_PROGRESS = 5.0


@dataclass
class Killer:
    """Kills only what `start` has started. `lost` counts kills that hit a task at work."""

    random: Random
    start: Callable[[], CeleryProcess]
    workers: list[CeleryProcess] = field(default_factory=list)
    dead: list[CeleryProcess] = field(default_factory=list)
    children_killed: int = 0
    workers_killed: int = 0

    @property
    def kills(self) -> int:
        return self.children_killed + self.workers_killed

    @property
    def lost(self) -> int:
        lines = [line for worker in self.workers + self.dead for line in worker.lines]
        return sum("WorkerLostError" in line and "raised" in line for line in lines)

    def kill_while(self, waiting: Callable[[], int], *, times: int, within: float) -> None:
        """Kill so often, as long as something is waiting; a few are done between two kills.

        `within` so many seconds, so that a crowd which never comes to an end is told apart.
        """
        until, enough = time.monotonic() + within, self.kills + times
        while (left := waiting()) and self.kills < enough and time.monotonic() < until:
            self._let_them_do(self.random.randint(0, 7), left, waiting)
            time.sleep(self.random.uniform(0, 0.03))
            if waiting():
                self._kill_one()

    def _let_them_do(self, some: int, left: int, waiting: Callable[[], int]) -> None:
        until = time.monotonic() + SECONDS_FOR_PROGRESS
        while waiting() > left - some and time.monotonic() < until:
            time.sleep(0.005)

    def _kill_one(self) -> None:
        """One that works: who is still starting would only be kept from ever doing so."""
        ready = [worker for worker in self.workers if worker.ready]
        if not ready:
            return
        worker = self.random.choice(ready)
        if self.random.randrange(CHILDREN_PER_WORKER) == 0:
            self.kill_whole(worker)
        elif children := children_of(worker.pid):
            with suppress(ProcessLookupError):  # it had just ended by itself
                os.kill(self.random.choice(children), signal.SIGKILL)
                self.children_killed += 1

    def kill_whole(self, worker: CeleryProcess) -> None:
        worker.kill()
        self.workers_killed += 1
        self.workers.remove(worker)
        self.dead.append(worker)
        self.workers.append(self.start())


def children_of(pid: int) -> list[int]:
    """Its pool."""
    with suppress(FileNotFoundError):
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    return []
