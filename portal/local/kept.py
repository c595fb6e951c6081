"""What a clone keeps for itself from one `make run` to the next, where only its owner reads it.

Standard library only: the development settings read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Kept:
    path: Path

    def read(self) -> str:
        """Empty before it was first written."""
        try:
            return self.path.read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def write(self, text: str) -> None:
        self.path.parent.mkdir(exist_ok=True)
        self.path.touch(mode=0o600)
        self.path.chmod(0o600)
        self.path.write_text(f"{text}\n", encoding="utf-8")

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
