"""For servers that speak only ASGI; pages are served by wsgi.py, which is ten times faster."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
application = get_asgi_application()
