"""Where a webhook may go: never into an internal network, whatever the address looks like.

An address is judged as text and through the resolver, when it is saved and again at every
attempt. A name may lead elsewhere tomorrow, or a moment later, so the attempt connects to the
very address that was judged (see `sending.py`).
"""

from __future__ import annotations

import ipaddress
import re
import string
import threading
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from AntiSSRF import AntiSSRFError, AntiSSRFPolicy, PolicyConfigOptions
from certifi import where
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from requests import Request
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from customers.refusals import Refusal

if TYPE_CHECKING:
    from AntiSSRF import AntiSSRFSession
    from urllib3 import HTTPConnectionPool

LONGEST = 500
PATIENCE = 2.0  # seconds for the resolver, while somebody waits for a page
# Names that a process waits for at a time; of those nobody waits for any more as well.
_WAITING = threading.BoundedSemaphore(4)
# What no library's list has: IPv4 written as IPv6 in two ways that went out of use (RFC 4291
# 2.5.5.1, RFC 2765). Some system may still understand them.
ALSO_INTERNAL = ["::/96", "::ffff:0:0:0/96"]
HERE = ("localhost", "127.0.0.1", "[::1]")

_PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation) - {"\\"}
_NUMBER = re.compile(r"^([0-9]+|0x[0-9a-f]*)$", re.IGNORECASE)


class AddressMalformed(Refusal):
    sentence = _("This is not an address that webhooks can be sent to: https://, a name, a path.")


class AddressNotFound(Refusal):
    sentence = _("The name of this server was not found.")


class AddressSlow(AddressNotFound):
    sentence = _("The name of this server was not found in time. Try again in a minute.")


class AddressInternal(Refusal):
    sentence = _("This address leads to an internal network. Webhooks only go to public addresses.")


@dataclass(frozen=True)
class Judged:
    """A pool whose connections go to an address that was judged, and to no other."""

    pool: HTTPConnectionPool
    host: str  # with its port, for the header: the connection itself only knows the number
    path: str


def check(address: str) -> None:
    """Whether webhooks may be sent there as things are now; resolves the name.

    The resolver waits as long as a stranger's name server likes, and whoever calls this answers
    one request at a time: it is asked on another thread, and not for longer than PATIENCE.
    Raises AddressMalformed, AddressNotFound, AddressSlow, AddressInternal.
    """
    _refuse_malformed(address)
    if not _WAITING.acquire(blocking=False):
        raise AddressSlow
    found: Future[None] = Future()
    try:
        threading.Thread(target=_look_up, args=(address, found), daemon=True).start()
    except RuntimeError as full:  # the machine gives no more threads: nobody else makes room
        _WAITING.release()
        raise AddressSlow from full
    try:
        found.result(timeout=PATIENCE)
    except TimeoutError as late:
        raise AddressSlow from late


def _look_up(address: str, found: Future[None]) -> None:
    try:
        with closing(connections()) as session:
            judged(address, session)
    except Exception as failure:  # noqa: BLE001 - for whoever waits
        found.set_exception(failure)
    else:
        found.set_result(None)
    finally:
        _WAITING.release()


def connections() -> AntiSSRFSession:
    """Where connections are kept, by the address that was judged; to be closed."""
    return _policy(tuple(settings.WEBHOOKS_INTERNAL_NETWORKS)).get_antissrf_session()


def judged(address: str, session: AntiSSRFSession) -> Judged:
    """The same, ready to connect. TLS keeps the name; the environment's proxies are not asked.

    A name that leads where it led before gets the same pool of the session, and so a connection
    that is open already; one that leads elsewhere gets another. Raises AddressMalformed,
    AddressNotFound, AddressInternal.
    """
    _refuse_malformed(address)
    request = Request("POST", address).prepare()
    adapter = session.get_adapter(address)
    try:
        pool = adapter.get_connection_with_tls_context(request, verify=where())
    except AntiSSRFError as refused:
        raise AddressInternal from refused
    except (OSError, UnicodeError) as unknown:
        raise AddressNotFound from unknown
    return Judged(pool, urlsplit(address).netloc, request.path_url)


def _refuse_malformed(address: str) -> None:
    """What is no address, or one that not everybody reads alike."""
    parts = _split(address)
    if parts is None or not parts.hostname:
        raise AddressMalformed
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressMalformed
    if parts.scheme != "https" and not _may_be_plain(parts):
        raise AddressMalformed
    if _looks_like_a_number(parts.hostname):
        raise AddressMalformed


@cache
def _policy(let_in: tuple[str, ...]) -> AntiSSRFPolicy:
    """What is internal, save the networks of the setting. Made once: it is some forty networks."""
    policy = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    policy.add_denied_addresses(ALSO_INTERNAL)
    policy.add_xff_header = False
    if let_in:
        policy.add_allowed_addresses(list(let_in))
        policy.allow_plain_text_http = True
    return policy


def _split(address: str) -> SplitResult | None:
    """As the standard library reads it, if urllib3, which will connect, reads it alike."""
    if not address or len(address) > LONGEST or not _PRINTABLE.issuperset(address):
        return None
    try:
        parts, other = urlsplit(address), parse_url(address)
        ports = parts.port, other.port
    except (ValueError, LocationParseError):
        return None
    hosts = (parts.hostname or "").lower(), (other.host or "").strip("[]").lower()
    if hosts[0] != hosts[1] or ports[0] != ports[1] or parts.scheme != other.scheme:
        return None
    return parts


def _may_be_plain(parts: SplitResult) -> bool:
    """On the machine itself, where a demo or a test allows that."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts.scheme == "http" and bool(settings.WEBHOOKS_INTERNAL_NETWORKS) and host in HERE


def _looks_like_a_number(host: str) -> bool:
    """Decimal, octal or hexadecimal: what resolvers take for IPv4 and people do not.

    The usual four numbers, without zeroes before them, are told apart by everybody.
    """
    last = host.rstrip(".").rpartition(".")[2]
    if ":" in host or not _NUMBER.match(last):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False
