from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import clock
from customers.operations import second_factors
from customers.queries import colleague_known_as
from customers.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Takes away the second factor that a colleague has lost, when no other can do so in the "
        "back office. At the next sign-in they set up another, with their password alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="how you know that it is them")

    def handle(self, *_args: Any, **options: Any) -> None:
        colleague = colleague_known_as(options["email"])
        if colleague is None:
            raise CommandError(f"There is no colleague {options['email']}.")
        try:
            second_factors.reset(colleague, reason=options["reason"], by=None, at=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{colleague.email} sets up another one at the next sign-in.")
