"""The entitlement check over HTTP: two server processes, `wrk` asking about tenants at random.

Beside it, in turns: Django saying hello on the same server, and a plain twin on one of its own.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.processor import seconds_of
from benchmarks.server import FROM_PROXY, serving, serving_twins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measuring import Row
    from benchmarks.server import Server

WRK = "wrk"  # Debian: apt-get install wrk
TENANTS = 100_000
SECONDS = 4
SATURATED, ALONE = 8, 1  # connections
DOOR = "/api/v1/tenants/%d/entitlements"
HELLO = "/api/hello"
PLAIN = "/plain/tenants/%d/entitlements"

# Asks about tenants at random, with the credential; counts whatever is not 200.
SCRIPT = """
local ids = {{{ids}}}
local headers = {{ ["Authorization"] = "Bearer {secret}", {from_proxy} }}
function init() math.randomseed(os.time()) end
function request()
  return wrk.format("GET", string.format("{path}", ids[math.random(#ids)]), headers)
end
"""


class Turn(NamedTuple):
    """What `wrk` saw, and what it cost the server's processes."""

    per_second: float
    median: float  # milliseconds
    p99: float
    processor: float  # microseconds of the application a request


class Turns(NamedTuple):
    door: list[Turn]
    alone: list[Turn]  # the door on one connection
    hello: list[Turn]
    plain: list[Turn]


def measure(times: int, tenants: int = TENANTS) -> list[Row]:
    """Rows of the report; one that says what is missing where `wrk` is."""
    what = f"Entitlement check over HTTP, {tenants:,} tenants, 2 processes"
    if shutil.which(WRK) is None:
        return [(what, "not measured", f"{WRK} is not installed")]
    found = turns(tenants, times)
    rates = {name: [turn.per_second for turn in of] for name, of in found._asdict().items()}
    of_hello = _each(rates["door"], rates["hello"])
    of_plain = _each(rates["door"], rates["plain"])
    return [
        _row(what, rates["door"], ",.0f", " requests/s"),
        _row("… p99, saturated", [turn.p99 for turn in found.door], ".1f", " ms"),
        _row("… median, one connection", [turn.median for turn in found.alone], ".2f", " ms"),
        _row("… p99, one connection", [turn.p99 for turn in found.alone], ".2f", " ms"),
        _row("… processor time of the portal", _processor(found.door), ",.0f", " µs a request"),
        _row("… Django's hello on the same server", rates["hello"], ",.0f", " requests/s"),
        _row("… its processor time", _processor(found.hello), ",.0f", " µs a request"),
        _row("… share of hello", of_hello, ".2f"),
        _row("… the same job in Django REST framework", rates["plain"], ",.0f", " requests/s"),
        _row("… its processor time", _processor(found.plain), ",.0f", " µs a request"),
        _row("… times as fast", of_plain, ".1f"),
    ]


def _row(what: str, figures: list[float], form: str, unit: str = "") -> Row:
    low, median, high = min(figures), statistics.median(figures), max(figures)
    return what, f"{median:{form}}{unit}", f"{low:{form}} – {high:{form}}"


def _processor(turns: list[Turn]) -> list[float]:
    return [turn.processor for turn in turns]


def _each(one: list[float], other: list[float]) -> list[float]:
    return [a / b for a, b in zip(one, other, strict=True)]


def turns(tenants: int, times: int) -> Turns:
    """All in turns, so that what else the machine does falls on each of them."""
    ids, secret = _prepare(tenants)
    found = Turns([], [], [], [])
    with (
        serving("benchmarks.asking") as portal,
        serving_twins() as twins,
        tempfile.TemporaryDirectory() as folder,
    ):
        scripts = {path: _script(Path(folder), path, ids, secret) for path in (DOOR, HELLO, PLAIN)}
        asked: list[tuple[list[Turn], Server, str, int]] = [
            (found.hello, portal, HELLO, SATURATED),
            (found.door, portal, DOOR, SATURATED),
            (found.alone, portal, DOOR, ALONE),
            (found.plain, twins, PLAIN, SATURATED),
        ]
        for _warm, server, path, connections in asked:  # until everything is loaded
            _turn(server, scripts[path], connections)
        for _time in range(times):
            for turns_of, server, path, connections in asked:
                turns_of.append(_turn(server, scripts[path], connections))
    return found


def _prepare(tenants: int) -> tuple[list[int], str]:
    from benchmarks import crowd
    from billing.metering.models import ApiCredential
    from billing.metering.operations import credentials
    from customers.clock import real_now
    from customers.models import Tenant
    from tests.factories.customers import PersonFactory

    crowd.forget_everybody()
    crowd.gather(tenants)
    issued = credentials.issue_for_platform(
        name="Benchmark",
        scope=ApiCredential.Scope.ENTITLEMENTS_READ,
        by=PersonFactory(staff=True),
        at=real_now(),
    )
    return list(Tenant.objects.order_by("pk").values_list("pk", flat=True)), issued.secret


def _script(folder: Path, path: str, ids: Sequence[int], secret: str) -> Path:
    file = folder / f"{len(list(folder.iterdir()))}.lua"
    from_proxy = ", ".join(f'["{name}"] = "{value}"' for name, value in FROM_PROXY.items())
    of_ids = ",".join(map(str, ids))
    file.write_text(SCRIPT.format(ids=of_ids, secret=secret, path=path, from_proxy=from_proxy))
    return file


def _turn(server: Server, script: Path, connections: int) -> Turn:
    before = seconds_of(server.processes)
    ran = subprocess.run(
        [
            WRK,
            "--threads=1",
            f"--connections={connections}",
            f"--duration={SECONDS}s",
            "--latency",
            f"--script={script}",
            f"http://127.0.0.1:{server.port}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    spent = seconds_of(server.processes) - before
    assert "Non-2xx" not in ran.stdout, ran.stdout
    requests = int(_said(r"(\d+) requests in", ran.stdout))
    return Turn(
        per_second=float(_said(r"Requests/sec:\s+([\d.]+)", ran.stdout)),
        median=_milliseconds(_said(r"50%\s+([\d.]+\w+)", ran.stdout)),
        p99=_milliseconds(_said(r"99%\s+([\d.]+\w+)", ran.stdout)),
        processor=spent / requests * 1_000_000,
    )


def _said(pattern: str, output: str) -> str:
    found = re.search(pattern, output)
    assert found, output
    return found[1]


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
