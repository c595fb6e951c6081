"""The yardsticks, and every address of the portal."""

from benchmarks.asked import urlpatterns as yardsticks
from portal.urls import urlpatterns as of_portal

urlpatterns = [*yardsticks, *of_portal]
