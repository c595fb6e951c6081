"""The document is what runs: in step, complete, and its examples hold to its schemas."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import get_resolver
from django.utils.translation import override

from customers.models import TokenScope
from portal.api.v1 import document as documents
from portal.api.v1 import guide
from portal.api.v1.document import document
from portal.api.v1.explained import explained
from portal.management.commands import write_openapi
from portal.management.commands.write_openapi import served
from tests.portal.gate.routes import API, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for address, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield address, method.upper(), operation


NOUNS = [tag["name"].lower() for tag in document()["tags"]]
OPERATIONS = [pytest.param(*each, id=each[2]["operationId"]) for each in operations()]


def resolved(response: dict[str, Any]) -> dict[str, Any]:
    name = response.get("$ref", "").rpartition("/")[2]
    return document()["components"]["responses"][name] if name else response


def test_what_is_checked_in_is_in_step() -> None:
    call_command("write_openapi", "--check")


def test_what_is_behind_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="make openapi"):
        call_command("write_openapi", "--check")

    call_command("write_openapi")

    call_command("write_openapi", "--check")
    assert (tmp_path / "docs" / "openapi.json").read_text() == documents.text()


def test_every_address_for_programs_is_in_it_and_no_other() -> None:
    assert set(served()) == set(document()["paths"])
    assert "/api/platform/events" not in set(served())  # see docs/operation-center.json


def test_an_address_that_it_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_openapi, "served", lambda: ["/api/v1/moon"])

    with pytest.raises(CommandError, match=r"plain\.py does not know /api/v1/moon"):
        call_command("write_openapi", "--check")


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_it_says_what_a_token_must_be_for(
    address: str, method: str, operation: dict[str, Any]
) -> None:
    [name] = [r.name for r in walk(get_resolver()) if _same(r.address, address)]
    said = [scope for each in operation["security"] for scopes in each.values() for scope in scopes]

    if name in API:
        assert set(said) == {API[name][method]}
        assert set(said) <= set(TokenScope.values)
    else:
        assert set(said) == OTHERS[name]


# No token of an organisation opens these.
OTHERS: dict[str, set[str]] = {
    "api:usage_events": {"usage:write"},
    "api:oauth_token": set(),
    "api:oauth_revoke": set(),
    "api:oauth_introspect": {"tokens:introspect"},
    "api:oauth_application": {"entitlements:read"},
    "oauth_metadata": set(),
    "licence_keys": set(),
}


def _same(route: str, address: str) -> bool:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) == address


# An event counts once by its own id.
WITH_A_KEY_OR_WITHOUT = {"/api/v1/usage/events"}
# A token can be had and forgotten any number of times.
WITHOUT_A_KEY = {
    "/api/oauth/token",
    "/api/oauth/revoke",
    "/api/oauth/introspect",
}


@pytest.mark.parametrize(("address", "method", "operation"), OPERATIONS)
def test_it_says_how_a_request_may_be_refused(
    address: str, method: str, operation: dict[str, Any]
) -> None:
    said = set(operation["responses"])

    scopes = [scope for each in operation["security"] for of in each.values() for scope in of]
    assert ("401" in said) == bool(operation["security"])
    assert ("403" in said) == bool(scopes)
    assert ("429" in said) == bool(operation["security"])
    if "{" in address:
        assert "404" in said
    keys = [
        each["required"]
        for each in operation.get("parameters", ())
        if each["name"] == "Idempotency-Key"
    ]
    takes_a_key = method == "POST" and address not in WITHOUT_A_KEY
    assert keys == ([address not in WITH_A_KEY_OR_WITHOUT] if takes_a_key else [])
    if takes_a_key:
        assert {"400", "409", "422"} <= said
    if method == "PUT":
        assert {"400", "404", "409", "422"} <= said
    for status, response in operation["responses"].items():
        if status.startswith("4"):
            [(kind, content)] = resolved(response)["content"].items()
            is_oauth = content["schema"].get("$ref", "").endswith("/OAuthError")
            assert is_oauth <= address.startswith("/api/oauth/")
            assert kind == ("application/json" if is_oauth else "application/problem+json")


@pytest.mark.parametrize("address", sorted(WITHOUT_A_KEY | WITH_A_KEY_OR_WITHOUT))
def test_the_guide_names_each_post_that_needs_no_key(address: str) -> None:
    [topic] = [each for each in guide.TOPICS if each.id == "idempotency"]

    assert f"`POST {address}`" in " ".join(map(str, topic.texts))


def test_every_code_is_explained_in_every_language() -> None:
    codes = {
        code
        for _address, _method, operation in operations()
        for response in operation["responses"].values()
        for content in resolved(response).get("content", {}).values()
        for part in content["schema"].get("allOf", ())
        for code in part.get("properties", {}).get("code", {}).get("enum", ())
    }

    assert codes == set(explained())
    with override("en"):
        english = {code: str(sentence) for code, sentence in explained().items()}
    with override("nl"):
        assert all(str(sentence) != english[code] for code, sentence in explained().items())


def examples() -> Iterator[Any]:
    """Schema and example, wherever there is one."""
    for name, schema in document()["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            yield pytest.param({"$ref": f"#/components/schemas/{name}"}, example, id=name)
    for _address, _method, operation in operations():
        places = [*map(resolved, operation["responses"].values()), operation.get("requestBody", {})]
        for number, place in enumerate(places):
            for content in place.get("content", {}).values():
                if "example" in content:
                    label = f"{operation['operationId']} {number}"
                    yield pytest.param(content["schema"], content["example"], id=label)


@pytest.mark.parametrize(("schema", "example"), list(examples()))
def test_an_example_holds_to_its_schema(schema: dict[str, Any], example: Any) -> None:
    whole = copy.deepcopy(schema) | {"components": document()["components"]}

    jsonschema.Draft202012Validator(whole).validate(example)


def test_answers_have_examples() -> None:
    without = [
        operation["operationId"]
        for _address, _method, operation in operations()
        for status, response in operation["responses"].items()
        if status.startswith("2") and "application/json" in response.get("content", ())
        if "example" not in response["content"]["application/json"]
    ]

    assert without == []


@pytest.mark.django_db
class TestReference:
    @pytest.mark.parametrize(
        ("language", "title", "topic"),
        [
            ("en", "API reference", "How often"),
            ("nl", "API-naslag", "Hoe vaak"),
        ],
    )
    def test_everybody_reads_it(
        self, client: Client, language: str, title: str, topic: str
    ) -> None:
        response = client.get("/developers/api/", headers={"accept-language": language})

        html = response.content.decode()
        assert title in html
        assert topic in html
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")

    def test_the_index_leads_to_every_operation(self, client: Client) -> None:
        html = client.get("/developers/api/").content.decode()

        found = set(re.findall(r'href="/developers/api/(\w+)/#(\w+)"', html))

        tags = {operation["tags"][0].lower(): set[str]() for _a, _m, operation in operations()}
        for _address, _method, operation in operations():
            tags[operation["tags"][0].lower()].add(operation["operationId"])
        assert found == {(noun, each) for noun, ids in tags.items() for each in ids}

    @pytest.mark.parametrize("noun", NOUNS)
    @pytest.mark.parametrize(
        ("language", "title"), [("en", "On this page"), ("nl", "Op deze pagina")]
    )
    def test_a_noun_has_its_page(
        self, client: Client, noun: str, language: str, title: str
    ) -> None:
        response = client.get(f"/developers/api/{noun}/", headers={"accept-language": language})

        html = response.content.decode()
        assert title in html
        assert f'href="/developers/api/{noun}/" aria-current="page"' in html
        for address, method, operation in operations():
            is_ours = operation["tags"][0].lower() == noun
            assert (f'<article class="card" id="{operation["operationId"]}"' in html) is is_ours
            if is_ours:
                assert method in html
                assert f"<code>{address}</code>" in html.replace("<wbr>", "")
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")

    @pytest.mark.parametrize("noun", ["moon", "Tenants", "openapi", "-"])
    def test_there_is_no_page_for_another_noun(self, client: Client, noun: str) -> None:
        assert client.get(f"/developers/api/{noun}/").status_code == 404

    def test_one_can_leaf_through_it(self, client: Client) -> None:
        address, visited = "/developers/api/catalogue/", list[str]()
        while address != "/developers/api/problems/":
            html = client.get(address).content.decode()
            [before] = re.findall(r'rel="prev" href="([^"]+)"', html)
            assert before == (visited[-1] if visited else "/developers/api/")
            visited.append(address)
            [address] = re.findall(r'rel="next" href="([^"]+)"', html)

        assert visited == [f"/developers/api/{noun}/" for noun in NOUNS]

    def test_its_links_lead_somewhere(self, client: Client) -> None:
        paths = ["", "problems/", *(f"{noun}/" for noun in NOUNS)]
        pages = {
            f"/developers/api/{path}": client.get(f"/developers/api/{path}").content.decode()
            for path in paths
        }
        anchors = {path: re.findall(r'\sid="([^"]+)"', html) for path, html in pages.items()}

        for path, html in pages.items():
            assert sorted(anchors[path]) == sorted(set(anchors[path]))
            for target, anchor in re.findall(r'href="(/developers/api/[^"#]*)?#([^"]+)"', html):
                assert anchor in anchors[target or path], (path, target, anchor)

    def test_every_code_and_every_schema_is_explained(self, client: Client) -> None:
        problems = client.get("/developers/api/problems/").content.decode()
        nouns = "".join(client.get(f"/developers/api/{noun}/").content.decode() for noun in NOUNS)

        named = set(re.findall(r'href="/developers/api/problems/#([^"]+)"', nouns))
        assert named == set(explained()) <= set(re.findall(r'id="([^"]+)"', problems))
        schemas = set(re.findall(r'id="schema-(\w+)"', problems + nouns))
        assert schemas == set(document()["components"]["schemas"])

    def test_the_document_can_be_fetched(self, client: Client) -> None:
        response = client.get("/developers/api/openapi.json")

        assert response.json() == document()
