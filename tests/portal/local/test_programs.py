from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from portal.local.place import CannotGoOn
from portal.local.programs import Program, Running
from portal.local.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

FOR_EVER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
STUBBORN = [sys.executable, "-c", DEAF + "print('up', flush=True); time.sleep(600)"]
# Starts a program of its own and says which.
PARENT = f"""
import time
from portal.local.programs import Program, Running
print(Running(Program("child", {FOR_EVER!r})).process.pid, flush=True)
time.sleep(600)
"""


def test_what_a_program_says_is_heard() -> None:
    heard: list[str] = []

    running = Running(Program("speaker", ["echo", "one line"]), hear=heard.append)
    running.process.wait()
    running.stop()

    assert heard == ["one line"]


def test_its_configuration_stands_on_no_command_line() -> None:
    heard: list[str] = []

    running = Running(Program("reader", ["cat"], configuration="secret\n"), hear=heard.append)
    running.process.wait()
    running.stop()

    assert heard == ["secret"]


def test_who_does_not_stop_is_ended_by_force() -> None:
    heard: list[str] = []
    program = Program("stubborn", STUBBORN, seconds_to_stop=0.2)
    running = Running(program, hear=heard.append)
    wait_for(lambda: heard == ["up"])

    running.stop()

    assert running.process.returncode == -signal.SIGKILL


def test_one_that_may_be_started_again_is() -> None:
    supervisor = Supervisor()
    supervisor.start(Program("again", FOR_EVER), restart=True)
    [first] = supervisor.watched
    first.process.kill()
    first.process.wait()

    supervisor.check()

    [second] = supervisor.watched
    assert second.process.pid != first.process.pid
    assert second.alive
    supervisor.stop_all()
    assert not second.alive


def test_without_one_that_may_not_everything_stops() -> None:
    supervisor = Supervisor()
    supervisor.start(Program("web", FOR_EVER), restart=False)
    [running] = supervisor.watched
    running.process.kill()
    running.process.wait()

    with pytest.raises(CannotGoOn, match="web was ended by SIGKILL"):
        supervisor.check()
    supervisor.stop_all()


def test_one_that_falls_over_at_once_is_not_started_for_ever() -> None:
    supervisor = Supervisor()
    supervisor.start(Program("broken", ["false"]), restart=True)

    for _restart in range(5):
        supervisor.watched[0].process.wait()
        supervisor.check()
    supervisor.watched[0].process.wait()

    with pytest.raises(CannotGoOn, match="broken ended with exit code 1 again and again"):
        supervisor.check()
    supervisor.stop_all()


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels cannot do it")
def test_a_program_does_not_outlive_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_for(lambda: not exists(child))


def exists(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(happens: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.05)
