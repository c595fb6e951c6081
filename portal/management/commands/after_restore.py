from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import clock
from customers.models import Duty, Person
from customers.queries import staff_known_as
from portal.webhooks.operations.dispatching import leave_out_numbers
from subscriptions.provisioning.catching_up import catch_up
from subscriptions.provisioning.reports import NoReport


class Command(BaseCommand):
    help = (
        "Once after a restored backup: goes on behind what the platform and the receivers of "
        "webhooks were told since it was made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="kept in the history of each tenant")
        parser.add_argument("--by", required=True, help="e-mail address of one of operations")
        parser.add_argument(
            "--webhook-numbers",
            type=int,
            required=True,
            help="how many to leave out: more than any organisation got since the backup",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        by = _operator(options["by"])
        if options["webhook_numbers"] < 0:
            raise CommandError("Numbers go on, not back.")
        organisations = leave_out_numbers(options["webhook_numbers"])
        self.stdout.write(f"Organisations whose next webhook has a later number: {organisations}")
        try:
            tenants = catch_up(
                reason=options["reason"], by=by, now=clock.now, real_now=clock.real_now
            )
        except NoReport as none:
            raise CommandError(f"The platform does not report: {none}") from None
        self.stdout.write(f"Tenants that are told anew what they have: {tenants}")


def _operator(email: str) -> Person:
    found = staff_known_as(email, Duty.OPERATIONS)
    if found is None:
        raise CommandError(f"Nobody of operations has the address {email}.")
    return found
