"""Registering an application; what it is called and whom it tells is changed without consent.

What a customer agrees to, its capabilities, scopes and addresses, stands in versions. What it is
(kind, type and name) stays as it is once somebody outside may have seen it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.actors import answerable
from customers.history import record
from customers.refusals import ChangedMeanwhile, Refusal
from subscriptions.applications.contacts import ask_new
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    ApplicationType,
    ApplicationVersion,
    Publication,
    PublicationStatus,
)
from subscriptions.locks import lock_organisation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from customers.actors import Customer
    from customers.models import Organisation

# What a customer or the app manager has judged it by.
FIXED = ("kind", "type", "name")


class NameTaken(Refusal):
    sentence = _("You have an application of this name already.")


class PublishedBefore(Refusal):
    sentence = _(
        "Kind, type and name can be corrected until a version is published, or asked for. "
        "Register another application instead."
    )


@dataclass(frozen=True, kw_only=True)
class Details:
    kind: ApplicationKind
    type: ApplicationType
    name: str
    summary: str
    technical_contact: str
    error_mails: list[str]
    uninstall_mails: list[str]


@transaction.atomic
def register(
    owner: Organisation,
    *,
    kind: ApplicationKind,
    type: ApplicationType = ApplicationType.EMPTY,  # noqa: A002 - the field's name for it
    name: str,
    summary: str = "",
    technical_contact: str,
    error_mails: Iterable[str] = (),
    uninstall_mails: Iterable[str] = (),
    by: Customer,
    at: dt.datetime,
) -> Application:
    """A new application of `owner`, with an empty draft of its first version.

    Whom it names is asked to agree before anything else is written to them (`contacts`).
    Raises NameTaken, TooManyAddresses.
    """
    lock_organisation(owner.pk)
    if Application.objects.filter(owner=owner, name__iexact=name).exists():
        raise NameTaken
    application = Application.objects.create(
        owner=owner,
        kind=kind,
        type=type,
        name=name,
        summary=summary,
        technical_contact=technical_contact,
        error_mails=list(error_mails),
        uninstall_mails=list(uninstall_mails),
        created_at=at,
    )
    ask_new(application, at=at)
    ApplicationVersion.objects.create(
        application=application, number=1, created_by=answerable(by), created_at=at
    )
    record(
        application,
        "application.registered",
        organisation=owner,
        by=by,
        at=at,
        details={"application": name, "kind": kind},
    )
    return application


@transaction.atomic
def change(
    application: Application,
    details: Details,
    *,
    by: Customer,
    at: dt.datetime,
    as_seen: Callable[[Application], bool] | None = None,
) -> Application:
    """Give it these details; the history keeps what changed. The same again change nothing,
    and ask whom it names again once that is due (`contacts`).

    Raises ChangedMeanwhile when it is no longer `as_seen`, PublishedBefore when one of FIXED
    differs after a publication, NameTaken, TooManyAddresses.
    """
    lock_organisation(application.owner_id)
    application = Application.objects.select_related("owner").get(pk=application.pk)
    after = asdict(details)
    changed = {name: value for name, value in after.items() if getattr(application, name) != value}
    if not changed:
        ask_new(application, at=at)
        return application
    if as_seen and not as_seen(application):
        raise ChangedMeanwhile
    if any(name in changed for name in FIXED) and is_fixed(application):
        raise PublishedBefore
    others = Application.objects.filter(owner=application.owner_id).exclude(pk=application.pk)
    if "name" in changed and others.filter(name__iexact=details.name).exists():
        raise NameTaken
    before = {name: getattr(application, name) for name in changed}
    for name, value in changed.items():
        setattr(application, name, value)
    application.save(update_fields=list(changed))
    ask_new(application, at=at)
    record(
        application,
        "application.changed",
        organisation=application.owner,
        by=by,
        at=at,
        details={"application": application.name, "from": before, "to": changed},
    )
    return application


def is_fixed(application: Application) -> bool:
    """Whether a version of it is, was or waits to be published; what was only rejected is not."""
    publications = Publication.objects.filter(application=application)
    return publications.exclude(status=PublicationStatus.REJECTED).exists()
