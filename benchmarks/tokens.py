"""Client-credentials tokens per second on one core, and what keeping a secret costs.

One process, one thread, through the whole door: middleware, client, grant, judgement, rows.
Asked as OAuth clients ask (RFC 6749, 4.4.2), by the real clock as in production.
"""

from __future__ import annotations

import base64
import statistics
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client, override_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measuring import Row
    from subscriptions.applications.credentials import Issued

TOKENS = 300


def measure(times: int) -> list[Row]:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    from subscriptions.applications import credentials

    issued = _application_that_works()
    client = _client(issued)
    form = urlencode({"grant_type": "client_credentials", "tenant": "Cust77001"})

    def get() -> None:
        answer = client.post("/api/oauth/token", form, "application/x-www-form-urlencoded")
        assert answer.status_code == 200

    rates, processor = [], []
    # More in a minute than one client may ask for: counted all the same.
    with override_settings(CLIENT_REQUESTS_PER_MINUTE=1_000_000, CLOCK_CAN_MOVE=False):
        get()  # warm
        for _turn in range(times):
            begun = time.process_time()
            rates.append(TOKENS / _seconds(get, TOKENS))
            processor.append((time.process_time() - begun) / TOKENS * 1e3)
    slow = Argon2PasswordHasher()
    kept = slow.encode(issued.secret, slow.salt())
    argon = [_seconds(lambda: slow.verify(issued.secret, kept), 10) / 10 for _turn in range(times)]
    fast = [_seconds(lambda: credentials.hash_of(issued.secret), 10_000) / 10_000
            for _turn in range(times)]  # fmt: skip
    return [
        _row("Client-credentials tokens, one core", rates, "{:,.0f}/s"),
        _row("… processor time of the app, each", processor, "{:,.2f} ms"),
        _row("… its secret with SHA-256, as kept", [each * 1e6 for each in fast], "{:,.2f} µs"),
        _row("… with Argon2, as passwords are", [each * 1e3 for each in argon], "{:,.1f} ms"),
    ]


def _seconds(what: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _turn in range(times):
        what()
    return time.perf_counter() - start


def _row(what: str, values: list[float], form: str) -> Row:
    span = f"{form.format(min(values))} – {form.format(max(values))}"
    return what, form.format(statistics.median(values)), span


def _client(issued: Issued) -> Client:
    shown = f"{issued.credential.client_id}:{issued.secret}"
    basic = base64.b64encode(shown.encode()).decode()
    return Client(headers={"authorization": f"Basic {basic}"})


def _application_that_works() -> Issued:
    """A custom application on a tenant with Development Tools."""
    from customers import clock
    from customers.models import Environment
    from subscriptions.applications import credentials
    from subscriptions.operations import orders
    from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
    from tests.factories.subscriptions import AuthorisationFactory

    owner = MembershipFactory(organisation=OrganisationFactory(dutch=True))
    tenant = TenantFactory(organisation=owner.organisation, identifier="Cust77001")
    at = clock.now()
    orders.subscribe(
        owner.organisation, product_code="development-tools", tenant=tenant, by=owner.person, at=at
    )
    authorisation = AuthorisationFactory(tenant=tenant, active=True)
    return credentials.create(
        authorisation.application, Environment.PRODUCTION, by=owner.person, at=at
    )
