"""SECRET_KEY is replaced: what is sealed in rows is sealed anew, and the old key can go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import CommandError, call_command

from customers.operations import resealing
from portal.webhooks.models import EndpointSecret
from portal.webhooks.signing import unseal
from tests.factories.customers import PersonFactory
from tests.factories.second_factors import set_up
from tests.factories.webhooks import SECRET, EndpointFactory

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

ANOTHER = "another-key-that-is-long-enough-for-every-check-there-is"


@pytest.fixture(autouse=True)
def _in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "AT_ONCE", 2)


@pytest.fixture
def codes() -> list[str]:
    """Recovery codes of somebody with a second factor, beside three endpoints."""
    EndpointFactory.create_batch(3)
    person = PersonFactory()
    set_up(person)
    found: list[str] = RecoveryCodes.activate(person).generate_codes()
    Authenticator.objects.create(
        user=PersonFactory(),
        type=Authenticator.Type.RECOVERY_CODES,
        data={"migrated_codes": [get_adapter().encrypt("12345678")]},
    )
    return found


def replace_key(settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = ANOTHER


def kept() -> tuple[list[str], list[dict[str, object]]]:
    return (
        list(EndpointSecret.objects.order_by("pk").values_list("sealed", flat=True)),
        list(Authenticator.objects.order_by("pk").values_list("data", flat=True)),
    )


def test_the_old_key_is_needed_no_more(
    settings: Settings, codes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    replace_key(settings)
    factors = Authenticator.objects.count()

    call_command("reseal")

    said = capsys.readouterr().out
    assert "secrets of webhooks: 3 of 3 sealed anew" in said
    assert f"second factors: {factors} of {factors} sealed anew" in said
    settings.SECRET_KEY_FALLBACKS = []
    assert {unseal(each.sealed) for each in EndpointSecret.objects.all()} == {SECRET}
    of_codes = Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES)
    first, migrated = (RecoveryCodes(each) for each in of_codes.order_by("pk"))
    assert (first.generate_codes(), migrated.generate_codes()) == (codes, ["12345678"])
    app = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert get_adapter().decrypt(app.data["secret"])


def test_a_second_time_changes_nothing(
    settings: Settings, codes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    replace_key(settings)
    call_command("reseal")
    before = kept()

    call_command("reseal")

    assert "secrets of webhooks: 0 of 3 sealed anew" in capsys.readouterr().out
    assert kept() == before


def test_what_no_key_opens_is_named_and_keeps_nobody_back(
    settings: Settings, codes: list[str]
) -> None:
    lost = EndpointSecret.objects.order_by("pk")[0]
    EndpointSecret.objects.filter(pk=lost.pk).update(sealed="nonsense")
    replace_key(settings)

    with pytest.raises(CommandError, match=rf"webhooks \[{lost.pk}\]"):
        call_command("reseal")

    settings.SECRET_KEY_FALLBACKS = []
    others = EndpointSecret.objects.exclude(pk=lost.pk)
    assert {unseal(each.sealed) for each in others} == {SECRET}
