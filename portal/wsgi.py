"""The web server's way in."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
application = get_wsgi_application()
# Loaded objects live as long as the process; keeping the collector off them cuts p99 of a page.
gc.collect()
gc.freeze()
