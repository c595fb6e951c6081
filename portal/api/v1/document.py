"""The API's document: OpenAPI 3.1, made of what runs and of `documented.py`.

`docs/openapi.json` is this, written down; `manage.py write_openapi` writes it, and a check
says when it is behind.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from django.utils.translation import override

from portal.api.answers import PROBLEMS
from portal.api.v1 import guide, plain, plain_oauth
from portal.api.v1.api import api
from portal.api.v1.documented import codes_of
from portal.api.v1.door import OrganisationBearer
from portal.api.v1.examples import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.utils.functional import Promise

# What an address answers with that ends so, where that is no JSON.
FILES = {
    "/documents/{document_id}": ("application/pdf", "application/xml"),
    "/translations/{language}": ("application/pdf",),
}

PROBLEM = {
    "title": "Problem",
    "description": "Why nothing was done (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What a program goes by; it stays the same."},
        "detail": {"type": "string", "description": "A sentence in the reader's language."},
        "scope": {"type": "string", "description": "What the token would have to be for."},
        "errors": {
            "type": "array",
            "description": "Where the request does not hold to this document.",
            "items": {
                "type": "object",
                "required": ["in", "at", "code", "detail"],
                "properties": {
                    "in": {"type": "string"},
                    "at": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "obstacles": {
            "type": "array",
            "description": "Why it cannot be ordered there, and what to do about it.",
            "items": {"$ref": "#/components/schemas/Obstacle"},
        },
        "confirmed": {"type": "string", "description": "That of the list as it is now."},
    },
}
LANGUAGE = {
    "in": "header",
    "name": "Accept-Language",
    "required": False,
    "description": "Of names and sentences: `en` or `nl`.",
    "schema": {"type": "string"},
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "description": "The `ETag` that it was read with: 412 once it is no longer the same.",
    "schema": {"type": "string"},
    "example": guide.SAMPLE_MARK,
}
SECURITY: dict[str, str | Promise] = {
    "OrganisationToken": guide.ORGANISATION_TOKEN,
    "AccessToken": guide.ACCESS_TOKEN,
    "ProgramCredential": guide.PROGRAM_CREDENTIAL,
    "ClientSecret": guide.CLIENT_SECRET,
}
PLAIN = (*plain.PLAIN, *plain_oauth.PLAIN)
LIMITS = {
    "RateLimit-Policy": "How many requests a token has in how many seconds.",
    "RateLimit": "How many are left, and in how many seconds it starts anew.",
}

# As RFC 9110 names them; Python's own names differ from version to version.
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
# What nearly every operation may answer stands in the document once.
SHARED: dict[tuple[int | str, ...], str] = {
    (401, "unauthorized"): "Unauthorized",
    (403, "insufficient_scope"): "InsufficientScope",
    (404, "not_found"): "NotFound",
    (413, "content_too_large"): "ContentTooLarge",
    (422, "invalid_request"): "InvalidRequest",
    (422, "invalid_request", "unreadable_cursor"): "InvalidPage",
    (429, "too_many_requests"): "TooManyRequests",
}


@cache
def document() -> dict[str, Any]:
    """The same for everybody; nobody may change it."""
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
    made["info"] |= {"title": "Expander Services API", "description": guide.in_english()}
    made["servers"] = [{"url": "/"}]
    schemas, scopes = made["components"]["schemas"], _scopes()
    for address, operations in made["paths"].items():
        for method, operation in operations.items():
            _complete(address, method, operation, scopes[operation["operationId"]])
        if "put" in operations:
            operations["put"]["parameters"].append(IF_MATCH)
            _add_mark(operations["get"])
    for each in PLAIN:
        operation = copy.deepcopy(each.operation)
        _add_problems(operation, each.problems)
        if HTTPStatus.TOO_MANY_REQUESTS in each.problems:
            for status in operation["responses"].keys() & {"200", "304"}:
                response = operation["responses"][status]
                response["headers"] = response.get("headers", {}) | _headers(LIMITS)
        made["paths"].setdefault(each.address, {})[each.method] = operation
    structs = _of_structs()
    assert not schemas.keys() & structs.keys(), "two schemas have one name"
    schemas |= structs
    schemas["Problem"] = PROBLEM
    made["components"]["securitySchemes"] = _security()
    made["components"]["responses"] = {
        name: _problem(int(status), map(str, codes)) for (status, *codes), name in SHARED.items()
    }
    _drop_unused(made)
    for _method, operation in _operations(made):
        _add_examples(operation)
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    made["tags"] = [*_tags(made)]
    return made


def _scopes() -> dict[str, str]:
    """What each operation asks of a token."""
    return {
        api.get_openapi_operation_id(operation): door.scope.value
        for router in api._get_bound_routers()  # noqa: SLF001 - as in urls.py
        for view in router.path_operations.values()
        for operation in view.operations
        for door in operation.auth_callbacks
        if isinstance(door, OrganisationBearer)
    }


def text() -> str:
    """As it is checked in."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _complete(address: str, method: str, operation: dict[str, Any], scope: str) -> None:
    """What ninja does not know: the scope, the headers, what may be refused."""
    operation["security"] = [{"OrganisationToken": [scope]}]
    for parameter in operation["parameters"]:
        _without_null(parameter)
    _add_problems(operation, codes_of(operation, method))
    operation["parameters"].append(LANGUAGE)
    if method == "post":
        operation["parameters"].append(plain.KEY)
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response["headers"] = _headers(LIMITS)
            if status == "201":
                response["headers"] |= _headers({"Location": "Where it can be read."})
    for ending, kinds in FILES.items():
        if address.endswith(ending):
            operation["responses"]["200"]["content"] = {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds
            }


