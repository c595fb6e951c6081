"""Licence files verified by the example that customers get, on one core."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from examples.verify_licence import keys_of, verify

if TYPE_CHECKING:
    from benchmarks.measuring import Row

FILES = 5_000
VECTORS = Path(__file__).parent.parent / "examples" / "licence-vectors.json"


def measure(times: int) -> list[Row]:
    vectors = json.loads(VECTORS.read_text())
    keys = keys_of(json.dumps(vectors["published_keys"]))
    good = vectors["cases"][0]
    at = dt.datetime.fromisoformat(good["at"])
    rates = []
    for _time in range(times):
        begun = time.process_time()
        for _file in range(FILES):
            verify(good["file"], keys, good["tenant"], at)
        rates.append(FILES / (time.process_time() - begun))
    spread = f"{min(rates):,.0f} – {max(rates):,.0f}"
    return [
        ("Signed licence files verified, 1 core", f"{statistics.median(rates):,.0f} /s", spread)
    ]
