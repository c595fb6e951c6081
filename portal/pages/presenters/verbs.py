"""A sentence, a symbol and a kind for every verb that operations write into the history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise


class Kind(StrEnum):
    """What the activity page can be narrowed to."""

    SUBSCRIPTIONS = "subscriptions"
    APPLICATIONS = "applications"
    TENANTS = "tenants"
    INVOICES = "invoices"
    USAGE = "usage"
    ADVICE = "advice"
    PEOPLE = "people"
    ORGANISATION = "organisation"


KIND_LABELS: Mapping[Kind, str | Promise] = {
    Kind.SUBSCRIPTIONS: _("Subscriptions"),
    Kind.APPLICATIONS: _("Applications"),
    Kind.TENANTS: _("Tenants"),
    Kind.INVOICES: _("Invoices"),
    Kind.USAGE: _("Usage"),
    Kind.ADVICE: _("Advice"),
    Kind.PEOPLE: _("People"),
    Kind.ORGANISATION: _("Organisation"),
}


@dataclass(frozen=True)
class Words:
    sentence: str | Promise
    icon: str
    tone: str
    kind: Kind


_S, _A, _T = Kind.SUBSCRIPTIONS, Kind.APPLICATIONS, Kind.TENANTS
_P, _O, _Q = Kind.PEOPLE, Kind.ORGANISATION, Kind.ADVICE

# %(product)s and %(application)s say on which tenant, where there is one.
WORDS: Mapping[str, Words] = {
    "licencefile.issued": Words(_("Licence file %(number)s made"), "key-round", "ok", _T),
    "subscription.requested": Words(_("%(product)s ordered"), "shopping-cart", "info", _S),
    "subscription.started": Words(_("%(product)s started"), "circle-play", "ok", _S),
    "subscription.rejected": Words(_("Order of %(product)s rejected"), "circle-x", "bad", _S),
    "subscription.withdrawn": Words(_("Order of %(product)s withdrawn"), "undo-2", "neutral", _S),
    "subscription.quantity_changed": Words(
        _("Number of users of %(product)s changed"), "users", "info", _S
    ),
    "subscription.cancelled": Words(
        _("%(product)s cancelled; it ends on %(ends_at)s"), "calendar-clock", "warn", _S
    ),
    "subscription.cancellation_withdrawn": Words(
        _("Cancellation of %(product)s withdrawn"), "undo-2", "ok", _S
    ),
    "subscription.ended": Words(_("%(product)s ended"), "power", "neutral", _S),
    "subscription.suspended": Words(_("%(product)s suspended"), "circle-pause", "bad", _S),
    "subscription.resumed": Words(_("%(product)s works again"), "circle-play", "ok", _S),
    "subscription.price_announced": Words(
        _("Another price of %(product)s from %(effective_on)s"), "banknote", "warn", _S
    ),
    "subscription.price_announcement_withdrawn": Words(
        _("The price of %(product)s stays as it is"), "undo-2", "ok", _S
    ),
    "application.registered": Words(
        _("Application %(application)s registered"), "code", "info", _A
    ),
    "application.changed": Words(_("Details of %(application)s changed"), "pencil", "info", _A),
    "application.version_started": Words(
        _("Version %(version)s of %(application)s started"), "pencil", "info", _A
    ),
    "application.version_changed": Words(
        _("Version %(version)s of %(application)s changed"), "pencil", "info", _A
    ),
    "application.version_submitted": Words(
        _("Asked to publish version %(version)s of %(application)s: %(environment)s"),
        "hourglass",
        "info",
        _A,
    ),
    "application.version_published": Words(
        _("Version %(version)s of %(application)s published: %(environment)s"),
        "circle-check",
        "ok",
        _A,
    ),
    "application.version_rejected": Words(
        _("Version %(version)s of %(application)s rejected: %(environment)s"), "circle-x", "bad", _A
    ),
    "application.credential_made": Words(
        _("Credential of %(application)s made: %(environment)s"), "key-round", "info", _A
    ),
    "application.secret_rotated": Words(
        _("%(application)s has a new secret: %(environment)s"), "refresh-cw", "info", _A
    ),
    "application.secret_ended": Words(
        _("Old secret of %(application)s ended: %(environment)s"), "lock", "neutral", _A
    ),
    "application.credential_revoked": Words(
        _("Credential of %(application)s revoked: %(environment)s"), "ban", "bad", _A
    ),
    "application.secret_maker_left": Words(
        _("%(maker)s no longer has access; a secret of %(application)s that they made still works"),
        "key-round",
        "warn",
        _A,
    ),
    "application.secret_maker_may_less": Words(
        _("%(maker)s has another role; a secret of %(application)s that they made still works"),
        "key-round",
        "warn",
        _A,
    ),
    "application.blocked": Words(_("%(application)s blocked by us"), "ban", "bad", _A),
    "application.unblocked": Words(_("%(application)s no longer blocked"), "refresh-cw", "ok", _A),
    "authorisation.requested": Words(
        _("Authorisation of %(application)s requested"), "hourglass", "info", _A
    ),
    "authorisation.approved": Words(_("%(application)s approved"), "shield-check", "ok", _A),
    "authorisation.confirmed": Words(
        _("%(application)s confirmed; the app manager is next"), "file-check", "info", _A
    ),
    "authorisation.granted": Words(
        _("%(application)s authorised by the app manager"), "shield-check", "ok", _A
    ),
    "authorisation.denied": Words(_("%(application)s denied"), "circle-x", "bad", _A),
    "authorisation.revoked": Words(_("Authorisation of %(application)s revoked"), "ban", "bad", _A),
    "authorisation.expired": Words(
        _("The time of %(application)s is over"), "calendar-clock", "warn", _A
    ),
    "authorisation.valid_until_changed": Words(
        _("Until when %(application)s is let in has changed"), "calendar-clock", "info", _A
    ),
    "authorisation.reapproval_needed": Words(
        _("%(application)s can do more and needs approval again"), "lock", "warn", _A
    ),
    "authorisation.reapproval_withdrawn": Words(
        _("%(application)s needs no new approval any more"), "shield-check", "ok", _A
    ),
    "authorisation.suspended": Words(
        _("%(application)s does not work for the time being"), "circle-pause", "warn", _A
    ),
    "authorisation.resumed": Words(_("%(application)s works again"), "circle-play", "ok", _A),
    "authorisation.blocked": Words(_("%(application)s blocked by us"), "ban", "bad", _A),
    "authorisation.unblocked": Words(
        _("%(application)s no longer blocked"), "refresh-cw", "ok", _A
    ),
    "authorisation.scopes_asked": Words(
        _("%(application)s asks to do more"), "hourglass", "warn", _A
    ),
    "authorisation.scopes_agreed": Words(
        _("%(application)s may do more"), "shield-check", "ok", _A
    ),
    "authorisation.deactivated": Words(_("%(application)s deactivated"), "ban", "bad", _A),
    "authorisation.restored": Words(_("%(application)s active again"), "refresh-cw", "ok", _A),
    "authorisation.consent_needed": Words(
        _("%(application)s asks for consent again"), "hourglass", "warn", _A
    ),
    "development_tenant.requested": Words(
        _("Development tenant requested"), "hourglass", "info", _T
    ),
    "development_tenant.granted": Words(_("Development tenant granted"), "server", "ok", _T),
    "development_tenant.rejected": Words(
        _("Development tenant not granted"), "circle-x", "bad", _T
    ),
    "tenant.registered": Words(_("Tenant %(tenant)s registered"), "server", "info", _T),
    "tenant.state_changed": Words(
        _("State of %(tenant)s: from “%(from)s” to “%(to)s”"), "activity", "info", _T
    ),
    "tenant.facts_sent_again": Words(
        _("The platform is told again what %(tenant)s has"), "repeat", "info", _T
    ),
    "tenant.facts_said_anew": Words(
        _("The platform is told anew what %(tenant)s has"), "repeat", "info", _T
    ),
    "tenant.renamed": Words(_("%(from)s is now called %(to)s"), "pencil", "info", _T),
    "tenant.upgraded": Words(
        _("%(tenant)s upgraded from %(from)s to %(to)s"), "arrow-up-right", "info", _T
    ),
    "tenant.moved": Words(_("%(tenant)s moved by the platform"), "server", "info", _T),
    "tenant.backup_restored": Words(
        _("%(tenant)s replaced by a backup or a copy"), "history", "warn", _T
    ),
    "tenant.plan_changed": Words(_("CRM Suite plan of %(tenant)s changed"), "layers", "info", _T),
    "tenant.identity_corrected": Words(
        _("%(tenant)s is known as %(to)s, not as %(from)s"), "pencil", "info", _T
    ),
    "tenant.user_plans_changed": Words(_("Users of %(tenant)s changed"), "users", "info", _T),
    "membership.added": Words(_("%(person)s joined as: %(role)s"), "user-plus", "info", _P),
    "membership.role_changed": Words(
        _("Role of %(person)s changed from %(from)s to %(to)s"), "user", "info", _P
    ),
    "membership.removed": Words(_("%(person)s no longer has access"), "user", "warn", _P),
    "person.second_factor_reset": Words(
        _("Second factor of %(person)s taken away"), "shield-check", "warn", _P
    ),
    "person.account_shut": Words(_("Account of %(person)s shut"), "lock", "warn", _P),
    "person.account_opened": Words(_("Account of %(person)s opened again"), "user", "info", _P),
    "invitation.sent": Words(_("%(email)s invited as: %(role)s"), "mail", "info", _P),
    "invitation.accepted": Words(
        _("%(email)s accepted the invitation, as: %(role)s"), "user-plus", "ok", _P
    ),
    "invitation.withdrawn": Words(_("Invitation of %(email)s withdrawn"), "undo-2", "neutral", _P),
    "invitation.sender_left": Words(
        _("%(sender)s no longer has access; their invitation of %(email)s is withdrawn"),
        "undo-2",
        "warn",
        _P,
    ),
    "invitation.sender_may_less": Words(
        _("%(sender)s has another role; their invitation of %(email)s is withdrawn"),
        "undo-2",
        "warn",
        _P,
    ),
    "partner_access.granted": Words(
        _("Partner %(partner)s may act for you"), "hand-coins", "info", _P
    ),
    "partner_access.withdrawn": Words(
        _("Partner %(partner)s may no longer act for you"), "lock", "warn", _P
    ),
    "organisationtoken.made": Words(_("API token %(token)s made"), "key-round", "info", _O),
    "organisationtoken.maker_left": Words(
        _("%(maker)s no longer has access; API token %(token)s still works"),
        "key-round",
        "warn",
        _O,
    ),
    "organisationtoken.maker_may_less": Words(
        _("%(maker)s has another role; API token %(token)s may do more"), "key-round", "warn", _O
    ),
    "organisationtoken.revoked": Words(_("API token %(token)s revoked"), "ban", "warn", _O),
    "organisation.created": Words(_("Organisation registered"), "building", "info", _O),
    "organisation.partner_changed": Words(
        _("Another partner gives advice"), "life-buoy", "info", _O
    ),
    "organisation.billing_details_changed": Words(
        _("Billing details changed"), "pencil", "info", _O
    ),
    "organisation.contact_changed": Words(
        _("Language of letters or representative changed"), "pencil", "info", _O
    ),
    "organisation.vat_number_confirmed": Words(
        _("VIES confirms VAT number %(number)s"), "circle-check", "ok", _O
    ),
    "organisation.vat_number_refused": Words(
        _("VIES says that VAT number %(number)s is not valid"), "circle-x", "warn", _O
    ),
    "webhook.added": Words(_("Webhook to %(address)s added"), "webhook", "info", _O),
    "webhook.changed": Words(_("Webhook to %(address)s changed"), "pencil", "info", _O),
    "webhook.secret_rotated": Words(
        _("New secret for the webhook to %(address)s"), "key-round", "info", _O
    ),
    "webhook.old_secret_ended": Words(
        _("Old secret of the webhook to %(address)s ended"), "key-round", "neutral", _O
    ),
    "webhook.maker_left": Words(
        _("%(maker)s no longer has access; the webhook to %(address)s still hears"),
        "webhook",
        "warn",
        _O,
    ),
    "webhook.maker_may_less": Words(
        _("%(maker)s has another role; the webhook to %(address)s hears more"),
        "webhook",
        "warn",
        _O,
    ),
    "webhook.disabled": Words(_("Webhook to %(address)s switched off"), "power", "warn", _O),
    "webhook.enabled": Words(_("Webhook to %(address)s switched on"), "circle-play", "ok", _O),
    "webhook.removed": Words(_("Webhook to %(address)s removed"), "trash-2", "neutral", _O),
    "webhook.replayed": Words(
        _("Messages sent again to %(address)s: %(count)s"), "repeat", "info", _O
    ),
    "invoice.issued": Words(_("%(document)s issued: %(amount)s"), "receipt", "info", Kind.INVOICES),
    "usage.threshold_reached": Words(
        _("%(product)s: %(percent)s%% of what is included in %(month)s is used"),
        "gauge",
        "warn",
        Kind.USAGE,
    ),
    "usage.price_announced": Words(
        _("Another price of %(product)s from %(effective_on)s"),
        "banknote",
        "warn",
        Kind.INVOICES,
    ),
    "billing.held": Words(
        _("Invoicing waits until we have looked at something"),
        "circle-pause",
        "warn",
        Kind.INVOICES,
    ),
    "billing.released": Words(_("Invoicing goes on"), "circle-play", "ok", Kind.INVOICES),
    "advice.asked": Words(_("Asked for advice about %(about)s"), "life-buoy", "info", _Q),
    "advice.answered": Words(_("Advice about %(about)s answered"), "message-circle", "ok", _Q),
}

# Never shown as long as the test of this table passes.
UNKNOWN = Words(_("Recorded: %(verb)s"), "activity", "neutral", _O)

BILLING_DETAILS: Mapping[str, str | Promise] = {
    "name": _("Name"),
    "street": _("Street"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "country": _("Country"),
    "vat_number": _("VAT number"),
    "registration_number": _("Registration number"),
    "buyer_reference": _("Your reference"),
    "order_number": _("Order number"),
    "endpoint_scheme": _("E-invoice scheme"),
    "endpoint_id": _("E-invoice address"),
    "invoice_language": _("Language of the invoices"),
}

CONTACT: Mapping[str, str | Promise] = {
    "language": _("Language of letters"),
    "representative": _("Representative"),
}

APPLICATION_DETAILS: Mapping[str, str | Promise] = {
    "kind": _("Kind"),
    "type": _("Type"),
    "name": _("Name"),
    "summary": _("Summary"),
    "technical_contact": _("Technical contact"),
    "error_mails": _("Mail about errors to"),
    "uninstall_mails": _("Mail about uninstalling to"),
    "scopes": _("Scopes"),
    "capabilities": _("Capabilities"),
    "deployments": _("Works with"),
    "redirect_uris": _("Redirect addresses"),
}


def verbs_of(kind: str) -> list[str]:
    return [verb for verb, words in WORDS.items() if words.kind == kind]
