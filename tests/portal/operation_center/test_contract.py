"""Both sides against docs/operation-center.json: what the portal sends, what the platform says."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from customers import clock
from customers.models import TenantState
from portal.operation_center import contract, state
from portal.operation_center.controls import CHANGES
from subscriptions.provisioning import news
from subscriptions.provisioning.delivery import envelope
from subscriptions.provisioning.models import LONGEST_SUBJECT, Fact, FactType
from subscriptions.provisioning.signing import signed_headers
from tests.factories.customers import TenantFactory
from tests.fixtures.contract import DOCUMENT, require, require_answer
from tests.fixtures.platform import PORTAL_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.operation_center.server import OperationCenter

EXAMPLE = DOCUMENT["paths"]["/facts"]["post"]["requestBody"]["content"]["application/json"]
FACT = EXAMPLE["example"]["facts"][0]
USERS = {"sales-premium": 5}
KNOWN_AS = {
    "application": 12,
    "name": "Route planner",
    "kind": "standard",
    "until": None,
    "client_id": "c0ffee",
    "redirect_uris": ["https://planner.example/back"],
}
SCHEMAS = DOCUMENT["components"]["schemas"]


def ask(
    center: OperationCenter, method: str, path: str, body: str = "", *, secret: str = PORTAL_SECRET
) -> tuple[int, Any]:
    headers = signed_headers("m", body or path, with_secrets=[secret], at=clock.real_now())
    request = urllib.request.Request(
        center.url + path, data=body.encode() or None, headers=headers, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def examples(found: Any) -> Iterator[tuple[Any, str]]:
    """Every example of the document with the schema beside it."""
    if isinstance(found, dict):
        if "example" in found and "schema" in found:
            yield found["example"], found["schema"]["$ref"].rpartition("/")[2]
        for each in found.values():
            yield from examples(each)


def test_the_documents_own_examples_hold() -> None:
    shown = list(examples(DOCUMENT["paths"]))

    assert len(shown) == 6
    for example, schema in shown:
        require(example, schema)


def test_it_knows_every_type_state_and_change() -> None:
    assert SCHEMAS["Fact"]["properties"]["type"]["enum"] == FactType.values
    assert SCHEMAS["State"]["enum"] == TenantState.values
    changes = [each.value for each in news.Change]
    assert SCHEMAS["Event"]["properties"]["change"]["enum"] == [*changes, None]
    assert list(CHANGES) == changes


def test_no_side_has_a_longer_subject_than_the_other_keeps() -> None:
    reported = SCHEMAS["Report"]["properties"]["tenants"]["items"]["properties"]["holds"]

    assert SCHEMAS["Fact"]["properties"]["subject"]["maxLength"] == LONGEST_SUBJECT
    assert reported["propertyNames"]["maxLength"] == LONGEST_SUBJECT
    assert contract.LONGEST_SUBJECT == LONGEST_SUBJECT


@pytest.mark.django_db
def test_what_the_portal_sends_is_a_fact_of_the_document() -> None:
    tenant = TenantFactory()
    value = FACT["value"]

    require(envelope(Fact(tenant=tenant, **_fields(value))), "Fact")
    require(envelope(Fact(tenant=tenant, **_fields(None))), "Fact")
    require(envelope(Fact(tenant=tenant, **_fields(value | {"quantities": USERS}))), "Fact")
    require(envelope(Fact(tenant=tenant, **_fields(KNOWN_AS))), "Fact")


def _fields(value: Any) -> dict[str, Any]:
    return {
        "sequence": 1,
        "type": "licence.changed",
        "subject": "licence:scim",
        "value": value,
        "at": clock.now(),
    }


@pytest.mark.django_db
def test_what_the_platform_answers_is_in_the_document(operation_center: OperationCenter) -> None:
    center = operation_center
    center.kept.add([("production", "Cust12345")])
    facts = [FACT, FACT, FACT | {"id": "other", "sequence": 7}]

    for body, expected in (
        (json.dumps({"facts": facts}), 200),
        (json.dumps({"facts": []}), 400),
        (json.dumps({"facts": [FACT | {"subject": "licence:" + "x" * 80}]}), 400),
        ("nothing", 400),
    ):
        status, content = ask(center, "POST", "/facts", body)
        assert status == expected
        require_answer(content, "/facts", "post", status)
    results = ask(center, "POST", "/facts", json.dumps({"facts": facts}))[1]["results"]
    assert [each["outcome"] for each in results] == ["known", "known", "refused"]
    assert results[2]["expected"] == 2
    stranger = FACT | {"tenant": {"environment": "production", "identifier": "Cust4"}}
    _status, content = ask(center, "POST", "/facts", json.dumps({"facts": [stranger]}))
    require_answer(content, "/facts", "post", 200)
    assert content["results"][0]["tenant_known"] is False

    for path, expected in (("/tenants", 200), ("/tenants?limit=0", 400), ("/tenants?limit=x", 400)):
        status, content = ask(center, "GET", path)
        assert status == expected
        require_answer(content, "/tenants", "get", status)


@pytest.mark.django_db
def test_its_refusals_are_in_the_document(operation_center: OperationCenter) -> None:
    other = "whsec_c29tZWJvZHkgZWxzZQ"
    for method, path, body in (("POST", "/facts", "{}"), ("GET", "/tenants", "")):
        status, content = ask(operation_center, method, path, body, secret=other)
        assert status == 401
        require_answer(content, path, method.lower(), status)
    operation_center.kept.set_mode(state.FAILING)
    status, content = ask(operation_center, "GET", "/tenants")
    assert status == 503
    require_answer(content, "/tenants", "get", status)


@pytest.mark.django_db
def test_another_sites_form_is_not_carried_out(operation_center: OperationCenter) -> None:
    request = urllib.request.Request(
        f"{operation_center.url}/controls/mode",
        data=b"mode=failing",
        headers={"Origin": "https://elsewhere.example"},
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    refused.value.close()

    assert operation_center.kept.mode() == state.WELL


@pytest.mark.django_db
def test_its_page_shows_what_it_believes(operation_center: OperationCenter) -> None:
    operation_center.kept.add([("production", "Cust12345")])
    counted = FACT["value"] | {"quantities": USERS}
    operation_center.kept.apply([FACT | {"value": counted}])

    with urllib.request.urlopen(operation_center.url, timeout=10) as answer:
        shown = answer.read().decode()

    assert "CUST12345" in shown
    assert "licence:development-tools" in shown
    assert "5 × sales-premium" in shown
    assert "<script" not in shown
    assert " style=" not in shown
