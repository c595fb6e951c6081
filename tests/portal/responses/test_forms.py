from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage import default_storage
from django.http import HttpResponse
from django.urls import reverse

from customers.refusals import ChangedMeanwhile, Refusal
from portal.responses.forms import filled_in, refusals_told_at, told
from portal.responses.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.test import RequestFactory


class NameTaken(Refusal):
    sentence = "Somebody else is called that."


class NameForm(forms.Form):
    name = forms.CharField()


@pytest.fixture(autouse=True)
def _shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is what it would be made from."""

    def render(_request: object, _template: str, shown: dict[str, Any], status: int) -> object:
        answer = HttpResponse(status=status)
        answer.context = shown  # type: ignore[attr-defined]
        return answer

    monkeypatch.setattr("portal.responses.forms.render", render)


@pytest.fixture
def noting(rf: RequestFactory) -> HttpRequest:
    """A request that can be told something."""
    request: Any = rf.post("/")
    request.session = {}
    request._messages = default_storage(request)
    return request


def notes(request: HttpRequest) -> list[tuple[str, str]]:
    return [(note.level_tag, str(note)) for note in get_messages(request)]


def refuse(refusal: Refusal) -> Callable[[], NoReturn]:
    def then() -> NoReturn:
        raise refusal

    return then


@pytest.mark.parametrize(
    ("blamed", "field"),
    [
        pytest.param("name", "name", id="a field"),
        pytest.param(
            lambda refusal: {NameTaken: "name"}.get(type(refusal)), "name", id="its field"
        ),
        pytest.param({NameTaken: "name"}, "name", id="the one it has"),
        pytest.param({ChangedMeanwhile: "name"}, "__all__", id="another's"),
        pytest.param(lambda _refusal: None, "__all__", id="no field of its own"),
        pytest.param(None, "__all__", id="no field"),
    ],
)
def test_a_refusal_is_said_on_the_form(rf: RequestFactory, blamed: Any, field: str) -> None:
    form = NameForm({"name": "Eva"})

    answer: Any = filled_in(
        rf.post("/"), "page.html", form, {"of": "it"}, then=refuse(NameTaken()), blamed=blamed
    )

    assert answer.status_code == 409
    assert answer.context == {"of": "it", "form": form}
    assert form.errors == {field: ["Somebody else is called that."]}


def test_a_refusal_is_said_with_what_the_page_knows_of_it(rf: RequestFactory) -> None:
    form = NameForm({"name": "Eva"})

    filled_in(
        rf.post("/"),
        "page.html",
        form,
        {},
        then=refuse(NameTaken()),
        said=lambda refusal: f"{refusal} Ada is free.",
    )

    assert form.non_field_errors() == ["Somebody else is called that. Ada is free."]


@pytest.mark.parametrize(
    ("blamed", "field"),
    [
        pytest.param("name", "__all__", id="no field's fault"),
        pytest.param(lambda _refusal: "name", "name", id="unless one is named for it"),
        pytest.param({ChangedMeanwhile: "name"}, "name", id="or it has one"),
    ],
)
def test_what_changed_meanwhile_is_said_above_the_form(
    rf: RequestFactory, blamed: Any, field: str
) -> None:
    form, request = NameForm({"name": "Eva"}), rf.post("/", {"seen": "another"})
    seen = Seen.of(request, "Ada", lambda name: {"name": name})

    def change() -> HttpResponse:
        assert not seen.is_still("Ada")
        raise ChangedMeanwhile

    answer: Any = filled_in(request, "page.html", form, {}, then=change, blamed=blamed, seen=seen)

    assert answer.status_code == 409
    assert list(form.errors) == [field]
    assert answer.context["now"] == [("Name", "Ada")]


def test_the_page_after_a_refusal_shows_what_is_there_by_then(rf: RequestFactory) -> None:
    there = ["Ada"]

    def add() -> HttpResponse:
        there.append("Eva")
        raise NameTaken

    answer: Any = filled_in(
        rf.post("/"), "page.html", NameForm({"name": "Eva"}), lambda: {"there": [*there]}, then=add
    )

    assert answer.context["there"] == ["Ada", "Eva"]


def test_nothing_is_read_for_a_page_that_is_not_shown(rf: RequestFactory) -> None:
    def context() -> dict[str, object]:
        raise AssertionError("nobody sees it")

    answer = filled_in(
        rf.post("/"), "page.html", NameForm({"name": "Eva"}), context, then=lambda: HttpResponse("")
    )

    assert answer.status_code == 200


def test_what_was_typed_is_not_acceptable(rf: RequestFactory) -> None:
    form = NameForm({"name": ""})

    answer = filled_in(rf.post("/"), "page.html", form, {}, then=refuse(NameTaken()))

    assert (answer.status_code, list(form.errors)) == (422, ["name"])


def test_what_a_view_refuses_is_told_on_another_page(noting: HttpRequest) -> None:
    @refusals_told_at("backoffice:run", "run_id")
    def retry(_request: HttpRequest, run_id: int, item_id: int) -> HttpResponse:
        assert (run_id, item_id) == (7, 9)
        raise NameTaken

    answer = retry(noting, run_id=7, item_id=9)

    assert answer.headers["Location"] == reverse("backoffice:run", args=[7])
    assert notes(noting) == [("error", "Somebody else is called that.")]


def test_what_a_button_did_is_told_where_it_leads(noting: HttpRequest) -> None:
    answer = told(noting, lambda: "She is called Eva.", "backoffice:run", 7)

    assert answer.headers["Location"] == reverse("backoffice:run", args=[7])
    assert notes(noting) == [("success", "She is called Eva.")]


def test_why_a_button_did_nothing_is_told_there_too(noting: HttpRequest) -> None:
    answer = told(noting, refuse(NameTaken()), "backoffice:run", 7)

    assert answer.headers["Location"] == reverse("backoffice:run", args=[7])
    assert notes(noting) == [("error", "Somebody else is called that.")]
