"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from celery import shared_task

from customers import clock
from subscriptions.applications import credentials, deactivation, tokens
from subscriptions.operations import endings, plans


@shared_task
def end_due_subscriptions() -> int:
    """End every subscription whose end has come."""
    return endings.end_due(at=clock.now())


@shared_task
def expire_due_authorisations() -> int:
    """Write down every authorisation whose time is over."""
    return deactivation.expire_due(at=clock.now())


@shared_task
def follow_plans() -> int:
    """Let applications follow what CRM Suite plans include since the catalogue was loaded."""
    return plans.follow_plans(at=clock.now())


@shared_task
def sweep_tokens() -> int:
    """Delete tokens that have long expired."""
    return tokens.sweep(at=clock.now())


@shared_task
def warn_of_ending_secrets() -> int:
    """Write of the client secrets that end within a week."""
    return credentials.warn_of_ends(at=clock.now())
