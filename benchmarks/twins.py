"""Settings of the twins' server: production's own, without any address of the portal."""

from portal.settings.production import *

ROOT_URLCONF = "benchmarks.twin_urls"
# What `startproject` puts before every view, and WhiteNoise as in production (twin_wsgi.py).
MIDDLEWARE_OF_TWINS = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
