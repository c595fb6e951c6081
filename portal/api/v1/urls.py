"""Every address of `/api/v1` that ninja answers, behind the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path
from ninja.utils import replace_path_param_notation

from portal.api.v1.api import api
from portal.api.v1.door import OrganisationBearer, guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.urls import URLPattern
    from ninja.operation import PathView

    from customers.models import TokenScope


def _patterns() -> Iterator[URLPattern]:
    """One for each address, whatever its methods; ninja's own would be one for each method."""
    for router in api._get_bound_routers():  # noqa: SLF001 - it offers no other way
        for address, view in router.path_operations.items():
            route = replace_path_param_notation(address).lstrip("/")
            yield path(route, guard(view.get_view(), _scopes(view)), name=_name(view))


def _scopes(view: PathView) -> dict[str, TokenScope]:
    return {
        method: door.scope
        for operation in view.operations
        for method in operation.methods
        for door in operation.auth_callbacks
        if isinstance(door, OrganisationBearer)
    }


def _name(view: PathView) -> str:
    return str(view.operations[0].url_name)


urlpatterns = list(_patterns())
