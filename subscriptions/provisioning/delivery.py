"""Bringing facts to the platform: each tenant's in order, one request for many tenants.

A feed's lock is held from reading its first waiting fact until the answer is written down. A
worker that dies lets go of it with its connection; what it had sent is sent again, and the
platform knows it by its id.

A request that fails as a whole may be the fault of one tenant in it: half as many go in the next
one, until the one that the platform fails at is alone and keeps its own schedule. So may one that
hangs, if the platform answers something else meanwhile.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.locks import lock_organisation
from customers.refusals import Refusal
from subscriptions.provisioning import exchange
from subscriptions.provisioning.facts import ring
from subscriptions.provisioning.models import (
    LONGEST_TROUBLE,
    Attempt,
    AttemptedFact,
    Fact,
    Feed,
)
from subscriptions.provisioning.results import Result, results_of, taken_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from customers.clock import Clock
    from customers.models import Person, Tenant
    from subscriptions.provisioning.exchange import Answer, Line
    from subscriptions.provisioning.querysets import FeedQuerySet

FACTS, TENANTS = "/facts", "/tenants"
TENANTS_AT_ONCE = 40
FACTS_OF_ONE_TENANT = 25  # in one request; a long backlog does not keep the others waiting
REQUESTS_A_RUN = 100  # then the worker takes its next task
FAILURES_IN_A_ROW = 12  # of ever fewer tenants, half of them alone: it is no tenant's fault
HANGS_A_RUN = 12  # of seconds each; the next run goes on
KEPT_ANSWER = 2000  # characters

# After the first failure, the second, …. The last one repeats: a fact is never given up, for
# those behind it could not be told either.
RETRY_AFTER = (
    dt.timedelta(seconds=0),
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
)
JITTER = 0.1  # later by up to this share, so that not everybody comes back at once

_random = SystemRandom()


class NothingToReplay(Refusal):
    sentence = _("This tenant has no facts with these numbers.")


class OtherThanConfirmed(Refusal):
    sentence = _("That is not the number of facts you agreed to. Nothing is sent again.")


@dataclass
class Run:
    """How many tenants the next request is for, and what came of those before it."""

    tenants: int = TENANTS_AT_ONCE
    suspects: int = 0  # tenants of the last request that failed, not tried again yet
    accepted: int = 0  # facts
    failures: int = 0  # in a row
    hangs: int = 0  # requests without an answer, of a platform that answers
    failed_alone: set[int] = field(default_factory=set)  # tenants, whose next turn is another run's
    was_answered: bool = False
    is_over: bool = False


def deliver_due(*, now: Clock, real_now: Clock) -> int:
    """Send what waits until nothing is due; returns how many facts the platform took.

    Ends at the first request without an answer, when the platform answers nothing else either.
    Requests are signed by the real clock; the portal's own may run ahead.
    """
    if not settings.OPERATION_CENTER_URL:
        return 0
    run = Run()
    with exchange.open_line(real_now) as line:
        for _turn in range(REQUESTS_A_RUN):
            _send_next(line, run, now=now)
            if run.is_over:
                break
    return run.accepted


@transaction.atomic
def try_at_once(*, at: dt.datetime) -> int:
    """Let every feed that waits for its next attempt be due; returns how many."""
    return Feed.objects.failing().filter(retry_at__gt=at).update(retry_at=at)


@transaction.atomic
def replay(
    tenant: Tenant, *, first: int, last: int, confirmed: int, by: Person, at: dt.datetime
) -> int:
    """Send facts again by their numbers, the same with the same ids; returns how many.

    `confirmed` is how many a person agreed to. A platform that has them says so and changes
    nothing. Raises NothingToReplay, and OtherThanConfirmed.
    """
    lock_organisation(tenant.organisation_id)
    facts = Fact.objects.of(tenant).numbered(first, last).not_replaced()
    count = facts.count()
    if not count:
        raise NothingToReplay
    if count != confirmed:
        raise OtherThanConfirmed
    facts.update(is_waiting=True)
    record(
        tenant,
        "tenant.facts_sent_again",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        details={"from": str(first), "to": str(last), "count": count},
    )
    ring()
    return count


def envelope(fact: Fact) -> dict[str, Any]:
    """A fact as the platform gets it; its tenant must be loaded."""
    return {
        "id": str(fact.pk),
        "type": fact.type,
        "tenant": {"environment": fact.tenant.environment, "identifier": fact.tenant.identifier},
        "sequence": fact.sequence,
        "at": fact.at.isoformat(),
        "subject": fact.subject,
        "value": fact.value,
    }


@transaction.atomic
def _send_next(line: Line, run: Run, *, now: Clock) -> None:
    """One request with the first facts of the next tenants; the run is over if nothing is due."""
    at = now()
    feeds = {feed.pk: feed for feed in _due(run, at=at)[: run.tenants]}
    waiting = Fact.objects.waiting().first_of_each(feeds, FACTS_OF_ONE_TENANT)
    facts = list(waiting.select_related("tenant"))
    if not facts:
        run.is_over = True
        return
    message_id = uuid.uuid4()
    content = {"facts": [envelope(fact) for fact in facts]}
    answer = line.post(FACTS, content, message_id=message_id)
    results = results_of(answer, facts)
    attempt = Attempt.objects.create(
        message_id=message_id,
        at=at,
        duration_ms=answer.duration_ms,
        status=answer.status,
        trouble=answer.trouble,
        answer=answer.text[:KEPT_ANSWER],
    )
    at = now()
    if results is None:
        rows = _rows(attempt, facts, Result(AttemptedFact.Outcome.FAILED))
        AttemptedFact.objects.bulk_create(rows)
        is_there = answer.status is not None or _answers(line)
        _go_on_with_fewer(run, list(feeds.values()), answer, is_there=is_there, at=at)
    else:
        run.accepted += _write_down(attempt, feeds, facts, results, at=at)
        _go_on_with_more(run, len(feeds), at=at)


def _due(run: Run, *, at: dt.datetime) -> FeedQuerySet:
    due: FeedQuerySet = Feed.objects.due_at(at).exclude(pk__in=run.failed_alone)
    return due.select_for_update(skip_locked=True, of=["self"])


def _answers(line: Line) -> bool:
    """Whether the platform says anything at all: it was these facts that it hung at, then."""
    return line.get(f"{TENANTS}?limit=1").status is not None


def _go_on_with_fewer(
    run: Run, feeds: list[Feed], answer: Answer, *, is_there: bool, at: dt.datetime
) -> None:
    """A platform that says nothing at all, or fails at everybody, is tried later for all."""
    run.failures += 1
    run.hangs += answer.status is None
    detail = answer.trouble or f"HTTP {answer.status}"
    if not is_there:
        run.is_over = True
        for feed in feeds:
            _put_off(feed, Feed.Trouble.SILENT, detail, at=at)
    elif len(feeds) > 1:
        run.tenants, run.suspects = len(feeds) // 2, len(feeds)
    else:
        [alone] = feeds
        run.suspects -= 1
        run.failed_alone.add(alone.pk)
        is_its_own = run.was_answered or alone.trouble == Feed.Trouble.REFUSED
        trouble = Feed.Trouble.REFUSED if is_its_own else Feed.Trouble.SILENT
        _put_off(alone, trouble, detail, at=at)
    if run.failures >= FAILURES_IN_A_ROW:
        run.is_over = True
        _put_off_all(_due(run, at=at), detail, at=at)
    elif run.hangs >= HANGS_A_RUN:
        run.is_over = True


def _go_on_with_more(run: Run, answered: int, *, at: dt.datetime) -> None:
    """It answers: who failed alone in this run did so for a reason of its own."""
    run.suspects -= answered
    if run.suspects <= 0:
        run.tenants = TENANTS_AT_ONCE
    run.failures, run.was_answered = 0, True
    alone = Feed.objects.filter(pk__in=run.failed_alone, trouble=Feed.Trouble.SILENT)
    alone.update(trouble=Feed.Trouble.REFUSED)
    _wake_the_silent(at=at)


def _write_down(
    attempt: Attempt,
    feeds: Mapping[int, Feed],
    facts: list[Fact],
    results: Mapping[str, Result],
    *,
    at: dt.datetime,
) -> int:
    """What was said of each fact; returns how many the platform has now."""
    by_tenant: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_tenant[fact.tenant_id].append(fact)
    accepted: list[Fact] = []
    rows: list[AttemptedFact] = []
    for tenant_id, theirs in by_tenant.items():
        feed = feeds[tenant_id]
        taken, refusal = taken_before(theirs, results)
        accepted += taken
        for fact in taken:
            rows += _rows(attempt, [fact], results[str(fact.pk)])
        if taken:
            go_on(feed)
        if refusal is not None:
            refused, *behind = theirs[len(taken) :]
            rows += _rows(attempt, [refused], refusal)
            rows += _rows(attempt, behind, Result(AttemptedFact.Outcome.BEHIND))
            if refused.tenant.is_gone and not refusal.tenant_is_known:
                _give_up(feed, at=at)
                continue
            _go_back(tenant_id, refused, refusal)
            _put_off(feed, Feed.Trouble.REFUSED, refusal.reason, at=at)
    AttemptedFact.objects.bulk_create(rows)
    _mark_delivered(accepted, at=at)
    return len(accepted)


def _go_back(tenant_id: int, refused: Fact, refusal: Result) -> None:
    """A platform that was restored from a backup names the first number it lacks."""
    if refusal.expected is not None and refusal.expected < refused.sequence:
        lacking = Fact.objects.filter(tenant=tenant_id, sequence__gte=refusal.expected)
        lacking.update(is_waiting=True)


def _give_up(feed: Feed, *, at: dt.datetime) -> None:
    """Both sides say that the tenant is gone: nobody is left to be told what it has not."""
    waiting = Fact.objects.waiting().filter(tenant=feed.pk)
    waiting.filter(delivered_at__isnull=False).update(is_waiting=False)
    waiting.update(is_waiting=False, replaced_at=at)
    go_on(feed)


def go_on(feed: Feed) -> None:
    """Nothing is wrong with it any more. The caller holds its lock."""
    if feed.failures:
        feed.failures, feed.failing_since, feed.retry_at = 0, None, None
        feed.trouble = feed.detail = ""
        feed.save()


def _put_off(feed: Feed, trouble: Feed.Trouble, detail: str, *, at: dt.datetime) -> None:
    feed.retry_at = _retry_at(feed.failures, at)
    feed.failures += 1
    feed.failing_since = feed.failing_since or at
    feed.trouble, feed.detail = trouble, detail[:LONGEST_TROUBLE]
    feed.save()


def _put_off_all(feeds: FeedQuerySet, detail: str, *, at: dt.datetime) -> None:
    """In one statement, for they may be many: those that failed as often come back together."""
    *earlier, last = (Value(_retry_at(failures, at)) for failures in range(len(RETRY_AFTER)))
    Feed.objects.filter(pk__in=list(feeds.values_list("pk", flat=True))).update(
        retry_at=Case(
            *(When(failures=failures, then=then) for failures, then in enumerate(earlier)),
            default=last,
        ),
        failures=F("failures") + 1,
        failing_since=Coalesce("failing_since", Value(at)),
        trouble=Feed.Trouble.SILENT,
        detail=detail[:LONGEST_TROUBLE],
    )


def _retry_at(failures: int, at: dt.datetime) -> dt.datetime:
    """After one failure more than these."""
    wait = RETRY_AFTER[min(failures, len(RETRY_AFTER) - 1)]
    return at + wait * (1 + _random.uniform(0, JITTER))


def _mark_delivered(facts: list[Fact], *, at: dt.datetime) -> None:
    """What was delivered before keeps its first instant."""
    ids = [fact.pk for fact in facts]
    anew = [fact.pk for fact in facts if fact.delivered_at is not None]
    Fact.objects.filter(pk__in=ids).exclude(pk__in=anew).update(is_waiting=False, delivered_at=at)
    if anew:
        Fact.objects.filter(pk__in=anew).update(is_waiting=False)


def _wake_the_silent(*, at: dt.datetime) -> None:
    """The platform answers again: nobody waits longer because it did not."""
    silent = Feed.objects.failing().filter(trouble=Feed.Trouble.SILENT, retry_at__gt=at)
    ids = silent.select_for_update(skip_locked=True).values_list("pk", flat=True)
    if found := list(ids):
        Feed.objects.filter(pk__in=found).update(retry_at=at)


def _rows(attempt: Attempt, facts: Iterable[Fact], result: Result) -> list[AttemptedFact]:
    return [
        AttemptedFact(
            attempt=attempt,
            fact=fact,
            outcome=result.outcome,
            reason=result.reason[:LONGEST_TROUBLE],
        )
        for fact in facts
    ]
