from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from subscriptions.licence_files import signing


class Command(BaseCommand):
    help = "Makes a key for licence files and prints both halves; keeps neither."
    # What is there may be no key yet, which a check would refuse.
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        private = signing.new_private_key()
        public = signing.public_half(private)
        self.stdout.write(f"Key {signing.key_id_of(public)}. Publish it some days before it signs:")
        self.stdout.write(f"LICENCE_PUBLISHED_KEYS={signing.encode(public)}")
        self.stdout.write("Then let it sign. Keep this half secret:")
        self.stdout.write(f"LICENCE_SIGNING_KEY={private}")
