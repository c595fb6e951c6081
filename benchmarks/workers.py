"""Worker processes for a measurement: there already, with Django set up, when it begins."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

WORKERS = 2


def workers() -> ProcessPoolExecutor:
    pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=_set_up)
    list(pool.map(_warm_up, range(WORKERS)))
    return pool


def _set_up() -> None:
    import django

    django.setup()


def _warm_up(_number: int) -> None:
    from customers.models import Organisation

    Organisation.objects.count()
    time.sleep(0.5)  # so that each process takes one of these
