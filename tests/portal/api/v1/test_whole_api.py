"""The whole API with all that its document allows and forbids, by one of two organisations.

Schemathesis makes the requests. Ids of both organisations are put where ids belong, so that
every operation meets things that are ours, theirs and nobody's. That takes minutes: it is a part
of `make test-slow`; `make try-api` tries for longer.
"""

from __future__ import annotations

import base64
import copy
import datetime as dt
import json
import os
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.config import GenerationConfig, SchemathesisConfig
from schemathesis.specs.openapi import checks as openapi_checks

from billing.metering.operations import credentials
from billing.models import Invoice
from customers.models import Organisation, Tenant
from portal.api.limits import Kind
from portal.api.once import KEY
from portal.api.v1.document import PLAIN, document
from subscriptions.applications import credentials as client_credentials
from subscriptions.applications.models import Application, Credential
from tests.factories.customers import PersonFactory
from tests.factories.shop import open_shop
from tests.kept import kept_until_the_end
from tests.portal.gate.worlds import NOON, World, secrets_of, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.test import Client
    from pytest_django import DjangoDbBlocker

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = int(os.environ.get("API_EXAMPLES", "8"))  # of each operation

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
# Where a tenant may be named by its identifier as well.
BY_TEXT = {plain.address for plain in PLAIN if "{tenant_id}" in plain.address}
NAME_OF_A_TENANT = re.compile("[A-Za-z0-9]{1,20}")
USAGE = "/api/v1/usage/events"  # judges each event of a batch by itself, and takes the others
OAUTH = "/api/oauth/"  # takes forms: whatever stands in a field is text, and one too many is let be


def _config() -> SchemathesisConfig:
    config = SchemathesisConfig(seed=4)
    config.projects.default.generation = GenerationConfig(
        deterministic=EXAMPLES < 100,
        with_security_parameters=False,  # the gate's test tries tokens
    )
    return config


# Schemathesis writes into what it is given, and there is one document per process.
schema = schemathesis.openapi.from_dict(copy.deepcopy(document()), config=_config())
schema.app = get_wsgi_application()


@dataclass(frozen=True)
class Two:
    """Organisations, each with one of everything; `secret` is a token of ours, `client` what an
    application of ours shows.
    """

    ours: World
    theirs: World
    secret: str
    client: str
    platform: str

    def shown_at(self, address: str) -> str:
        """What belongs into the header `Authorization` there."""
        if address.startswith(OAUTH):
            return f"Basic {self.client}"
        return f"Bearer {self.platform if address == USAGE else self.secret}"

    @property
    def foreign(self) -> dict[str, int]:
        return {name: pk for name, pk in self.theirs.ids.items() if isinstance(pk, int)}

    @property
    def marks(self) -> list[str]:
        """What an answer to us holds nowhere: what only they are called, or have."""
        ids = self.theirs.ids
        tenant = Tenant.objects.get(pk=ids["tenant_id"])
        return [
            self.theirs.customer.name,
            self.theirs.customer.customer_number,
            tenant.identifier,
            Application.objects.get(pk=ids["application_id"]).name,
            Credential.objects.get(pk=ids["credential_id"]).client_id,
            Invoice.objects.get(pk=ids["invoice_id"]).number,
        ]


@pytest.fixture(scope="module")
def two(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Two]:
    with kept_until_the_end(django_db_blocker, _two) as made:
        yield made


def _two() -> Two:
    open_shop()
    ours, theirs = world(), world()
    for model, pk in (
        (Organisation, theirs.customer.pk),
        (Tenant, theirs.ids["tenant_id"]),
        (Application, theirs.ids["application_id"]),
    ):
        model.objects.filter(pk=pk).update(name=f"Nobody else's {model.__name__}")
    theirs.customer.refresh_from_db()
    platform = credentials.issue_for_platform(
        name="Platform", by=PersonFactory(staff=True), at=NOON
    )
    issued = client_credentials.rotate(
        Credential.objects.get(pk=ours.ids["credential_id"]),
        overlap=dt.timedelta(),
        by=PersonFactory(),
        at=NOON,
    )
    client = f"{issued.credential.client_id}:{issued.secret}".encode()
    return Two(
        ours,
        theirs,
        secret=secrets_of(ours.customer)["live"],
        client=base64.b64encode(client).decode(),
        platform=platform.secret,
    )


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request closes what it opened, the test's own transaction with it: not here.

    For each test by itself: Django's test client, which some of them use, connects them again.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def _as_often_as_it_likes(settings: Any) -> None:
    for kind in Kind:
        setattr(settings, kind, 10**9)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_holds_to_its_document_and_shows_nothing_of_theirs(
    case: schemathesis.Case[Any], two: Two
) -> None:
    whose = _put_ids(case, two)
    names_theirs = _put_ids_within(case.body, two)
    _put_ids_within(case.query, two)  # what is asked for there may be nothing, and is no refusal
    headers = {"Authorization": two.shown_at(case.path)}
    made_up: Mapping[str, Any] = case.headers or {}
    if KEY.fullmatch(str(made_up.get("Idempotency-Key", ""))):
        headers["Idempotency-Key"] = uuid.uuid4().hex  # the same one is answered again

    response = case.call(headers=headers)

    is_lenient = case.path == USAGE or case.path.startswith(OAUTH)
    strict = [] if is_lenient else [openapi_checks.negative_data_rejection]
    case.validate_response(response, checks=[*CHECKS, *strict])
    if whose == "theirs":
        assert response.status_code in (400, 401, 404, 405, 422), response.text
    elif whose == "ours":
        assert response.status_code not in (401, 403), response.text
    if names_theirs:
        assert response.status_code >= 400, response.text
    _shows_nothing_of_theirs(response.headers.get("content-type", [""])[0], response.content, two)


