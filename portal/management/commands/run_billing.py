from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from billing.causes import words_for_preview
from billing.operations import runs
from billing.queries import attention_of, items_shown, progress
from catalog.queries import sellers
from customers import clock
from customers.refusals import Refusal
from portal.management.months import month_called

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.core.management.base import CommandParser

    from billing.operations.previewed import Preview
    from catalog.models import Seller
    from subscriptions.periods import Month


class Command(BaseCommand):
    help = "Invoices a month by hand, as the schedule does; --preview shows what it would make."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, help="for example 2026-11")
        parser.add_argument("--seller", help="its code; default: all sellers")
        parser.add_argument("--preview", action="store_true", help="change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        month = month_called(options["month"])
        for seller in _sellers(options["seller"]):
            at = clock.now()
            self.stdout.write(f"{seller.legal_name}, {month}")
            try:
                if options["preview"]:
                    self._preview(seller, month, at)
                else:
                    self._run(seller, month, at, only=bool(options["seller"]))
            except Refusal as refusal:
                raise CommandError(str(refusal)) from None

    def _preview(self, seller: Seller, month: Month, at: dt.datetime) -> None:
        previews = runs.preview_month(seller, month, at=at)
        for row in _table(previews):
            self.stdout.write(row)
        if not previews:
            self.stdout.write("  Nothing is due.")

    def _run(self, seller: Seller, month: Month, at: dt.datetime, *, only: bool) -> None:
        try:
            run = runs.open_run(seller, month, at=at)
        except (runs.NothingDueThen, runs.ExampleSeller) as refusal:
            if only:
                raise
            self.stdout.write(f"  {refusal}")
            return
        runs.complete(run, at=at)
        found = progress(run)
        self.stdout.write(
            f"  {found.invoiced} invoiced, {found.nothing_due} with nothing due, "
            f"{found.held} held, {found.failed} failed, {found.pending} waiting"
        )
        for attention in items_shown(attention_of(run)):
            self.stdout.write(f"  {attention.item.organisation}: {attention.why}")


def _sellers(code: str | None) -> list[Seller]:
    everybody = list(sellers())
    found = [seller for seller in everybody if code in (None, seller.code)]
    if not found and code:
        known = ", ".join(seller.code for seller in everybody)
        raise CommandError(f"There is no seller {code!r}; there are: {known or 'none'}.")
    if not found:
        raise CommandError("There is no seller yet: load the catalogue first (load_catalogue).")
    return found


def _table(previews: Iterable[Preview]) -> Iterable[str]:
    for preview in previews:
        name = f"  {preview.organisation.name[:40]:<40}"
        for draft in preview.drafts:
            yield (
                f"{name} {draft.kind.replace('_', ' '):<12}{len(draft.lines):>4} lines"
                f"{draft.net:>14} net{draft.vat:>12} VAT{draft.gross:>14} {draft.currency}"
            )
        why = words_for_preview(preview)
        if why:
            yield f"{name} {why}"
