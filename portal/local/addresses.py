"""Where the services of a running `make run` are, for the other commands of this clone.

Standard library only: the development settings read it.
"""

from __future__ import annotations

import json
import os
import shlex
import sys

from portal.local import place

KEPT = place.LOCAL / "services.json"
NAMES = ("DATABASE_URL", "REDIS_URL")


def keep(addresses: dict[str, str]) -> None:
    KEPT.touch(mode=0o600)
    KEPT.chmod(0o600)  # they hold passwords
    KEPT.write_text(json.dumps(addresses), encoding="utf-8")


def forget() -> None:
    KEPT.unlink(missing_ok=True)


def known() -> dict[str, str]:
    """The addresses of the services that run now; what the environment says goes first."""
    try:
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    return {name: os.environ.get(name) or kept.get(name, "") for name in NAMES}


def main() -> None:
    """Print them for a shell: eval "$(make shell-env)"."""
    addresses = known()
    if not all(addresses.values()):
        place.give_up(place.StartRefused("no services run here; start them with `make run`."))
    for name, address in addresses.items():
        print(f"export {name}={shlex.quote(address)}")
    sys.exit(0)


if __name__ == "__main__":
    main()
