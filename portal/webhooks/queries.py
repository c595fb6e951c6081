"""What pages about webhooks read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.webhooks.models import Delivery

if TYPE_CHECKING:
    import datetime as dt


def something_is_due(at: dt.datetime) -> bool:
    return bool(Delivery.objects.due_at(at).exists())
