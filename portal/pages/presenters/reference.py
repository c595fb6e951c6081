"""The API's document as pages: operations by noun, what they take and what they answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from http import HTTPMethod
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portal.api.v1.document import SECURITY, TITLES, document
from portal.api.v1.explained import explained
from portal.api.v1.guide import NOUNS, TOPICS
from portal.api.v1.plain_oauth import FORM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import Promise

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
    sent: str  # examples, as they go over the line
    answer: str
    answers: tuple[Answered, ...]

    @property
    def steps(self) -> list[str]:
        """The parts of its address, between which a narrow page may break it."""
        return self.address.removeprefix("/").split("/")


@dataclass(frozen=True)
class Schema:
    name: str
    text: SafeString
    fields: tuple[Field, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """A page: what can be done with one noun, and everything that this sends or answers."""

    id: str
    title: str | Promise
    text: str | Promise
    operations: tuple[Operation, ...]
    schemas: tuple[Schema, ...]


@dataclass(frozen=True)
class Reference:
    version: str
    subjects: tuple[Subject, ...]
    problem: tuple[Schema, ...]  # what every refusal is made of

    def subject(self, noun: str) -> Subject | None:
        return next((each for each in self.subjects if each.id == noun), None)

    def around(self, subject: Subject) -> tuple[Subject | None, Subject | None]:
        """The pages before and after it; none at the ends."""
        at = self.subjects.index(subject)
        return (
            self.subjects[at - 1] if at else None,
            self.subjects[at + 1] if at + 1 < len(self.subjects) else None,
        )


@dataclass(frozen=True)
class Topic:
    """What holds for every operation, in the reader's language."""

    id: str
    title: str | Promise
    texts: tuple[SafeString, ...]
    points: tuple[SafeString, ...]
    sample: str


@dataclass(frozen=True)
class ProblemCode:
    code: str
    statuses: str  # "409 Conflict"
    text: SafeString
    operations: tuple[tuple[Subject, Operation], ...]  # where it may come


@cache
def reference() -> Reference:
    """The same for every reader: the document speaks English, and titles translate themselves."""
    made = document()
    return Reference(
        version=made["info"]["version"],
        subjects=tuple(_subjects(made)),
        problem=_schemas(made, {"Problem"}),
    )


def topics() -> list[Topic]:
    """What to read first; the kinds of token go with how to sign in."""
    return [
        Topic(
            id=each.id,
            title=each.title,
            texts=tuple(marked(str(text)) for text in each.texts),
            points=tuple(marked(str(text)) for text in SECURITY.values())
            if each.id == "sign-in"
            else (),
            sample=each.sample,
        )
        for each in TOPICS
    ]


def problem_codes() -> list[ProblemCode]:
    """Every code there is, with its sentence in the reader's language."""
    found: dict[str, tuple[set[str], list[tuple[Subject, Operation]]]] = {}
    for subject in reference().subjects:
        for operation in subject.operations:
            for answered in operation.answers:
                for code in answered.codes:
                    statuses, operations = found.setdefault(code, (set(), []))
                    statuses.add(f"{answered.status} {TITLES[int(answered.status)]}")
                    operations.append((subject, operation))
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
        (operation["tags"][0], _operation(made, method, address, operation), operation)
        for address, methods in made["paths"].items()
        for method, operation in methods.items()
    ]
    for tag in made["tags"]:
        name = tag["name"]
        ours = [(shown, source) for each, shown, source in operations if each == name]
        yield Subject(
            id=name.lower(),
            title=NOUNS[name].title,
            text=NOUNS[name].text,
            operations=tuple(shown for shown, _source in ours),
            schemas=_schemas(made, {n for _shown, source in ours for n in _linked(source)}),
        )


def _linked(operation: dict[str, Any]) -> Iterator[str]:
    """The schemas that an operation's parameters, content and answers name; a refusal's, where it
    is no problem: that has a page.
    """
    yield from _referred(operation.get("parameters", ()))
    yield from _referred(operation.get("requestBody", {}))
    for status, response in operation["responses"].items():
        found = _referred(response.get("content", {}))
        yield from (
            found if status.startswith("2") else (name for name in found if name != "Problem")
        )


def _schemas(made: dict[str, Any], names: set[str]) -> tuple[Schema, ...]:
    """Those, and what they are made of in their turn, so that a page's links stay on it."""
    defined, found, waiting = made["components"]["schemas"], set[str](), set(names)
    while waiting:
        found |= waiting
        waiting = {inner for name in waiting for inner in _referred(defined[name])} - found
    return tuple(_schema(name, defined[name]) for name in sorted(found))


def _referred(part: Any) -> Iterator[str]:
    """The names of all schemas that a part of the document refers to, however deep."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].removeprefix(_SCHEMAS)
        part = list(part.values())
    if isinstance(part, list | tuple):
        for each in part:
            yield from _referred(each)


def _operation(
    made: dict[str, Any], method: str, address: str, operation: dict[str, Any]
) -> Operation:
    sent, is_form = _content(operation.get("requestBody", {})), _is_form(operation)
    responses = [(s, _resolved(made, each)) for s, each in operation["responses"].items()]
    answer = next((_content(each) for status, each in responses if status.startswith("2")), {})
    return Operation(
        id=operation["operationId"],
        method=HTTPMethod(method.upper()).value,
        address=address,
        title=operation["summary"].capitalize(),
        text=marked(operation.get("description", "")),
        scopes=tuple(
            dict.fromkeys(s for each in operation["security"] for of in each.values() for s in of)
        ),
        fields=tuple(_parameter(each) for each in operation.get("parameters", ())),
        body=_reference(sent.get("schema", {})),
        sent=urlencode(sent["example"]) if is_form else _json(sent.get("example")),
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
    return next(_referred(schema), "")


def _resolved(made: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    name = response.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = made["components"]["responses"][name] if name else response
    return found


def _content(place: dict[str, Any]) -> dict[str, Any]:
    return next(iter(place.get("content", {}).values()), {})


def _is_form(operation: dict[str, Any]) -> bool:
    return FORM in operation.get("requestBody", {}).get("content", {})


def _json(example: Any) -> str:
    return json.dumps(example, indent=2, ensure_ascii=False) if example else ""