@pytest.mark.parametrize(
    "path",
    [
        path
        for path, item in document()["paths"].items()
        if "get" in item and not path.startswith(OAUTH)
    ],
)
def test_what_is_ours_is_there_and_what_is_theirs_is_not(
    path: str, two: Two, client: Client
) -> None:
    """So a refusal that meets everybody, and a door that is open to all, are both seen."""
    headers = {"Authorization": two.shown_at(path)}

    ours = client.get(path.format(**two.ours.ids), headers=headers)
    theirs = client.get(path.format(**two.theirs.ids), headers=headers)

    assert ours.status_code in (200, 409, 422), ours.content  # a preview asks for more
    _shows_nothing_of_theirs(ours.headers["content-type"], ours.content, two)
    if path.format(**two.ours.ids) != path.format(**two.theirs.ids):
        assert theirs.status_code == 404
    _shows_nothing_of_theirs(theirs.headers["content-type"], theirs.content, two)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (path, part["name"])
        for path, item in document()["paths"].items()
        for part in item.get("get", {}).get("parameters", ())
        if part["in"] == "query" and part["name"].endswith("_id")
    ],
)
def test_asking_for_what_is_theirs_finds_nothing(
    path: str, name: str, two: Two, client: Client
) -> None:
    address, headers = path.format(**two.ours.ids), {"Authorization": two.shown_at(path)}

    ours = client.get(address, {name: two.ours.ids[name]}, headers=headers)
    theirs = client.get(address, {name: two.theirs.ids[name]}, headers=headers)

    assert ours.status_code in (200, 409, 422), ours.content  # a preview asks for more
    assert theirs.status_code == 404 or theirs.json()["items"] == []
    _shows_nothing_of_theirs(theirs.headers["content-type"], theirs.content, two)


def _shows_nothing_of_theirs(content_type: str, content: bytes, two: Two) -> None:
    if content_type.startswith("application/json"):
        assert list(_foreign_ids(json.loads(content), two)) == []
    if "json" in content_type or content_type.startswith("text/"):
        text = content.decode()
        assert [mark for mark in two.marks if mark in text] == []


def _put_ids(case: schemathesis.Case[Any], two: Two) -> str:
    """Whose ids now stand in the address: by turns ours and theirs, or those that were made up."""
    parts: dict[str, Any] = case.path_parameters or {}
    known = [name for name in parts if name in two.ours.ids]
    by_text = case.operation.path in BY_TEXT
    if not all(_is_an_id(parts[name], by_text and name == "tenant_id") for name in known):
        return ""
    turn = sum(_number(parts[name]) for name in known) % 3
    if not known or turn == 2:
        return ""
    owner = two.ours if turn == 0 else two.theirs
    for name in known:
        parts[name] = owner.ids[name]
    return "ours" if turn == 0 else "theirs"


def _is_an_id(made_up: object, by_text: bool) -> bool:
    """What is none stays, to be refused."""
    if by_text:
        return isinstance(made_up, str) and NAME_OF_A_TENANT.fullmatch(made_up) is not None
    return isinstance(made_up, int) and made_up > 0


def _number(made_up: int | str) -> int:
    return made_up if isinstance(made_up, int) else sum(made_up.encode())


def _put_ids_within(content: Any, two: Two) -> bool:
    """Whether an id of theirs stands there now: ours and theirs by turns, in the place of those
    that were made up.
    """
    if isinstance(content, list):
        return sum(_put_ids_within(each, two) for each in content) > 0
    if not isinstance(content, dict):
        return False
    theirs = [_put_ids_within(value, two) for value in content.values()]
    for name, value in content.items():
        if name in two.foreign and type(value) is int:
            owner = two.theirs if value % 2 else two.ours
            content[name] = owner.ids[name]
            theirs.append(owner is two.theirs)
    return any(theirs)


def _foreign_ids(answer: Any, two: Two) -> Iterator[str]:
    """Wherever an answer names an organisation or tenant, it is none of theirs."""
    if isinstance(answer, list):
        for each in answer:
            yield from _foreign_ids(each, two)
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name in ("organisation_id", "tenant_id") and value == two.foreign[name]:
                yield f"{name}: {value}"
            yield from _foreign_ids(value, two)
