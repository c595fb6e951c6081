"""What becomes of a sandbox whose subscription is cancelled, and of what was ordered for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.pages.presenters.cancellation import charge
from portal.pages.presenters.subscriptions import end, money, names_listed, product_name
from subscriptions.lifecycle import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from billing.queries import CancellationCharges
    from subscriptions.operations.cancellations import LeftSandbox, OwnOfSandbox
    from subscriptions.queries import Held


@dataclass(frozen=True)
class OwnRow:
    """A subscription of the sandbox itself, and what cancelling it as well does."""

    product: str
    per_month: str
    is_example: bool  # of that price
    ends: str
    charge: str  # empty where it cannot be cancelled with it


@dataclass(frozen=True)
class SandboxPart:
    title: str
    until_then: tuple[str, ...]
    applications: tuple[str, ...]
    applications_title: str
    shut_out: tuple[str, ...]
    shut_out_title: str
    goes_on: str
    own: list[OwnRow]


def shown(
    sandbox: LeftSandbox,
    own: Iterable[tuple[OwnOfSandbox, Held, CancellationCharges | None]],
    zone: ZoneInfo,
) -> SandboxPart:
    return SandboxPart(
        title=title(sandbox),
        until_then=until_then(),
        applications=tuple(each.application.name for each in sandbox.applications),
        applications_title=applications_title(sandbox),
        shut_out=tuple(each.application.name for each in sandbox.shut_out),
        shut_out_title=shut_out_title(sandbox),
        goes_on=goes_on(),
        own=[
            OwnRow(
                product=product_name(each.subscription),
                per_month=money(held.per_month),
                is_example=held.priced.is_example,
                ends=_ends(each, held, zone),
                charge=charge(charges).title if charges else "",
            )
            for each, held, charges in own
        ],
    )


def title(sandbox: LeftSandbox) -> str:
    return _("After that the platform takes %(sandbox)s away") % {"sandbox": sandbox.tenant.label}


def until_then() -> tuple[str, ...]:
    """The platform knows which tenants there are: nothing is off before it says so."""
    return (
        _("The platform decides when, and tells us when it is done; there is no fixed day for it."),
        _(
            "Until then the sandbox is there, and what works in it goes on as long as it has the "
            "licences that it needs."
        ),
    )


def stopping(sandbox: LeftSandbox) -> list[str]:
    """The applications in it, in the words of the page."""
    return [
        f"{title} {', '.join(each.application.name for each in these)}"
        for title, these in (
            (applications_title(sandbox), sandbox.applications),
            (shut_out_title(sandbox), sandbox.shut_out),
        )
        if these
    ]


def applications_title(sandbox: LeftSandbox) -> str:
    number = len(sandbox.applications)
    return ngettext(
        "%(number)s application works in it and stops when it is taken away at the latest:",
        "%(number)s applications work in it and stop when it is taken away at the latest:",
        number,
    ) % {"number": number}


def shut_out_title(sandbox: LeftSandbox) -> str:
    number = len(sandbox.shut_out)
    return ngettext(
        "%(number)s application is shut out of it already, and goes with it:",
        "%(number)s applications are shut out of it already, and go with it:",
        number,
    ) % {"number": number}


def goes_on() -> str:
    return _(
        "What was ordered for the sandbox itself goes on, and is charged, until it is cancelled "
        "or the sandbox is deleted."
    )


def names_of(sandbox: LeftSandbox) -> str:
    """The products that can be cancelled with it."""
    return names_listed(product_name(each.subscription) for each in sandbox.cancellable)


def cancelled_too(products: str) -> str:
    """Said after it was done."""
    return _("What was ordered for the sandbox is cancelled as well: %(products)s.") % {
        "products": products
    }


def _ends(own: OwnOfSandbox, held: Held, zone: ZoneInfo) -> str:
    if own.ending:
        return _("Ends on %(at)s.") % {"at": end(own.ending.ends_at, zone)}
    if own.subscription.ends_at:
        return _("Has an end already: %(at)s.") % {"at": end(own.subscription.ends_at, zone)}
    if held.status is Status.REQUESTED:
        return _("Waits to be set up; the order can be withdrawn on its own page.")
    return _("Cannot be cancelled at that moment.")
