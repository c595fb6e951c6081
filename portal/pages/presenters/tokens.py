"""Words for tokens: whether they still open something, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from customers.models import Role
from portal.access import scopes_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import OrganisationToken


@dataclass(frozen=True)
class Row:
    token: OrganisationToken
    tone: str
    status: str
    is_live: bool

    @property
    def is_orphaned(self) -> bool:
        """It works, and nobody here has made it."""
        return self.is_live and self.token.maker_left

    @property
    def may_more(self) -> bool:
        """It works, and whoever made it may not do all that it may."""
        return self.is_live and _may_more(self.token)


def rows(tokens: Iterable[OrganisationToken], at: dt.datetime) -> list[Row]:
    return [_row(token, at) for token in tokens]


def _row(token: OrganisationToken, at: dt.datetime) -> Row:
    if token.revoked_at is not None:
        return Row(token, "neutral", _("Revoked"), is_live=False)
    if not token.is_live(at):
        return Row(token, "neutral", _("Expired"), is_live=False)
    if token.maker_left:
        return Row(token, "warn", _("Works; its maker has left"), is_live=True)
    if _may_more(token):
        return Row(token, "warn", _("Works; may do more than its maker"), is_live=True)
    return Row(token, "ok", _("Works"), is_live=True)


def _may_more(token: OrganisationToken) -> bool:
    role = token.maker_role
    return role is not None and not set(token.scopes) <= set(scopes_of(Role(role)))
