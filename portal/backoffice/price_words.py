"""What is wrong with a price, in the reader's language and beside the field that is to blame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from catalog.price_content import ComponentFault
from catalog.pricing import RateFault

if TYPE_CHECKING:
    from django.utils.functional import Promise

_NOT_TOGETHER = _("This does not go together with the rest of the price.")

WORDS: dict[ComponentFault | RateFault, Promise] = {
    RateFault.TIERS_AND_MODEL: _("Give at least one tier."),
    RateFault.PACKAGE_AND_MODEL: _("A package holds at least one unit."),
    RateFault.NEGATIVE_COUNT: _("It is 0 or more."),
    RateFault.NEGATIVE_AMOUNT: _("It is 0 or more."),
    RateFault.LAST_TIER_ENDS: _(
        "Leave this empty: the last tier is for everything above the one before it."
    ),
    RateFault.TIERS_DO_NOT_RISE: _(
        "Each tier ends above the one before it, and all but the last have an end."
    ),
    ComponentFault.FLAT_IS_PER_MONTH: _NOT_TOGETHER,
    ComponentFault.USE_HAS_A_METER: _NOT_TOGETHER,
    ComponentFault.MINIMUM_IS_OF_USE: _NOT_TOGETHER,
    ComponentFault.AMOUNTS_ARE_IN_TIERS: _NOT_TOGETHER,
}
