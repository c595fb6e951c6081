"""What ninja does not answer holds to the document as well: every status it names can be met,
and the answer looks as it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import jsonschema
import pytest
import time_machine
from django.test import Client, override_settings

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from portal.answered import operations
from portal.api.limits import Kind
from portal.api.usage import LARGEST_BODY
from portal.api.v1.document import PLAIN, document
from tests.factories.customers import LONG_AGO, PersonFactory
from tests.factories.metering import NOON, MeterFactory, body, event
from tests.kept import kept_until_the_end
from tests.portal.api.oauth_world import INTROSPECT, REVOKE, TOKEN, World, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoDbBlocker, Settings

pytestmark = pytest.mark.django_db

BATCH = body([event("Cust12345")])
TENANT = "/api/v1/tenants/Cust12345"
TOO_MUCH = "x" * 3_000_000


class Doors:
    """Somebody with every credential there is; `about` is the application that they ask about."""

    def __init__(self) -> None:
        MeterFactory()
        self.world = World()
        self.token = self.world.token()
        self.about = f"{TENANT}/applications/{self.world.application.pk}"
        self.secrets = {
            scope: credentials.issue_for_platform(
                name="Platform", scope=scope, by=PersonFactory(staff=True), at=LONG_AGO
            ).secret
            for scope in ApiCredential.Scope
        }

    def report(self, content: Any = BATCH, secret: str = "", **more: Any) -> Any:
        client = shows(secret or self.secrets[ApiCredential.Scope.USAGE_WRITE])
        more = {"content_type": "application/json"} | more
        return client.post("/api/v1/usage/events", content, **more)

    def report_with_key(self, content: Any = BATCH) -> Any:
        return self.report(content, headers={"idempotency-key": "one"})

    def report_in_flight(self) -> Any:
        with mock.patch.object(operations, "_alone", return_value=False):
            return self.report_with_key()

    def report_another(self) -> Any:
        self.report_with_key()
        return self.report_with_key(body([event("Cust12345")]))

    def read(self, address: str, **headers: str) -> Any:
        client = shows(self.secrets[ApiCredential.Scope.ENTITLEMENTS_READ])
        return client.get(address, headers=headers)

    def again(self, address: str) -> Any:
        return self.read(address, **{"if-none-match": self.read(address).headers["ETag"]})

    def read_unsigned(self, address: str) -> Any:
        with override_settings(LICENCE_SIGNING_KEY=""):
            return self.read(address)

    def introspect(self, secret: str) -> Any:
        return shows(secret).post("/api/oauth/introspect", {"token": self.token})

    @property
    def narrow_token(self) -> str:
        said = ask(TOKEN, self.world.issued, tenant="Cust12345", scope="crm:read")
        return str(said.json()["access_token"])


def shows(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"})


WRONG = ApiCredential.Scope.TOKENS_INTROSPECT
RIGHT: dict[str, Callable[[Doors], Any]] = {
    "report_usage": lambda doors: doors.report(),
    "read_tenant_entitlements": lambda doors: doors.read(f"{TENANT}/entitlements"),
    "read_application_entitlement": lambda doors: doors.read(doors.about),
    "read_licence_file": lambda doors: doors.read(f"{TENANT}/licence-file"),
    "read_authorization_server": lambda _: Client().get("/.well-known/oauth-authorization-server"),
    "issue_token": lambda doors: ask(TOKEN, doors.world.issued, tenant="Cust12345"),
    "revoke_token": lambda doors: ask(REVOKE, doors.world.issued, token=doors.token),
    "introspect_token": lambda doors: ask(INTROSPECT, doors.world.issued, token=doors.token),
    "read_own_token": lambda doors: shows(doors.token).get("/api/oauth/application"),
    "read_licence_keys": lambda _: Client().get("/.well-known/licence-keys.json"),
}
REFUSED: dict[tuple[str, int], Callable[[Doors], Any]] = {
    ("report_usage", 400): lambda doors: doors.report("[]"),
    ("report_usage", 401): lambda doors: doors.report(secret="exs_nobody"),
    ("report_usage", 403): lambda doors: doors.report(secret=doors.secrets[WRONG]),
    ("report_usage", 409): lambda doors: doors.report_in_flight(),
    ("report_usage", 413): lambda doors: doors.report(b" " * (LARGEST_BODY + 1)),
    ("report_usage", 415): lambda doors: doors.report("x", content_type="text/plain"),
    ("report_usage", 422): lambda doors: doors.report_another(),
    ("read_tenant_entitlements", 304): lambda doors: doors.again(f"{TENANT}/entitlements"),
    ("read_tenant_entitlements", 401): lambda _: Client().get(f"{TENANT}/entitlements"),
    ("read_tenant_entitlements", 403): lambda doors: shows(doors.secrets[WRONG]).get(
        f"{TENANT}/entitlements"
    ),
    ("read_tenant_entitlements", 404): lambda doors: doors.read(
        "/api/v1/tenants/Cust99999/entitlements"
    ),
    ("read_application_entitlement", 304): lambda doors: doors.again(doors.about),
    ("read_application_entitlement", 401): lambda doors: Client().get(doors.about),
    ("read_application_entitlement", 403): lambda doors: shows(doors.secrets[WRONG]).get(
        doors.about
    ),
    ("read_application_entitlement", 404): lambda doors: doors.read(f"{TENANT}/applications/999"),
    ("read_licence_file", 304): lambda doors: doors.again(f"{TENANT}/licence-file"),
    ("read_licence_file", 401): lambda _: Client().get(f"{TENANT}/licence-file"),
    ("read_licence_file", 403): lambda doors: shows(doors.secrets[WRONG]).get(
        f"{TENANT}/licence-file"
    ),
    ("read_licence_file", 404): lambda doors: doors.read("/api/v1/tenants/Cust99999/licence-file"),
    ("read_licence_file", 503): lambda doors: doors.read_unsigned(f"{TENANT}/licence-file"),
    ("issue_token", 400): lambda doors: ask(TOKEN, doors.world.issued, tenant="Cust99999"),
    ("issue_token", 401): lambda doors: ask(TOKEN, doors.world.issued, secret="exc_nobody"),
    ("revoke_token", 400): lambda doors: ask(REVOKE, doors.world.issued),
    ("revoke_token", 401): lambda doors: ask(REVOKE, doors.world.issued, secret="exc_nobody"),
    ("issue_token", 413): lambda doors: ask(TOKEN, doors.world.issued, tenant=TOO_MUCH),
    ("revoke_token", 413): lambda doors: ask(REVOKE, doors.world.issued, token=TOO_MUCH),
    ("introspect_token", 413): lambda doors: ask(INTROSPECT, doors.world.issued, token=TOO_MUCH),
    ("introspect_token", 400): lambda doors: ask(INTROSPECT, doors.world.issued),
    ("introspect_token", 401): lambda doors: doors.introspect("exs_nobody"),
    ("introspect_token", 403): lambda doors: doors.introspect(
        doors.secrets[ApiCredential.Scope.USAGE_WRITE]
    ),
    ("read_own_token", 401): lambda _: shows("ext_nobody").get("/api/oauth/application"),
    ("read_own_token", 403): lambda doors: shows(doors.narrow_token).get("/api/oauth/application"),
}


def documented() -> Iterator[Any]:
    """Every status of every plain address."""
    for each in PLAIN:
        operation = document()["paths"][each.address][each.method]
        for status in operation["responses"]:
            name = operation["operationId"]
            yield pytest.param(operation, int(status), id=f"{name} {status}")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(scope="module")
def doors(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Doors]:
    """Made once: what is answered changes nothing for those who come next."""
    with kept_until_the_end(django_db_blocker, _open) as made:
        yield made


@time_machine.travel(NOON, tick=False)
def _open() -> Doors:
    return Doors()


@pytest.mark.parametrize(("operation", "status"), list(documented()))
def test_each_status_can_be_met_and_looks_as_the_document_says(
    doors: Doors, settings: Settings, operation: dict[str, Any], status: int
) -> None:
    name = operation["operationId"]
    if status == 429:
        for kind in Kind:
            setattr(settings, kind, 0)
    call = RIGHT[name] if status in (200, 429) else REFUSED[name, status]

    response = call(doors)

    assert response.status_code == status, response.content
    require_as_documented(response, operation["responses"][str(status)])


def require_as_documented(response: Any, said: dict[str, Any]) -> None:
    """Content type, content, every field of it, and headers."""
    name = said.get("$ref", "").rpartition("/")[2]
    said = document()["components"]["responses"][name] if name else said
    assert set(said.get("headers", ())) <= set(response.headers)
    if "content" not in said:
        assert response.content == b""
        assert "Content-Type" not in response.headers
        return
    [(kind, content)] = said["content"].items()
    assert response.headers["Content-Type"] == kind
    whole = content["schema"] | {"components": document()["components"]}
    jsonschema.Draft202012Validator(whole).validate(response.json())
    reference = content["schema"].get("$ref", "#/components/schemas/Problem")
    schema = document()["components"]["schemas"][reference.rpartition("/")[2]]
    assert set(response.json()) <= set(schema["properties"])


def test_introspection_of_what_is_not_good_says_nothing_else(doors: Doors) -> None:
    response = ask(INTROSPECT, doors.world.issued, token="ext_nobody")

    assert response.json() == {"active": False}


class TestMetadata:
    @pytest.fixture
    def said(self, settings: Settings) -> dict[str, Any]:
        settings.PORTAL_ADDRESS = "https://portal.example/"
        response = Client().get("/.well-known/oauth-authorization-server")
        found: dict[str, Any] = response.json()
        return found

    def test_its_addresses_are_those_that_answer(self, doors: Doors, said: dict[str, Any]) -> None:
        assert said["issuer"] == "https://portal.example"
        form = {
            "grant_type": said["grant_types_supported"][0],
            "tenant": "Cust12345",
            "scope": " ".join(said["scopes_supported"]),
            "client_id": doors.world.issued.credential.client_id,
            "client_secret": doors.world.issued.secret,
            "token": doors.token,
        }
        for name in ("token", "introspection", "revocation"):
            address = said[f"{name}_endpoint"].removeprefix(said["issuer"])
            assert Client().post(address, form).status_code == 200
        documentation = said["service_documentation"].removeprefix(said["issuer"])
        assert Client().get(documentation).status_code == 200

    def test_nobody_signs_in_here(self, said: dict[str, Any]) -> None:
        assert said["response_types_supported"] == []
        assert said["grant_types_supported"] == ["client_credentials"]
        assert "authorization_endpoint" not in said
        assert Client().get("/.well-known/openid-configuration").status_code == 404

    def test_everybody_may_keep_it_for_an_hour(self) -> None:
        response = Client().get("/.well-known/oauth-authorization-server")

        assert response.headers["Cache-Control"] == "public, max-age=3600"
        assert response.cookies == {}
