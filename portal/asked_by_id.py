"""A developer asks a customer by tenant id and contact: on a page, or with a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from customers.refusals import Refusal
from portal.api import limits
from subscriptions.applications import operations

if TYPE_CHECKING:
    from subscriptions.applications.models import Application, Authorisation


class TooManyTries(Refusal):
    sentence = _("Too many ids at once. Try again in a minute.")


def request_by_id(application: Application, **asked: Any) -> Authorisation:
    """As the operation says. Raises TooManyTries: one that found nobody leaves no row to count."""
    if not limits.allows(limits.Kind.TENANT_IDS, application.owner_id):
        raise TooManyTries
    return operations.request_by_id(application, **asked)
