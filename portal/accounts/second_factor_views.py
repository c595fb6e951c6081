"""allauth's pages of the second factor, where ours do more than show another template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.http import HttpResponseRedirect
from django.urls import reverse

from portal.access import person_of
from portal.accounts import second_factor

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


class SecondFactorIndex(IndexView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        ways = found["authenticators"]
        app, codes = (
            ways.get(Authenticator.Type.TOTP),
            ways.get(Authenticator.Type.RECOVERY_CODES),
        )
        used = [each.instance.last_used_at for each in (app, codes) if each]
        return found | {
            "set_up_at": app.instance.created_at if app else None,
            "last_used_at": max(filter(None, used), default=None),
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
            "is_needed": second_factor.is_needed_by(person_of(self.request)),
        }


class ActivateSecondFactor(ActivateTOTPView):  # type: ignore[misc]
    """The code that sets it up is one that this session has shown; others have to sign in anew."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and second_factor.has_one(person_of(request)):
            return HttpResponseRedirect(reverse("mfa_index"))  # a second click, say
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return found | {"is_needed": second_factor.is_needed_by(person_of(self.request))}

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        person = person_of(self.request)
        record_authentication(
            self.request, person, "mfa", type=Authenticator.Type.TOTP, reauthenticated=True
        )
        end_other_sessions(self.request, person)
        return response


class DeactivateSecondFactor(DeactivateTOTPView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        return found | {"is_needed": second_factor.is_needed_by(person_of(self.request))}


index = SecondFactorIndex.as_view()
activate = ActivateSecondFactor.as_view()
deactivate = DeactivateSecondFactor.as_view()
