"""What waits for the vendor's staff, a task a row: for the home page and the navigation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing import queries as billing
from billing.documents import queries as documents
from billing.metering import refused_queries as metering
from billing.queries.breaches import broken_rules
from billing.queries.corrections import credits_waiting, credits_waiting_for
from customers import clock
from customers import queries as customers
from customers.models import Duty
from portal.access import person_of
from portal.backoffice.queries import how_many
from subscriptions import staff_queries as subscriptions
from subscriptions.applications import development_tenants
from subscriptions.applications import staff_queries as applications
from subscriptions.applications.version_queries import publications_waiting
from subscriptions.licence_files.queries import files_for_nobody
from subscriptions.provisioning import staff_queries as provisioning

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import Promise

    from customers.models import Person


@dataclass(frozen=True)
class Kind:
    """A list of what waits, named `code`, and the page on which staff deal with it.

    `since` says since when one of its rows has waited. Where the page is that of a run,
    `run_of` says of which one.
    """

    code: str
    label: Promise
    duties: tuple[Duty, ...]
    rows: Callable[[], QuerySet[Any]]  # the longest waiting first
    url_text: Promise
    since: Callable[[Any], dt.datetime] | None = None
    page: str = ""  # with the name of the list, unless another is given
    key: str = "pk"  # what makes a row the same one as that of an hour ago
    run_of: Callable[[Any], int] | None = None
    is_grave: bool = False  # a fault of ours
    # Of them those on which a person decides, where somebody else does on what they asked for.
    decided_by: Callable[[Person], QuerySet[Any]] | None = None

    @property
    def duty_names(self) -> str:
        return ", ".join(str(duty.label) for duty in self.duties)

    def is_for(self, person: Person) -> bool:
        return person.has_duty(*self.duties)

    def rows_for(self, person: Person) -> QuerySet[Any]:
        """Without what the person asked for and so does not decide on."""
        return self.decided_by(person) if self.decided_by else self.rows()

    def keys(self, rows: QuerySet[Any] | None = None) -> Iterator[str]:
        """Of all that wait, or of these `rows` of them; in any order."""
        found = self.rows() if rows is None else rows
        return (str(row[self.key]) for row in found.values(self.key))

    def url_of(self, first: object) -> str:
        if self.run_of is not None and first is not None:
            return reverse("backoffice:run", args=[self.run_of(first)])
        page, mark, part = (self.page or self.code).partition("#")
        return reverse(f"backoffice:{page}") + mark + part


KINDS = (
    Kind(
        "orders",
        _("Orders to confirm"),
        (Duty.SALES,),
        subscriptions.orders,
        _("See the orders"),
        since=attrgetter("requested_at"),
    ),
    Kind(
        "consents",
        _("Consents to grant"),
        (Duty.APP_MANAGER,),
        applications.consents,
        _("See the consents"),
        since=attrgetter("confirmed_at"),
    ),
    Kind(
        "tenant_requests",
        _("Development tenants to grant"),
        development_tenants.DUTIES,
        development_tenants.waiting,
        _("See the requests"),
        since=attrgetter("requested_at"),
    ),
    Kind(
        "publications",
        _("Versions to publish"),
        (Duty.APP_MANAGER,),
        publications_waiting,
        _("See the versions"),
        since=attrgetter("requested_at"),
    ),
    Kind(
        "questions",
        _("Questions to answer"),
        (Duty.SALES,),
        customers.questions_waiting,
        _("See the questions"),
        since=attrgetter("asked_at"),
    ),
    Kind(
        "runs",
        _("Held and failed in billing runs"),
        (Duty.BILLING,),
        billing.items_needing_attention,
        _("See the runs"),
        since=attrgetter("done_at"),
    ),
    # Those of the above that a failed check has parked: a fault of ours.
    Kind(
        "checks",
        _("Parked by a failed check"),
        (Duty.BILLING,),
        billing.items_parked_by_a_check,
        _("See the run"),
        since=attrgetter("done_at"),
        page="runs",
        run_of=attrgetter("run_id"),
        is_grave=True,
    ),
    Kind(
        "approvals",
        _("Billing runs to approve"),
        (Duty.BILLING,),
        billing.runs_awaiting_approval,
        _("See the run"),
        since=attrgetter("started_at"),
        page="runs",
        run_of=attrgetter("pk"),
    ),
    Kind(
        "credits",
        _("Credits to approve"),
        (Duty.BILLING,),
        credits_waiting,
        _("See the credits"),
        since=attrgetter("requested_at"),
        decided_by=credits_waiting_for,
    ),
    Kind(
        "documents",
        _("Documents held or failed"),
        (Duty.BILLING,),
        documents.renderings_needing_attention,
        _("See the documents"),
        since=attrgetter("invoice.issued_at"),
    ),
    Kind(
        "untold",
        _("Invoices with nobody to send them to"),
        (Duty.BILLING,),
        documents.renderings_untold,
        _("See the documents"),
        since=attrgetter("invoice.issued_at"),
        page="documents#untold",
    ),
    Kind(
        "files_for_nobody",
        _("Licence files with nobody to send them to"),
        (Duty.SALES, Duty.OPERATIONS),
        files_for_nobody,
        _("See the tenants"),
        since=attrgetter("issued_at"),
        page="mail#files",
        key="tenant",  # a new file each month is no other piece of news
    ),
    Kind(
        "not_carried",
        _("E-invoices given up over Peppol"),
        (Duty.BILLING,),
        documents.transmissions_given_up,
        _("See the e-invoices"),
        since=attrgetter("created_at"),
        page="documents#peppol",
    ),
    Kind(
        "feeds",
        _("Feeds to the platform that keep failing"),
        (Duty.OPERATIONS,),
        provisioning.feeds_that_keep_failing,
        _("See the platform"),
        since=attrgetter("failing_since"),
        page="platform#failing",
        key="news",
    ),
    Kind(
        "differences",
        _("Differences with the platform to look at"),
        (Duty.OPERATIONS,),
        provisioning.differences_to_look_at,
        _("See the platform"),
        page="platform#compared",
        key="news",
    ),
    # A day is one piece of news, once it is over: a sender sends the wrong thing every minute.
    Kind(
        "refused_usage",
        _("Use that was refused and is billed to nobody"),
        (Duty.OPERATIONS,),
        lambda: metering.refused_to_look_at(clock.now()),
        _("See what was refused"),
        since=attrgetter("first_at"),
        key="day",
    ),
    # A fault of ours: what the nightly check found.
    Kind(
        "breaches",
        _("Rules that do not hold"),
        (Duty.OPERATIONS, Duty.BILLING),
        broken_rules,
        _("See the rules"),
        since=attrgetter("first_seen_at"),
        is_grave=True,
    ),
    Kind(
        "mail",
        _("Mail that was not delivered"),
        (Duty.OPERATIONS,),
        lambda: customers.mail_given_up().reverse(),
        _("See the mail"),
        since=attrgetter("created_at"),
        # One mailbox is one piece of news: letters of what waits are among those given up.
        key="to",
    ),
)


@dataclass(frozen=True)
class Task:
    """So many of a kind wait, the first of them since `since`."""

    kind: Kind
    count: int
    url: str
    since: dt.datetime | None


def waiting(request: HttpRequest) -> dict[str, int]:
    """How many wait for whoever looks, or for others, by the code of what they are.

    Counted once for a request.
    """
    if not hasattr(request, "waiting"):
        person = person_of(request)
        counts = how_many({kind.code: kind.rows_for(person) for kind in KINDS})
        request.waiting = counts  # type: ignore[attr-defined]
    return cast("dict[str, int]", request.waiting)  # type: ignore[attr-defined]


def tasks(request: HttpRequest) -> list[Task]:
    """Every task, also where nothing waits; a fault of ours first, then the longest waiting."""
    counts, person = waiting(request), person_of(request)
    found = (task_of(kind, counts[kind.code], partial(kind.rows_for, person)) for kind in KINDS)
    return sorted(found, key=_urgency)


def _urgency(task: Task) -> tuple[bool, bool, bool, dt.datetime | None]:
    # The last is only compared where both have it.
    return not task.kind.is_grave, not task.count, task.since is None, task.since


def task_of(kind: Kind, count: int, rows: Callable[[], QuerySet[Any]]) -> Task:
    """`rows` gives those that were counted, the longest waiting first."""
    first = rows().first() if count else None
    return Task(
        kind=kind,
        count=count,
        url=kind.url_of(first),
        since=kind.since(first) if kind.since and first else None,
    )
