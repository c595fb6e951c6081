"""A bell for the workers. What is to be done is a row: without a broker the schedule finds it.

`robust`: what goes wrong after the commit cannot undo it, so it is logged and not raised.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction

from billing.tasks import work_on_preview, work_on_run
from billing.vies.tasks import ask_register


def wake_for_run(run_id: int) -> None:
    transaction.on_commit(partial(work_on_run.delay, run_id), robust=True)


def wake_for_preview(preview_id: int) -> None:
    transaction.on_commit(partial(work_on_preview.delay, preview_id), robust=True)


def wake_for_register() -> None:
    transaction.on_commit(ask_register.delay, robust=True)
