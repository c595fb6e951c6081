"""What cancelling does, in sentences that name the instant.

The customer reads them, and staff whom it called: none says “you”.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.drafts import LineKind
from portal.formatting import day_text
from portal.pages.presenters.beside_plan import limits
from portal.pages.presenters.invoices import line_name, line_why
from portal.pages.presenters.subscriptions import (
    capability_names,
    end,
    language,
    last_day,
    money,
    names_listed,
    place_name,
    place_within,
    product_name,
    what_stays,
)
from subscriptions.lifecycle import Status
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.periods import month_end

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from billing.queries import CancellationCharges
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription
    from subscriptions.operations.cancellations import Consequences
    from subscriptions.queries import Held


# What an organisation's own server is told of an end, where it asked to be.
HEARD_BY_PROGRAMS = ("subscription.cancelled", "subscription.ended")


@dataclass(frozen=True)
class Way:
    """One of the two ways to end it; the page shows what happens for the current one."""

    when: CancelWhen
    title: str
    hint: str
    is_current: bool


@dataclass(frozen=True)
class Charge:
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class CancelPage:
    title: str
    lead: str  # where, and what it costs
    product: str
    what_happens: str  # the heading above the list
    applications: tuple[str, ...]
    applications_title: str
    shut_out: tuple[str, ...]  # already, and deactivated as well
    shut_out_title: str
    shut_out_sentence: str
    capabilities: list[str]
    capabilities_title: str
    smaller: tuple[str, ...]  # what the plan gives less of, with how much
    smaller_title: str
    coming_back: list[str]  # until when a new subscription brings applications back
    stays_title: str
    stays_sentence: str
    leaving_title: str
    stays: list[str]  # the product's own sentences about it
    button: str
    keeps_until: str  # until when it can be undone; empty when it ends now
    told: str


def page(found: Consequences, held: Held, zone: ZoneInfo) -> CancelPage:
    subscription = found.subscription
    product = product_name(subscription)
    now = found.when is CancelWhen.NOW
    return CancelPage(
        title=_("Cancel %(product)s") % {"product": product},
        lead=_lead(held),
        product=product,
        what_happens=_("What happens at once")
        if now
        else _("What happens on %(at)s") % {"at": end(found.ends_at, zone)},
        applications=tuple(a.application.name for a in found.applications),
        applications_title=_applications_title(found),
        shut_out=tuple(a.application.name for a in found.shut_out),
        shut_out_title=_shut_out_title(found),
        shut_out_sentence=_(
            "What was agreed to before is kept until %(at)s; approving what was added waits for a "
            "new subscription."
        )
        % {"at": end(_kept_until(found), zone)},
        capabilities=capability_names(subscription.product_version, found.capabilities),
        capabilities_title=_capabilities_title(subscription),
        smaller=limits(found.smaller),
        smaller_title=_("With the plan alone this gets smaller"),
        coming_back=_coming_back(found, zone),
        stays_title=_stays_title(subscription),
        stays_sentence=_stays_sentence(subscription),
        leaving_title=_("Good to know about %(product)s") % {"product": product},
        stays=[] if found.licence_stays else what_stays(subscription.product_version),
        button=_("Cancel now")
        if now
        else _("Cancel on %(day)s") % {"day": last_day(found.ends_at, zone)},
        keeps_until="" if now else end(found.ends_at, zone),
        told=_("The owners get an e-mail at once:")
        if now
        else _("The owners get an e-mail now, and another one when it ends:"),
    )


def _lead(held: Held) -> str:
    lead = _("%(place)s · %(amount)s per month, excl. VAT") % {
        "place": place_name(held.subscription),
        "amount": money(held.per_month),
    }
    return f"{lead} · {_('Example price')}" if held.priced.is_example else lead


def ways(found: Consequences, zone: ZoneInfo, at: dt.datetime) -> list[Way]:
    """Those that the product's policy knows; a planned end leaves only “now”."""
    policy = found.subscription.product_version.policy
    ways = []
    if policy.cancel_at_month_end and not found.subscription.ends_at:
        ends_at = month_end(at, zone, notice_days=policy.notice_days)
        ways.append(
            Way(
                CancelWhen.MONTH_END,
                _("At the end of the month, %(day)s") % {"day": last_day(ends_at, zone)},
                _until_then(found.subscription),
                found.when is CancelWhen.MONTH_END,
            )
        )
    if policy.cancel_now:
        ways.append(
            Way(
                CancelWhen.NOW,
                _("Now"),
                _("It stops at once and cannot be undone. Days paid and not used are credited."),
                found.when is CancelWhen.NOW,
            )
        )
    return ways


def _until_then(subscription: Subscription) -> str:
    if subscription.status == Status.SUSPENDED:
        return _(
            "It stays suspended until then, unless it is resumed. It can be undone until then."
        )
    return _("Everything keeps working until then. It can be undone until then.")


def _stays_title(subscription: Subscription) -> str:
    """The tenant that came with it is taken away: only what is elsewhere stays."""
    if subscription.product_version.makes_tenant:
        return _("What is in %(place)s stays") % {"place": place_within(subscription)}
    return _("Data and scripts stay")


def _stays_sentence(subscription: Subscription) -> str:
    if subscription.product_version.makes_tenant:
        return _("What was made or stored in the sandbox is lost, unless it is kept elsewhere.")
    return _("Nothing that was made or stored is deleted.")


def _capabilities_title(subscription: Subscription) -> str:
    words = {"place": place_name(subscription)}
    if subscription.tenant:
        return _("%(place)s loses these possibilities") % words
    return _("%(place)s lose these possibilities") % words


