"""Whose things a request is about: the token's organisation, or a customer of that partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404

from customers import queries
from portal.api.v1.door import token_behind

if TYPE_CHECKING:
    from django.http import HttpRequest

    from customers.models import Organisation


def own(request: HttpRequest) -> Organisation:
    """The organisation that the token belongs to."""
    return token_behind(request).organisation


def asked_for(request: HttpRequest, organisation_id: int | None) -> Organisation:
    """The one named, when it is within reach; the token's own when none is. Raises Http404."""
    mine = own(request)
    if organisation_id in (None, mine.pk):
        return mine
    return get_object_or_404(queries.organisations_reached_by(mine), pk=organisation_id)
