"""Django's admin with the portal's own site as `admin.site`.

In a module of its own: Django looks through `portal.apps` for the portal's one configuration.
"""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "portal.admin_site.PortalAdminSite"
