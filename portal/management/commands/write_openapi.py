"""`manage.py write_openapi`: write the API's document down, or say that it is behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import URLPattern, URLResolver

from portal.api.v1 import document
from portal.urls import urlpatterns

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable, Iterator

FOR_PROGRAMS = ("/api/", "/.well-known/")
# The contract with the platform is a document of its own: docs/operation-center.json.
OF_THE_PLATFORM = "/api/platform/"


class Command(BaseCommand):
    help = "Write docs/openapi.json; with --check only say whether it is in step."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        missing = sorted(set(served()) - set(document.document()["paths"]))
        if missing:
            raise CommandError(f"portal/api/v1/plain.py does not know {', '.join(missing)}")
        path = settings.BASE_DIR / "docs" / "openapi.json"
        if not options["check"]:
            path.write_text(document.text(), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != document.text():
            raise CommandError("docs/openapi.json is behind what runs: make openapi")


def served() -> Iterator[str]:
    """Every address for programs, as the document writes it."""
    for address in _addresses(urlpatterns, "/"):
        if address.startswith(FOR_PROGRAMS) and not address.startswith(OF_THE_PLATFORM):
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)


def _addresses(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for each in patterns:
        address = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _addresses(each.url_patterns, address)
        else:
            yield address
