"""Making licence files: when a customer asks, and in time before the last one ends."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from catalog.queries import seller_for
from customers.actors import SCHEDULE
from customers.history import record
from customers.locks import lock_organisation
from customers.models import MailAttachment, Membership, Tenant, UserPlan
from customers.operations.mail import queue_letter
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.refusals import Refusal
from customers.turns import each_alone
from subscriptions.entitlements import capabilities_at, latest_end
from subscriptions.licence_files.dates import dates_of
from subscriptions.licence_files.models import LicenceFile
from subscriptions.licence_files.queries import (
    may_outlast_everything,
    overtaken,
    waiting_for_a_file,
)
from subscriptions.licence_files.signing import sign
from subscriptions.licences import licences_of, place_of

if TYPE_CHECKING:
    from customers.actors import Actor
    from subscriptions.entitlements import Capability, Licence
    from subscriptions.licence_files.dates import Dates

MIME_TYPE = "application/jose"


class NothingToLicense(Refusal):
    sentence = _("This tenant has no licence at the moment, so there is nothing to write down.")


@transaction.atomic
def issue(tenant: Tenant, *, by: Actor, at: dt.datetime) -> LicenceFile:
    """A new signed file with what the tenant may use; it takes the place of the one before.

    Raises NothingToLicense, of a deleted tenant as well, and NoSigningKey.
    """
    tenant = _locked(tenant.pk)
    return _issue(tenant, _licences_of(tenant, at), by=by, at=at)


def for_program(tenant_id: int, *, at: dt.datetime) -> LicenceFile:
    """The file that counts, for a platform that wants to be able to go on without us.

    The first one is made when it is asked for. Its successors are made so too, in time, and nobody
    gets a letter: that is for files that people have asked for. Raises NothingToLicense, and
    NoSigningKey where one must be made.

    A platform asks again and again, and nearly always for what is there: its organisation is
    locked only to make one, so that no poll waits for a monthly run.
    """
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
    licences = _licences_of(tenant, at)
    return _that_will_do(tenant, licences, at) or _made_for_program(tenant, at)


@transaction.atomic
def _made_for_program(tenant: Tenant, at: dt.datetime) -> LicenceFile:
    """Unless somebody was quicker: what was read before the lock may have changed since."""
    tenant = _locked(tenant.pk)
    licences = _licences_of(tenant, at)
    return _that_will_do(tenant, licences, at) or _issue(
        tenant, licences, by_mail=False, by=SCHEDULE, at=at
    )


def _licences_of(tenant: Tenant, at: dt.datetime) -> tuple[Licence, ...]:
    """Raises NothingToLicense."""
    licences = licences_of([tenant], at)[tenant.pk]
    if not licences:
        raise NothingToLicense
    return licences


def _that_will_do(
    tenant: Tenant, licences: tuple[Licence, ...], at: dt.datetime
) -> LicenceFile | None:
    """What is followed by mail does in any case: the next one is on its way by itself."""
    present = LicenceFile.objects.of(tenant).present().first()
    if present and (present.by_mail or _will_do(present, licences, at)):
        return present
    return None


def _will_do(file: LicenceFile, licences: tuple[Licence, ...], at: dt.datetime) -> bool:
    """It names all there is, and does not end before that does, or not soon, nor after it."""
    ends_at = latest_end(licences)
    in_time = at < file.warning_at or (file.is_last(ends_at) and at < file.expires_at)
    if not in_time or file.outlasts(ends_at):
        return False
    return not overtaken(at).filter(pk=file.pk).exists()


def follow_up_due(*, at: dt.datetime) -> int:
    """Mail every file that is due: the first one on-premise, and of every tenant that has or had
    one the next: before it ends, when there is more to be used, when everything in it was
    cancelled, or when the tenant has a licence again.

    One transaction per tenant: what is wrong with one is logged and tried again by the next
    run, and stops nobody else. Each file is followed up once, however often this runs. Returns
    how many files were made.
    """
    due = LicenceFile.objects.to_follow_up(at) | overtaken(at) | may_outlast_everything(at)
    return each_alone(
        [*due.followed_by_mail().values_list("tenant", flat=True), *waiting_for_a_file(at)],
        lambda tenant_id: _follow_up(tenant_id, at),
        trouble="no licence file was made",
        named=lambda tenant_id: {"tenant": tenant_id},
    )


@transaction.atomic
def _follow_up(tenant_id: int, at: dt.datetime) -> bool:
    tenant = _locked(tenant_id)
    present = LicenceFile.objects.of(tenant).present().followed_by_mail().first()
    has_more = overtaken(at).filter(tenant=tenant).exists()
    licences = licences_of([tenant], at)[tenant.pk]
    ends_at = latest_end(licences)
    if present and not has_more and not present.outlasts(ends_at):
        if present.warning_at > at:
            return False  # somebody was quicker, or the tenant has more than its subscriptions
        if present.is_last(ends_at):
            return False  # the end of everything may still be taken back
    if not licences:
        _close(tenant, at)
        return False
    file = _issue(tenant, licences, by=SCHEDULE, at=at)
    _write_to_readers(file, is_last=file.is_last(ends_at), at=at)
    return True


def _locked(tenant_id: int) -> Tenant:
    """As it is now: who it is may have been corrected since it was read."""
    tenants = Tenant.objects.select_related("organisation")
    lock_organisation(tenants.get(pk=tenant_id).organisation_id)
    return tenants.get(pk=tenant_id)


def _issue(
    tenant: Tenant,
    licences: tuple[Licence, ...],
    *,
    by: Actor,
    at: dt.datetime,
    by_mail: bool = True,
) -> LicenceFile:
    zone = seller_for(tenant.organisation.country).zone
    dates = dates_of(
        ends_at=latest_end(licences),
        zone=zone,
        at=at,
        warning=in_force(Policy.LICENCE_FILE_WARNING),
        grace=in_force(Policy.LICENCE_FILE_GRACE),
    )
    number = 1 + (LicenceFile.objects.of(tenant).aggregate(last=Max("number"))["last"] or 0)
    _close(tenant, at)
    signed = sign(content_of(tenant, licences, number=number, dates=dates, at=at))
    file = LicenceFile.objects.create(
        tenant=tenant,
        number=number,
        key_id=signed.key_id,
        content=signed.text,
        issued_at=at,
        warning_at=dates.warning_at,
        expires_at=dates.expires_at,
        grace_until=dates.grace_until,
        by_mail=by_mail,
    )
    record(
        file,
        "licencefile.issued",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        details={"number": number, "key": signed.key_id, "expires_at": dates.expires_at},
    )
    return file


def content_of(
    tenant: Tenant,
    licences: tuple[Licence, ...],
    *,
    number: int,
    dates: Dates,
    at: dt.datetime,
) -> dict[str, Any]:
    """What is signed: what was bought.

    The platform itself knows the CRM's version and who has which plan, and sooner than anybody
    whether the tenant runs: a file that told of its suspension would tell so after its return.
    """
    place = place_of(tenant, user_plans=tuple(UserPlan.values))
    return {
        "number": number,
        "tenant": _names(tenant),
        "issued_at": _text(at),
        "warning_at": _text(dates.warning_at),
        "expires_at": _text(dates.expires_at),
        "grace_until": _text(dates.grace_until),
        "capabilities": [_as_json(each) for each in capabilities_at(place, licences)],
    }


def _names(tenant: Tenant) -> dict[str, str]:
    if tenant.serial_number:
        return {"serial_number": tenant.serial_number, "owner_name": tenant.owner_name}
    return {"identifier": tenant.identifier, "environment": tenant.environment}


def _as_json(capability: Capability) -> dict[str, Any]:
    found = {
        "code": capability.code,
        "until": _text(capability.until) if capability.until else None,
        "minimum_crm_version": capability.minimum_crm_version,
        "right": capability.right,
        "user_plans": capability.user_plans,
        "limit": capability.limit,
    }
    return {name: value for name, value in found.items() if value is not None}


def _text(instant: dt.datetime) -> str:
    """RFC 3339, in UTC."""
    return instant.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _close(tenant: Tenant, at: dt.datetime) -> None:
    LicenceFile.objects.of(tenant).present().update(followed_up_at=at)


def _write_to_readers(file: LicenceFile, *, is_last: bool, at: dt.datetime) -> None:
    """To everybody who looks after the tenant, each in their own language.

    Of one that nobody gets staff read in the back office (`files_for_nobody`).
    """
    members = Membership.objects.of(file.tenant.organisation).reachable()
    found = list(members.answering_for_tenants().select_related("person").order_by("pk"))
    if not found:
        return
    attachment = MailAttachment.objects.create(
        name=file.name, content_type=MIME_TYPE, content=file.content.encode()
    )
    for member in found:
        queue_letter(
            to=member.person.email,
            language=member.person.language,
            template="subscriptions/licence_file",
            context={
                "person": member.person,
                "file": file,
                "is_last": is_last,
                "tenant": file.tenant,
            },
            attachments=[attachment],
            at=at,
        )
