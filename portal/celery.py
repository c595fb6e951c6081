"""The worker and its schedule.

Rows are the truth and a message only wakes the worker: every entry of the schedule means "do
what is due and not done", so a tick lost or delivered twice changes nothing. See
docs/decisions for why.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "customers",
        "subscriptions",
        "subscriptions.licence_files",
        "billing",
        "billing.documents",
        "billing.vies",
        "billing.metering",
        "portal",
        "portal.webhooks",
        "subscriptions.provisioning",
    ]
)

# How long a receiver waits at most for the first attempt to tell it what has happened.
WEBHOOK_SECONDS = min(settings.SCHEDULE_SECONDS, 5)

app.conf.beat_schedule = {
    name: {
        "task": name,
        "schedule": settings.SCHEDULE_SECONDS,
        # A scheduler that was down brings one of each, not one per missed tick.
        "options": {"expires": settings.MESSAGE_SECONDS},
    }
    for name in (
        "subscriptions.tasks.end_due_subscriptions",
        "subscriptions.tasks.expire_due_authorisations",
        "subscriptions.licence_files.tasks.follow_up_licence_files",
        "subscriptions.provisioning.tasks.tell_what_time_has_changed",
        "subscriptions.provisioning.tasks.deliver_facts",
        "billing.tasks.run_due_billing",
        "billing.documents.tasks.make_documents",
        "billing.documents.tasks.send_over_peppol",
        "billing.vies.tasks.ask_register",
        "customers.tasks.deliver_mail",
    )
} | {
    "portal.webhooks.tasks.tell": {
        "task": "portal.webhooks.tasks.tell",
        "schedule": WEBHOOK_SECONDS,
        "options": {"expires": max(WEBHOOK_SECONDS, 10)},
    },
    "subscriptions.tasks.follow_plans": {
        "task": "subscriptions.tasks.follow_plans",
        "schedule": crontab(minute="40"),
    },
    "subscriptions.tasks.sweep_tokens": {
        "task": "subscriptions.tasks.sweep_tokens",
        "schedule": crontab(minute="45"),
    },
    "subscriptions.tasks.warn_of_ending_secrets": {
        "task": "subscriptions.tasks.warn_of_ending_secrets",
        "schedule": crontab(minute="20"),
    },
    "subscriptions.provisioning.tasks.reconcile": {
        "task": "subscriptions.provisioning.tasks.reconcile",
        "schedule": crontab(hour="3", minute="5"),
    },
    "subscriptions.provisioning.tasks.tell_everybody": {
        "task": "subscriptions.provisioning.tasks.tell_everybody",
        "schedule": crontab(minute="45"),
    },
    "subscriptions.provisioning.tasks.forget_attempts": {
        "task": "subscriptions.provisioning.tasks.forget_attempts",
        "schedule": crontab(hour="4", minute="15"),
    },
    "portal.webhooks.tasks.forget": {
        "task": "portal.webhooks.tasks.forget",
        "schedule": crontab(hour="4", minute="0"),
    },
    "billing.tasks.tell_thresholds": {
        "task": "billing.tasks.tell_thresholds",
        "schedule": crontab(minute="15"),
    },
    "billing.tasks.tell_coming_prices": {
        "task": "billing.tasks.tell_coming_prices",
        "schedule": crontab(hour="5", minute="40"),
    },
    "customers.tasks.forget_mail": {
        "task": "customers.tasks.forget_mail",
        "schedule": crontab(hour="2", minute="35"),
    },
    "portal.tasks.forget_visits": {
        "task": "portal.tasks.forget_visits",
        "schedule": crontab(hour="2", minute="55"),
    },
    "customers.tasks.forget_answers": {
        "task": "customers.tasks.forget_answers",
        "schedule": crontab(hour="2", minute="45"),
    },
    "customers.tasks.forget_sign_ups": {
        "task": "customers.tasks.forget_sign_ups",
        "schedule": crontab(hour="2", minute="50"),
    },
    "billing.metering.tasks.keep_partitions": {
        "task": "billing.metering.tasks.keep_partitions",
        "schedule": crontab(hour="2", minute="30"),
    },
    "billing.metering.tasks.tell_refused": {
        "task": "billing.metering.tasks.tell_refused",
        "schedule": crontab(minute="10"),
    },
    "billing.documents.tasks.tell_untold": {
        "task": "billing.documents.tasks.tell_untold",
        "schedule": crontab(minute="55"),
    },
    "billing.documents.tasks.take_up_overtaken": {
        "task": "billing.documents.tasks.take_up_overtaken",
        "schedule": crontab(hour="2", minute="40"),
    },
    "billing.tasks.check_invariants": {
        "task": "billing.tasks.check_invariants",
        "schedule": crontab(hour="3", minute="30"),
    },
}
