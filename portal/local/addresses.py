"""Where a running `make run` and its services are, for the other commands of this clone.

Standard library only: the development settings read it.
"""

from __future__ import annotations

import json
import os
import shlex
import sys

from portal.local import place
from portal.local.kept import Kept

KEPT = Kept(place.LOCAL / "services.json")  # they hold passwords
SERVICES = ("DATABASE_URL", "REDIS_URL")
# And where the portal itself answers: letters that another command writes lead there.
NAMES = (*SERVICES, "PORTAL_ADDRESS")


def keep(addresses: dict[str, str]) -> None:
    KEPT.write(json.dumps(addresses))


def forget() -> None:
    KEPT.forget()


def known() -> dict[str, str]:
    """The addresses of what runs now; what the environment says goes first."""
    try:
        kept = json.loads(KEPT.read())
    except ValueError:  # none, or a half of them
        kept = {}
    return {name: os.environ.get(name) or kept.get(name, "") for name in NAMES}


def main() -> None:
    """Print them for a shell: eval "$(make shell-env)"."""
    addresses = known()
    services = {name: addresses[name] for name in SERVICES}
    if not all(services.values()):
        place.give_up(place.StartRefused("no services run here; start them with `make run`."))
    for name, address in services.items():
        print(f"export {name}={shlex.quote(address)}")
    sys.exit(0)


if __name__ == "__main__":
    main()
