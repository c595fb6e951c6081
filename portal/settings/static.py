"""For looking at the code alone: no database behind it, so that `make check` needs none."""

from .test import *

DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
