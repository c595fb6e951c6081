"""What may be used on a tenant, signed: for a platform that must go on without the portal.

See docs/licence-files.md.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
from http import HTTPStatus
from typing import TYPE_CHECKING

from portal.api.answers import Standing, problem, standing
from portal.api.doors import asking_view
from portal.api.entitlements import TenantNamed, holds_until, name_of
from subscriptions.entitlements import changes_at
from subscriptions.licence_files import operations
from subscriptions.licence_files.signing import NoSigningKey

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from subscriptions.entitlement_facts import Facts

NOTHING_TO_LICENSE = "nothing_to_license"
NO_SIGNING_KEY = "no_signing_key"


class SignedLicence(Standing):
    """`content` is the file: a JWS, to be verified with the published keys."""

    tenant: TenantNamed
    number: int
    content: str
    warning_at: dt.datetime
    expires_at: dt.datetime
    grace_until: dt.datetime


@asking_view
def licence_file(request: HttpRequest, facts: Facts, at: dt.datetime) -> HttpResponse:
    """`GET /api/v1/tenants/{tenant_id}/licence-file`."""
    try:
        file = operations.for_program(facts.id, at=at)
    except operations.NothingToLicense as refusal:
        return problem(HTTPStatus.NOT_FOUND, str(refusal), code=NOTHING_TO_LICENSE)
    except NoSigningKey as refusal:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(refusal), code=NO_SIGNING_KEY)
    said = SignedLicence(
        tenant=name_of(facts),
        number=file.number,
        content=file.content,
        warning_at=file.warning_at,
        expires_at=file.expires_at,
        grace_until=file.grace_until,
    )
    # Until another file counts: when something begins or ends, or this one is to be replaced.
    let_in_until = facts.application.valid_until if facts.application else None
    replaced_from = (file.warning_at, file.expires_at, file.grace_until)
    changes = changes_at(facts.held_there(), at, let_in_until, *replaced_from)
    return standing(request, said, at=at, until=holds_until(at, changes))
