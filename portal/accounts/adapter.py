"""How allauth behaves here: accounts by invitation or as a developer, and where one lands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import ratelimit
from django.contrib import messages
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from customers import account_addresses, clock
from customers.operations import people, sign_ups
from customers.operations.mail import queue_mail
from customers.tasks import deliver_mail
from portal.access import person_of
from portal.accounts import developers, invited, password_here, second_factor
from portal.accounts.landing import landing_address, overview_address
from portal.accounts.language import remember_language

if TYPE_CHECKING:
    from allauth.account.models import EmailAddress
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest, HttpResponse

    from customers.models import Person


class PortalAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Who came with a link that can still be accepted, or by the door for developers."""
        return invited.invitation_of(request) is not None or developers.is_one(request)

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """The link came by mail, so whoever has it reads the mail of the invited address."""
        invitation = invited.invitation_of(request)
        return invitation is not None and invitation.email == email.lower()

    def clean_email(self, email: str) -> str:
        return str(super().clean_email(email)).lower()

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """With it, and not before, a developer's organisation comes into being.

        The first time, in another browser than the password was typed in, that password counts no
        more: perhaps a stranger signed up with this address.
        """
        person = email_address.user
        is_first = not account_addresses.has_confirmed_address(person)
        with transaction.atomic():
            is_confirmed = bool(super().confirm_email(request, email_address))
            if is_confirmed:
                if is_first and not password_here.was_typed(request, person):
                    sign_ups.forget_password(person)
                sign_ups.confirm(person, at=clock.now())
        return is_confirmed

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Whose account has no password after that chooses one at once."""
        person = email_address.user
        if self.request.user.is_authenticated or person.has_usable_password():
            return str(super().get_email_verification_redirect_url(email_address))
        sentence = _(
            "You signed up in another browser or on another device, and anybody could have done "
            "that with your address. So choose your password here; the one typed there no longer "
            "counts. It may be the same one."
        )
        messages.info(self.request, sentence)
        key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
        return str(self.get_reset_password_from_key_url(key))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As a row like every other letter, in the reader's language; the worker is told at once.

        A mail server that is down, or hangs, neither loses the letter nor holds up the page.
        """
        reader: Person | None = context.get("user") or account_addresses.account_of(email)
        language = reader.language if reader else translation.get_language()
        with translation.override(language):
            message = self.render_mail(
                template_prefix, email, {"email": email, "user": reader, **context}
            )
        queue_mail(
            to=email,
            subject=message.subject,
            body=message.body,
            carries_secret=True,
            at=clock.now(),
        )
        transaction.on_commit(deliver_mail.delay, robust=True)

    def send_password_reset_mail(
        self, user: AbstractBaseUser, email: str, context: dict[str, Any]
    ) -> None:
        if self._may_write(email):
            super().send_password_reset_mail(user, email, context)

    def send_account_already_exists_mail(self, email: str) -> None:
        if self._may_write(email):
            super().send_account_already_exists_mail(email)

    def _may_write(self, email: str) -> bool:
        """Whether nobody has had us write too often there today; the page is the same if so.

        What was written before holds good links.
        """
        address = email.lower()
        return bool(ratelimit.consume(self.request, action="letter_of_an_account", key=address))

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Not of who has just signed in: that is as good as saying it once more."""
        is_required = bool(super().is_reauthentication_required(app=app, **more))
        return is_required and not second_factor.signed_in_recently(self.request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return landing_address(person_of(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return landing_address(person_of(request))

    def pre_login(
        self, request: HttpRequest, user: AbstractBaseUser, **how: Any
    ) -> HttpResponse | None:
        """Whoever comes here has typed the password, or has just chosen it by signing up."""
        password_here.remember(request, cast("Person", user))
        return cast("HttpResponse | None", super().pre_login(request, user, **how))

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **how: Any) -> HttpResponse:
        """Accept the invitation the person came with, and speak their language from now on."""
        person = cast("Person", user)
        with translation.override(person.language):  # the next page greets them in it
            how["redirect_url"] = _accept(request, person) or how.get("redirect_url")
            response = cast("HttpResponse", super().post_login(request, user, **how))
        remember_language(response, person.language)
        return response


def _accept(request: HttpRequest, person: Person) -> str | None:
    """The overview of the organisation just joined; None when nobody invited this person."""
    token = invited.forget(request)
    if token is None:
        return None
    try:
        membership = people.accept_invitation(token, person=person, at=clock.now())
    except people.InvitationUnusable as refusal:
        messages.warning(request, str(refusal))
        return None
    return overview_address(membership.organisation)
