"""Which licence files there are, and who waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, Max, OuterRef, Q, Subquery

from catalog.models import ProductVersion
from customers.models import Deployment, History, Membership, Tenant, TenantState
from subscriptions.licence_files import signing
from subscriptions.licence_files.models import LicenceFile
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.licence_files.querysets import LicenceFileQuerySet
    from subscriptions.querysets import SubscriptionQuerySet

_CANCELLED, _WITHDRAWN = "subscription.cancelled", "subscription.cancellation_withdrawn"


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


def files_for_nobody() -> LicenceFileQuerySet:
    """Present ones, followed by mail, of tenants for which nobody answers who reads mail; the
    oldest first.
    """
    readers = Membership.objects.reachable().answering_for_tenants()
    theirs = readers.filter(organisation=OuterRef("tenant__organisation"))
    found = LicenceFile.objects.present().followed_by_mail().exclude(Exists(theirs))
    return found.select_related("tenant__organisation").order_by("issued_at", "pk")


def overtaken(at: dt.datetime) -> LicenceFileQuerySet:
    """Present files that do not name what the tenant was given a licence for since.

    Or that say of something that it ends, and it goes on. Another CRM Suite plan is one that
    gives other licences, or more of the same (D2.8). Nor does a file serve that names the tenant
    as it was registered by mistake, or that nobody's published key verifies any more.
    """
    since = OuterRef("issued_at")
    giving = _giving_licences("tenant__", at)
    given = giving.filter(Q(starts_at__gt=since) | Q(suspensions__resumed_at__gt=since))
    # What happened first to an end that the file names: it was withdrawn.
    ends = History.objects.filter(
        subject_type="subscription", subject_id=OuterRef("pk"), at__gt=OuterRef(since)
    )
    first = ends.telling([_CANCELLED, _WITHDRAWN]).order_by("at", "pk").values("verb")[:1]
    goes_on = giving.alias(first=Subquery(first)).filter(first=_WITHDRAWN)
    happened = History.objects.filter(tenant=OuterRef("tenant"), at__gt=since)
    put_on_plan = Q(Exists(happened.telling(["tenant.plan_changed"])))
    by_plan = _plan_gives_licences("tenant__") & put_on_plan
    named_anew = Q(Exists(happened.telling(["tenant.identity_corrected"])))
    return LicenceFile.objects.present().filter(
        by_plan | named_anew | _refused_by_verifiers() | Q(Exists(given)) | Q(Exists(goes_on))
    )


def may_outlast_everything(at: dt.datetime) -> LicenceFileQuerySet:
    """Present files that work longer than any subscription of their tenants goes on.

    Whoever finds one sees whether that is all the tenant has.
    """
    giving = _giving_licences("tenant__", at)
    as_long = giving.filter(Q(ends_at=None) | Q(ends_at__gte=OuterRef("grace_until")))
    found = LicenceFile.objects.present().filter(Exists(giving)).exclude(Exists(as_long))
    return found.exclude(_plan_gives_licences("tenant__"))


def last_file_works_until(at: dt.datetime) -> dict[str, dt.datetime]:
    """By key, of what still works: until then whoever has such a file needs the key."""
    working = LicenceFile.objects.filter(grace_until__gt=at).values("key_id")
    found = working.annotate(until=Max("grace_until")).order_by("until")
    return dict(found.values_list("key_id", "until"))


def _refused_by_verifiers() -> Q:
    """Signed with a key that was withdrawn; without any key nothing can take its place."""
    published = signing.published_key_ids()
    return ~Q(key_id__in=published) if published else Q(pk__in=[])


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
