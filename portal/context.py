"""What the frame around every page needs: whose page it is, where one can go, what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from customers import clock, queries
from portal.access import Permission, Seat, person_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.http import HttpRequest


@dataclass(frozen=True)
class NavigationItem:
    label: str
    icon: str
    url: str
    is_current: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor for `base_portal.html` and its sisters.

    What costs a query is a function: it is asked only by pages that show it, and once.
    """
    context: dict[str, Any] = {"clock_moved_to": cache(_clock_moved_to)}
    user = getattr(request, "user", None)  # an error may come before anybody is known
    if user is None or not user.is_authenticated:
        return context
    seat: Seat | None = getattr(request, "seat", None)
    return context | {
        "organisation": seat.organisation if seat else None,
        "role_label": _role_label(seat) if seat else "",
        "organisation_count": cache(partial(_organisation_count, request)),
        "nav_items": partial(_navigation, request, seat),
        "staff_nav_groups": partial(_staff_navigation, request),
    }


def _staff_navigation(request: HttpRequest) -> Iterable[Any]:
    from portal.backoffice.navigation import staff_navigation  # only the back office needs it

    return staff_navigation(request)


def _clock_moved_to() -> dt.datetime | None:
    """What the demo's clock says, when it has been moved."""
    return clock.now() if clock.shift() else None


def _organisation_count(request: HttpRequest) -> int:
    return queries.organisations_of(person_of(request)).count()


def _role_label(seat: Seat) -> str:
    if seat.via_partner is None:
        return str(seat.role.label)
    # Translators: whose role somebody acts in for a customer, "Owner at Example Partners"
    return _("%(role)s at %(partner)s") % {"role": seat.role.label, "partner": seat.via_partner}


def _navigation(request: HttpRequest, seat: Seat | None) -> list[NavigationItem]:
    if seat is None:
        return _without_organisation(request)
    home = reverse("pages:overview", args=[seat.organisation.pk])
    return [
        _item(request, label, icon, reverse(f"pages:{name}", args=[seat.organisation.pk]), home)
        for name, label, icon, permission in _places()
        if seat.may(permission)
    ]


def _places() -> list[tuple[str, str, str, Permission]]:
    return [
        ("overview", _("Overview"), "layout-dashboard", Permission.VIEW),
        ("subscription_list", _("Subscriptions"), "package", Permission.VIEW),
        ("catalogue", _("Catalogue"), "store", Permission.VIEW),
        ("tenant_list", _("Tenants"), "server", Permission.VIEW),
        ("application_list", _("Applications"), "code", Permission.VIEW),
        ("usage", _("Usage"), "chart-column", Permission.VIEW_USAGE),
        ("invoice_list", _("Invoices"), "receipt", Permission.VIEW_INVOICES),
        ("advice_list", _("Advice"), "life-buoy", Permission.VIEW),
        ("organisation", _("Organisation"), "building", Permission.VIEW),
        ("people", _("People"), "users", Permission.VIEW),
        ("token_list", _("API tokens"), "key-round", Permission.MANAGE_TOKENS),
        ("webhook_list", _("Webhooks"), "webhook", Permission.MANAGE_WEBHOOKS),
        ("activity", _("Activity"), "activity", Permission.VIEW),
    ]


def _without_organisation(request: HttpRequest) -> list[NavigationItem]:
    chooser = reverse("pages:organisation_chooser")
    items = [_item(request, _("Organisations"), "building", chooser)]
    if person_of(request).is_staff:
        items.append(
            NavigationItem(
                _("Back office"), "building-2", reverse("backoffice:home"), is_current=False
            )
        )
    return items


def _item(request: HttpRequest, label: str, icon: str, url: str, home: str = "") -> NavigationItem:
    """Everything below an item's address belongs to it; below the overview everything lies."""
    below = url != home and request.path.startswith(url)
    return NavigationItem(label, icon, url, is_current=request.path == url or below)
