"""The corpus of hostile addresses: refused when saved and refused when sent, by a fake resolver.

The documentation ranges play the public internet here: a policy that lets them through is the
real one in everything else.
"""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from customers.refusals import Refusal
from portal.webhooks import addresses
from portal.webhooks.models import Attempt, Endpoint
from portal.webhooks.operations import endpoints
from portal.webhooks.sending import Lines
from tests.factories.customers import OrganisationFactory, PersonFactory
from tests.factories.webhooks import attempt
from tests.fakes.receiver import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import Settings

PUBLIC = "203.0.113.7"
AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)

# The real resolver reads numbers of any kind as addresses; so does this one.
BY_NAME = {
    "hooks.example": [PUBLIC],
    "v6.example": ["2001:db8::7"],
    "loopback.example": ["127.0.0.1"],
    "private.example": ["10.1.2.3"],
    "metadata.example": ["169.254.169.254"],
    "one-of-two.example": [PUBLIC, "192.168.0.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "link-local.example": ["fe80::1%lo"],
    "unique-local.example": ["fd00::1"],
    "localhost": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1"],
}

INTERNAL = [
    "https://127.0.0.1/",
    "https://127.8.9.10/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[ff02::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://loopback.example/",
    "https://LOOPBACK.example/",
    "https://private.example:8443/",
    "https://metadata.example/",
    "https://one-of-two.example/",
    "https://mapped.example/",
    "https://link-local.example/",
    "https://unique-local.example/",
    "https://localhost/",
    "https://localhost./",
]

MALFORMED = [
    "https://2130706433/",  # 127.0.0.1 in one decimal number
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.1./",
    "https://127.0.0.0x1/",
    "https://169.254.43518/",
    "https://[::1",
    "https://[fe80::1%25lo]/",
    "https://127.0.0.1%2f@hooks.example/",
    "https://hooks.example@127.0.0.1/",
    "https://user:secret@hooks.example/",
    "https://hooks.example\\@127.0.0.1/",
    "https://hooks.example /",
    "https://hooks.example/\r\nHost: inside",
    "https://hooks.example:99999/",
    "https://hooks.example:abc/",
    "https://hooks.example/#part",
    "https://hооks.example/",  # two letters are Cyrillic
    "https:///path",
    "https://",
    "//hooks.example/",
    "hooks.example",
    "http://hooks.example/",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/",
    "",
    "https://hooks.example/" + "a" * 500,
]


@pytest.fixture
def public(settings: Settings) -> None:
    settings.WEBHOOKS_INTERNAL_NETWORKS = [f"{PUBLIC}/32", "2001:db8::7/128"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the resolver was asked; it knows the names above, and numbers."""
    names: list[str] = []

    def getaddrinfo(host: str, port: object = None, *_rest: Any, **_more: Any) -> list[Any]:
        names.append(host)
        found = BY_NAME.get(host.lower())
        if found is None:
            try:
                found = [socket.inet_ntoa(socket.inet_aton(host))]
            except OSError:
                raise socket.gaierror(socket.EAI_NONAME, "not known") from None
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "",
             (each, port or 0))
            for each in found
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return names


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where somebody tried to connect to; nobody gets there."""
    places: list[str] = []

    def create_connection(address: tuple[str, int], *_rest: Any, **_more: Any) -> None:
        places.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    return places


@pytest.mark.usefixtures("public", "asked")
@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_refused_when_it_is_saved(address: str) -> None:
    with pytest.raises(addresses.AddressInternal):
        addresses.check(address)


@pytest.mark.usefixtures("public", "asked")
@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_refused_when_it_is_sent(address: str, connected: list[str]) -> None:
    outcome = attempt(address, "{}", {})

    assert (outcome.trouble, outcome.status) == (Attempt.Trouble.ADDRESS_REFUSED, None)
    assert connected == []


@pytest.mark.usefixtures("public")
@pytest.mark.parametrize("address", MALFORMED)
def test_what_not_everybody_reads_alike_is_refused_both_times(
    address: str, asked: list[str], connected: list[str]
) -> None:
    with pytest.raises(addresses.AddressMalformed):
        addresses.check(address)
    outcome = attempt(address, "{}", {})

    assert outcome.trouble == Attempt.Trouble.ADDRESS_REFUSED
    assert (asked, connected) == ([], [])


@pytest.mark.usefixtures("public", "asked")
@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.example/",
        "https://hooks.example:8443/a/b?c=d",
        "https://HOOKS.example/",
        "https://v6.example/",
        f"https://{PUBLIC}/",
        "https://[2001:db8::7]/",
    ],
)
def test_a_public_address_is_connected_to_by_its_number(address: str, connected: list[str]) -> None:
    addresses.check(address)
    outcome = attempt(address, "{}", {})

    assert outcome.trouble == Attempt.Trouble.CONNECTION  # nobody gets there in a test
    assert connected[0] in (PUBLIC, "2001:db8::7")


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("address", ["https://hooks.example/", "https://v6.example/"])
def test_the_documentation_ranges_are_as_internal_as_any_without_the_setting(address: str) -> None:
    with pytest.raises(addresses.AddressInternal):
        addresses.check(address)


