"""A program that this process starts, listens to and ends, and that never outlives it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from portal.local import place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portal.local.accounts import Account

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)  # beside this process's own
    stop_signal: signal.Signals = signal.SIGTERM
    seconds_to_stop: float = 30
    configuration: str | None = None  # given on standard input, where no other process reads it
    account: Account | None = None  # whom it runs as; None: who runs this


class Running:
    """A started Program. Every line it writes goes to `hear`; the last ones are kept."""

    def __init__(self, program: Program, hear: Callable[[str], None] | None = None) -> None:
        self.program = program
        self.last_lines: deque[str] = deque(maxlen=20)
        self._hear = hear
        account = program.account
        self.process = subprocess.Popen(
            program.command,
            cwd=place.ROOT if account is None else "/",
            env={**os.environ, **program.environment},
            stdin=subprocess.DEVNULL if program.configuration is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A Ctrl-C reaches the supervisor alone, which stops programs in their order.
            start_new_session=True,
            preexec_fn=self._follow_parent,  # noqa: PLW1509 - one system call, no locks taken
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if program.configuration is not None and self.process.stdin is not None:
            self.process.stdin.write(program.configuration.encode())
            self.process.stdin.close()
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """Ask it to end and wait; end it by force when it takes longer than it may."""
        if self.alive:
            self.process.send_signal(self.program.stop_signal)
            try:
                self.process.wait(self.program.seconds_to_stop)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self._reader.join(timeout=5)

    def _follow_parent(self) -> None:
        """On Linux the kernel stops the program even when this process is killed."""
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(self.program.stop_signal))

    def _read(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(text)
                if self._hear is not None:
                    self._hear(text)


def how_it_ended(exit_code: int) -> str:
    if exit_code < 0:
        return f"was ended by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"
