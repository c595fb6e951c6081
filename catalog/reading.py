"""Seed files as sections that know their lines: typed values out, every mistake collected."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,6})?")  # fits NUMERIC(14,6)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, and where."""

    file: str
    line: int  # from 1, as editors count
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class WrongCatalogue(Exception):
    """The seed files say something that cannot be; nothing was written."""

    def __init__(self, problems: Collection[Problem]) -> None:
        super().__init__(problems)
        self.problems = tuple(sorted(set(problems)))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class Section:
    """One mapping of a file.

    Every method takes a key and gives its value, or notes a problem and gives something
    harmless of the right type, so that one reading finds all mistakes. `finish` then refuses
    the keys that nobody asked for. A `default` makes a key optional.
    """

    def __init__(self, node: CommentedMap, file: str, problems: list[Problem]) -> None:
        self.node = node
        self.file = file
        self.problems = problems
        self._asked: set[str] = set()

    @property
    def line(self) -> int:
        return int(self.node.lc.line) + 1

    def line_of(self, key: str) -> int:
        return int(self.node.lc.key(key)[0]) + 1 if key in self.node else self.line

    def refuse(self, reason: str, key: str = "") -> None:
        line = self.line_of(key) if key else self.line
        self.problems.append(Problem(self.file, line, reason))

    def finish(self) -> None:
        for key in self.node:
            if key not in self._asked:
                self.refuse(f"unknown key {key!r}", key)

    def has(self, key: str) -> bool:
        return key in self.node

    def text(self, key: str, *, pattern: str = "", default: str | None = None) -> str:
        """A line of text that is not empty; `pattern` must match all of it."""
        if default is not None and key not in self.node:
            self._asked.add(key)
            return default
        value = self._value(key)
        if not isinstance(value, str):
            return self._wrong_type(key, value, "text", "")
        if not value.strip():
            self.refuse(f"{key} is empty", key)
        elif pattern and not re.fullmatch(pattern, value):
            self.refuse(f"{key} {value!r} does not look like {pattern}", key)
        return value.strip()

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        value = self.text(key, default=default)
        if value and value not in allowed:
            self.refuse(f"{key} is one of {', '.join(sorted(allowed))}, not {value!r}", key)
        return value

    def whole(self, key: str, *, minimum: int = 0) -> int:
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int):
            return self._wrong_type(key, value, "a whole number", minimum)
        if value < minimum:
            self.refuse(f"{key} is at least {minimum}, not {value}", key)
        return int(value)

    def whole_or_none(self, key: str, *, minimum: int = 0) -> int | None:
        self._asked.add(key)
        return self.whole(key, minimum=minimum) if key in self.node else None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        value = self._value(key, default)
        if isinstance(value, bool):
            return value
        return self._wrong_type(key, value, "true or false", harmless=False)

    def day(self, key: str) -> dt.date:
        value = self._value(key)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        return self._wrong_type(key, value, "a date such as 2026-01-01", dt.date.min)

    def amount(self, key: str) -> Decimal:
        """Money as quoted text; a float has lost digits before anyone could look."""
        value = self._value(key)
        if isinstance(value, str) and AMOUNT.fullmatch(value):
            return Decimal(value)
        wanted = 'an amount in quotes with at most six decimals, such as "12.50"'
        return self._wrong_type(key, value, wanted, Decimal(0))

    def words(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, each once; without a default there is at least one."""
        if default is not None and key not in self.node:
            self._asked.add(key)
            return default
        value = self._value(key)
        if not isinstance(value, CommentedSeq):
            return self._wrong_type(key, value, "a list", ())
        if default is None and not value:
            self.refuse(f"{key} is empty", key)
        found: list[str] = []
        for position, word in enumerate(value):
            line = int(value.lc.item(position)[0]) + 1
            if not isinstance(word, str) or not word.strip():
                self.problems.append(
                    Problem(self.file, line, f"{key} holds {_found(word)}, not text")
                )
            elif word in found:
                self.problems.append(Problem(self.file, line, f"{key} holds {word!r} twice"))
            else:
                found.append(word.strip())
        return tuple(found)

    def section(self, key: str) -> Section | None:
        value = self._value(key)
        if isinstance(value, CommentedMap):
            return Section(value, self.file, self.problems)
        return self._wrong_type(key, value, "a section of its own", None)

    def sections(self, key: str, *, optional: bool = False) -> list[Section]:
        """A list of sections."""
        self._asked.add(key)
        if optional and key not in self.node:
            return []
        value = self._value(key)
        if not isinstance(value, CommentedSeq):
            return self._wrong_type(key, value, "a list", [])
        if not value:
            self.refuse(f"{key} is empty", key)
        return list(sections_of(value, self.file, self.problems))

    def _value(self, key: str, default: object = None) -> object:
        self._asked.add(key)
        if key not in self.node:
            if default is None:
                self.refuse(f"{key} is missing")
            return default
        return self.node[key]

    def _wrong_type[T](self, key: str, value: object, wanted: str, harmless: T) -> T:
        if key in self.node:  # a missing key has been refused already
            self.refuse(f"{key} is {wanted}, not {_found(value)}", key)
        return harmless


def sections_of(nodes: CommentedSeq, file: str, problems: list[Problem]) -> Iterator[Section]:
    for position, node in enumerate(nodes):
        if isinstance(node, CommentedMap):
            yield Section(node, file, problems)
        else:
            line = int(nodes.lc.item(position)[0]) + 1
            problems.append(Problem(file, line, f"expected a section, not {_found(node)}"))


def read_section(path: Path, problems: list[Problem]) -> Section | None:
    """A file that is one mapping."""
    document = _document(path, problems)
    if isinstance(document, CommentedMap):
        return Section(document, path.name, problems)
    if document is not None:
        problems.append(Problem(path.name, 1, f"expected keys and values, not {_found(document)}"))
    return None


def read_sections(path: Path, problems: list[Problem]) -> list[Section]:
    """A file that is a list of mappings."""
    document = _document(path, problems)
    if isinstance(document, CommentedSeq):
        return list(sections_of(document, path.name, problems))
    if document is not None:
        problems.append(Problem(path.name, 1, f"expected a list, not {_found(document)}"))
    return []


def _document(path: Path, problems: list[Problem]) -> Any:
    try:
        document = YAML().load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(Problem(path.name, 1, "the file is missing"))
        return None
    except UnicodeDecodeError as error:
        problems.append(Problem(path.name, 1, f"not UTF-8: {error.reason}"))
        return None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.append(Problem(path.name, mark.line + 1 if mark else 1, _first_line(error)))
        return None
    except YAMLError as error:
        problems.append(Problem(path.name, 1, str(error).splitlines()[0]))
        return None
    if document is None:
        problems.append(Problem(path.name, 1, "the file is empty"))
    return document


def _first_line(error: MarkedYAMLError) -> str:
    return str(error.problem or error.context or "not YAML").splitlines()[0]


def _found(value: object) -> str:
    """What stands there, in the words of someone who has the file open."""
    if value is None:
        return "nothing"
    kinds = {bool: "the value", float: "the float", int: "the number", dt.date: "the date"}
    for kind, words in kinds.items():
        if isinstance(value, kind):
            return f"{words} {str(value).lower()}"
    if isinstance(value, CommentedMap):
        return "a section"
    return "a list" if isinstance(value, CommentedSeq) else repr(str(value))
