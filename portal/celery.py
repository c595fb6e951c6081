"""The worker and its schedule.

Rows are the truth and a message only wakes the worker: every entry of the schedule means "do
what is due and not done", so a tick lost or delivered twice changes nothing. Why:
docs/decisions/0049.
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
        "portal.answered",
        "portal.webhooks",
        "subscriptions.provisioning",
    ]
)

# How long a receiver waits at most for the first attempt to tell it what has happened.
WEBHOOK_SECONDS = min(settings.SCHEDULE_SECONDS, 5)

EVERY_TICK = (
    "portal.tasks.beat",
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
EVERY_HOUR = {  # at this minute
    "billing.metering.tasks.tell_refused": 10,
    "billing.tasks.tell_thresholds": 15,
    "subscriptions.tasks.warn_of_ending_secrets": 20,
    "portal.tasks.tell_staff": 25,
    "subscriptions.tasks.follow_plans": 40,
    "subscriptions.tasks.sweep_tokens": 45,
    "subscriptions.provisioning.tasks.tell_everybody": 45,
    "billing.documents.tasks.tell_untold": 55,
}
EVERY_NIGHT = {  # at this hour and minute
    "billing.metering.tasks.keep_partitions": (2, 30),
    "billing.metering.tasks.forget_refused": (2, 32),
    "customers.tasks.forget_mail": (2, 35),
    "billing.documents.tasks.take_up_overtaken": (2, 40),
    "portal.answered.tasks.forget": (2, 45),
    "customers.tasks.forget_sign_ups": (2, 50),
    "portal.tasks.forget_visits": (2, 55),
    "subscriptions.provisioning.tasks.reconcile": (3, 5),
    "billing.tasks.check_invariants": (3, 30),
    "portal.webhooks.tasks.forget": (4, 0),
    "subscriptions.provisioning.tasks.forget_attempts": (4, 15),
    "billing.tasks.tell_coming_prices": (5, 40),
}

# When each is rung for, and for how many seconds its message is worth reading: until the next. A
# worker that was down finds one of each, not one for every time that was missed.
RINGS: dict[str, tuple[float | crontab, float]] = (
    dict.fromkeys(EVERY_TICK, (settings.SCHEDULE_SECONDS, settings.MESSAGE_SECONDS))
    | {"portal.webhooks.tasks.tell": (WEBHOOK_SECONDS, max(WEBHOOK_SECONDS, 10))}
    | {name: (crontab(minute=str(minute)), 60 * 60) for name, minute in EVERY_HOUR.items()}
    | {
        name: (crontab(hour=str(hour), minute=str(minute)), 24 * 60 * 60)
        for name, (hour, minute) in EVERY_NIGHT.items()
    }
)
app.conf.beat_schedule = {
    name: {"task": name, "schedule": schedule, "options": {"expires": seconds}}
    for name, (schedule, seconds) in RINGS.items()
}
