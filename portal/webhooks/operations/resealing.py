"""The secrets of endpoints, sealed anew after SECRET_KEY has changed."""

from __future__ import annotations

from customers.operations.resealing import Resealed, reseal
from portal.webhooks.models import EndpointSecret
from portal.webhooks.signing import SEALS


def reseal_secrets() -> Resealed:
    """A second time changes nothing."""
    return reseal(EndpointSecret.objects.all(), "sealed", SEALS.renewed)
