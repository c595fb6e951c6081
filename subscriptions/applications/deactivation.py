"""Off means off, and the way back: what a licence's end and return do to applications.

Whatever takes an application away from a tenant calls `cut_off` in its own transaction, after it
has written what it takes away and before it commits. Tokens that end while the application stays
do so elsewhere: those of a secret or of all credentials of an environment in `credentials.py`, one
that its client gives back in `tokens.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from allauth.idp.oidc.models import Token
from django.db import transaction

from customers.actors import SCHEDULE
from customers.history import record_many
from customers.models import TenantState
from customers.turns import each_alone
from subscriptions.applications.availability import FOR_APPLICATIONS, availabilities, needed_by
from subscriptions.applications.coming_back import comes_back, last_ordered, ordered_on
from subscriptions.applications.entries import entry_of
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.lifecycle import LET_IN, Action, is_wider, outcome
from subscriptions.applications.models import Authorisation, AuthorisationStatus, Publication
from subscriptions.applications.scopes import ask_for_more
from subscriptions.applications.verdicts import UNLICENSED, Obstacle
from subscriptions.licences import products_of
from subscriptions.locks import lock_organisation
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from customers.actors import Actor
    from customers.models import Tenant
    from subscriptions.applications.models import Application
    from subscriptions.applications.querysets import AuthorisationQuerySet


def cut_off(authorisations: Iterable[Authorisation]) -> None:
    """Delete every token that was issued for these; none can be issued meanwhile.

    A token is issued under the lock of its authorisation (`tokens.issue`). Taking it here waits
    for one that is being issued, so that is deleted too; who asks after it waits for this
    transaction and then reads what it wrote.
    """
    ids = sorted(authorisation.pk for authorisation in authorisations)
    locked = Authorisation.objects.filter(pk__in=ids).select_for_update(no_key=True)
    list(locked.order_by("pk").values_list("pk", flat=True))
    Token.objects.filter(issued__authorisation__in=ids).delete()


def end_tokens_by(at: dt.datetime, authorisation: Authorisation) -> None:
    """None outlives the time that its application is let in for; the caller holds its lock."""
    tokens = Token.objects.filter(issued__authorisation=authorisation, expires_at__gt=at)
    tokens.update(expires_at=at)


def cut_off_suspended(tenant: Tenant, *, by: Actor, at: dt.datetime) -> list[Authorisation]:
    """End the tokens of what may not be used on `tenant` at `at`; its consent stays.

    For a suspension of the subscription or of the tenant, after it was written: what resumes
    comes back without anybody's consent, with new tokens. Its makers are told once; not of a
    maintenance, which takes minutes. Returns those of which they are told now.
    """
    active = _on(tenant, AuthorisationStatus.ACTIVE)
    found = availabilities(active, at)
    cut_off(each for each in active if not found[each.pk].available)
    stopped = [
        each
        for each in active
        if each.told_stopped_at is None and _is_suspended(tenant, found[each.pk].obstacle)
    ]
    note_stopped(stopped, at)
    _record(stopped, "suspended", by=by, at=at, recorded_at=at)
    by_tenant = tenant.state == TenantState.SUSPENDED
    write_to_maker(stopped, "suspended", {"by_tenant": by_tenant}, at=at)
    return stopped


def tell_what_works_again(
    tenant: Tenant, *, by: Actor, at: dt.datetime, restored: Collection[Authorisation] = ()
) -> list[Authorisation]:
    """To the makers of what they were told does not work on `tenant`, if it may be used at `at`.

    After whatever lets it work was written: a suspension that is over, a licence that is there.
    Of those that were `restored` the history says so already. Returns what works again.
    """
    stopped = [
        each for each in _on(tenant, AuthorisationStatus.ACTIVE) if each.told_stopped_at is not None
    ]
    found = availabilities(stopped, at)
    working = [each for each in stopped if found[each.pk].available]
    note_stopped(working, None)
    resumed = [each for each in working if each not in restored]
    _record(resumed, "resumed", by=by, at=at, recorded_at=at)
    write_to_maker(working, "restored", at=at)
    return working


def deactivate_unlicensed(
    tenant: Tenant,
    *,
    products: Collection[str],
    why: Authorisation.Deactivation,
    restore_days: int,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime,
) -> tuple[list[Authorisation], list[Authorisation]]:
    """Deactivate every application on `tenant` that needs one of `products` that is gone at `at`.

    Without Development Tools those are online the custom applications, on-premise all of them;
    without Database Mirroring the custom ones with mirroring. Others that are missing do not
    count: they may be suspended. Within `restore_days` they come back unasked. So are those that
    were shut out for asking more, without a letter, for they did not work: what they were let in
    with before must not outlast those days (`restore_licensed`). What was let in until `at` or
    earlier has expired, and does not come back.
    Must run in the transaction that ends the licence; a second run finds nothing left to do. Makers
    are told, unless the tenant is deleted: what is let in there is revoked in the same transaction,
    and that is told alone, for nothing comes back: there nothing is written down as expired either.
    Returns (those that worked, those shut out).
    """
    gone = frozenset(products).intersection(FOR_APPLICATIONS)
    gone = gone - products_of(tenant, at) if gone else gone
    if not gone:
        return [], []
    is_deleted = tenant.state == TenantState.DELETED
    if not is_deleted:
        expire_due_of(Authorisation.objects.on(tenant), at=at, recorded_at=recorded_at)
    concerned = [each for each in _on(tenant, *LET_IN) if needed_by(each) & gone]
    stopped = [each for each in concerned if each.status == AuthorisationStatus.ACTIVE]
    shut_out = [each for each in concerned if each not in stopped]
    for authorisation in concerned:
        authorisation.status = outcome(authorisation.status, Action.DEACTIVATE)
        authorisation.deactivation = why
        authorisation.closed_at = at
        authorisation.restore_until = at + dt.timedelta(days=restore_days)
        authorisation.save(update_fields=["status", "deactivation", "closed_at", "restore_until"])
    cut_off(stopped)
    note_stopped(stopped, recorded_at)
    if not is_deleted:
        _tell(concerned, "deactivated", by=by, at=at, recorded_at=recorded_at)
        write_to_maker(stopped, "deactivated", said_of(stopped, gone, recorded_at), at=recorded_at)
    return stopped, shut_out


def said_of(
    stopped: Iterable[Authorisation], missing: Collection[str], at: dt.datetime
) -> dict[str, object]:
    """What a letter `deactivated` that is written at `at` says besides: to makers, to approvers."""
    return {"missing": missing, "back": [each for each in stopped if each.may_come_back(at)]}


def restore_licensed(
    tenant: Tenant,
    *,
    by_order: bool = False,
    waiting_since: dt.datetime | None = None,
    by: Actor,
    at: dt.datetime,
) -> tuple[list[Authorisation], list[Authorisation]]:
    """Bring back what waits for licences, all of which `tenant` has again at `at`.

    Until the day that was promised when it stopped an application is active at once, and so it is
    when it returns `by_order` and the last that it needs was ordered by then, however late that
    is confirmed. After that day its consent is asked for again, by letter too. So it is when the
    time it was let in for is over, or when it gained a capability meanwhile. What was agreed to
    at `waiting_since` or later, and has waited for this licence from then on, comes back however
    long that was.
    Returns (restored, asking for consent); without those restored that are blocked.
    """
    licensed = products_of(tenant, at)
    if licensed.isdisjoint(FOR_APPLICATIONS):
        return [], []
    restored: list[Authorisation] = []
    asking: list[Authorisation] = []
    deactivated = _on(tenant, AuthorisationStatus.DEACTIVATED)
    found = [each for each in deactivated if needed_by(each) <= licensed]
    wanted = Publication.objects.wanted_in(
        tenant.environment, applications={each.application_id for each in found}
    )
    orders = ordered_on([tenant], at) if by_order else []
    for authorisation in found:
        ordered_at = last_ordered(authorisation, orders)
        if not comes_back(authorisation, ordered_at=ordered_at, waiting_since=waiting_since, at=at):
            forget_consent(authorisation)
            _reopen(authorisation, outcome(authorisation.status, Action.REQUEST))
            asking.append(authorisation)
            continue
        status = outcome(authorisation.status, Action.RESTORE)
        if is_wider(
            wanted[authorisation.application_id].capabilities, authorisation.agreed_capabilities
        ):
            status = outcome(status, Action.WIDEN)
        _reopen(authorisation, status)
        gone_on = restored if status == AuthorisationStatus.ACTIVE else asking
        gone_on.append(authorisation)
    _tell(restored, "restored", by=by, at=at, recorded_at=at)
    _tell(asking, "consent_needed", by=by, at=at, recorded_at=at)
    write_to_approvers(asking, "consent_needed", at=at)
    ask_for_more(restored, by=by, at=at)
    tell_what_works_again(tenant, by=by, at=at, restored=restored)
    return [each for each in restored if not each.application.is_blocked], asking


def lock_out_widened(
    application: Application,
    *,
    environment: str,
    capabilities: Iterable[str],
    by: Actor,
    at: dt.datetime,
) -> list[Authorisation]:
    """Shut it out of every tenant that agreed to less, until the customer agrees again (D3.5).

    In the transaction that publishes it, under the locks of `versions.py`. A confirmation that
    waits for the app manager was to less as well, and is asked for anew. What is over by then is
    written down as that. Returns those whose customers have to decide.
    """
    concerned = Authorisation.objects.filter(
        application=application,
        tenant__environment=environment,
        status__in=[AuthorisationStatus.ACTIVE, AuthorisationStatus.CONFIRMED],
    )
    expire_due_of(concerned, at=at)
    locked = concerned.with_names().select_for_update(of=["self"], no_key=True).order_by("pk")
    asking = [each for each in locked if is_wider(capabilities, each.agreed_capabilities)]
    for authorisation in asking:
        authorisation.status = outcome(authorisation.status, Action.WIDEN)
        if authorisation.status == AuthorisationStatus.REQUESTED:
            forget_consent(authorisation)
        authorisation.told_stopped_at = at
        authorisation.save()
    cut_off(asking)
    _tell(asking, "reapproval_needed", by=by, at=at, recorded_at=at, for_itself=True)
    return asking


def expire_due(*, at: dt.datetime) -> int:
    """Write down every yes whose time is over, and end its tokens; returns how many.

    It gives nothing since its date in any case (`availability.py`). What is wrong with one is
    logged, stops no other, and is tried again by the next run. Safe to run at any time.
    """
    due = Authorisation.objects.expiring_by(at).order_by("pk")
    return each_alone(
        due.values_list("pk", "tenant__organisation"),
        lambda expiring: _expire(*expiring, at),
        trouble="an expiry was not written down",
        named=lambda expiring: {"authorisation": expiring[0]},
    )


@transaction.atomic
def _expire(authorisation_id: int, organisation_id: int, at: dt.datetime) -> int:
    lock_organisation(organisation_id)
    return expire_due_of(Authorisation.objects.filter(pk=authorisation_id), at=at)


def expire_due_of(
    authorisations: AuthorisationQuerySet,
    *,
    at: dt.datetime,
    recorded_at: dt.datetime | None = None,
) -> int:
    """The same for those of organisations whose locks the caller holds."""
    recorded_at = recorded_at or at
    due = authorisations.expiring_by(at).with_names()
    over = list(due.select_for_update(of=["self"], no_key=True).order_by("pk"))
    for authorisation in over:
        ended_at = authorisation.valid_until
        assert ended_at, "else it would not be due"
        authorisation.status = outcome(authorisation.status, Action.EXPIRE)
        authorisation.closed_at = ended_at
        authorisation.save(update_fields=["status", "closed_at"])
        cut_off([authorisation])
        _tell([authorisation], "expired", by=SCHEDULE, at=ended_at, recorded_at=recorded_at)
        write_to_approvers([authorisation], "expired", at=recorded_at)
        write_to_maker([authorisation], "expired", at=recorded_at)
    return len(over)


def forget_consent(authorisation: Authorisation) -> None:
    """Clear the customer's yes and the app manager's grant on the object; the caller saves."""
    authorisation.confirmed_by = authorisation.granted_by = None
    authorisation.confirmed_at = authorisation.granted_at = None
    authorisation.valid_until = None
    authorisation.agreed_capabilities, authorisation.agreed_scopes = [], []


def _is_suspended(tenant: Tenant, obstacle: Obstacle | None) -> bool:
    """Whether it may come back: a deleted tenant does not, and its makers are told of that."""
    if tenant.state == TenantState.DELETED:
        return False
    if obstacle is Obstacle.TENANT_NOT_RUNNING:
        return tenant.state == TenantState.SUSPENDED
    return obstacle in UNLICENSED


def note_stopped(authorisations: Iterable[Authorisation], at: dt.datetime | None) -> None:
    ids = [authorisation.pk for authorisation in authorisations]
    Authorisation.objects.filter(pk__in=ids).update(told_stopped_at=at)


def _reopen(authorisation: Authorisation, status: AuthorisationStatus) -> None:
    authorisation.status = status
    authorisation.deactivation, authorisation.restore_until = "", None
    authorisation.closed_at = None
    authorisation.save()


def _on(tenant: Tenant, *statuses: AuthorisationStatus) -> list[Authorisation]:
    """Locked in primary-key order, with their applications."""
    return list(
        Authorisation.objects.on(tenant)
        .filter(status__in=statuses)
        .select_related("application__owner", "tenant__organisation")
        .select_for_update(of=["self"])
        .order_by("pk")
    )


def _tell(
    authorisations: list[Authorisation],
    verb: str,
    *,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime,
    for_itself: bool = False,
) -> None:
    _record(authorisations, verb, by=by, at=at, recorded_at=recorded_at, for_itself=for_itself)
    facts.tell({each.tenant_id for each in authorisations}, at=recorded_at)


def _record(
    authorisations: list[Authorisation],
    verb: str,
    *,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime,
    for_itself: bool = False,
) -> None:
    record_many(
        entry_of(each, verb, by=by, at=at, recorded_at=recorded_at, for_itself=for_itself)
        for each in authorisations
    )
