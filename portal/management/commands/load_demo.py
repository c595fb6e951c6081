from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from customers import clock
from portal.demo.demo import DemoNotEmpty, load_demo


class Command(BaseCommand):
    help = "Fills an empty portal with invented customers and some months of their history."

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.CLOCK_CAN_MOVE:
            raise CommandError("This portal has real customers; the demo's do not go among them.")
        try:
            loaded = load_demo(at=clock.now())
        except DemoNotEmpty as refusal:
            raise CommandError(str(refusal)) from None
        if options["verbosity"]:
            self.stdout.write(
                f"{loaded.customers} customers, {loaded.subscriptions} subscriptions, "
                f"{loaded.invoices} invoices, {loaded.held} held for review."
            )
