"""What the web server is handed: a whole answer in one piece, a stream as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from portal.access import public_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

# Django closes old connections around a request; one that another test left open may be touched.
pytestmark = pytest.mark.django_db


@public_view
def whole(request: HttpRequest) -> HttpResponse:
    return HttpResponse([b"one ", b"piece"])


@public_view
def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([b"one", b"after", b"another"])


@public_view
def borrowing(request: HttpRequest) -> HttpResponse:
    connection.ensure_connection()
    return HttpResponse(b"one piece")


@public_view
def cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(b"one piece")
    response.set_cookie("kept", "here")
    return response


urlpatterns = [
    path("whole", whole),
    path("api/whole", whole),
    path("api/stream", stream),
    path("api/borrowing", borrowing),
    path("api/cookie", cookie),
]


@pytest.fixture
def finished(settings: Any) -> Iterable[list[str]]:
    """What request_finished said."""
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    said: list[str] = []

    def hear(**_given: object) -> None:
        said.append("finished")

    request_finished.connect(hear)
    yield said
    request_finished.disconnect(hear)


@pytest.fixture
def _nothing_is_borrowed(transactional_db: None) -> Iterable[None]:
    connection.close()
    yield
    connection.close()


def ask(address: str) -> tuple[Iterable[bytes], list[str]]:
    """The body; the status, and the header lines that are cookies."""
    from portal.wsgi import application

    environ: dict[str, Any] = {"PATH_INFO": address}
    setup_testing_defaults(environ)
    began: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_more: object) -> Any:
        began.append(status)
        began.extend(value for name, value in headers if name == "Set-Cookie")

    return application(environ, start_response), began


@pytest.mark.usefixtures("_nothing_is_borrowed")
@pytest.mark.parametrize("address", ["/whole", "/api/borrowing"], ids=["page", "program"])
def test_a_whole_answer_is_one_piece_and_over(finished: list[str], address: str) -> None:
    body, began = ask(address)

    assert body == [b"one piece"]
    assert began == ["200 OK"]
    assert finished == ["finished"]
    assert connection.connection is None


@pytest.mark.usefixtures("_nothing_is_borrowed")
def test_a_program_for_which_no_connection_was_borrowed_has_none_to_give_back(
    finished: list[str],
) -> None:
    body, began = ask("/api/whole")

    assert body == [b"one piece"]
    assert began == ["200 OK"]
    assert finished == []
    assert connection.connection is None


def test_a_programs_cookie_is_sent(finished: list[str]) -> None:
    _body, began = ask("/api/cookie")

    assert began == ["200 OK", "kept=here; Path=/"]


def test_a_stream_is_left_to_flow_and_to_be_closed(finished: list[str]) -> None:
    body, _began = ask("/api/stream")

    assert list(body) == [b"one", b"after", b"another"]
    assert finished == []
    body.close()  # type: ignore[attr-defined]
    assert finished == ["finished"]
