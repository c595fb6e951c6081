"""Why a product cannot be had somewhere, and what to do about it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.eligibility import RefusalCode, WayOut
from customers.models import CrmSuitePlan, Deployment, TenantKind, TenantState
from portal.pages.presenters.products import product_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.utils.functional import Promise

    from catalog.eligibility import Refusal

WHY: Mapping[RefusalCode, str | Promise] = {
    RefusalCode.WRONG_DEPLOYMENT: gettext_lazy(
        "It is available for %(needs)s tenants; this is %(has)s."
    ),
    RefusalCode.CRM_VERSION_TOO_LOW: gettext_lazy(
        "It needs CRM version %(needs)s or later; this is %(has)s."
    ),
    RefusalCode.MISSING_PREREQUISITE: gettext_lazy("It needs %(needs)s, which is not there yet."),
    RefusalCode.TENANT_NOT_RUNNING: gettext_lazy("The tenant is not running. Its state: %(has)s."),
    RefusalCode.ALREADY_SUBSCRIBED: gettext_lazy("There is a subscription already."),
    RefusalCode.INCLUDED_IN_PLAN: gettext_lazy("It is already included in your %(has)s plan."),
    RefusalCode.NOT_A_PRODUCTION_TENANT: gettext_lazy(
        "It is only for production tenants. Kind of this one: %(has)s."
    ),
    RefusalCode.NO_TENANT_NEEDED: gettext_lazy("This licence holds for the whole organisation."),
    RefusalCode.TENANT_NEEDED: gettext_lazy("This licence is for one tenant."),
    RefusalCode.NO_TENANT_YET: gettext_lazy("There is no production tenant yet."),
}

WAYS_OUT: Mapping[WayOut, str | Promise] = {
    WayOut.CHOOSE_ANOTHER_TENANT: gettext_lazy("Choose another tenant."),
    WayOut.UPGRADE_CRM: gettext_lazy("Upgrade the CRM on this tenant first."),
    WayOut.ORDER_PREREQUISITE: gettext_lazy("Subscribe to %(needs)s first."),
    WayOut.WAIT_UNTIL_RUNNING: gettext_lazy("Try again when it is running."),
    WayOut.SEE_SUBSCRIPTION: gettext_lazy("Look at the subscription to change or cancel it."),
    WayOut.USE_WHAT_THE_PLAN_GIVES: gettext_lazy("You can use it at once, at no extra cost."),
    WayOut.CHOOSE_PRODUCTION_TENANT: gettext_lazy("Choose a production tenant."),
    WayOut.ORDER_FOR_ORGANISATION: gettext_lazy("Order it once, without choosing a tenant."),
    WayOut.CHOOSE_TENANT: gettext_lazy("Choose a tenant."),
    WayOut.ASK_ABOUT_MOVING_ONLINE: gettext_lazy("Ask for advice about moving online."),
    WayOut.HAVE_TENANT_REGISTERED: gettext_lazy("Your contact registers your tenants first."),
}


# What staff read of a customer who calls, where it differs.
WHY_OF_CALLER: Mapping[RefusalCode, str | Promise] = {
    **WHY,
    RefusalCode.INCLUDED_IN_PLAN: gettext_lazy("It is already included in their %(has)s plan."),
}
WAYS_OUT_OF_CALLER: Mapping[WayOut, str | Promise] = {
    **WAYS_OUT,
    WayOut.USE_WHAT_THE_PLAN_GIVES: gettext_lazy("They can use it at once, at no extra cost."),
    WayOut.ASK_ABOUT_MOVING_ONLINE: gettext_lazy("Advise them about moving online."),
    WayOut.HAVE_TENANT_REGISTERED: gettext_lazy("Register their tenants first."),
}


@dataclass(frozen=True)
class Explained:
    """One obstacle: why not, and the way out. `code` for what a page adds to it, such as a link."""

    code: RefusalCode
    why: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.why} {self.way_out}"


def explain(
    refusals: Iterable[Refusal],
    names: Mapping[str, str] | None = None,
    *,
    for_caller: bool = False,
) -> list[Explained]:
    """In the reader's language, who is the customer or, `for_caller`, staff whom it called.

    `names`: product names by code, when the page has them already.
    """
    refusals = list(refusals)
    if names is None:
        needed = any(each.code is RefusalCode.MISSING_PREREQUISITE for each in refusals)
        names = product_names() if needed else {}
    why, ways_out = (WHY_OF_CALLER, WAYS_OUT_OF_CALLER) if for_caller else (WHY, WAYS_OUT)
    return [_explained(refusal, names, why, ways_out) for refusal in refusals]


def refusal_sentences(refusals: Iterable[Refusal]) -> list[str]:
    """One text per obstacle: the reason, then the way out."""
    return [str(explained) for explained in explain(refusals)]


def _explained(
    refusal: Refusal,
    names: Mapping[str, str],
    why: Mapping[RefusalCode, str | Promise],
    ways_out: Mapping[WayOut, str | Promise],
) -> Explained:
    words = {
        "needs": _in_words(refusal.code, refusal.needs, names),
        "has": _in_words(refusal.code, refusal.has, names),
    }
    return Explained(
        refusal.code,
        str(why[refusal.code]) % words,
        str(ways_out[refusal.way_out]) % words,
    )


def _in_words(code: RefusalCode, value: str, names: Mapping[str, str]) -> str:
    match code:
        case RefusalCode.WRONG_DEPLOYMENT:
            return _(" or ").join(_label(Deployment, each) for each in value.split(",") if each)
        case RefusalCode.MISSING_PREREQUISITE:
            return names.get(value, value)
        case RefusalCode.TENANT_NOT_RUNNING:
            return state_label(value)
        case RefusalCode.INCLUDED_IN_PLAN:
            return _label(CrmSuitePlan, value)
        case RefusalCode.NOT_A_PRODUCTION_TENANT:
            return _label(TenantKind, value)
        case _:
            return value


def state_label(name: str) -> str:
    """A tenant state as history and eligibility name it, "suspended", as people read it."""
    try:
        return str(TenantState[name.upper()].label)
    except KeyError:
        return name


def _label(choices: type[Deployment | CrmSuitePlan | TenantKind], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
