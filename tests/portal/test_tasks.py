from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session

from customers import clock
from portal import tasks

pytestmark = pytest.mark.django_db


def test_visits_that_are_over_are_forgotten() -> None:
    now = clock.now()
    for key, lasts in (("over", -1), ("goes-on", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=now + dt.timedelta(minutes=lasts)
        )

    tasks.forget_visits()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["goes-on"]
