from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing.queries import progress
from customers import clock
from portal.demo.passing import do_what_is_due, stops

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from portal.demo.passing import Done


class Command(BaseCommand):
    help = (
        "Moves the demo's clock forward; at each turn of a month and at the end what is due is "
        "done: ends and expiries, invoices with their documents, and letters."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", required=True, help="2026-12-01 or 2026-12-01T08:00, local time"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        target = _instant(options["to"])
        start = clock.now()
        try:
            for stop in stops(start, target) if target > start else [target]:
                clock.move_to(stop)
                self._tell(do_what_is_due(stop))
        except clock.ClockCannotMove as refusal:
            raise CommandError(f"{refusal}.".capitalize()) from None

    def _tell(self, done: Done) -> None:
        local = done.at.astimezone(timezone.get_default_timezone())
        self.stdout.write(f"{local:%Y-%m-%d %H:%M %Z}")
        if done.ended:
            self.stdout.write(f"  {many(done.ended, 'subscription')} ended")
        if done.expired:
            self.stdout.write(f"  {many(done.expired, 'authorisation')} expired")
        for run in done.runs:
            found = progress(run)
            self.stdout.write(
                f"  {run.seller}, {run.month:%Y-%m}: {found.invoiced} invoiced, "
                f"{found.nothing_due} with nothing due, {found.held} held, {found.failed} failed"
            )
        if done.documents:
            self.stdout.write(f"  documents of {many(done.documents, 'invoice')} made")
        if done.thresholds:
            self.stdout.write(f"  {many(done.thresholds, 'threshold')} of usage reached")
        if done.coming_prices:
            self.stdout.write(f"  {many(done.coming_prices, 'customer')} told of a coming price")
        if done.warned:
            self.stdout.write(f"  {many(done.warned, 'warning')} of client secrets that end")
        if done.licence_files:
            self.stdout.write(f"  {many(done.licence_files, 'licence file')} followed up")
        if done.mailed:
            self.stdout.write(f"  {many(done.mailed, 'mail')} sent")


def many(number: int, what: str) -> str:
    """ "1 mail", "2 mails"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _instant(text: str) -> dt.datetime:
    """Local time of settings.TIME_ZONE; a day alone is its midnight."""
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{text!r} is no moment: write 2026-12-01 or 2026-12-01T08:00."
        ) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=timezone.get_default_timezone())
    return instant.astimezone(dt.UTC)
