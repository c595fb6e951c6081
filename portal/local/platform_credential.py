"""With which the demo's own platform asks the portal whether a token is good.

The portal keeps the hash alone, so the credential lies here, where only its owner reads it.
"""

from __future__ import annotations

from portal.local import place
from portal.local.kept import Kept

KEPT = Kept(place.LOCAL / "platform-credential")
NAME = "Operation Center"


def known() -> str:
    """Empty before the first `make run`."""
    return KEPT.read()


def make() -> None:
    """A credential in the name of the demo's operations, unless the one that is kept is good.

    Nothing where that person is not: the database is not the demo's.
    """
    from billing.metering.models import ApiCredential
    from billing.metering.operations import credentials
    from customers import clock
    from portal.demo.queries import who_operates

    at = clock.now()
    if known() and credentials.recognise(known(), at=at):
        return
    operations = who_operates()
    if operations is None:
        return
    issued = credentials.issue_for_platform(
        name=NAME, scope=ApiCredential.Scope.TOKENS_INTROSPECT, by=operations, at=at
    )
    KEPT.write(issued.secret)
