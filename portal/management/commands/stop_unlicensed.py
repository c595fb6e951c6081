from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from customers import clock
from subscriptions.operations.unlicensed import stop_unlicensed


class Command(BaseCommand):
    help = (
        "Deactivates applications that are active without a licence that they need, as "
        "check_invariants names them: once after an update with which they need another one."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        tenants = stop_unlicensed(at=clock.now())
        self.stdout.write(f"Tenants on which applications were deactivated: {tenants}")
