"""A developer's machine and the demo: like production, but local and with a movable clock."""

import os
import warnings

from django.core.exceptions import ImproperlyConfigured

from portal.local import addresses, licence_key
from portal.logs import logging_settings

# So that `manage.py` finds the services that `make run` started in another terminal.
os.environ.update({name: url for name, url in addresses.known().items() if url})

from .addresses import is_on_this_machine
from .base import *

# `manage.py` takes these settings unless told otherwise: a server's database is not for them,
# with a clock that can be moved and letters that go into a directory.
if not is_on_this_machine(DATABASE_URL):
    raise ImproperlyConfigured(
        "DATABASE_URL leads to another machine, and the settings for development are only for a"
        " database on this one. On a server: DJANGO_SETTINGS_MODULE=portal.settings.production."
    )

SECRET_KEY = os.environ.get("SECRET_KEY", "for-this-machine-only-and-never-for-a-server")
# Error pages with the source would break the portal's own rules; DEBUG=1 asks for them.
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
CLOCK_CAN_MOVE = True
EXAMPLES_ARE_INVOICED = True
# The demo's people sign in with a password alone; SECOND_FACTOR=1 is as strict as a server.
STAFF_NEED_SECOND_FACTOR = os.environ.get("SECOND_FACTOR") == "1"
CUSTOMERS_NEED_SECOND_FACTOR = STAFF_NEED_SECOND_FACTOR
# A receiver of one's own, to see webhooks come in: http://127.0.0.1:9000/
WEBHOOKS_INTERNAL_NETWORKS = ["127.0.0.0/8", "::1/128"]
LICENCE_SIGNING_KEY = os.environ.get("LICENCE_SIGNING_KEY") or licence_key.known()

MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": BASE_DIR / ".local" / "mail"},
    }
}

# Static files straight from where they are written.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

LOGGING = logging_settings(as_json=False)

# The demo may run as root, in a container for example; Celery need not say so in twelve lines.
warnings.filterwarnings("ignore", message=r"\s*You're running the worker with superuser")
