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

KEPT = Kept(place.LOCAL / "services.json")  # they hold passwords and secrets
SERVICES = ("DATABASE_URL", "REDIS_URL")
# And where the portal itself answers: letters that another command writes lead there.
PORTAL = "PORTAL_ADDRESS"
# What the platform knows belongs to this database: a command on another one never speaks to it.
PLATFORM = ("OPERATION_CENTER_URL", "OPERATION_CENTER_SECRET", "PLATFORM_SECRET")
NAMES = (*SERVICES, PORTAL, *PLATFORM)


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
    if os.environ.get("DATABASE_URL") not in {None, "", kept.get("DATABASE_URL")}:
        kept = {name: kept[name] for name in kept if name not in PLATFORM}
    return {name: os.environ.get(name) or kept.get(name, "") for name in NAMES}


def main() -> None:
    """Print them for a shell: eval "$(make shell-env)".

    Not the platform: the development settings know it, and a `make run` of the same shell would
    take it for one that is to be used in place of its own.
    """
    addresses = known()
    services = {name: addresses[name] for name in SERVICES}
    if not all(services.values()):
        place.give_up(place.StartRefused("no services run here; start them with `make run`."))
    for name, address in services.items():
        print(f"export {name}={shlex.quote(address)}")
    sys.exit(0)


if __name__ == "__main__":
    main()
