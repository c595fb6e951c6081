from __future__ import annotations

from typing import TYPE_CHECKING

from portal.local.kept import Kept

if TYPE_CHECKING:
    from pathlib import Path


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "place" / "secret")
    assert kept.read() == ""

    kept.write("of this clone")

    assert kept.read() == "of this clone"
    assert kept.path.stat().st_mode & 0o777 == 0o600


def test_what_everybody_could_read_is_closed_when_it_is_written_anew(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "secret")
    kept.path.write_text("before")
    kept.path.chmod(0o644)

    kept.write("now")

    assert kept.path.stat().st_mode & 0o777 == 0o600
    kept.forget()
    assert kept.read() == ""
    kept.forget()
