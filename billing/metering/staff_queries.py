"""Meters with their rules, and credentials, for the back office."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from billing.metering.models import ApiCredential, MeterPolicy, UsageEvent
from catalog.models import Meter
from subscriptions.applications.models import Application

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from billing.metering.querysets import ApiCredentialQuerySet, MeterPolicyQuerySet
    from customers.models import Person


@dataclass(frozen=True, kw_only=True)
class MeterShown:
    code: str
    name: str
    unit: str
    accepts_late: bool
    max_age_days: int
    detail_months: int

    @property
    def in_force(self) -> dict[str, Any]:
        """What `policies.decide` takes."""
        return {
            "accepts_late": self.accepts_late,
            "max_age_days": self.max_age_days,
            "detail_months": self.detail_months,
        }


@dataclass(frozen=True, kw_only=True)
class LastReport:
    """When usage was last heard of from one reporter."""

    application: Application | None  # None: the platform
    credential: ApiCredential | None  # None: access tokens of the application
    at: dt.datetime


def every_meter() -> QuerySet[Meter]:
    return Meter.objects.all()


def meters_with_policies(language: str) -> list[MeterShown]:
    decided = {policy.meter_id: policy for policy in MeterPolicy.objects.in_force()}
    return [_shown(meter, decided.get(meter.pk), language) for meter in Meter.objects.all()]


def with_policy(meter: Meter, language: str) -> MeterShown:
    return _shown(meter, policies_of(meter).first(), language)


def policies_of(meter: Meter) -> MeterPolicyQuerySet:
    """What was decided, newest first; none while the meter is as the catalogue brought it."""
    decided: MeterPolicyQuerySet = MeterPolicy.objects.newest_first().filter(meter=meter)
    return decided


def every_credential() -> ApiCredentialQuerySet:
    found: ApiCredentialQuerySet = ApiCredential.objects.newest_first()
    return found


def newest_credential_of(person: Person) -> int | None:
    """The id of the last one that this person made."""
    made = ApiCredential.objects.filter(created_by=person).order_by("-pk")
    newest: int | None = made.values_list("pk", flat=True).first()
    return newest


def last_reports(*, since: dt.date) -> list[LastReport]:
    """Who has reported usage of that day or later, who was heard last first."""
    rows = (
        UsageEvent.objects.filter(day__gte=since)
        .order_by()
        .values_list("credential", "authorisation__application")
        .annotate(Max("received_at"))
    )
    heard = list(rows)
    credentials = ApiCredential.objects.select_related("application__owner").in_bulk(
        [credential_id for credential_id, _application, _at in heard if credential_id]
    )
    applications = Application.objects.select_related("owner").in_bulk(
        [application_id for _credential, application_id, _at in heard if application_id]
    )
    found = []
    for credential_id, application_id, at in heard:
        credential = credentials.get(credential_id)
        application = credential.application if credential else applications.get(application_id)
        found.append(LastReport(application=application, credential=credential, at=at))
    return sorted(found, key=attrgetter("at"), reverse=True)


def credentials_made_by(person: Person) -> ApiCredentialQuerySet:
    """Those that work."""
    found: ApiCredentialQuerySet = ApiCredential.objects.live().filter(created_by=person)
    return found.order_by("name", "pk")


def credentials_without_maker() -> ApiCredentialQuerySet:
    """Those that work and whose maker is no colleague any more."""
    found: ApiCredentialQuerySet = ApiCredential.objects.live().without_maker()
    return found.select_related("created_by").order_by("name", "pk")


def _shown(meter: Meter, policy: MeterPolicy | None, language: str) -> MeterShown:
    in_force = policy or meter
    return MeterShown(
        code=meter.code,
        name=meter.name_in(language),
        unit=meter.get_unit_display(),
        accepts_late=in_force.accepts_late,
        max_age_days=in_force.max_age_days,
        detail_months=in_force.detail_months,
    )
