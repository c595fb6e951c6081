from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.metering.queries import meters_used
from billing.queries.invoices import countries_invoiced
from catalog.loading import load_catalogue
from catalog.reading import WrongCatalogue
from customers import clock
from subscriptions.operations import plans

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = (
        "Loads sellers, products, prices and meters from the data files; refuses a wrong file. "
        "Applications follow at once what CRM Suite plans include now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "directory",
            nargs="?",
            type=Path,
            default=Path(settings.CATALOGUE_DIRECTORY),
            help="default: CATALOGUE_DIRECTORY, and without it the example in catalog/seed",
        )
        parser.add_argument(
            "--check", action="store_true", help="only tell what is wrong or would change"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        check = options["check"]
        try:
            loaded = load_catalogue(
                options["directory"],
                on=clock.now().date(),
                used=meters_used(),
                invoiced=countries_invoiced(),
                write=not check,
            )
        except WrongCatalogue as wrong:
            raise CommandError(str(wrong)) from None
        if not check:
            plans.follow_plans(at=clock.now())
        if not options["verbosity"]:
            return
        for change in loaded.changes:
            self.stdout.write(f"would be: {change}" if check else change)
        if not loaded.changes:
            self.stdout.write("The catalogue is up to date: nothing changed.")
