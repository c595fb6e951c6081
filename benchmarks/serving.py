"""Settings of the server that is measured: as in production, with the door's twin beside it."""

from portal.settings.test import *

CLOCK_CAN_MOVE = False  # which would ask for the shift at every request
METERING_MEMORY_SECONDS = 5
POLICIES_MEMORY_SECONDS = 5
ROOT_URLCONF = "benchmarks.plain"
