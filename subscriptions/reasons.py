"""Why something is over, where the platform gave the reason and not a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

RESTORED = "BackupRestored"  # the platform's word: it is the platform that says so

_WORDS: Mapping[str, Promise] = {
    RESTORED: _(
        "The tenant was replaced or restored from a backup; what was agreed to before counts no "
        "more"
    ),
    "Suspend": _("The platform suspended the tenant"),
    "Resume": _("The platform lets the tenant run again"),
    "Delete": _("The platform deleted the tenant"),
}


def words_for(reason: str) -> str | Promise:
    """As people read it, in the language of whoever does; what is none of the platform's stays."""
    return _WORDS.get(reason, reason)


def in_words(reason: str) -> str:
    """The same in the language of the moment."""
    return str(words_for(reason))
