"""Supplementary terms: what an order accepts, and that nothing starts without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from catalog.supplements import is_asked_for
from customers.actors import answerable
from customers.refusals import Refusal
from subscriptions.models import AcceptedTerms

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import ProductVersion
    from customers.actors import Customer
    from subscriptions.models import Subscription


class TermsNotAccepted(Refusal):
    """Nobody has bound the customer to them, or it was not said who receives the data."""

    sentence = _(
        "This product has supplementary terms. Somebody who may bind the organisation accepts "
        "them with the order, and names the receiver of the data."
    )


class TermsChanged(Refusal):
    """Other terms were accepted than hold now."""

    sentence = _("The supplementary terms have changed since you saw them. Please read them again.")


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """These terms, by somebody who may bind the organisation; `receiver` gets the data."""

    version: str
    receiver: str

    @property
    def details(self) -> dict[str, object]:
        """For the details of the history entry of the order."""
        return {"terms": self.version, "receiver": self.receiver}


def check(version: ProductVersion, acceptance: Acceptance | None) -> Acceptance | None:
    """What an order of `version` accepts; None where it asks for nothing.

    Raises TermsNotAccepted, TermsChanged.
    """
    if not version.supplement:
        return None
    if acceptance is None or not acceptance.receiver.strip():
        raise TermsNotAccepted
    if acceptance.version != version.supplement["version"]:
        raise TermsChanged
    return replace(acceptance, receiver=acceptance.receiver.strip())


def keep(
    subscription: Subscription, acceptance: Acceptance, *, by: Customer, at: dt.datetime
) -> AcceptedTerms:
    """Write down with an order what was accepted, by whom and when."""
    accepted: AcceptedTerms = AcceptedTerms.objects.create(
        subscription=subscription,
        version=acceptance.version,
        receiver=acceptance.receiver,
        accepted_by=answerable(by),
        accepted_at=at,
    )
    return accepted


def accepted_with(subscription: Subscription) -> AcceptedTerms | None:
    """What was accepted with its order; None where nothing was."""
    found: AcceptedTerms | None = getattr(subscription, "accepted_terms", None)
    return found


def are_lacking(subscription: Subscription) -> bool:
    """Whether its product asks for them and nobody accepted any; an order from before that too."""
    asked = bool(subscription.product_version.supplement) or is_asked_for(subscription.product)
    return asked and accepted_with(subscription) is None
