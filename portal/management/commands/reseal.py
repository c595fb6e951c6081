from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.operations.resealing import reseal_second_factors
from portal.accounts import second_factor
from portal.webhooks.operations.resealing import reseal_secrets


class Command(BaseCommand):
    help = (
        "Seals what is kept sealed in rows (secrets of webhooks, second factors) with the present "
        "SECRET_KEY. After it SECRET_KEY_FALLBACKS is needed for nothing that is kept. It may be "
        "stopped and run again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        done = {
            "secrets of webhooks": reseal_secrets(),
            "second factors": reseal_second_factors(second_factor.SEALS.renewed),
        }
        for name, each in done.items():
            self.stdout.write(f"{name}: {each.renewed} of {each.rows} sealed anew")
        if lost := {name: each.lost for name, each in done.items() if each.lost}:
            ids = "; ".join(f"{name} {lost[name]}" for name in lost)
            raise CommandError(f"No key opens these: {ids}.")
