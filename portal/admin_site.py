"""Django's admin as the vendor's staff use it: to look things up, signed in as everywhere else."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PortalAdminSite(admin.AdminSite):
    """`admin.site`: for staff alone, 404 for everybody else, no sign-in page of its own."""

    site_title = _("Administration")
    site_header = _("Administration")
    index_title = _("Look things up")
    site_url = "/backoffice/"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def for_staff(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                return self.login(request)
            return guarded(request, *args, **kwargs)

        return for_staff

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        """The portal's own sign-in, and for somebody signed in who is no staff: nothing here."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path())

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002
        return redirect("account_change_password")
