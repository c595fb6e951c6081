"""Comparing what tenants should have with what the platform reports, and repairing it.

A tenant with facts on their way is left out: it will have what it should when they arrive. So is
one that was told something since the report began, which may not say so, and one whose entry in the
report is not as agreed, which is listed for a person. What is different is explained by what was
told, and repaired by saying it again with a new number. What only the platform has is listed for a
person (`only_there.py`).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import batched
from typing import TYPE_CHECKING

from django.db import transaction

from customers.bulk import delete_in_steps
from customers.models import Deployment, Tenant, TenantState
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.turns import each_alone
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import LONGEST_TROUBLE, Difference, Reconciliation
from subscriptions.provisioning.only_there import in_flight, list_only_there
from subscriptions.provisioning.reports import NoReport, key_of, reports

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from customers.clock import Clock
    from customers.models import Person
    from subscriptions.provisioning.reports import Key, Report
    from subscriptions.provisioning.wanted import Holdings

# With how many; the log says why.
NOT_COMPARED = "tenants that could not be compared: "


def reconcile(*, by: Person | None, now: Clock, real_now: Clock) -> Reconciliation:
    """Compare everybody, list what is different and say it again.

    Each chunk goes by what the clock says under its locks; what is wrong with one is logged and
    stops no other. That, or a platform that does not report, is noted as the run's trouble.
    Requests are signed by the real clock.
    """
    run = Reconciliation.objects.create(started_at=now(), asked_by=by)
    try:
        facts.tell_everybody(now=now)
        _compare_all(run, now=now, real_now=real_now)
    except NoReport as none:
        run.trouble = str(none)
    except Exception as wrong:
        run.trouble = repr(wrong)[:LONGEST_TROUBLE]
        raise
    finally:
        run.finished_at = now()
        run.save()
    return run


def forget_old(*, at: dt.datetime) -> int:
    """Delete what comparisons of long ago found different (`Policy.ATTEMPTS_KEPT`).

    Not what the newest with a result found, however old it is: that is what staff look at.
    Returns how many; that there was a comparison, and of how many tenants, stays.
    """
    old = Difference.objects.found_before(at - in_force(Policy.ATTEMPTS_KEPT))
    newest = Reconciliation.objects.with_a_result().first()
    return delete_in_steps(old.exclude(reconciliation=newest).order_by("pk"))


def _compare_all(run: Reconciliation, *, now: Clock, real_now: Clock) -> None:
    began = now()
    reported = reports(real_now)
    online = Tenant.objects.filter(deployment=Deployment.ONLINE)
    online = online.exclude(state=TenantState.DELETED).order_by("organisation", "pk")
    ids = list(online.values_list("pk", flat=True))
    compared = each_alone(
        batched(ids, facts.CHUNK),
        lambda chunk: _compare(run, chunk, reported, began=began, now=now),
        trouble="not compared with the platform",
        named=lambda chunk: {"tenants": chunk},
    )
    list_only_there(run, reported, began=began)
    if compared < len(ids):
        run.trouble = f"{NOT_COMPARED}{len(ids) - compared}"


@transaction.atomic
def _compare(
    run: Reconciliation,
    tenant_ids: Collection[int],
    reported: Mapping[Key, Report],
    *,
    began: dt.datetime,
    now: Clock,
) -> int:
    """Under the locks of `facts.tell`, so that nothing is told between looking and repairing.

    Returns how many tenants were looked at.
    """
    facts.lock_organisations_of(tenant_ids)
    at = now()
    facts.tell(tenant_ids, at=at)
    wanted = facts.told_to(tenant_ids)
    moving = in_flight(tenant_ids, since=began)
    found = Tenant.objects.filter(pk__in=tenant_ids).select_related("organisation")
    compared = 0
    differences: list[Difference] = []
    for tenant in found.exclude(pk__in=moving).order_by("pk"):
        report = reported.get(key_of(tenant))
        if report and report.odd_field:
            differences.append(_odd(run, tenant, report))
        else:
            compared += 1
            differences += _differences(run, tenant, wanted[tenant.pk], report)
    _repair(differences, at=at)
    Difference.objects.bulk_create(differences)
    run.tenants += compared
    run.in_flight += len(moving)
    return len(tenant_ids)


def _odd(run: Reconciliation, tenant: Tenant, report: Report) -> Difference:
    """Nothing is said anew for it: what cannot be read may be as it should."""
    return Difference(
        reconciliation=run,
        tenant=tenant,
        kind=Difference.Kind.ODD,
        reported={"field": report.odd_field},
    )


def _differences(
    run: Reconciliation, tenant: Tenant, wanted: Holdings, report: Report | None
) -> Iterator[Difference]:
    kinds = Difference.Kind
    if report is None:
        yield Difference(reconciliation=run, tenant=tenant, kind=kinds.UNKNOWN_TENANT)
        return
    if report.state is not None and report.state != tenant.state:
        yield Difference(
            reconciliation=run,
            tenant=tenant,
            kind=kinds.STATE,
            wanted={"state": tenant.state},
            reported={"state": report.state},
        )
    for subject in sorted(wanted.keys() | report.holds.keys()):
        ours, theirs = wanted.get(subject), report.holds.get(subject)
        if ours == theirs:
            continue
        if ours is None:
            kind = kinds.SURPLUS
        elif theirs is None:
            kind = kinds.MISSING
        else:
            kind = kinds.OTHER
        yield Difference(
            reconciliation=run,
            tenant=tenant,
            kind=kind,
            subject=subject,
            wanted=ours,
            reported=theirs,
        )


def _repair(differences: Iterable[Difference], *, at: dt.datetime) -> None:
    """A tenant that is not known there, or its state, is for a person; the rest is said again."""
    subjects: dict[int, dict[str, Difference]] = defaultdict(dict)
    for difference in differences:
        if difference.subject and difference.tenant_id:
            subjects[difference.tenant_id][difference.subject] = difference
    for tenant_id, by_subject in subjects.items():
        for fact in facts.tell_anew(tenant_id, by_subject, at=at):
            by_subject[fact.subject].repaired_by = fact
