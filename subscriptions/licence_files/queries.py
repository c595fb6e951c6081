"""Which licence files there are, and who waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from catalog.models import ProductVersion
from customers.models import Deployment, History, Tenant, TenantState
from subscriptions.licence_files.models import LicenceFile
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.licence_files.querysets import LicenceFileQuerySet
    from subscriptions.querysets import SubscriptionQuerySet


def files_of(tenant: Tenant) -> LicenceFileQuerySet:
    """The newest first, with their tenant."""
    return LicenceFile.objects.of(tenant).newest_first().select_related("tenant")


def waiting_for_a_file(at: dt.datetime) -> list[int]:
    """Ids of tenants that have a licence and no present file by mail; no deleted ones.

    On-premise each of them waits. An online one waits when it had one by mail before, which was
    closed while it had no licence, as in a suspension: nobody asks for the next one.
    """
    by_mail = LicenceFile.objects.followed_by_mail()
    had_one = Q(Exists(by_mail.filter(tenant=OuterRef("pk"))))
    found = (
        Tenant.objects.filter(Q(deployment=Deployment.ON_PREMISE) | had_one)
        .filter(_plan_gives_licences("") | Q(Exists(_giving_licences("", at))))
        .exclude(state=TenantState.DELETED)  # which keeps its plan
        .exclude(pk__in=by_mail.present().values("tenant"))
    )
    return list(found.order_by("pk").values_list("pk", flat=True))


def overtaken(at: dt.datetime) -> LicenceFileQuerySet:
    """Present files that do not name what the tenant was given a licence for since.

    Another CRM Suite plan is one that gives other licences, or more of the same (D2.8). Nor does
    a file serve that names the tenant as it was registered by mistake.
    """
    since = OuterRef("issued_at")
    given = _giving_licences("tenant__", at).filter(
        Q(starts_at__gt=since) | Q(suspensions__resumed_at__gt=since)
    )
    happened = History.objects.filter(tenant=OuterRef("tenant"), at__gt=since)
    put_on_plan = Q(Exists(happened.telling(["tenant.plan_changed"])))
    by_plan = _plan_gives_licences("tenant__") & put_on_plan
    named_anew = Q(Exists(happened.telling(["tenant.identity_corrected"])))
    return LicenceFile.objects.present().filter(by_plan | named_anew | Q(Exists(given)))


def _plan_gives_licences(tenant: str) -> Q:
    """Whether something that is sold today comes with the plan of the tenant reached so."""
    found = Q(pk__in=[])
    for version in ProductVersion.objects.current():
        found |= Q(
            (f"{tenant}crm_suite_plan__in", version.included_in_plans),
            (f"{tenant}deployment__in", version.deployments),
        )
    return found


def _giving_licences(tenant: str, at: dt.datetime) -> SubscriptionQuerySet:
    """Of the tenant that the outer query reaches by `tenant`, and of its whole organisation."""
    own = Q(tenant=OuterRef(f"{tenant}pk"))
    of_all = Q(
        tenant__isnull=True,
        organisation=OuterRef(f"{tenant}organisation"),
        product_version__deployments__contains=[OuterRef(f"{tenant}deployment")],
    )
    return Subscription.objects.in_force_at(at).filter(own | of_all, status=Status.ACTIVE)
