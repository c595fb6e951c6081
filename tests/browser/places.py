"""Every page there is, in the demo: who looks at it, and where it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.urls import get_resolver, reverse

from billing.documents.models import Rendering
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes
from catalog.models import Seller
from customers.models import (
    AdviceQuestion,
    Membership,
    Organisation,
    OrganisationToken,
    OutgoingMail,
    PartnerAccess,
    Role,
    Tenant,
    TokenScope,
)
from customers.operations import tokens
from customers.operations.advice import answer_advice, ask_for_advice
from customers.operations.mail import queue_mail
from customers.operations.people import invite
from portal.demo import people
from portal.demo.demo import load_demo
from portal.pages.presenters.reference import reference
from subscriptions.applications import contacts
from subscriptions.applications.models import Application, Authorisation, ContactAddress
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations.price_changes import announce
from subscriptions.price_queries import newer_prices
from tests.browser.place import TODAY, Place, person_of
from tests.browser.places_of_developers import WITHOUT_A_PAGE_FOR_DEVELOPERS, developer_pages
from tests.browser.places_of_staff import backoffice_pages
from tests.browser.places_of_usage import pages_of_usage
from tests.browser.places_of_webhooks import webhook_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.demo.people import DemoSignIn


# Routes that only take a POST, answer with a part of a page, or send elsewhere.
WITHOUT_A_PAGE = WITHOUT_A_PAGE_FOR_DEVELOPERS | {
    "home",
    "account_set_password",  # everybody has one
    "account_confirm_login_code",  # nobody signs in by code
    "healthz",
    "set_language",
    "set_theme",
    "pages:subscription_withdraw",
    "pages:subscription_withdraw_cancellation",
    "pages:withdraw_invitation",
    "mfa_authenticate",  # in the midst of signing in: test_second_factor.py
    "mfa_download_recovery_codes",
    "backoffice:withdraw_invitation",
    "backoffice:send_new_link",
    "backoffice:change_tenant_state",
    "backoffice:end_colleague",
    "backoffice:suspend",
    "backoffice:resume",
    "backoffice:confirm_order",
    "backoffice:reject_order",
    "backoffice:withdraw_order",
    "backoffice:withdraw_cancellation",
    "backoffice:bring_forward",
    "backoffice:grant",
    "backoffice:deny",
    "backoffice:revoke",
    "backoffice:block_application",
    "backoffice:unblock_application",
    "backoffice:answer",
    "backoffice:release_hold",
    "backoffice:ask_register",
    "backoffice:ask_for_preview",
    "backoffice:preview_progress",
    "backoffice:start_run",
    "backoffice:run_progress",
    "backoffice:approve_run",
    "backoffice:close_run",
    "backoffice:review_item",
    "backoffice:explain_item",
    "backoffice:retry_all",
    "backoffice:retry_one",
    "backoffice:retry_documents",
    "backoffice:carry_again",
    "backoffice:retry_all_documents",
    "backoffice:carry_all_again",
    "backoffice:send_again",
    "backoffice:check_again",
    "backoffice:platform_retry",
    "backoffice:platform_compare",
    "backoffice:platform_replay",
    "backoffice:withdraw_price",
    "backoffice:withdraw_new_price",
    "backoffice:look_at_refused_usage",
    "backoffice:approve_credit",
    "backoffice:reject_credit",
    "backoffice:invoice_document",
    "backoffice:invoice_translation",
    "pages:invoice_document",
    "pages:invoice_translation",
    "pages:make_licence_file",
    "pages:licence_file",
    "licence_keys",
    "oauth_metadata",
    "pages:authorisation_end",
    "pages:webhook_enable",
    "pages:webhook_disable",
    "pages:webhook_test",
    "pages:webhook_replay",
    "pages:webhook_replay_since",
    "pages:api_document",
}


def set_stage() -> list[Place]:
    """Load the demo, add what is too rare for it, and say where everything is."""
    load_demo(at=TODAY)
    owner = person_of(people.OWNER)
    dutch = Organisation.objects.get(memberships__person=owner)
    answered = ask_for_advice(
        dutch, about="scim", question="Werkt dit met onze eigen IdP?", by=owner, at=TODAY
    )
    answer_advice(answered, answer="Ja.", by=person_of(people.SALES), at=TODAY)
    failing = queue_mail(to="nobody@waterlelie.example", subject="Welkom", body="…", at=TODAY)
    OutgoingMail.objects.filter(pk=failing.pk).update(
        attempts=6, last_error="550 no such user", next_attempt_at=None
    )
    [tools, *_others] = newer_prices(TODAY)
    announce(
        tools.price,
        effective_on=dt.date(2027, 2, 1),
        by=person_of(people.SALES),
        at=TODAY,
    )
    held = Rendering.objects.filter(invoice__organisation__country="NO").order_by("pk")[0]
    Rendering.objects.filter(pk=held.pk).update(
        status="held", cause="BR-DE-8", detail="ubl: [BR-DE-8] BT-52 must be there."
    )
    _invitation, token = invite(
        dutch, email="noor@waterlelie.example", role=Role.DEVELOPER, by=owner, at=TODAY
    )
    _credit(dutch)
    tokens.issue(
        dutch,
        name="Webshop",
        scopes=[TokenScope.TENANTS_READ, TokenScope.SUBSCRIPTIONS_WRITE],
        expires_at=TODAY + dt.timedelta(days=90),
        by=owner,
        at=TODAY,
    )
    places = [
        *_entrance(token),
        *_customer_pages(dutch),
        *_order_pages(dutch),
        *_people_pages(dutch),
        *webhook_pages(dutch),
        *backoffice_pages(dutch),
        *developer_pages(dutch),
        *_admin_pages(dutch),
        *_errors(dutch),
    ]
    return list({place.name: place for place in places}.values())  # one of each kind will do


def _credit(organisation: Organisation) -> None:
    """Something of its first invoice was given back; all that is left waits for a second."""
    part = credit_notes.Choice(CreditProposal.Scope.PART, net=Decimal("12.50"))
    whole = credit_notes.Choice(CreditProposal.Scope.WHOLE)
    for choice, limit in ((part, 1000), (whole, 0)):
        Seller.objects.update(credit_alone_up_to=limit)
        invoice = Invoice.objects.of(organisation).order_by("pk")[0]
        credit_notes.request_credit(
            invoice,
            choice,
            reason="Twee dagen storing",
            confirmed=credit_notes.preview(invoice, choice).invoice.gross,
            by=person_of(people.BILLING),
            at=TODAY,
        )


def routes_with_a_page() -> set[str]:
    """The routes of our own that must be in the list: every one but those named above."""
    return set(_routes()) - WITHOUT_A_PAGE


def _routes() -> Iterator[str]:
    resolver = get_resolver()
    yield from (name for name in resolver.reverse_dict if isinstance(name, str))
    for namespace in ("pages", "backoffice"):
        inner = resolver.namespace_dict[namespace][1]
        yield from (f"{namespace}:{n}" for n in inner.reverse_dict if isinstance(n, str))


def _entrance(token: str) -> Iterator[Place]:
    """Before and around having an account."""
    yield Place("account_login", reverse("account_login"))
    yield Place("account_signup closed", reverse("account_signup"))
    yield Place("account_reset_password", reverse("account_reset_password"))
    yield Place("account_reset_password_done", reverse("account_reset_password_done"))
    yield Place("account_reset_password_from_key", _reset_address(people.READER))
    yield Place("account_reset_password_from_key used", "/accounts/password/reset/key/1-x/")
    yield Place("account_reset_password_from_key_done", "/accounts/password/reset/key/done/")
    yield Place("account_inactive", reverse("account_inactive"))
    yield Place("account_email_verification_sent", reverse("account_email_verification_sent"))
    yield Place("account_confirm_email unknown", reverse("account_confirm_email", args=["x"]))
    yield Place("pages:api_reference", reverse("pages:api_reference"))
    for subject in reference().subjects:
        yield Place(f"pages:api_noun {subject.id}", reverse("pages:api_noun", args=[subject.id]))
    yield Place("pages:api_problems", reverse("pages:api_problems"))
    yield Place("invitation", reverse("invitation", args=[token]))
    yield Place("account_signup invited", reverse("account_signup"))
    maker = Application.objects.order_by("pk")[0].owner
    asked = ContactAddress.objects.create(owner=maker, address="errors@example.com", asked_at=TODAY)
    yield Place("contact_address", reverse("contact_address", args=[contacts.token_of(asked)]))
    yield Place("contact_address unknown", reverse("contact_address", args=["x"]), status=410)
    yield Place("invitation unknown", reverse("invitation", args=["x"]), status=410)
    for name in (
        "account_change_password",
        "account_email",
        "account_reauthenticate",
        "change_name",
    ):
        yield Place(name, reverse(name), people.OWNER)
    yield Place("account_logout", reverse("account_logout"), people.OWNER)
    for name in ("mfa_index", "mfa_activate_totp", "usersessions_list"):
        yield Place(name, reverse(name), people.OWNER)
    for name in (
        "mfa_index on",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_reauthenticate",
    ):
        yield Place(name, reverse(name.removesuffix(" on")), people.CAREFUL)


def _customer_pages(dutch: Organisation) -> Iterator[Place]:
    def place(name: str, *args: object, query: str = "", who: DemoSignIn = people.OWNER) -> Place:
        route = name.partition(" ")[0]
        path = reverse(f"pages:{route}", args=[dutch.pk, *args])
        return Place(f"pages:{name}", path + query, who)

    chooser = reverse("pages:organisation_chooser")
    yield Place("pages:organisation_chooser", chooser, people.CONSULTANT)
    yield Place("pages:organisation_chooser of staff", chooser, people.SALES)
    yield place("overview")
    yield place("overview of a reader", who=people.READER)
    yield place("overview of a partner", who=people.CONSULTANT)
    yield place("catalogue")
    for code in _product_codes():
        yield place(f"product {code}", code)
    tenant = Tenant.objects.get(identifier="Cust24110")
    yield place("advisor")
    yield place(
        "advisor answered",
        query=f"?scenario=activate_custom_application&tenant={tenant.pk}",
    )
    yield place("advice_list")
    yield place("advice_ask", query="?product=scim")
    for question in AdviceQuestion.objects.filter(organisation=dutch):
        yield place(f"advice_detail {'answered' if question.answer else 'open'}", question.pk)
    yield place("tenant_list")
    for tenant in Tenant.objects.filter(organisation=dutch):
        yield place(f"tenant_detail {tenant.deployment} {tenant.kind}", tenant.pk)
    yield place("activity")
    yield place("application_list")
    yield place("application_list nothing found", query="?status=revoked")
    yield from _offer_pages(dutch)
    yield place("application_register", who=people.DEVELOPER)
    application = Application.objects.get(name="Weegbrugkoppeling")
    yield place("application_detail", application.pk)
    yield place("authorisation_request", application.pk)
    for authorisation in Authorisation.objects.filter(tenant__organisation=dutch):
        name = f"authorisation_detail {authorisation.status}"
        yield place(f"{name} {authorisation.application.kind}", authorisation.pk)
    yield place("authorisation_detail of a partner", authorisation.pk, who=people.CONSULTANT)
    yield place("invoice_list", who=people.BILLING_CONTACT)
    yield place("invoice_list nothing found", query="?year=1999")
    for invoice in Invoice.objects.filter(organisation=dutch):
        yield place(f"invoice_detail {invoice.kind}", invoice.pk)
        for line in invoice.lines.filter(why__isnull=False)[:1]:
            yield place(f"invoice_line {line.kind}", invoice.pk, line.pk)
    yield from pages_of_usage(dutch)


def _offer_pages(dutch: Organisation) -> Iterator[Place]:
    survey = Application.objects.get(name="Klantonderzoek")
    online, on_premise = (
        Tenant.objects.filter(organisation=dutch, deployment=deployment).order_by("pk")[0]
        for deployment in ("online", "on_premise")
    )
    for name, who, query, *args in (
        ("offer_list", people.OWNER, ""),
        ("offer_list nothing found", people.OWNER, "?q=unheard-of"),
        ("offer_detail", people.OWNER, "", survey.pk),
        ("offer_detail of a reader", people.READER, "", survey.pk),
        ("offer_consent", people.OWNER, "", survey.pk, online.pk),
        ("offer_consent refused", people.OWNER, "", survey.pk, on_premise.pk),
    ):
        route = name.partition(" ")[0]
        path = reverse(f"pages:{route}", args=[dutch.pk, *args])
        yield Place(f"pages:{name}", path + query, who)


def _order_pages(dutch: Organisation) -> Iterator[Place]:
    def place(name: str, *args: object, query: str = "", status: int = 200) -> Place:
        route = name.partition(" ")[0]
        path = reverse(f"pages:{route}", args=[dutch.pk, *args])
        return Place(f"pages:{name}", path + query, people.OWNER, status)

    sandbox, sod = (Tenant.objects.get(identifier=i) for i in ("Cust34506", "Cust26759"))
    for code in _product_codes():
        yield place(f"subscribe {code}", code)
    yield place("subscribe_review", "development-tools", query=f"?tenant={sandbox.pk}")
    refused = f"?tenant={sod.pk}"
    yield place("subscribe_review refused", "development-tools", query=refused, status=422)
    yield place("subscription_list")
    yield place("subscription_list nothing found", query="?status=rejected")
    for subscription in Subscription.objects.filter(organisation=dutch).select_related("product"):
        code = subscription.product.code
        status = "cancelled" if subscription.ends_at else subscription.status
        if subscription.status == Status.ENDED:
            status = "ended"
        yield place(f"subscription_detail {code} {status}", subscription.pk)
        if subscription.status == Status.ACTIVE:
            yield place(f"subscription_cancel {code} {status}", subscription.pk)
            yield place(
                f"subscription_cancel {code} {status} now", subscription.pk, query="?when=now"
            )
            yield place("subscribe_done", code, subscription.pk)
        if code.startswith("sandbox"):
            yield place("subscription_quantities", subscription.pk)


def _people_pages(dutch: Organisation) -> Iterator[Place]:
    reader = Membership.objects.get(organisation=dutch, person__email=people.READER.email)
    access = PartnerAccess.objects.get(customer=dutch)
    for name, *args in (
        ("organisation",),
        ("change_organisation",),
        ("people",),
        ("invite",),
        ("change_role", reader.pk),
        ("remove_member", reader.pk),
        ("grant_partner_access",),
        ("withdraw_partner_access", access.pk),
        ("token_list",),
        ("token_make",),
        ("token_revoke", OrganisationToken.objects.get(organisation=dutch, name="Webshop").pk),
    ):
        path = reverse(f"pages:{name}", args=[dutch.pk, *args])
        yield Place(f"pages:{name}", path, people.OWNER)


def _admin_pages(dutch: Organisation) -> Iterator[Place]:
    """The administration is Django's own; a list, a form and its front tell about the rest."""
    for name, *args in (
        ("index",),
        ("customers_organisation_changelist",),
        ("customers_organisation_change", dutch.pk),
        ("customers_person_change", person_of(people.OWNER).pk),
        ("billing_invoice_changelist",),
    ):
        yield Place(f"admin:{name}", reverse(f"admin:{name}", args=args), people.OPERATIONS)


def _errors(dutch: Organisation) -> Iterator[Place]:
    yield Place("404", "/nothing-here/", people.OWNER, status=404)
    yield Place("404 before the door", "/nothing-here/", status=404)
    invoices = reverse("pages:invoice_list", args=[dutch.pk])
    yield Place("403", invoices, people.READER, status=403)


def _product_codes() -> list[str]:
    from catalog.models import Product

    ordered = Product.objects.exclude(kind="metered").order_by("position")
    return list(ordered.values_list("code", flat=True))


def _reset_address(sign_in: DemoSignIn) -> str:
    person = person_of(sign_in)
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    return f"/accounts/password/reset/key/{user_pk_to_url_str(person)}-{token}/"
