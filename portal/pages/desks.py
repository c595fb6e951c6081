"""From where somebody decides for an organisation: their seat there, or the vendor's own desk.

Both read the same pages and do the same. At the vendor's desk a customer calls or writes, so the
person notes who asked; what is noted stands in the history and in the letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.pages.forms_asked import AskedForm, asked_fields
from portal.pages.forms_terms import terms_fields
from portal.responses.forms import done
from subscriptions.periods import local_day
from subscriptions.queries import owners_of, zone_of

if TYPE_CHECKING:
    import datetime as dt
    from zoneinfo import ZoneInfo

    from django.forms import Field
    from django.http import HttpRequest, HttpResponse

    from catalog.supplements import Supplement
    from customers.models import Organisation, Person
    from portal.access import Permission, Seat
    from subscriptions.models import Subscription

# The page of a subscription is not called the same in both.
_OF_STAFF = {"subscription_detail": "subscription"}
# At the vendor's only these name the organisation: a subscription says itself whose it is.
_OF_ORGANISATION = ("subscribe", "subscribe_review")


@dataclass(frozen=True)
class Desk:
    """`seat` is None at the vendor's, where `person` is one of its staff."""

    organisation: Organisation
    person: Person
    seat: Seat | None = None

    @classmethod
    def of(cls, seat: Seat) -> Desk:
        return cls(seat.organisation, seat.person, seat)

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.organisation)

    def may(self, permission: Permission) -> bool:
        """Staff were let through at the door of the page."""
        return self.seat is None or self.seat.may(permission)

    def address(self, page: str, *args: object) -> str:
        """Of the page of a subscription or, with a product's code, for ordering it."""
        of_organisation = [self.organisation.pk, *args]
        if self.seat is not None:
            return reverse(f"pages:{page}", args=of_organisation)
        theirs = of_organisation if page in _OF_ORGANISATION else args
        return reverse(f"backoffice:{_OF_STAFF.get(page, page)}", args=theirs)

    def template(self, name: str) -> str:
        """The frame around what both show: “subscriptions/cancel”, say."""
        if self.seat is not None:
            return f"pages/{name}.html"
        return f"backoffice/{name.replace('/', '_')}.html"

    def to_ordered(self, request: HttpRequest, order: Subscription) -> HttpResponse:
        """What a customer is told on a page of its own, staff read on the order's or its own."""
        if self.seat is not None:
            code = order.product.code
            return redirect("pages:subscribe_done", self.organisation.pk, code, order.pk)
        if owners_of(self.organisation):
            sentence = _("It is ordered, and the owners are told who asked for it.")
        else:
            sentence = _("It is ordered. No owner can sign in, so nobody is told.")
        return done(request, sentence, "backoffice:order", order.pk)

    def asked_fields(self, at: dt.datetime) -> dict[str, Field]:
        """Who asked, when and how; nothing where somebody decides for their own organisation."""
        return {} if self.seat is not None else asked_fields(local_day(at, self.zone))

    def asked_form(
        self, request: HttpRequest, at: dt.datetime, supplement: Supplement | None = None
    ) -> AskedForm:
        """Who asked and, for an order with supplementary terms, that these are accepted."""
        data = request.POST if request.method == "POST" else None
        terms = terms_fields(supplement, self.organisation, for_caller=self.seat is None)
        return AskedForm(data, fields=self.asked_fields(at) | terms)
