"""How many lives of a customer a property is tried with."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def some(examples: int) -> settings:
    """So many, and the same ones every time: exploring is for `make chaos`."""
    return settings(
        max_examples=examples,
        derandomize=True,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
