"""The pages of somebody who builds applications, and of staff who let them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.urls import reverse

from customers.models import Environment, Organisation
from portal.demo import people
from subscriptions.applications import (
    blocking,
    credentials,
    details,
    development_tenants,
    versions,
)
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    ApplicationType,
    ApplicationVersion,
    Authorisation,
    Scope,
)
from tests.browser.place import TODAY, Place, person_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHOUT_A_PAGE_FOR_DEVELOPERS = {
    "pages:start_version",
    "pages:submit_version",
    "pages:make_client",
    "backoffice:publish_version",
    "backoffice:reject_version",
    "backoffice:reject_tenant_request",
}


def developer_pages(dutch: Organisation) -> Iterator[Place]:
    consultant = person_of(people.CONSULTANT)
    application = Application.objects.filter(owner__memberships__person=consultant).order_by("pk")[
        0
    ]
    partner = application.owner
    yield Place("developers", reverse("developers"), None)
    yield _page("request_development_tenant", partner)
    asked = development_tenants.request(
        partner, purpose="Een koppeling met kassa's", by=consultant, at=TODAY
    )
    credential = application.credentials.get()
    locked = application.versions.get()
    draft = _wider(application)
    yield _page("application_detail of one's own", partner, application.pk)
    yield _page("application_version locked", partner, application.pk, locked.pk)
    new = details.register(
        partner,
        kind=ApplicationKind.STANDARD,
        type=ApplicationType.SERVER,
        name="Kassakoppeling",
        technical_contact=consultant.email,
        by=consultant,
        at=TODAY,
    )
    yield _page("application_details", partner, new.pk)
    yield _page("application_version", partner, new.pk, new.versions.get().pk)
    yield _page("rotate_secret", partner, application.pk, credential.pk)
    yield _page("revoke_client", partner, application.pk, credential.pk)
    day = dt.timedelta(days=1)
    credentials.rotate(credential, overlap=day, by=consultant, at=TODAY)
    older = credential.secrets.get(ends_at__isnull=False)
    yield _page("end_secret", partner, application.pk, older.pk)
    publication = versions.submit(draft, Environment.STAGE, by=consultant, at=TODAY)
    blocked = blocking.block(
        new, reason="Lekt gegevens.", by=person_of(people.APP_MANAGER), at=TODAY
    )
    for name, args in (
        ("publications", ()),
        ("publication", (publication.pk,)),
        ("applications", ()),
        ("application", (application.pk,)),
        ("application blocked", (blocked.pk,)),
        ("revoke_client", (application.pk, credential.pk)),
        ("tenant_requests", ()),
        ("tenant_request", (asked.pk,)),
    ):
        path = reverse(f"backoffice:{name.partition(' ')[0]}", args=args)
        yield Place(f"backoffice:{name}", path, people.APP_MANAGER)
    yield _page("application_detail blocked", partner, blocked.pk)
    waiting = Authorisation.objects.filter(tenant__organisation=dutch, status="requested").order_by(
        "pk"
    )[0]
    path = reverse("pages:authorisation_detail", args=[dutch.pk, waiting.pk])
    yield Place("pages:authorisation_detail to decide", path, people.OWNER)


def _page(name: str, partner: Organisation, *args: object) -> Place:
    path = reverse(f"pages:{name.partition(' ')[0]}", args=[partner.pk, *args])
    return Place(f"pages:{name}", path, people.CONSULTANT)


def _wider(application: Application) -> ApplicationVersion:
    consultant = person_of(people.CONSULTANT)
    draft = versions.start_next(application, by=consultant, at=TODAY)
    wanted = versions.Settings(
        redirect_uris=["https://webshop.example/terug"],
        scopes=[Scope.CRM_READ],
        capabilities=["webhooks"],
    )
    return versions.change(draft, wanted, note="Webhooks erbij", by=consultant, at=TODAY)
