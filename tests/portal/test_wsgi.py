"""What the web server is handed: a whole answer in one piece, a stream as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished
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


urlpatterns = [path("api/whole", whole), path("api/stream", stream)]


@pytest.fixture
def finished(settings: Any) -> Iterable[list[str]]:
    """What request_finished said."""
    settings.ROOT_URLCONF = __name__
    said: list[str] = []

    def hear(**_given: object) -> None:
        said.append("finished")

    request_finished.connect(hear)
    yield said
    request_finished.disconnect(hear)


def ask(address: str) -> tuple[Iterable[bytes], list[str]]:
    from portal.wsgi import application

    environ: dict[str, Any] = {"PATH_INFO": address}
    setup_testing_defaults(environ)
    began: list[str] = []

    def start_response(status: str, _headers: list[tuple[str, str]], *_more: object) -> Any:
        began.append(status)

    return application(environ, start_response), began


def test_a_whole_answer_is_one_piece_and_over(finished: list[str]) -> None:
    body, began = ask("/api/whole")

    assert body == [b"one piece"]
    assert began == ["200 OK"]
    assert finished == ["finished"]


def test_a_stream_is_left_to_flow_and_to_be_closed(finished: list[str]) -> None:
    body, _began = ask("/api/stream")

    assert list(body) == [b"one", b"after", b"another"]
    assert finished == []
    body.close()  # type: ignore[attr-defined]
    assert finished == ["finished"]
