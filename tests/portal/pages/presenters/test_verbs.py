"""Every verb that an operation writes into the history has words. Verbs are read from the code."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils.translation import override

from customers.models import History
from customers.operations.organisations import BillingDetails
from portal.pages.presenters.history import history_items
from portal.pages.presenters.verbs import (
    BILLING_DETAILS,
    KIND_LABELS,
    UNKNOWN,
    WORDS,
    Kind,
    verbs_of,
)
from tests.factories.customers import OrganisationFactory, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[4]
PACKAGES = ("customers", "subscriptions", "billing", "portal")
WRITERS = ("record", "Entry")


def modules() -> Iterator[ast.Module]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "migrations" not in path.parts:
                yield ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def verb_argument(node: ast.Call) -> ast.expr | None:
    """The verb of `record(subject, verb, …)` and `Entry(verb=…)`, and of what wraps them."""
    named = next((keyword.value for keyword in node.keywords if keyword.arg == "verb"), None)
    if named is not None or called(node) == "Entry":
        return named
    return node.args[1] if len(node.args) > 1 else None


def wrappers(tree: ast.Module, shared: Mapping[str, str] | None = None) -> dict[str, str]:
    """Functions of a module that put a prefix before the verb: {"_tell": "authorisation."}.

    Also those that hand it on to such a function, of the module or `shared` with others.
    """
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    others = dict.fromkeys(WRITERS, "") | dict(shared or {})
    known, before = dict(others), 0
    while len(known) > before:
        before = len(known)
        for function in functions:
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and called(call) in known:
                    verb = verb_argument(call)
                    if isinstance(verb, ast.JoinedStr):
                        prefix = verb.values[0]
                        assert isinstance(prefix, ast.Constant)
                        known[function.name] = str(prefix.value)
                    elif isinstance(verb, ast.Name):
                        known.setdefault(function.name, known[called(call)])
    return {name: prefix for name, prefix in known.items() if name not in others}


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What a module calls by a name: {"ANNOUNCED": "usage.price_announced"}."""
    return {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def written_verbs() -> set[str]:
    trees = list(modules())
    # `tell` is imported by other modules; what begins with an underscore is its module's own.
    shared = {
        name: prefix
        for tree in trees
        for name, prefix in wrappers(tree).items()
        if not name.startswith("_")
    }
    verbs = set()
    for tree in trees:
        prefixes = dict.fromkeys(WRITERS, "") | shared | wrappers(tree, shared)
        named = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in prefixes:
                verb = verb_argument(node)
                if isinstance(verb, ast.Name):
                    verb = named.get(verb.id)
                if isinstance(verb, ast.Constant) and isinstance(verb.value, str):
                    verbs.add(prefixes[called(node)] + verb.value)
    return verbs


def test_the_collection_finds_what_is_there() -> None:
    found = written_verbs()

    assert {
        "organisation.created",
        "membership.role_changed",
        "subscription.cancelled",
        "authorisation.granted",
        "authorisation.deactivated",
        "invoice.issued",
    } <= found
    assert all(verb.count(".") == 1 for verb in found)


def test_every_written_verb_has_words() -> None:
    assert written_verbs() - WORDS.keys() == set()


def test_no_words_are_for_nothing() -> None:
    assert WORDS.keys() - written_verbs() == set()


def test_every_kind_is_labelled_and_used() -> None:
    assert set(KIND_LABELS) == set(Kind)
    assert all(verbs_of(kind) for kind in Kind)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("verb", [*WORDS, "never.heard_of"])
def test_every_sentence_can_be_said_without_any_detail(verb: str, language: str) -> None:
    organisation = OrganisationFactory.build(pk=1)
    entry = History(
        verb=verb,
        organisation=organisation,
        subject_type="x",
        subject_id=1,
        actor_kind=History.ActorKind.PERSON,
        actor=PersonFactory.build(name="Els"),
        at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
        recorded_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    )

    with override(language):
        [item] = history_items([entry])

    assert item.title
    assert "%(" not in item.title
    assert item.by == "Els"


def test_an_unknown_verb_is_at_least_named() -> None:
    assert str(UNKNOWN.sentence) % {"verb": "never.heard_of"} == "Recorded: never.heard_of"


def test_every_billing_detail_that_can_change_has_a_name() -> None:
    assert set(BILLING_DETAILS) == {field.name for field in fields(BillingDetails)}


@pytest.mark.parametrize(
    "verb", ["authorisation.reapproval_needed", "authorisation.consent_needed"]
)
def test_what_the_maker_reads_as_well_is_not_said_to_the_customer_alone(verb: str) -> None:
    assert "your" not in str(WORDS[verb].sentence)
