from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.metering.staff_queries import last_reports
from billing.operations.restored import have_runs_wait
from customers import clock
from customers.models import Duty, Person
from customers.operations.people import withdraw_every_invitation
from customers.operations.second_factors import sign_everybody_out
from customers.queries import staff_known_as
from portal.webhooks.operations.dispatching import leave_out_numbers
from subscriptions.provisioning.catching_up import catch_up
from subscriptions.provisioning.reports import NoReport

if TYPE_CHECKING:
    from billing.metering.staff_queries import LastReport

# Of so long before now it is told who has reported usage: longer than a backup is old.
LOOKED_BACK = dt.timedelta(days=14)

OF_BEFORE = (
    "Passwords, e-mail addresses and second factors are those of the backup. Whoever replaced one "
    "since, because somebody else knew it, does so again; until then shut the account."
)


class Command(BaseCommand):
    help = (
        "Once after a restored backup: nobody is signed in, no invitation is open and no run "
        "invoices anybody unasked any more, and the platform and the receivers of webhooks are "
        "told behind what they heard since it was made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reason",
            required=True,
            help="kept in the history of each tenant, invitation and policy",
        )
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
        self.stdout.write(f"Sessions that are ended: {sign_everybody_out()}")
        invitations = withdraw_every_invitation(reason=options["reason"], by=by, at=clock.now())
        self.stdout.write(f"Invitations that are withdrawn: {len(invitations)}")
        for each in invitations:
            role = each.get_role_display()
            self.stdout.write(f"  {each.organisation}: {each.email} ({role})")
        self.stdout.write(OF_BEFORE)
        stopped = have_runs_wait(reason=options["reason"], by=by, at=clock.now())
        names = ", ".join(seller.legal_name for seller in stopped.sellers)
        self.stdout.write(f"Sellers whose runs wait for approval from now on: {names or 'none'}")
        self.stdout.write(f"Customers held in runs that were let go before: {stopped.held}")
        organisations = leave_out_numbers(options["webhook_numbers"])
        self.stdout.write(f"Organisations whose next webhook has a later number: {organisations}")
        self._name_reporters()
        if not settings.OPERATION_CENTER_URL:
            self.stdout.write("No platform is set (OPERATION_CENTER_URL): none is told anew.")
            return
        try:
            tenants = catch_up(
                reason=options["reason"], by=by, now=clock.now, real_now=clock.real_now
            )
        except NoReport as none:
            raise CommandError(f"The platform does not report: {none}") from None
        self.stdout.write(f"Tenants that are told anew what they have: {tenants}")

    def _name_reporters(self) -> None:
        found = last_reports(since=(clock.now() - LOOKED_BACK).date())
        if not found:
            self.stdout.write(f"Who reported usage in the last {LOOKED_BACK.days} days: nobody")
            return
        self.stdout.write(
            "Ask to send again, from the time of the backup on (what was counted counts once):"
        )
        for report in found:
            self.stdout.write(f"  {_reporter(report)}, last heard {report.at:%Y-%m-%d %H:%M} UTC")


def _reporter(report: LastReport) -> str:
    through = f"credential “{report.credential}”" if report.credential else "access tokens"
    application = report.application
    if application is None:
        return f"the platform, {through}"
    contact = application.technical_contact
    return f"{application} of {application.owner} ({contact}), {through}"


def _operator(email: str) -> Person:
    found = staff_known_as(email, Duty.OPERATIONS)
    if found is None:
        raise CommandError(f"Nobody of operations has the address {email}.")
    return found
