from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.invariants import every
from customers import clock


class Command(BaseCommand):
    help = "Checks what must always hold, a line per rule; exit code 1 when something does not."

    def handle(self, *_args: Any, **_options: Any) -> None:
        broken = 0
        for checked in every.check_rules(at=clock.now()):
            self.stdout.write(f"{'BREACH' if checked.breaches else 'ok    '}  {checked.rule}")
            for breach in checked.breaches:
                self.stdout.write(f"        {breach}")
            broken += bool(checked.breaches)
        if broken:
            raise CommandError(f"{broken} of the rules above do not hold.")
