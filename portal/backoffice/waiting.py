"""What waits for the vendor's staff, a task a row: for the home page and the navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from billing import queries as billing
from billing.documents import queries as documents
from billing.queries.corrections import credits_waiting
from customers import queries as customers
from customers.models import Duty
from subscriptions import staff_queries as subscriptions
from subscriptions.applications import development_tenants
from subscriptions.applications import staff_queries as applications
from subscriptions.applications.version_queries import publications_waiting

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Person


@dataclass(frozen=True)
class Task:
    """So many things wait, the first of them since `since`, for staff with one of `duties`."""

    code: str
    label: str
    count: int
    duties: tuple[Duty, ...]
    url: str
    url_text: str
    since: dt.datetime | None = None

    def is_for(self, person: Person) -> bool:
        return any(person.has_duty(duty) for duty in self.duties)

    @property
    def duty_names(self) -> str:
        return ", ".join(str(duty.label) for duty in self.duties)


def tasks() -> list[Task]:
    """Every task, also those where nothing waits, in the order of the navigation."""
    return [
        _orders(),
        _consents(),
        _tenant_requests(),
        _publications(),
        _questions(),
        _billing(),
        _checks(),
        _approvals(),
        _credits(),
        _documents(),
        _untold(),
        _mail(),
    ]


def _orders() -> Task:
    orders = subscriptions.orders()
    first = orders.first()
    return Task(
        code="orders",
        label=_("Orders to confirm"),
        count=orders.count(),
        duties=(Duty.SALES,),
        url=reverse("backoffice:orders"),
        url_text=_("See the orders"),
        since=first.requested_at if first else None,
    )


def _consents() -> Task:
    consents = applications.consents()
    first = consents.first()
    return Task(
        code="consents",
        label=_("Consents to grant"),
        count=consents.count(),
        duties=(Duty.APP_MANAGER,),
        url=reverse("backoffice:consents"),
        url_text=_("See the consents"),
        since=first.confirmed_at if first else None,
    )


def _tenant_requests() -> Task:
    waiting = development_tenants.waiting()
    first = waiting.first()
    return Task(
        code="tenant_requests",
        label=_("Development tenants to grant"),
        count=waiting.count(),
        duties=development_tenants.DUTIES,
        url=reverse("backoffice:tenant_requests"),
        url_text=_("See the requests"),
        since=first.requested_at if first else None,
    )


def _publications() -> Task:
    waiting = publications_waiting()
    first = waiting.first()
    return Task(
        code="publications",
        label=_("Versions to publish"),
        count=waiting.count(),
        duties=(Duty.APP_MANAGER,),
        url=reverse("backoffice:publications"),
        url_text=_("See the versions"),
        since=first.requested_at if first else None,
    )


def _questions() -> Task:
    questions = customers.questions_waiting()
    first = questions.first()
    return Task(
        code="questions",
        label=_("Questions to answer"),
        count=questions.count(),
        duties=(Duty.SALES,),
        url=reverse("backoffice:questions"),
        url_text=_("See the questions"),
        since=first.asked_at if first else None,
    )


def _billing() -> Task:
    return Task(
        code="runs",
        label=_("Held and failed in billing runs"),
        count=billing.items_needing_attention().count(),
        duties=(Duty.BILLING,),
        url=reverse("backoffice:runs"),
        url_text=_("See the runs"),
    )


def _credits() -> Task:
    proposals = credits_waiting()
    first = proposals.first()
    return Task(
        code="credits",
        label=_("Credits to approve"),
        count=proposals.count(),
        duties=(Duty.BILLING,),
        url=reverse("backoffice:credits"),
        url_text=_("See the credits"),
        since=first.requested_at if first else None,
    )


def _checks() -> Task:
    """Those of the above that a failed check has parked: a fault of ours."""
    parked = billing.items_parked_by_a_check()
    newest = parked.first()
    return Task(
        code="checks",
        label=_("Parked by a failed check"),
        count=parked.count(),
        duties=(Duty.BILLING,),
        url=reverse("backoffice:run", args=[newest.run_id])
        if newest
        else reverse("backoffice:runs"),
        url_text=_("See the run"),
        since=newest.done_at if newest else None,
    )


def _approvals() -> Task:
    waiting = billing.runs_awaiting_approval()
    first = waiting.first()
    return Task(
        code="approvals",
        label=_("Billing runs to approve"),
        count=waiting.count(),
        duties=(Duty.BILLING,),
        url=reverse("backoffice:run", args=[first.pk]) if first else reverse("backoffice:runs"),
        url_text=_("See the run"),
        since=first.started_at if first else None,
    )


def _documents() -> Task:
    waiting = documents.renderings_needing_attention()
    first = waiting.first()
    return Task(
        code="documents",
        label=_("Documents held or failed"),
        count=waiting.count(),
        duties=(Duty.BILLING,),
        url=reverse("backoffice:documents"),
        url_text=_("See the documents"),
        since=first.invoice.issued_at if first else None,
    )


def _untold() -> Task:
    untold = documents.renderings_untold()
    first = untold.first()
    return Task(
        code="untold",
        label=_("Invoices with nobody to send them to"),
        count=untold.count(),
        duties=(Duty.BILLING,),
        url=reverse("backoffice:documents") + "#untold",
        url_text=_("See the documents"),
        since=first.invoice.issued_at if first else None,
    )


def _mail() -> Task:
    mail = customers.mail_given_up()
    oldest = mail.last()
    return Task(
        code="mail",
        label=_("Mail that was not delivered"),
        count=mail.count(),
        duties=(Duty.OPERATIONS,),
        url=reverse("backoffice:mail"),
        url_text=_("See the mail"),
        since=oldest.created_at if oldest else None,
    )
