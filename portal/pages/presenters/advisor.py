"""“Do I need Development Tools?” The seed's table and its reasons, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.eligibility import Already, Answer, Reason, Scenario, advice_table
from customers.models import CrmSuitePlan, Deployment
from portal.pages.presenters.refusals import refusal_sentences
from subscriptions.entitlements import DEVELOPMENT_TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.utils.functional import Promise

    from catalog.eligibility import Refusal
    from subscriptions.models import Subscription

ADVISED_PRODUCT = DEVELOPMENT_TOOLS

SCENARIOS: Mapping[Scenario, str | Promise] = {
    Scenario.CUSTOMISE_IN_SETTINGS: gettext_lazy(
        "Use customisation tools in Settings and maintenance"
    ),
    Scenario.PUBLISH_STANDARD_APPLICATION: gettext_lazy("Publish a standard application"),
    Scenario.ACTIVATE_CUSTOM_APPLICATION: gettext_lazy("Activate a custom application"),
}

SCENARIO_HINTS: Mapping[Scenario, str | Promise] = {
    Scenario.CUSTOMISE_IN_SETTINGS: gettext_lazy(
        "Lists, privacy settings, templates, sales and project guides, user-defined fields"
    ),
    Scenario.PUBLISH_STANDARD_APPLICATION: gettext_lazy("Something from the App Store"),
    Scenario.ACTIVATE_CUSTOM_APPLICATION: gettext_lazy(
        "Made for your organisation, by yourself, a partner or a vendor"
    ),
}

_REASONS: Mapping[Reason, str | Promise] = {
    Reason.SETTINGS_ARE_FREE: gettext_lazy(
        "Customising your solution in Settings and maintenance is free, wherever the CRM runs."
    ),
    Reason.STANDARD_IS_EMBEDDED: gettext_lazy(
        "For standard applications from the App Store it is embedded when the CRM runs online."
    ),
    Reason.ON_PREMISE_ALWAYS: gettext_lazy(
        "When the CRM runs on-premise, every integration or extension needs the licence, "
        "also a standard one. The vendor can tell you whether the application is available "
        "for on-premise."
    ),
    Reason.CUSTOM_ALWAYS: gettext_lazy(
        "A custom application is only available while a Development Tools subscription is "
        "active, wherever the CRM runs."
    ),
}


@dataclass(frozen=True)
class Row:
    scenario: str
    cells: tuple[tuple[str, str], ...]  # one per deployment, under its name


@dataclass(frozen=True)
class Table:
    """The seed's table: a row per scenario, a column per deployment."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Verdict:
    """The answer for one tenant: what to do, and the sentences that say why."""

    tone: str
    title: str
    reasons: tuple[str, ...]
    must_order: bool = False
    subscription_id: int | None = None  # the one that is there and gives nothing now


def table() -> Table:
    columns = tuple(str(deployment.label) for deployment in Deployment)
    return Table(
        columns=columns,
        rows=tuple(
            Row(
                str(SCENARIOS[row[0].scenario]),
                tuple(zip(columns, map(_cell, row), strict=True)),
            )
            for row in advice_table()
        ),
    )


def verdict(
    answer: Answer, subscription: Subscription | None, refusals: Iterable[Refusal]
) -> Verdict:
    """With the live subscription of the tenant, and what stands in the way of ordering one."""
    reason = str(_REASONS[answer.reason])
    if not answer.needed:
        return Verdict("ok", _("No, you do not need Development Tools"), (reason,))
    if answer.already is not None:
        title = _("You need Development Tools, and you have it")
        return Verdict("ok", title, (reason, _already(answer)))
    if subscription is not None:
        return Verdict(
            "warn",
            _("You need Development Tools, and your subscription does not give it now"),
            (reason, _("The page of the subscription says why, and what comes next.")),
            subscription_id=subscription.pk,
        )
    obstacles = refusal_sentences(refusals)
    return Verdict(
        "warn",
        _("Yes, you need Development Tools"),
        (reason, *obstacles),
        must_order=not obstacles,
    )


def _cell(answer: Answer) -> str:
    if answer.needed:
        return _("yes")
    return _("no (embedded)") if answer.embedded else _("no")


def _already(answer: Answer) -> str:
    match answer.already:
        case Already.SUBSCRIBED:
            return _("This tenant has a subscription already. There is nothing to order.")
        case Already.IN_PLAN:
            return _("It is already included in your %(plan)s plan. There is nothing to order.") % {
                "plan": CrmSuitePlan(answer.plan).label
            }
        case _:
            return _("A developer tenant (SOD) has the tools for free. There is nothing to order.")
