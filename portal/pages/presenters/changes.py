"""What an entry of the history says has changed, in words: from what to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from customers.models import CrmSuitePlan, Deployment, InvoiceLanguage, UserPlan
from portal.formatting import instant_text, last_minute, number_text
from portal.pages.presenters.subscriptions import language
from portal.pages.presenters.verbs import APPLICATION_DETAILS, BILLING_DETAILS, CONTACT
from subscriptions.applications.models import ApplicationKind, ApplicationType, Capability, Scope
from subscriptions.applications.version_queries import right_labels

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from django.db.models import TextChoices
    from django.utils.functional import Promise

    from customers.models import History

# What the fields are called that an entry says have changed.
_FIELDS: Mapping[str, Mapping[str, str | Promise]] = {
    "organisation.billing_details_changed": BILLING_DETAILS,
    "organisation.contact_changed": CONTACT,
    "application.changed": APPLICATION_DETAILS,
    "application.version_changed": APPLICATION_DETAILS,
}
# Fields that hold codes of these, one or a list.
_CHOICES: Mapping[str, type[TextChoices]] = {
    "language": InvoiceLanguage,
    "invoice_language": InvoiceLanguage,
    "kind": ApplicationKind,
    "type": ApplicationType,
    "scopes": Scope,
    "capabilities": Capability,
    "deployments": Deployment,
}
# Where an entry keeps what somebody said.
_SAID = {"advice.asked": "question", "advice.answered": "answer"}


def what_changed(entry: History, zone: dt.tzinfo) -> str:
    details = entry.details
    if names := _FIELDS.get(entry.verb):
        return _fields(details.get("from", {}), details.get("to", {}), names)
    if said := _SAID.get(entry.verb):
        return str(details.get(said, ""))
    changed = ""
    match entry.verb:
        case "subscription.requested":
            changed = _terms(details)
        case "subscription.quantity_changed":
            changed = _quantities(details.get("before", {}), details.get("after", {}))
        case "organisation.partner_changed":
            partners = (details.get(key) or _("None") for key in ("from", "to"))
            changed = " → ".join(partners)
        case "tenant.plan_changed":
            changed = " → ".join(_suite_plan(details.get(key, "")) for key in ("from", "to"))
        case "tenant.user_plans_changed":
            changed = _quantities(details.get("from", {}), details.get("to", {}))
        case _:
            changed = _of_consent(entry, zone)
    return changed


def _of_consent(entry: History, zone: dt.tzinfo) -> str:
    details = entry.details
    match entry.verb:
        case "authorisation.valid_until_changed":
            return " → ".join(_let_in_until(details.get(key), zone) for key in ("before", "after"))
        case "authorisation.scopes_asked" | "authorisation.scopes_agreed":
            return ", ".join(right_labels(details.get("scopes", ())))
        case "authorisation.confirmed" if more := details.get("more"):
            return _("New: %(rights)s") % {"rights": ", ".join(right_labels(more))}
        case _:
            return ""


def _terms(details: Mapping[str, Any]) -> str:
    """Which supplementary terms were accepted with an order, and who gets the data."""
    if "terms" not in details:
        return ""
    return _("Supplementary terms accepted (%(terms)s); receiver of the data: %(receiver)s") % {
        "terms": details["terms"],
        "receiver": details["receiver"],
    }


def end_text(text: str, zone: dt.tzinfo) -> str:
    """A half-open end as people say it: what ends at midnight works until 23:59."""
    at = parse_datetime(text)
    return instant_text(last_minute(at.astimezone(zone)), language()) if at else text


def _let_in_until(text: str | None, zone: dt.tzinfo) -> str:
    return end_text(text, zone) if text else _("Without end")


def _quantities(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """ "Sales Premium 5 → 8"; what stayed the same is left out."""
    changed = [
        f"{_plan(code)} {number_text(before.get(code, 0), language())} → "
        f"{number_text(after.get(code, 0), language())}"
        for code in [*before, *(code for code in after if code not in before)]
        if before.get(code, 0) != after.get(code, 0)
    ]
    return ", ".join(changed)


def _suite_plan(code: str) -> str:
    return str(CrmSuitePlan(code).label) if code in CrmSuitePlan.values else _("None: by modules")


def _plan(code: str) -> str:
    return str(UserPlan(code).label) if code in UserPlan.values else code


def _fields(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str | Promise]
) -> str:
    """ "City: Utrecht → Zwolle"."""
    return "; ".join(
        f"{names.get(name, name)}: {_value(name, before.get(name))} → {_value(name, value)}"
        for name, value in after.items()
    )


def _value(name: str, value: Any) -> str:
    """A list as words, a code by its name, and a dash for nothing."""
    if choices := _CHOICES.get(name):
        labels = dict(choices.choices)
        codes = value if isinstance(value, list) else [value]
        return ", ".join(str(labels.get(code, code)) for code in codes if code) or "–"
    return (" ".join(value) if isinstance(value, list) else str(value or "")) or "–"
