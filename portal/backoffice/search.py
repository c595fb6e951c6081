"""One search over what staff look for: a customer, a tenant, an invoice, an application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing import queries as billing
from customers import queries as customers
from portal.access import staff_view
from portal.pages.forms import SearchForm
from subscriptions.applications import staff_queries as applications

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

MOST = 10  # of each kind; its own list has them all


@dataclass(frozen=True)
class Found:
    """`about` says which of several with the same name it is."""

    kind: str
    name: str
    about: str
    url: str


@staff_view()
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The one page that is meant; where several may be, which."""
    text = SearchForm(request.GET).text
    found = list(_named_exactly(text)) or list(_found(text)) if text else []
    if len(found) == 1:
        return redirect(found[0].url)
    return render(request, "backoffice/search.html", {"text": text, "found": found, "most": MOST})


def _named_exactly(text: str) -> Iterator[Found]:
    """By what there is once: who types a number means that and nothing else."""
    yield from _tenants(text)
    for invoice in billing.every_invoice().numbered(text):
        yield _document(invoice.pk, invoice.number, invoice.organisation.name)
    for organisation in customers.organisations_numbered(text):
        yield _customer(organisation.pk, organisation.name, organisation.customer_number)


def _found(text: str) -> Iterator[Found]:
    for organisation in customers.search_organisations(text)[:MOST]:
        yield _customer(organisation.pk, organisation.name, organisation.customer_number)
    if any(sign.isdigit() for sign in text):
        for invoice in billing.every_invoice().numbered_like(text)[:MOST]:
            yield _document(invoice.pk, invoice.number, invoice.organisation.name)
    for application in applications.every_application().called(text)[:MOST]:
        url = reverse("backoffice:application", args=[application.pk])
        yield Found(_("Application"), application.name, application.owner.name, url)


def _tenants(text: str) -> Iterator[Found]:
    for tenant in customers.tenants_known_by(text):
        url = reverse("backoffice:tenant", args=[tenant.pk])
        yield Found(_("Tenant"), tenant.label, tenant.organisation.name, url)


def _customer(pk: int, name: str, number: str) -> Found:
    return Found(_("Customer"), name, number, reverse("backoffice:customer", args=[pk]))


def _document(pk: int, number: str, customer: str) -> Found:
    return Found(_("Invoice"), number, customer, reverse("backoffice:invoice", args=[pk]))
