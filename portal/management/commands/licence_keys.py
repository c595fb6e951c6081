from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from customers import clock
from subscriptions.licence_files import signing
from subscriptions.licence_files.queries import last_file_works_until


class Command(BaseCommand):
    help = "Lists the keys of licence files, and until when the last file of each works."

    def handle(self, *_args: Any, **_options: Any) -> None:
        published = signing.published_key_ids()
        works_until = last_file_works_until(clock.now())
        for key_id in dict.fromkeys([*published, *works_until]):
            standing = "published" if key_id in published else "withdrawn"
            until = works_until.get(key_id)
            last = f"its last file works until {until:%Y-%m-%d %H:%M} UTC" if until else "no file"
            self.stdout.write(f"{key_id}  {standing}: {last}")
