from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from customers import clock
from customers.models import Duty
from customers.operations import staff
from customers.queries import colleague_known_as
from customers.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Lets somebody into the back office and writes to them, or gives a colleague more "
        "duties. The first one needs staff_manager, and invites the others there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--duty", action="append", required=True, choices=Duty.values, help="may be repeated"
        )
        parser.add_argument("--name", default="")
        parser.add_argument("--language", default="en", choices=list(dict(settings.LANGUAGES)))

    def handle(self, *_args: Any, **options: Any) -> None:
        email, duties, at = options["email"], set(map(Duty, options["duty"])), clock.now()
        try:
            validate_email(email)
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from None
        colleague = colleague_known_as(email)
        try:
            if colleague:
                given = duties | set(map(Duty, colleague.duties))
                staff.change_duties(colleague, given, by=None, at=at)
                self.stdout.write(f"{colleague.email} has these duties as well.")
                return
            invited = staff.invite(
                email,
                name=options["name"],
                language=options["language"],
                duties=duties,
                by=None,
                at=at,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"A letter to {invited.email} goes out with the next mail.")
