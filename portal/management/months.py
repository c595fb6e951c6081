"""Months as they are typed behind a command."""

from __future__ import annotations

from django.core.management.base import CommandError

from subscriptions.periods import Month


def month_called(text: str) -> Month:
    """ "2026-11". Raises CommandError, with a sentence, for anything else."""
    try:
        return Month.parse(text)
    except ValueError:
        raise CommandError(f"{text!r} is no month: write it as 2026-11.") from None
