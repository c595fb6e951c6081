"""What an application may do, as the vendor's staff read it before they let it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from subscriptions.applications import scopes, staff_queries, version_queries
from subscriptions.applications.lifecycle import ASKED
from subscriptions.applications.models import Capability

if TYPE_CHECKING:
    from collections.abc import Collection

    from subscriptions.applications.models import Application, Authorisation, Publication


@dataclass(frozen=True)
class MayDo:
    """In words; `is_system_user`: it works without the rights of a user, and past them (D3.7)."""

    capabilities: list[str]
    scopes: list[str]
    is_system_user: bool

    @classmethod
    def of(cls, capabilities: Collection[str], scopes: Collection[str]) -> Self:
        return cls(
            version_queries.capability_labels(capabilities),
            version_queries.scope_labels(scopes),
            is_system_user=Capability.SYSTEM_USER in capabilities,
        )


@dataclass(frozen=True)
class MayDoThere:
    """On a tenant. `is_agreed`: the customer said yes to it; else it is what is asked for."""

    may_do: MayDo
    is_agreed: bool
    more_scopes: list[str]  # asked for since, and not agreed to
    new: list[str]  # in what is asked for again, or was agreed to again


def on_tenant(authorisation: Authorisation) -> MayDoThere:
    if authorisation.status in ASKED or not authorisation.confirmed_at:
        wanted = version_queries.wanted(authorisation)
        new = version_queries.right_labels(version_queries.new_since_agreed(authorisation))
        return MayDoThere(MayDo.of(*wanted), is_agreed=False, more_scopes=[], new=new)
    agreed = MayDo.of(authorisation.agreed_capabilities, authorisation.agreed_scopes)
    more = version_queries.scope_labels(scopes.not_agreed(authorisation))
    new = version_queries.right_labels(staff_queries.new_in_last_yes(authorisation))
    return MayDoThere(agreed, is_agreed=True, more_scopes=more, new=new)


def by_environment(application: Application) -> list[tuple[Publication, MayDo]]:
    """Its versions that are published or wait to be, each with what that lets it do."""
    return [
        (each, MayDo.of(each.version.capabilities, each.version.scopes))
        for each in version_queries.publications_of(application)
    ]
