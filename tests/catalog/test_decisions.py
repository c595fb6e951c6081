"""Staff decide about the policies of a product, and the files do not take it back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from catalog.decisions import ChangedSince, decide_policies
from catalog.loading import load_catalogue
from catalog.models import ProductVersion
from catalog.policies import WrongPolicy
from catalog.queries import current_version
from catalog.validating import SEED
from tests.kept import kept_until_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import DjangoDbBlocker

pytestmark = pytest.mark.django_db

TOOLS = "development-tools"
SANDBOX = "sandbox-production-environment"
ON = dt.date(2026, 11, 1)


@pytest.fixture(autouse=True, scope="module")
def _loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with kept_until_the_end(django_db_blocker, lambda: load_catalogue(on=ON)):
        yield


def decide(code: str, **policies: bool | int) -> ProductVersion:
    version = current_version(code)
    wanted = replace(version.policy, **policies)  # type: ignore[arg-type]
    return decide_policies(code, wanted, instead_of=version.number)


def test_a_decision_is_the_next_version_and_the_one_before_stays() -> None:
    before = current_version(TOOLS)

    after = decide(TOOLS, notice_days=30)

    assert (after.number, after.policy.notice_days) == (before.number + 1, 30)
    assert current_version(TOOLS) == after
    before.refresh_from_db()
    assert before.policy.notice_days == 0
    same = ("texts", "capabilities", "inside", "links", "included_in_plans", "scope")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]


@pytest.mark.parametrize("code", [TOOLS, SANDBOX], ids=["with charges", "without"])
def test_loading_the_files_again_changes_nothing(code: str) -> None:
    decide(code, notice_days=30)

    assert load_catalogue(on=ON).changes == ()


def test_other_content_comes_and_the_policies_stay(tmp_path: Path) -> None:
    decide(TOOLS, notice_days=30)
    for file in SEED.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name == f"{TOOLS}.yaml":
            text = text.replace("name: Ontwikkeltools", "name: Gereedschap", 1)
        (tmp_path / file.name).write_text(text, encoding="utf-8")

    assert load_catalogue(tmp_path, on=ON).changes == (f"product {TOOLS}: version 3",)

    found = current_version(TOOLS)
    assert (found.name_in("nl"), found.policy.notice_days) == ("Gereedschap", 30)
    assert found.policies_by_staff
    assert load_catalogue(tmp_path, on=ON).changes == ()


@pytest.mark.parametrize(
    ("code", "policies"),
    [
        pytest.param(TOOLS, {"notice_days": 367}, id="longer than a year"),
        pytest.param(TOOLS, {"cancel_now": False, "cancel_at_month_end": False}, id="no way out"),
        pytest.param(SANDBOX, {"needs_confirmation": False}, id="a copy that nobody makes"),
    ],
)
def test_what_cannot_be_is_refused(code: str, policies: dict[str, bool | int]) -> None:
    with pytest.raises(WrongPolicy):
        decide(code, **policies)

    assert not ProductVersion.objects.filter(policies_by_staff=True).exists()


def test_who_saw_an_earlier_version_is_refused() -> None:
    version = current_version(TOOLS)
    decide(TOOLS, notice_days=30)

    with pytest.raises(ChangedSince):
        decide_policies(TOOLS, version.policy, instead_of=version.number)
