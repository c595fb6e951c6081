"""The example verifier against vectors, and the vectors against the portal's own signing.

`python -m tests.subscriptions.licence_files.test_vectors` writes the vectors anew.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from examples.verify_licence import Refused, keys_of, verify
from subscriptions.licence_files import signing

EXAMPLES = Path(__file__).parents[3] / "examples"
VECTORS = EXAMPLES / "licence-vectors.json"
# Known to everybody: they sign nothing but these vectors and tests.
CURRENT, EARLIER, STRANGER = (signing.encode(bytes([number]) * 32) for number in (1, 2, 3))
NAMES = {"serial_number": "1000000001", "owner_name": "Voorbeeld B.V."}
CONTENT: dict[str, Any] = {
    "number": 1,
    "tenant": NAMES,
    "issued_at": "2026-11-18T11:00:00Z",
    "warning_at": "2026-11-23T23:00:00Z",
    "expires_at": "2026-11-30T23:00:00Z",
    "grace_until": "2026-12-12T23:00:00Z",
    "capabilities": [
        {"code": "crmscript"},
        {"code": "screen-designer", "minimum_crm_version": "10.0", "right": "field-administrator"},
        {"code": "scim", "until": "2026-11-25T23:00:00Z"},  # cancelled, within the paid month
    ],
}
ALL, WITHOUT_SCIM = ["crmscript", "screen-designer", "scim"], ["crmscript", "screen-designer"]
AT = "2026-11-20T12:00:00Z"


def vectors() -> dict[str, Any]:
    good = _signed(CURRENT)
    header, content, signature = good.split(".")
    changed = (
        f"{header}.{content[:40]}{'A' if content[40] != 'A' else 'B'}{content[41:]}.{signature}"
    )
    return {
        "published_keys": _published(),
        "cases": [
            _case("the paid period", good, AT),
            _case("signed with an earlier key that is still published", _signed(EARLIER), AT),
            _case("the last second of a capability", good, "2026-11-25T22:59:59Z"),
            _case("a capability that has ended", good, "2026-11-25T23:00:00Z", gives=WITHOUT_SCIM),
            _case("the last second of grace", good, "2026-12-12T22:59:59Z", gives=WITHOUT_SCIM),
            _case("a past date", good, "2026-12-12T23:00:00Z", refused="ended at"),
            _case(
                "a wrong serial number",
                good,
                AT,
                names=NAMES | {"serial_number": "1000000002"},
                refused="another serial number or owner",
            ),
            _case(
                "a wrong owner",
                good,
                AT,
                names=NAMES | {"owner_name": "Voorbeeld N.V."},
                refused="another serial number or owner",
            ),
            _case("a changed byte", changed, AT, refused="changed after it was signed"),
            _case(
                "more behind the signature", f"{good}.{signature}", AT, refused="not a licence file"
            ),
            _case("an unknown key", _signed(STRANGER), AT, refused="unknown key"),
            _case("no licence file", "hello", AT, refused="not a licence file"),
        ],
    }


def _published() -> dict[str, Any]:
    earlier = signing.encode(signing.public_half(EARLIER))
    with override_settings(LICENCE_SIGNING_KEY=CURRENT, LICENCE_PUBLISHED_KEYS=[earlier]):
        return signing.published_keys()


def _signed(key: str) -> str:
    with override_settings(LICENCE_SIGNING_KEY=key):
        return signing.sign(CONTENT).text


def _case(
    what: str,
    file: str,
    at: str,
    *,
    names: dict[str, str] = NAMES,
    gives: list[str] = ALL,
    refused: str = "",
) -> dict[str, Any]:
    """Refused, or the codes of what may be used."""
    said = {"refused": refused, "capabilities": []} if refused else {"capabilities": gives}
    return {"case": what, "file": file, "tenant": names, "at": at, "refused": None, **said}


WRITTEN = json.loads(VECTORS.read_text()) if VECTORS.exists() else {"cases": []}


def test_the_vectors_are_what_the_portal_signs() -> None:
    assert vectors() == WRITTEN


@pytest.mark.parametrize("case", WRITTEN["cases"], ids=lambda case: case["case"])
def test_the_example_says_what_the_vector_says(case: dict[str, Any]) -> None:
    keys = keys_of(json.dumps(WRITTEN["published_keys"]))
    at = dt.datetime.fromisoformat(case["at"])

    if case["refused"] is None:
        found = verify(case["file"], keys, case["tenant"], at)
        given = [each for each in CONTENT["capabilities"] if each["code"] in case["capabilities"]]
        assert found == CONTENT | {"capabilities": given}
        assert [each["code"] for each in given] == case["capabilities"]
    else:
        with pytest.raises(Refused, match=case["refused"]):
            verify(case["file"], keys, case["tenant"], at)


def test_no_character_of_a_file_can_be_changed() -> None:
    good = _signed(CURRENT)
    keys = keys_of(json.dumps(_published()))

    for place, letter in enumerate(good):
        for other in {"A", "B", "_", ".", "=", "~", "é"} - {letter}:
            changed = good[:place] + other + good[place + 1 :]
            with pytest.raises(Refused):
                verify(changed, keys, NAMES, dt.datetime.fromisoformat(AT))


def test_a_file_under_another_algorithm_is_not_taken() -> None:
    header = signing.encode(b'{"alg":"none","kid":"none"}')
    content = signing.encode(json.dumps(CONTENT).encode())

    with pytest.raises(Refused, match="unknown key"):
        verify(f"{header}.{content}.", keys_of(json.dumps(_published())), NAMES, _instant(AT))


def test_the_example_needs_nothing_but_its_package() -> None:
    """Run from its own folder: nothing of the portal is within reach."""
    script = "import sys, verify_licence; print([m for m in sys.modules if m.startswith('django')])"

    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=EXAMPLES, capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"


def test_its_code_is_thirty_lines_long_with_its_imports() -> None:
    lines = (EXAMPLES / "verify_licence.py").read_text().splitlines()
    code = [line for line in lines if line.strip() and not line.strip().startswith(('"""', "#"))]

    assert len(code) <= 30


@pytest.mark.django_db
def test_the_keys_are_published_for_everybody() -> None:
    earlier = signing.encode(signing.public_half(EARLIER))
    with override_settings(LICENCE_SIGNING_KEY=CURRENT, LICENCE_PUBLISHED_KEYS=[earlier]):
        answer = Client().get("/.well-known/licence-keys.json")

    assert answer.json() == WRITTEN["published_keys"]
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert CURRENT not in answer.content.decode()


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=2, ensure_ascii=False) + "\n")
