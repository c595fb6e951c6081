from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.operation_center.server import OperationCenter, Settings
from portal.operation_center.state import State

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

# Those of `manage.py load_demo` that run online.
DEMO_TENANTS = (
    "production/Cust24110",
    "production/Cust34506",
    "production/Cust18231",
    "production/Cust29377",
    "production/Cust30148",
    "production/Cust31902",
    "production/Cust32755",
    "sod/Cust26759",
)


class Command(BaseCommand):
    help = "A reference Operation Center, with the demo's tenants, that obeys the portal's facts."
    requires_system_checks = ()  # it opens neither the portal's database nor its broker

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8090)
        parser.add_argument("--state", type=Path, help="its SQLite file (default: below .local)")
        parser.add_argument("--portal", default="", help="where it tells of what happens")
        parser.add_argument(
            "--tenant",
            action="append",
            help="production/Cust12345; may be repeated. Default: those of the demo",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        secrets = settings.OPERATION_CENTER_SECRETS
        if not secrets:
            raise CommandError("OPERATION_CENTER_SECRET is not set: no fact could be believed.")
        path = options["state"] or settings.BASE_DIR / ".local" / "operation-center.sqlite3"
        path.parent.mkdir(parents=True, exist_ok=True)
        named = options["tenant"] or DEMO_TENANTS
        tenants = [tuple(each.split("/", 1)) for each in named]
        if any(len(each) != 2 for each in tenants):
            raise CommandError("a tenant is named like production/Cust12345")
        kept = State(path, tenants)
        center = OperationCenter(
            ("127.0.0.1", options["port"]),
            kept,
            Settings(
                secrets,
                options["portal"],
                settings.PLATFORM_SECRETS,
                settings.PLATFORM_CREDENTIAL,
                settings.DEMO_WEBHOOK_SECRETS,
            ),
        )
        # The supervisor asks with SIGTERM; Ctrl-C comes as KeyboardInterrupt already.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        self.stdout.write(f"The Operation Center is at {center.url}/")
        try:
            center.serve_forever()
        except KeyboardInterrupt:
            center.server_close()
            kept.close()