@pytest.mark.usefixtures("asked")
def test_plain_http_is_for_a_demo_on_this_machine(settings: Settings) -> None:
    with pytest.raises(addresses.AddressMalformed):
        addresses.check("http://127.0.0.1:9000/")

    settings.WEBHOOKS_INTERNAL_NETWORKS = ["127.0.0.0/8"]

    addresses.check("http://127.0.0.1:9000/")
    with pytest.raises(addresses.AddressMalformed):
        addresses.check("http://10.0.0.1/")


@pytest.mark.usefixtures("public", "asked")
def test_a_name_that_is_not_known() -> None:
    with pytest.raises(addresses.AddressNotFound):
        addresses.check("https://nowhere.example/")

    assert attempt("https://nowhere.example/", "{}", {}).trouble == Attempt.Trouble.NOT_FOUND


@pytest.fixture
def _stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name server that does not answer, until the test is over."""
    over, really = threading.Event(), socket.getaddrinfo

    def getaddrinfo(host: str, *asked: Any, **more: Any) -> list[Any]:
        if host != "hooks.example":
            return really(host, *asked, **more)
        over.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    over.set()
    for thread in threading.enumerate():
        if thread.name.endswith("(_look_up)"):
            thread.join()


@pytest.mark.usefixtures("_stuck")
def test_nobody_waits_for_a_name_server_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "PATIENCE", 0.05)
    begun = time.monotonic()

    for _attempt in range(4):
        with pytest.raises(addresses.AddressSlow):
            addresses.check("https://hooks.example/")
    took = time.monotonic() - begun
    monkeypatch.setattr(addresses, "PATIENCE", 30)
    with pytest.raises(addresses.AddressSlow):  # the process asks for no more at a time
        addresses.check("https://hooks.example/")

    assert took < 5
    assert time.monotonic() - begun < 10


@pytest.mark.usefixtures("public", "asked")
def test_whoever_was_answered_makes_room_for_the_next() -> None:
    for _attempt in range(6):
        addresses.check("https://hooks.example/")
        with pytest.raises(addresses.AddressInternal):
            addresses.check("https://private.example/")


@pytest.mark.usefixtures("public", "asked")
def test_a_thread_that_does_not_start_takes_nobody_s_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_more_threads)
        for _attempt in range(6):
            with pytest.raises(addresses.AddressSlow):
                addresses.check("https://hooks.example/")

    addresses.check("https://hooks.example/")


def _no_more_threads(_thread: threading.Thread) -> None:
    message = "can't start new thread"
    raise RuntimeError(message)


# --- Rebinding ---------------------------------------------------------------------------------


@pytest.fixture
def rebinding(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """A name that is public when it is first asked for, and this machine ever after."""
    answers = [PUBLIC]
    times = 0

    def getaddrinfo(host: str, port: object = None, *_rest: Any, **_more: Any) -> list[Any]:
        nonlocal times
        if host == "rebinding.example":
            times += 1
            host = answers.pop() if answers else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port or 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return lambda: times


@pytest.mark.usefixtures("public")
@pytest.mark.django_db
def test_a_name_that_is_moved_inside_after_saving(
    rebinding: Callable[[], int], connected: list[str]
) -> None:
    issued = endpoints.add(
        OrganisationFactory(),
        address="https://rebinding.example/",
        event_types=["subscription.started"],
        by=PersonFactory(),
        at=AT,
    )

    outcome = attempt(issued.endpoint.address, "{}", {})

    assert outcome.trouble == Attempt.Trouble.ADDRESS_REFUSED
    assert connected == []


@pytest.mark.usefixtures("public")
def test_a_name_that_is_moved_inside_between_looking_and_connecting(
    rebinding: Callable[[], int], connected: list[str]
) -> None:
    attempt("https://rebinding.example/", "{}", {})

    assert connected == [PUBLIC]  # the address that was judged
    assert rebinding() == 1  # nobody asked for the name again


def test_a_name_that_is_moved_inside_while_the_connection_is_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every message has its address judged, also when there is a connection already."""
    settings.WEBHOOKS_INTERNAL_NETWORKS = ["127.0.0.1/32"]
    leads_to = ["127.0.0.1", "127.0.0.2"]

    def getaddrinfo(host: str, port: object = None, *_rest: Any, **_more: Any) -> list[Any]:
        host = leads_to.pop(0) if host == "localhost" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port or 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with listening() as receiver, Lines() as lines, lines.open() as line:
        address = f"http://localhost:{receiver.port}/hooks"
        first = line.post(address, "{}", {})
        second = line.post(address, "{}", {})

    assert first.status == 200
    assert second.trouble == Attempt.Trouble.ADDRESS_REFUSED
    assert len(receiver.received) == 1


# --- What an endpoint says of it ---------------------------------------------------------------


@pytest.mark.usefixtures("public", "asked")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["https://private.example/", "https://127.1/", "https://no.example/"]
)
def test_nothing_is_saved_of_a_refused_address(address: str) -> None:
    with pytest.raises(Refusal):
        endpoints.add(
            OrganisationFactory(),
            address=address,
            event_types=["subscription.started"],
            by=PersonFactory(),
            at=AT,
        )

    assert not Endpoint.objects.exists()