def _applications_title(found: Consequences) -> str:
    number = len(found.applications)
    return ngettext(
        "%(number)s application is deactivated", "%(number)s applications are deactivated", number
    ) % {"number": number}


def _shut_out_title(found: Consequences) -> str:
    number = len(found.shut_out)
    return ngettext(
        "%(number)s application is shut out already, and is deactivated as well",
        "%(number)s applications are shut out already, and are deactivated as well",
        number,
    ) % {"number": number}


def _kept_until(found: Consequences) -> dt.datetime:
    """Of all that are shut out: of some perhaps longer."""
    return min(map(found.comes_back_until, found.shut_out), default=found.restore_until)


def _coming_back(found: Consequences, zone: ZoneInfo) -> list[str]:
    """What was let in for a time comes back no longer than that."""
    if not found.applications:
        return []
    if not found.restore_days:
        return [_("With a new subscription they ask for consent again.")]
    names: dict[dt.datetime, list[str]] = defaultdict(list)
    for each in found.applications:
        names[found.comes_back_until(each)].append(each.application.name)
    if names.keys() == {found.restore_until}:
        return [
            _(
                "With a new subscription until %(at)s the applications come back by themselves. "
                "After that they ask for consent again."
            )
            % {"at": end(found.restore_until, zone)}
        ]
    return [
        *(
            ngettext(
                "With a new subscription until %(at)s this comes back by itself: %(applications)s.",
                "With a new subscription until %(at)s these come back by themselves: "
                "%(applications)s.",
                len(names[until]),
            )
            % {"at": end(until, zone), "applications": names_listed(names[until])}
            for until in sorted(names)
        ),
        _("After that they ask for consent again."),
    ]


def charge(charges: CancellationCharges, *, sees_cost: bool = True) -> Charge:
    """One last invoice, a credit, or nothing: with the days it is for, and the use to come.

    What was used so far comes to how much is left out for who does not see what use costs.
    """
    use = _use(charges, sees_cost=sees_cost)
    after = use or (_("After that nothing is charged."),)
    if charges.amount is None:
        title = _title_of_use(charges, sees_cost=sees_cost)
        covered = _("What was invoiced covers the time until the end.")
        return Charge(title, (covered, *after) if use else (covered,))
    if charges.is_credit:
        title = _("%(amount)s, excl. VAT, is credited on %(day)s")
    elif use:
        title = _("Still to be invoiced on %(day)s: %(amount)s, excl. VAT, and what is used")
    else:
        title = _("One last invoice: %(amount)s, excl. VAT, on %(day)s")
    words = {"day": day_text(charges.on, language()), "amount": money(charges.amount)}
    return Charge(title % words, (*_lines(charges), *_looked_at(charges), *after))


def _title_of_use(charges: CancellationCharges, *, sees_cost: bool) -> str:
    if charges.use is None:
        return _("Nothing more is charged")
    if charges.use.gives_back and sees_cost:
        return _("What is used is still settled")
    return _("Only what is used is still charged")


def _lines(charges: CancellationCharges) -> tuple[str, ...]:
    """Named where there are several: one of them may take away what was credited by hand."""
    lines = charges.lines
    why = [line_why(line) for line in lines]
    if len(lines) > 1 or any(line.kind == LineKind.SETTLEMENT for line in lines):
        why = [f"{line_name(line)}, {said}" for line, said in zip(lines, why, strict=True)]
    return (*why, *_example(is_example=any(line.is_example for line in lines)))


def _looked_at(charges: CancellationCharges) -> tuple[str, ...]:
    if not charges.is_looked_at:
        return ()
    return (_("One of our people looks at it before it is issued."),)


def _use(charges: CancellationCharges, *, sees_cost: bool) -> tuple[str, ...]:
    use = charges.use
    if use is None:
        return ()
    words = {"day": day_text(use.last_on, language()), "amount": money(use.so_far)}
    when = (
        _("What is used until the end is charged on the invoice of %(day)s.")
        if use.last_on == charges.on
        else _("What is used until the end is charged month by month, last on %(day)s.")
    )
    if not sees_cost:
        return (when % words,)
    so_far = _("What was used so far comes to %(amount)s, excl. VAT.")
    if use.gives_back:
        words["amount"] = money(-use.so_far)
        so_far = _(
            "Corrections of what was used before come to more: so far %(amount)s, excl. VAT, is "
            "credited."
        )
    return (when % words, so_far % words, *_example(is_example=use.is_example))


def _example(*, is_example: bool) -> tuple[str, ...]:
    return (_("It is an example price."),) if is_example else ()


def names_of(applications: Iterable[Authorisation]) -> str:
    return names_listed(a.application.name for a in applications)


def makers(applications: Iterable[Authorisation]) -> str:
    """Who built what stops, each once."""
    return names_listed(dict.fromkeys(a.application.owner.name for a in applications))


def cancelled(subscription: Subscription, zone: ZoneInfo, at: dt.datetime) -> str:
    """Said after it was done."""
    product, ends_at = product_name(subscription), subscription.ends_at
    if ends_at is None or ends_at <= at:
        return _("%(product)s has ended.") % {"product": product}
    words = {"product": product, "at": end(ends_at, zone)}
    if subscription.status == Status.SUSPENDED:
        return _("%(product)s is cancelled. It stays suspended and ends on %(at)s.") % words
    return _("%(product)s is cancelled. It works until %(at)s.") % words
