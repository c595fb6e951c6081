"""The test suite: real PostgreSQL and Redis, the clock can be moved."""

import os

from .base import *

SECRET_KEY = "for-tests-only-and-long-enough-for-every-check-of-django"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
CLOCK_CAN_MOVE = True
EXAMPLES_ARE_INVOICED = True
# Argon2 is slow by design; tests sign in often and keep nothing secret.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# Static files straight from where they are written; nothing needs to be collected for a test.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# Tests sign in more often than a person may; the test of the limits asks for them.
ACCOUNT_RATE_LIMITS = False
# Each test has rows of its own, and a transaction that takes them back.
METERING_MEMORY_SECONDS = 0
POLICIES_MEMORY_SECONDS = 0
# The private key of the test vectors in examples/, known to everybody.
LICENCE_SIGNING_KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
# Webhooks stay outside, unless a test says otherwise, to a worker that it starts for example.
WEBHOOKS_INTERNAL_NETWORKS = os.environ.get("WEBHOOKS_INTERNAL_NETWORKS", "").split()
