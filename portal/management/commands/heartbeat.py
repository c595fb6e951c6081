from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers import clock, heartbeat


class Command(BaseCommand):
    help = "Says when a worker last answered the scheduler; exit code 1 when that is too long ago."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        last = heartbeat.last_at()
        if last is None:
            raise CommandError("No worker has answered the scheduler yet.")
        said = f"A worker answered the scheduler last at {last.isoformat(timespec='seconds')}."
        if heartbeat.is_late(last, clock.real_now()):
            raise CommandError(said)
        self.stdout.write(said)
