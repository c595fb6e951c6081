"""Meters with their rules, and credentials, for the back office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from billing.metering.models import ApiCredential, MeterPolicy
from catalog.models import Meter

if TYPE_CHECKING:
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
