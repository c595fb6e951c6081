"""The API's document as a page: operations by subject, what they take and what they answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from http import HTTPMethod
from typing import TYPE_CHECKING, Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from portal.api.v1.document import TITLES, document
from portal.api.v1.explained import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.utils.functional import Promise

SUBJECTS: dict[str, str | Promise] = {
    "Catalogue": _("Catalogue"),
    "Tenants": _("Tenants"),
    "Subscriptions": _("Subscriptions"),
    "Applications": _("Applications"),
    "Invoices": _("Invoices"),
    "Usage": _("Usage"),
    "History": _("History"),
    "Entitlements": _("Entitlements"),
}
_SCHEMAS = "#/components/schemas/"
_CODE, _STRONG = re.compile(r"`([^`]+)`"), re.compile(r"\*\*([^*]+)\*\*")


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    reference: str  # the schema it is made of, to look up below
    is_required: bool
    text: SafeString
    place: str = ""  # of a parameter: "path", "query", "header"


@dataclass(frozen=True)
class Answered:
    status: str
    text: str
    codes: tuple[str, ...]
    reference: str


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    address: str
    title: str
    text: SafeString
    scopes: tuple[str, ...]
    fields: tuple[Field, ...]
    body: str  # the schema of what is sent
    sent: str  # examples, as JSON
    answer: str
    answers: tuple[Answered, ...]


@dataclass(frozen=True)
class Subject:
    id: str
    title: str | Promise
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Schema:
    name: str
    text: SafeString
    fields: tuple[Field, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    version: str
    introduction: tuple[SafeString, ...]
    points: tuple[SafeString, ...]
    subjects: tuple[Subject, ...]
    schemas: tuple[Schema, ...]


@dataclass(frozen=True)
class ProblemCode:
    code: str
    statuses: str  # "409 Conflict"
    text: SafeString
    operations: tuple[tuple[str, str], ...]  # id and title


@cache
def reference() -> Reference:
    """The same for every reader: the document speaks English, and titles translate themselves."""
    made = document()
    paragraphs, points = [], []
    for line in made["info"]["description"].splitlines():
        if line.startswith("- "):
            points.append(marked(line.removeprefix("- ")))
        elif line:
            paragraphs.append(marked(line))
    return Reference(
        version=made["info"]["version"],
        introduction=tuple(paragraphs),
        points=tuple(points),
        subjects=tuple(_subjects(made)),
        schemas=tuple(_schema(name, each) for name, each in _named(made)),
    )


def problem_codes() -> list[ProblemCode]:
    """Every code there is, with its sentence in the reader's language."""
    found: dict[str, tuple[set[str], list[tuple[str, str]]]] = {}
    for subject in reference().subjects:
        for operation in subject.operations:
            for answered in operation.answers:
                for code in answered.codes:
                    statuses, operations = found.setdefault(code, (set(), []))
                    statuses.add(f"{answered.status} {TITLES[int(answered.status)]}")
                    operations.append((operation.id, f"{operation.method} {operation.address}"))
    sentences = explained()
    return [
        ProblemCode(
            code, ", ".join(sorted(statuses)), marked(str(sentences[code])), tuple(operations)
        )
        for code, (statuses, operations) in sorted(found.items())
    ]


def marked(text: str) -> SafeString:
    """Code and strong words of a text that is ours, all else escaped."""
    safe = _CODE.sub(r"<code>\1</code>", escape(text))
    return mark_safe(_STRONG.sub(r"<strong>\1</strong>", safe))  # noqa: S308 - escaped above


def _subjects(made: dict[str, Any]) -> Iterator[Subject]:
    operations = [
        (operation["tags"][0], _operation(made, method, address, operation))
        for address, methods in made["paths"].items()
        for method, operation in methods.items()
    ]
    for tag in made["tags"]:
        ours = tuple(each for name, each in operations if name == tag["name"])
        yield Subject(tag["name"].lower(), SUBJECTS[tag["name"]], ours)


def _operation(
    made: dict[str, Any], method: str, address: str, operation: dict[str, Any]
) -> Operation:
    sent = _content(operation.get("requestBody", {}))
    responses = [(s, _resolved(made, each)) for s, each in operation["responses"].items()]
    answer = next((_content(each) for status, each in responses if status.startswith("2")), {})
    return Operation(
        id=operation["operationId"],
        method=HTTPMethod(method.upper()).value,
        address=address,
        title=operation["summary"],
        text=marked(operation.get("description", "")),
        scopes=tuple(dict.fromkeys(s for each in operation["security"] for [s] in each.values())),
        fields=tuple(_parameter(each) for each in operation.get("parameters", ())),
        body=_reference(sent.get("schema", {})),
        sent=_json(sent.get("example")),
        answer=_json(answer.get("example")),
        answers=tuple(_answered(status, each) for status, each in responses),
    )


def _answered(status: str, response: dict[str, Any]) -> Answered:
    schema = _content(response).get("schema", {})
    codes = schema.get("allOf", [{}, {}])[1].get("properties", {}).get("code", {}).get("enum", ())
    return Answered(status, response["description"], tuple(codes), _reference(schema))


def _parameter(parameter: dict[str, Any]) -> Field:
    schema = parameter["schema"]
    return Field(
        name=parameter["name"],
        type=_type(schema),
        reference=_reference(schema),
        is_required=parameter.get("required", False),
        text=marked(parameter.get("description", "")),
        place=parameter["in"],
    )


def _named(made: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    return sorted(made["components"]["schemas"].items())


def _schema(name: str, schema: dict[str, Any]) -> Schema:
    required = schema.get("required", ())
    return Schema(
        name=name,
        text=marked(" ".join(schema.get("description", "").split())),
        fields=tuple(
            Field(
                name=each,
                type=_type(field),
                reference=_reference(field),
                is_required=each in required,
                text=marked(field.get("description", "")),
            )
            for each, field in schema.get("properties", {}).items()
        ),
        choices=tuple(str(each) for each in schema.get("enum", ())),
    )


def _type(schema: dict[str, Any]) -> str:
    """ "integer", "list of Tenant", "text or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SCHEMAS)
    if choices := schema.get("anyOf") or schema.get("allOf"):
        return " | ".join(_type(each) for each in choices)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _reference(schema: dict[str, Any]) -> str:
    """The first schema it refers to, however deep."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SCHEMAS)
    inner = [*schema.get("anyOf", ()), *schema.get("allOf", ()), schema.get("items", {})]
    return next((found for each in inner if each and (found := _reference(each))), "")


def _resolved(made: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    name = response.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = made["components"]["responses"][name] if name else response
    return found


def _content(place: dict[str, Any]) -> dict[str, Any]:
    return next(iter(place.get("content", {}).values()), {})


def _json(example: Any) -> str:
    return json.dumps(example, indent=2, ensure_ascii=False) if example else ""
