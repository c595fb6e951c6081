"""Settings of the server that is asked what may be used: as in production, with its yardsticks."""

from portal.settings.test import *

CLOCK_CAN_MOVE = False  # which would ask for the shift at every request
ROOT_URLCONF = "benchmarks.asked_urls"
