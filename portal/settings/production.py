"""A server. Everything that differs per server comes from the environment.

Required is what REQUIRED names; docs/operating.md says what else there is, and compose.yaml hands
all of it on (tests/portal/settings/test_environment.py compares the three).
"""

import os

from django.core.exceptions import ImproperlyConfigured

from portal.logs import logging_settings

REQUIRED = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
    "PORTAL_ADDRESS",
    "MAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "ADVICE_ADDRESS",
)
if missing := [name for name in REQUIRED if not os.environ.get(name)]:
    raise ImproperlyConfigured(f"The environment does not say: {', '.join(missing)}.")

from .base import *  # noqa: E402
from .environment import number  # noqa: E402

SECRET_KEY = os.environ["SECRET_KEY"]
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()
ALLOWED_HOSTS = [host.strip() for host in os.environ["ALLOWED_HOSTS"].split(",")]

# TLS ends at the proxy. Without one (TRUSTED_PROXIES=0) nobody's word is taken for https.
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 1)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES  # whose address a rate limit counts
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [PORTAL_ADDRESS]
SECURE_SSL_REDIRECT = True
# Probes ask the process itself, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = number("HSTS_SECONDS", 365 * 24 * 60 * 60)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
STAFF_NEED_SECOND_FACTOR = True
CUSTOMERS_NEED_SECOND_FACTOR = True  # owners and billing contacts

# `__Host-`: the browser takes them over TLS only, from this host only.
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_SECURE = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING = logging_settings(as_json=True)
