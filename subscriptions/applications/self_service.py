"""A customer lets a standard application in without being asked: it asks and approves in one.

For applications that are on offer to everybody. What is wrong is refused before anything is
written; nothing waits for a licence here, for nobody outside waits (docs/decisions/0083).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Tenant
from customers.refusals import Refusal
from subscriptions.applications.approvers import refuse_the_yes_of_others
from subscriptions.applications.availability import status_at
from subscriptions.applications.fits import Fit, Hurdle, fit
from subscriptions.applications.models import (
    Authorisation,
    AuthorisationStatus,
    Publication,
)
from subscriptions.applications.offers import is_on_offer
from subscriptions.applications.operations import (
    NotPublished,
    TenantIsGone,
    WorksElsewhere,
    approve,
    request,
)
from subscriptions.licences import place_of, products_of
from subscriptions.locks import lock_application, lock_organisation

if TYPE_CHECKING:
    from collections.abc import Collection

    from customers.models import Person
    from subscriptions.applications.models import Application

# Who clicks twice gets what the first click did, not that somebody was quicker.
SAME_CLICK = dt.timedelta(minutes=10)


class NotOnOffer(Refusal):
    """It is custom, or no version of it is published in production (any more)."""

    sentence = _("This application is not on offer any more.")


class LetInAlready(Refusal):
    sentence = _("This application was let in there already.")


class AskedAlready(Refusal):
    sentence = _("This application has been asked for there: decide about that request.")


class TenantNotRunning(Refusal):
    sentence = _("This tenant is not running. Try again when it is.")


class LicenceMissing(Refusal):
    sentence = _("This tenant has no licence of what the application needs. Subscribe to it first.")


HURDLES: dict[Hurdle, type[Refusal]] = {
    Hurdle.LET_IN: LetInAlready,
    Hurdle.ASKED: AskedAlready,
    Hurdle.NOT_PUBLISHED: NotPublished,
    Hurdle.WRONG_DEPLOYMENT: WorksElsewhere,
    Hurdle.NOT_RUNNING: TenantNotRunning,
    Hurdle.UNLICENSED: LicenceMissing,
}


@transaction.atomic
def let_in(
    application: Application,
    *,
    tenant: Tenant,
    read: Collection[str],
    valid_until: dt.datetime | None = None,
    by: Person,
    at: dt.datetime,
) -> Authorisation:
    """“I approve”, by a tenant administrator of the customer that nobody has asked.

    `read` are the capabilities and scopes that the person saw. The history has both steps, and
    who built it is told as of every approval. The same again by the same person, within
    SAME_CLICK, changes nothing. Raises NotYoursToApprove, OnBothSides, TenantIsGone, NotOnOffer,
    one of HURDLES, CapabilitiesChanged, OverAlready, ConsentStillStands.
    """
    lock_organisation(tenant.organisation_id)
    lock_application(application)
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant.pk)
    refuse_the_yes_of_others(Authorisation(application=application, tenant=tenant), by)
    if tenant.is_gone:
        raise TenantIsGone
    if not is_on_offer(application):
        raise NotOnOffer
    before = Authorisation.objects.on(tenant).filter(application=application).first()
    if before and _is_the_same_click(before, read, valid_until, by=by, at=at):
        return before
    if hurdle := _fit(application, tenant, before, at).hurdle:
        raise HURDLES[hurdle]
    authorisation = request(application, tenant=tenant, by_mail=False, by=by, at=at)
    return approve(authorisation, read=read, valid_until=valid_until, by=by, at=at)


def _fit(
    application: Application, tenant: Tenant, before: Authorisation | None, at: dt.datetime
) -> Fit:
    published = Publication.objects.published_in(tenant.environment, application)
    return fit(
        published.values_list("version__deployments", flat=True).first(),
        place_of(tenant),
        status=status_at(before, at) if before else None,
        licensed=products_of(tenant, at),
    )


def _is_the_same_click(
    before: Authorisation,
    read: Collection[str],
    valid_until: dt.datetime | None,
    *,
    by: Person,
    at: dt.datetime,
) -> bool:
    agreed = {*before.agreed_capabilities, *before.agreed_scopes}
    return (
        before.status == AuthorisationStatus.ACTIVE
        and before.confirmed_by_id == by.pk
        and before.confirmed_at is not None
        and at - before.confirmed_at <= SAME_CLICK
        and before.valid_until == valid_until
        and agreed == set(read)
    )
