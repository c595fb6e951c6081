from __future__ import annotations

import inspect
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from catalog.validating import SEED
from portal import checks
from subscriptions.licence_files import signing

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings


def test_each_check_has_a_number_of_its_own() -> None:
    """One that is silenced by its number silences no other."""
    [*bodies] = inspect.getsource(checks).split("\ndef ")[1:]
    numbers = [set(re.findall(r"portal\.[EW]\d+", body)) for body in bodies]

    assert sum(map(len, numbers)) == len(set().union(*numbers)) == 9


@pytest.mark.parametrize(
    ("age", "options", "refused"),
    [
        pytest.param(0, {}, ["portal.E001"], id="neither"),
        pytest.param(0, {"pool": {"min_size": 1}}, [], id="pool"),
        pytest.param(60, {}, [], id="persistent"),
        pytest.param(None, {}, [], id="for-ever"),
    ],
)
def test_a_connection_for_every_request_is_refused(
    monkeypatch: pytest.MonkeyPatch, age: int | None, options: dict[str, object], refused: list[str]
) -> None:
    engine = "django.db.backends.postgresql"
    database = {"ENGINE": engine, "CONN_MAX_AGE": age, "OPTIONS": options}
    monkeypatch.setattr(connections, "settings", {"default": database})

    assert [complaint.id for complaint in checks.connections_are_kept()] == refused


@pytest.mark.parametrize(
    ("can_move", "refused"), [(True, ["portal.E002"]), (False, [])], ids=["movable", "real"]
)
def test_a_server_with_a_movable_clock_is_refused(
    settings: Settings, can_move: bool, refused: list[str]
) -> None:
    settings.CLOCK_CAN_MOVE = can_move

    assert [complaint.id for complaint in checks.the_clock_is_the_real_one()] == refused


def test_a_server_that_cannot_sign_licence_files_is_refused(settings: Settings) -> None:
    settings.LICENCE_SIGNING_KEY = ""

    assert [complaint.id for complaint in checks.licence_files_can_be_signed()] == ["portal.E003"]

    settings.LICENCE_SIGNING_KEY = signing.new_private_key()
    assert checks.licence_files_can_be_signed() == []
    assert checks.licence_keys_are_keys() == []


@pytest.mark.parametrize("malformed", ["short", "é" * 43, "A" * 44, "not base64!" * 4])
def test_what_is_no_key_is_refused(settings: Settings, malformed: str) -> None:
    settings.LICENCE_SIGNING_KEY = malformed
    settings.LICENCE_PUBLISHED_KEYS = [malformed]

    assert [complaint.id for complaint in checks.licence_keys_are_keys()] == ["portal.E004"] * 2


@pytest.mark.parametrize(
    ("networks", "refused"),
    [
        pytest.param(["127.0.0.0/8"], ["portal.E005"], id="inside"),
        pytest.param([], [], id="outside"),
    ],
)
def test_a_server_whose_webhooks_may_go_inside_is_refused(
    settings: Settings, networks: list[str], refused: list[str]
) -> None:
    settings.WEBHOOKS_INTERNAL_NETWORKS = networks

    assert [complaint.id for complaint in checks.webhooks_stay_outside()] == refused


@pytest.mark.parametrize(
    ("needed", "refused"), [(True, []), (False, ["portal.E006"])], ids=["both", "password alone"]
)
def test_a_back_office_behind_a_password_alone_is_refused(
    settings: Settings, needed: bool, refused: list[str]
) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = needed

    assert [complaint.id for complaint in checks.staff_need_a_second_factor()] == refused


def complaints() -> list[str | None]:
    return [complaint.id for complaint in checks.sellers_are_no_examples()]


def test_a_server_whose_catalogue_is_the_example_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    settings.CATALOGUE_DIRECTORY = str(SEED)
    as_it_comes = complaints()
    own = shutil.copytree(SEED, tmp_path / "catalogue")
    for file in own.iterdir():
        file.write_text(file.read_text().replace("example: true", "example: false"))
    settings.CATALOGUE_DIRECTORY = str(own)
    filled_in = complaints()
    (own / "sellers.yaml").unlink()

    assert as_it_comes == ["portal.E008", "portal.W009"]
    assert filled_in == []
    assert complaints() == ["portal.E007"]
