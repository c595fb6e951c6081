from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from billing.payments.journal import journal
from catalog.money import Currency
from catalog.queries import seller_called
from customers.refusals import Refusal
from customers.snapshots import snapshot
from portal.backoffice.journal import FORMATS, name_of
from portal.management.months import month_called

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Writes a seller's journal of a month for the bookkeeping: as CSV, or as audit file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seller", required=True, help="its code")
        parser.add_argument("--month", required=True, help="for example 2026-11")
        parser.add_argument("--format", choices=[*FORMATS], default="csv")
        parser.add_argument(
            "--currency",
            choices=[*Currency],
            default="",
            help="only what is in it; an audit file is in one",
        )
        parser.add_argument("--folder", type=Path, default=Path(), help="default: this one")

    def handle(self, *_args: Any, **options: Any) -> None:
        seller = seller_called(options["seller"])
        if seller is None:
            raise CommandError(f"There is no seller {options['seller']!r}.")
        month, ending = month_called(options["month"]), options["format"]
        written, _content_type = FORMATS[ending]
        with snapshot():
            found = journal(seller, month, only=options["currency"])
            path = options["folder"] / name_of(found, ending)
            try:
                _write(path, written(found))
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None
        self.stdout.write(f"{path}: {found.documents} documents")


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Under its name only once it is whole."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.writelines(pieces)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
