"""The twins' way in: they send as the portal does, and go through none of its own middleware."""

import django
from django.conf import settings

from benchmarks.twins import MIDDLEWARE_OF_TWINS

django.setup()
# Only now: allauth, whose tables the portal has, starts with its own among them and not without.
settings.MIDDLEWARE = MIDDLEWARE_OF_TWINS

from portal.wsgi import application  # noqa: E402, F401
