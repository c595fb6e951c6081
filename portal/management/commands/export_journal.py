from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from billing.payments.auditfile import audit_file
from billing.payments.journal import journal
from catalog.queries import seller_called
from customers import clock
from customers.refusals import Refusal
from portal.backoffice.journal import journal_as_csv, name_of
from subscriptions.periods import Month, local_day

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Writes a seller's journal of a month for the bookkeeping: as CSV, or as audit file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seller", required=True, help="its code")
        parser.add_argument("--month", required=True, help="for example 2026-11")
        parser.add_argument("--format", choices=["csv", "xaf"], default="csv")
        parser.add_argument("--folder", type=Path, default=Path(), help="default: this one")

    def handle(self, *_args: Any, **options: Any) -> None:
        seller = seller_called(options["seller"])
        if seller is None:
            raise CommandError(f"There is no seller {options['seller']!r}.")
        found = journal(seller, _month(options["month"]))
        try:
            if options["format"] == "xaf":
                content = audit_file(found, made_on=local_day(clock.now(), seller.zone))
            else:
                content = journal_as_csv(found).content
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        path = options["folder"] / f"{name_of(found)}.{options['format']}"
        path.write_bytes(content)
        self.stdout.write(f"{path}: {len(found.entries)} documents")


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise CommandError(f"{text!r} is no month: write it as 2026-11.") from None
