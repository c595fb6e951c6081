"""Other quantities of what runs: so many users of each plan from an instant on."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.refusals import Refusal
from subscriptions.lifecycle import Action, Status, outcome
from subscriptions.locks import lock_subscription, not_before_its_past
from subscriptions.operations.orders import (
    quantities_at,
    set_quantities,
    status_at,
    whole_order,
)
from subscriptions.provisioning import facts
from subscriptions.telling import tell, write_to_owners

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.actors import Actor
    from customers.asked import Asked
    from subscriptions.models import Subscription


class QuantitiesChanged(Refusal):
    """The quantities, or their price, are not those that the person saw."""

    sentence = _(
        "The number of users or its price has changed since you opened this page. "
        "Please look at it as it is now."
    )


class NothingChanged(Refusal):
    sentence = _("These are the quantities you have already.")


class MoreWhileSuspended(Refusal):
    sentence = _(
        "While it is suspended the number of users can only go down: more would give nothing "
        "until it is resumed."
    )


@transaction.atomic
def change(
    subscription: Subscription,
    *,
    quantities: Mapping[str, int],
    seen: str | None = None,
    asked: Asked | None = None,
    by: Actor,
    at: dt.datetime,
) -> Subscription:
    """From `at` on, so many users per component; those not named stay as they are.

    The licence follows at the instant, and the platform is told; a day is charged at the
    highest quantity it saw.
    `seen` is the `state_of_quantities` that the person decided upon; what has become so
    meanwhile, by a second click say, is not done again. `asked`: for whom of the customer staff
    do it.
    Raises QuantitiesChanged, NotAllowedNow, WrongQuantities, NothingChanged, MoreWhileSuspended.
    """
    subscription = lock_subscription(subscription)
    at = not_before_its_past(subscription, at)
    before = quantities_at(subscription, at)
    if seen is not None and seen != state_of_quantities(subscription, at):
        if before == before | dict(quantities):
            return subscription
        raise QuantitiesChanged
    after = quantities_changed(subscription, quantities, at=at)
    changed = {code: number for code, number in after.items() if before.get(code, 0) != number}
    set_quantities(subscription, changed, at=at)
    tell(
        subscription,
        "quantity_changed",
        by=by,
        at=at,
        details={"before": before, "after": after},
        asked=asked,
    )
    write_to_owners(
        subscription,
        "quantity_changed",
        context={
            "changed": [
                (component, before.get(component.code, 0), changed[component.code])
                for component in subscription.price_version.components.all()
                if component.code in changed
            ],
            "asked": asked,
        },
        at=at,
    )
    facts.tell_place_of(subscription, at=at)
    return subscription


def quantities_changed(
    subscription: Subscription, quantities: Mapping[str, int], *, at: dt.datetime
) -> dict[str, int]:
    """The quantity per component after a change at `at`; those not named stay as they are.

    Changes nothing, and refuses what the change would refuse: more of something, for one, while
    it is suspended, for that would give nothing.
    Raises NotAllowedNow, WrongQuantities, NothingChanged, MoreWhileSuspended.
    """
    status = outcome(status_at(subscription, at), Action.CHANGE_QUANTITY)
    before = quantities_at(subscription, at)
    after = whole_order(subscription.price_version, before | dict(quantities))
    if all(before.get(code, 0) == number for code, number in after.items()):
        raise NothingChanged
    if status is Status.SUSPENDED and any(
        number > before.get(code, 0) for code, number in after.items()
    ):
        raise MoreWhileSuspended
    return after


def state_of_quantities(subscription: Subscription, at: dt.datetime) -> str:
    """A fingerprint that changes with what is in force at `at`: a quantity, or the price."""
    changes = subscription.price_changes.all()
    prices = [change.pk for change in changes if change.effective_at <= at and change.stands]
    seen = [subscription.pk, sorted(quantities_at(subscription, at).items()), sorted(prices)]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]
