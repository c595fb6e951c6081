"""The servers that are measured have production's own settings, and the twins Django's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import django
import pytest

from benchmarks.server import PRODUCTION
from portal.local.place import ROOT
from tests.portal.settings.test_production import COMPLETE

DIFFERENT = """
import importlib, json, sys
one, other = (
    {name: value for name, value in vars(importlib.import_module(each)).items() if name.isupper()}
    for each in sys.argv[1:]
)
print(json.dumps(sorted(
    name for name in one.keys() | other.keys() if one.get(name) != other.get(name)
)))
"""
FROM_THE_PLACE = {"DATABASE_URL", "REDIS_URL"}  # whose services they are


def different(one: str, other: str) -> set[str]:
    said = subprocess.run(
        [sys.executable, "-c", DIFFERENT, one, other],
        cwd=ROOT,
        env={**os.environ, **COMPLETE},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(said.stdout))


@pytest.mark.parametrize(
    ("measured", "own"),
    [
        pytest.param("benchmarks.asking", {"ROOT_URLCONF"}, id="portal"),
        pytest.param("benchmarks.twins", {"ROOT_URLCONF", "MIDDLEWARE_OF_TWINS"}, id="twins"),
    ],
)
def test_what_is_measured_has_the_settings_of_production(measured: str, own: set[str]) -> None:
    """So it remembers as long, finds files the same way and counts requests alike."""
    assert different(measured, "portal.settings.production") == own


def test_production_remembers_what_the_base_says() -> None:
    changed = different("portal.settings.production", "portal.settings.base")

    assert not {name for name in changed if name.endswith(("_MEMORY_SECONDS", "_PER_MINUTE"))}
    assert not {name for name in changed if name.startswith(("WHITENOISE_", "MIDDLEWARE"))}


def test_its_environment_says_what_is_required_and_no_more() -> None:
    required = set(COMPLETE) - {"SECRET_KEY_FALLBACKS"} - FROM_THE_PLACE

    assert set(PRODUCTION) == required


def test_the_twins_go_through_what_django_puts_before_every_view() -> None:
    template = Path(django.__file__).parent / "conf/project_template/project_name/settings.py-tpl"
    listed = template.read_text().split("MIDDLEWARE = [")[1].split("]")[0]
    djangos = [line.strip().strip(",").strip("'") for line in listed.strip().splitlines()]
    said = subprocess.run(
        [sys.executable, "-c", "from benchmarks.twins import *; print(MIDDLEWARE_OF_TWINS)"],
        cwd=ROOT,
        env={**os.environ, **COMPLETE},
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(said.stdout.replace("'", '"'))

    assert [each for each in theirs if "whitenoise" not in each] == djangos
    assert "whitenoise.middleware.WhiteNoiseMiddleware" in theirs
