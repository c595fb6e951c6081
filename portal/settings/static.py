"""For looking at the code alone: a database nobody reaches, so that `make check` needs none."""

from .test import *

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": "1",
        "NAME": "unreachable",
        "CONN_MAX_AGE": None,
    }
}
