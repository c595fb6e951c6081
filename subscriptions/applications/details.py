"""What an application is called and whom it tells: changed at any time, without anybody's consent.

What a customer agrees to, its capabilities, scopes and addresses, stands in versions. What it is
(kind, type and name) stays as it is once somebody outside may have seen it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.refusals import Refusal
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    ApplicationType,
    Publication,
    PublicationStatus,
)
from subscriptions.applications.operations import NameTaken
from subscriptions.locks import lock_organisation

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person

# What a customer or the app manager has judged it by.
FIXED = ("kind", "type", "name")


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
def change(
    application: Application, details: Details, *, by: Person, at: dt.datetime
) -> Application:
    """Give it these details; the history keeps what changed. The same again change nothing.

    Raises PublishedBefore when one of FIXED differs after a publication, NameTaken.
    """
    lock_organisation(application.owner_id)
    application = Application.objects.select_related("owner").get(pk=application.pk)
    after = asdict(details)
    changed = {name: value for name, value in after.items() if getattr(application, name) != value}
    if not changed:
        return application
    if any(name in changed for name in FIXED) and is_fixed(application):
        raise PublishedBefore
    others = Application.objects.filter(owner=application.owner_id).exclude(pk=application.pk)
    if "name" in changed and others.filter(name__iexact=details.name).exists():
        raise NameTaken
    before = {name: getattr(application, name) for name in changed}
    for name, value in changed.items():
        setattr(application, name, value)
    application.save(update_fields=list(changed))
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
