"""A developer's machine and the demo: everything local, the clock can be moved."""

import os

from .base import *  # noqa: F403

SECRET_KEY = os.environ.get("SECRET_KEY", "for-this-machine-only-and-never-for-a-server")
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
CLOCK_CAN_MOVE = True
