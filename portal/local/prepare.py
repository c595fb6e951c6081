"""What a portal needs before its first page: words, tables, the catalogue, demo customers.

Every step finds what is there already and does only the rest.
"""

from __future__ import annotations

import io
import sys

import django
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.local import demo_webhooks, licence_key, place, platform_credential, translations


def main() -> None:
    translations.compile_all()
    licence_key.make()
    django.setup()
    call_command("check", stdout=io.StringIO())
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_catalogue", verbosity=0)
    if not _has_customers():
        place.say("Loading the demo customers …")
        call_command("load_demo")
    platform_credential.make()
    demo_webhooks.follow()


def _has_customers() -> bool:
    from customers.queries import has_customers  # models, once Django is set up

    return has_customers()


if __name__ == "__main__":
    try:
        main()
    except (CommandError, translations.NotCompiled) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
