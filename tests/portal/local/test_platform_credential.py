"""The demo's platform has a credential that the portal knows, from one start to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from customers import clock
from portal.demo.people import OPERATIONS, create_demo_person
from portal.local import platform_credential
from portal.local.kept import Kept

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = tmp_path / "platform-credential"
    monkeypatch.setattr(platform_credential, "KEPT", Kept(kept))
    return kept


def test_it_is_made_once_and_again_when_it_is_no_longer_good(kept: Path) -> None:
    operations = create_demo_person(OPERATIONS)

    platform_credential.make()
    platform_credential.make()

    found = ApiCredential.objects.get()
    assert found.scope == ApiCredential.Scope.TOKENS_INTROSPECT
    assert credentials.recognise(platform_credential.known(), at=clock.now()) == found
    assert kept.stat().st_mode & 0o777 == 0o600

    credentials.revoke(found, by=operations, at=clock.now())
    platform_credential.make()

    again = credentials.recognise(platform_credential.known(), at=clock.now())
    assert again is not None
    assert again != found


def test_in_a_database_that_is_not_the_demos_none_is_made() -> None:
    platform_credential.make()

    assert platform_credential.known() == ""
    assert not ApiCredential.objects.exists()
