"""The vendor switches an application off, on every tenant at once, and on again.

Consent stays as it is and gives nothing meanwhile (`verdicts.judge`), as with a suspension; no
new one is given. What an application may do, and its credentials, its developer can mend.
See docs/decisions/0084.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record, record_many
from customers.models import Duty
from customers.refusals import Refusal
from subscriptions.applications.availability import availabilities
from subscriptions.applications.concerned import lock_concerned
from subscriptions.applications.deactivation import cut_off, note_stopped
from subscriptions.applications.entries import entry_of
from subscriptions.applications.letters import write_of_application, write_to_approvers
from subscriptions.applications.models import Application, Authorisation, AuthorisationStatus
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Person


class ApplicationBlocked(Refusal):
    """Nobody asks for it or lets it in while it is blocked."""

    sentence = _("This application is blocked by us. Nobody can let it in at present.")


class BlockedAlready(Refusal):
    sentence = _("This application is blocked already.")


class NotBlocked(Refusal):
    sentence = _("This application is not blocked.")


class OnlyAppManagersBlock(Refusal):
    sentence = _("Only the vendor's app manager blocks an application, and lifts that again.")


@transaction.atomic
def block(application: Application, *, reason: str, by: Person, at: dt.datetime) -> Application:
    """Refuse it everywhere from now on: its tokens are gone, and it gets no others.

    Customers where it was active and whoever built it are told why.
    Raises OnlyAppManagersBlock, BlockedAlready.
    """
    application = _locked(application, by)
    if application.is_blocked:
        raise BlockedAlready
    application.blocked_at, application.blocked_by = at, by
    application.block_reason = reason
    application.save(update_fields=["blocked_at", "blocked_by", "block_reason"])
    active = _active(application)
    cut_off(active)
    note_stopped([each for each in active if each.told_stopped_at is None], at)
    _tell(application, "blocked", reason=reason, by=by, at=at)
    _tell_customers(active, "blocked", reason=reason, by=by, at=at)
    return application


@transaction.atomic
def unblock(application: Application, *, reason: str, by: Person, at: dt.datetime) -> Application:
    """Let it work again wherever consent and licence stand; nobody has to agree anew.

    It asks for new tokens. Raises OnlyAppManagersBlock, NotBlocked.
    """
    application = _locked(application, by)
    if not application.is_blocked:
        raise NotBlocked
    application.blocked_at = application.blocked_by = None
    application.block_reason = ""
    application.save(update_fields=["blocked_at", "blocked_by", "block_reason"])
    active = _active(application)
    found = availabilities(active, at)
    note_stopped([each for each in active if found[each.pk].available], None)
    _tell(application, "unblocked", reason=reason, by=by, at=at)
    _tell_customers(active, "unblocked", reason=reason, by=by, at=at)
    return application


def refuse_blocked(application: Application) -> None:
    """As it is written down now; under the application's lock it stays so.

    Raises ApplicationBlocked.
    """
    if Application.objects.filter(pk=application.pk, blocked_at__isnull=False).exists():
        raise ApplicationBlocked


def _locked(application: Application, by: Person) -> Application:
    if not by.has_duty(Duty.APP_MANAGER):
        raise OnlyAppManagersBlock
    lock_concerned(application)
    return Application.objects.select_related("owner").get(pk=application.pk)


def _active(application: Application) -> list[Authorisation]:
    active = Authorisation.objects.in_status(AuthorisationStatus.ACTIVE)
    return list(active.filter(application=application).with_names().order_by("pk"))


def _tell(application: Application, verb: str, *, reason: str, by: Person, at: dt.datetime) -> None:
    record(
        application,
        f"application.{verb}",
        organisation=application.owner,
        by=by,
        at=at,
        reason=reason,
        details={"application": application.name},
    )
    write_of_application(application, verb, {"reason": reason}, at=at)


def _tell_customers(
    active: Iterable[Authorisation], verb: str, *, reason: str, by: Person, at: dt.datetime
) -> None:
    active = list(active)
    record_many(entry_of(each, verb, by=by, at=at, reason=reason) for each in active)
    facts.tell({each.tenant_id for each in active}, at=at)
    write_to_approvers(active, verb, {"reason": reason}, at=at)
