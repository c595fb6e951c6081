"""Settings of the server that is measured: production's own, with one more address to ask."""

from portal.settings.production import *

ROOT_URLCONF = "benchmarks.asked_urls"
