"""One attempt and its limits: TLS keeps the name, time is limited as a whole, no proxy is asked."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.webhooks import addresses, sending
from portal.webhooks.models import Attempt
from tests.factories.webhooks import attempt
from tests.fakes.receiver import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.receiver import Receiver

LONG = dt.timedelta(days=3650)


def certificate(*names: str) -> bytes:
    """One that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    alternatives = x509.SubjectAlternativeName([_name(each) for each in names])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + 3 * LONG)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return made.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(of: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(of))
    except ValueError:
        return x509.DNSName(of)


@pytest.fixture
def secure(_inside: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Over TLS, as hooks.example, which leads to this machine; its certificate is trusted."""
    file = tmp_path / "certificate.pem"
    file.write_bytes(certificate("hooks.example"))
    monkeypatch.setattr(addresses, "where", lambda: str(file))
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host.endswith(".example") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with listening(file) as receiver:
        yield receiver


def test_tls_asks_for_the_name_though_it_connects_to_a_number(secure: Receiver) -> None:
    outcome = attempt(f"https://hooks.example:{secure.port}/a?b=c", "{}", {"webhook-id": "1"})

    assert (outcome.status, outcome.trouble) == (200, "")
    [received] = secure.received
    assert (received.path, received.body) == ("/a?b=c", "{}")
    assert received.headers["host"] == f"hooks.example:{secure.port}"
    assert received.headers["webhook-id"] == "1"
    assert "x-forwarded-for" not in received.headers


def test_another_names_certificate_is_refused(secure: Receiver) -> None:
    outcome = attempt(f"https://other.example:{secure.port}/", "{}", {})

    assert outcome.trouble == Attempt.Trouble.TLS
    assert secure.received == []


def test_an_unknown_certificate_is_refused(
    secure: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from certifi import where

    monkeypatch.setattr(addresses, "where", where)

    outcome = attempt(f"https://hooks.example:{secure.port}/", "{}", {})

    assert outcome.trouble == Attempt.Trouble.TLS
    assert secure.received == []


def test_a_receiver_that_drips_is_hung_up_on(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every byte comes well within the time for a byte."""
    receiver.drip_seconds = 0.02
    monkeypatch.setattr(sending, "DEADLINE_SECONDS", 0.3)
    begun = time.monotonic()

    outcome = attempt(receiver.address, "{}", {})

    assert outcome.trouble == Attempt.Trouble.TIMED_OUT
    assert time.monotonic() - begun < 3
    assert 250 <= outcome.duration_ms < 3000


def test_a_receiver_that_says_nothing_runs_out_of_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.drip_seconds = 1
    monkeypatch.setattr(sending, "READ_SECONDS", 0.1)

    outcome = attempt(receiver.address, "{}", {})

    assert outcome.trouble == Attempt.Trouble.TIMED_OUT


def test_the_environments_proxies_are_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")

    assert attempt(receiver.address, "{}", {}).status == 200
