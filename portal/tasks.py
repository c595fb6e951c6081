"""What the worker does for the doors themselves."""

from __future__ import annotations

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def forget_visits() -> None:
    """Delete who was signed in until their time was over; Django leaves those rows behind."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