def _add_mark(operation: dict[str, Any]) -> None:
    operation["parameters"].append(plain.IF_NONE_MATCH)
    headers = _headers({"ETag": "Send it as `If-Match` with the PUT that follows."})
    operation["responses"]["200"]["headers"] |= headers
    operation["responses"]["304"] = plain.UNCHANGED | {"headers": _headers(LIMITS)}


def _add_problems(operation: dict[str, Any], problems: dict[int, list[str]]) -> None:
    for status, codes in problems.items():
        shared = SHARED.get((status, *codes))
        reference = {"$ref": f"#/components/responses/{shared}"}
        operation["responses"][str(status)] = reference if shared else _problem(status, codes)


def _problem(status: int, codes: Iterable[str]) -> dict[str, Any]:
    codes = list(codes)
    response: dict[str, Any] = {
        "description": TITLES[status],
        "content": {
            "application/problem+json": {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Problem"},
                        {"properties": {"code": {"enum": codes}}},
                    ]
                },
                "example": {
                    "type": f"{PROBLEMS}#{codes[0]}",
                    "title": TITLES[status],
                    "status": status,
                    "code": codes[0],
                    "detail": "…",
                },
            }
        },
    }
    if status == HTTPStatus.UNAUTHORIZED:
        response["headers"] = _headers({"WWW-Authenticate": "RFC 6750."})
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["headers"] = _headers({"Retry-After": "In seconds.", **LIMITS})
    return response


def _headers(described: dict[str, str]) -> dict[str, Any]:
    return {
        name: {"description": description, "schema": {"type": "string"}}
        for name, description in described.items()
    }


def _without_null(parameter: dict[str, Any]) -> None:
    """In an address there is no null: what may be absent is left out."""
    schema = parameter["schema"]
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(choices) == 1:
        kept = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        parameter["schema"] = choices[0] | kept


def _of_structs() -> dict[str, Any]:
    _references, schemas = msgspec.json.schema_components(
        [*plain.STRUCTS, *plain_oauth.STRUCTS], ref_template="#/components/schemas/{name}"
    )
    return schemas


def _add_examples(operation: dict[str, Any]) -> None:
    places = [*operation["responses"].values(), operation.get("requestBody", {})]
    for place in places:
        for content in place.get("content", {}).values():
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            if name in EXAMPLES:
                content["example"] = EXAMPLES[name]


def _drop_unused(made: dict[str, Any]) -> None:
    """Ninja lists the schemas of parameters too, which nothing refers to."""
    schemas = made["components"]["schemas"]
    while True:
        referred = json.dumps(made)
        unused = [name for name in schemas if f'"#/components/schemas/{name}"' not in referred]
        if not unused:
            return
        for name in unused:
            del schemas[name]


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for operations in made["paths"].values():
        yield from operations.items()


def _tags(made: dict[str, Any]) -> Iterator[dict[str, str]]:
    with override("en"):
        for name in dict.fromkeys(tag for _m, each in _operations(made) for tag in each["tags"]):
            yield {"name": name, "description": str(guide.NOUNS[name].text)}


def _security() -> dict[str, Any]:
    with override("en"):
        return {
            name: {
                "type": "http",
                "scheme": "basic" if name == "ClientSecret" else "bearer",
                "description": str(description),
            }
            for name, description in SECURITY.items()
        }
