"""A program asks what may be used: who asks and what is asked, in one statement.

The credential is looked up in the statement that reads the facts, and neither is remembered:
one that was revoked, or a subscription that has ended, is refused from the next question on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from billing.metering.operations import credentials
from customers.models import Environment
from customers.operations import tokens
from customers.prepared import fetch_prepared
from subscriptions import entitlement_facts
from subscriptions.applications import tokens as access_tokens
from subscriptions.applications.models import Scope
from subscriptions.applications.verdicts import judge
from subscriptions.entitlements import licences_at

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.entitlement_facts import Facts

_PROGRAM = """
    SELECT id, application_id, NULL::bigint AS organisation_id,
        scope = 'entitlements:read' AS is_allowed,
        last_used_at IS NULL OR last_used_at < %(noted_before)s AS is_to_be_noted
    FROM metering_apicredential
    WHERE secret_hash = %(secret_hash)s AND revoked_at IS NULL
"""
_ORGANISATION = """
    SELECT id, NULL::bigint AS application_id, organisation_id,
        'entitlements:read' = ANY(scopes) AS is_allowed,
        last_used_at IS NULL OR last_used_at < %(noted_before)s AS is_to_be_noted
    FROM customers_organisationtoken
    WHERE secret_hash = %(secret_hash)s AND revoked_at IS NULL AND expires_at > %(at)s
"""
# For an access token, which was looked at before: it takes more than a statement.
_APPLICATION = """
    SELECT 0 AS id, %(asking)s::bigint AS application_id, NULL::bigint AS organisation_id,
        TRUE AS is_allowed, FALSE AS is_to_be_noted
"""
_THE_PLATFORM = "num_nonnulls(who.application_id, who.organisation_id) = 0"
# An organisation sees its own tenants; an application those that let it in.
_TENANT_IS_THEIRS = f"""
    {_THE_PLATFORM} OR tenant.organisation_id = who.organisation_id OR EXISTS (
        SELECT FROM applications_authorisation AS consent
        WHERE consent.tenant_id = tenant.id AND consent.application_id = who.application_id
            AND consent.status = 'active')
"""
# About an application that asked to be let in: the application itself, who has the tenant, and
# who built the application.
_CONSENT_IS_THEIRS = f"""
    {_THE_PLATFORM} OR EXISTS (
        SELECT FROM applications_authorisation AS consent
        JOIN applications_application AS application ON application.id = consent.application_id
        WHERE consent.tenant_id = tenant.id AND application.id = %(application)s AND (
            application.id = who.application_id OR who.organisation_id IN (
                tenant.organisation_id, application.owner_id)))
"""
_IDENTIFIER = re.compile(r"[Cc][Uu][Ss][Tt][0-9]{1,12}")
_ID = re.compile(r"[0-9]{1,18}")
_ENVIRONMENTS = frozenset(Environment.values)  # which the class lists anew each time it is asked
_NOBODY = (entitlement_facts.BY_ID, 0)  # who asks is still looked up


class Asked(NamedTuple):
    """Who asks, and the facts: None of what is not there or not theirs.

    `asker` is the id of the credential or token; of an access token that of its authorisation.
    """

    asker: int
    is_allowed: bool
    facts: Facts | None


def _whole(who: str, named: str, *, with_application: bool) -> str:
    itself = "" if who == _ORGANISATION else "who.application_id"
    facts = entitlement_facts.statement(
        named=named,
        seen=_CONSENT_IS_THEIRS if with_application else _TENANT_IS_THEIRS,
        application=entitlement_facts.ASKED_ABOUT if with_application else itself,
    )
    return (
        f"WITH who AS MATERIALIZED ({who})"  # noqa: S608 - made of the constants above
        " SELECT who.id, who.is_allowed, who.is_to_be_noted, found.facts"
        f" FROM who LEFT JOIN LATERAL ({facts}) AS found ON TRUE"
    )


_STATEMENTS = {
    (prefix, named, with_application): _whole(who, named, with_application=with_application)
    for prefix, who in ((credentials.PREFIX, _PROGRAM), (tokens.PREFIX, _ORGANISATION))
    for named in (entitlement_facts.BY_ID, entitlement_facts.BY_IDENTIFIER)
    for with_application in (False, True)
}
_AS_APPLICATION = {
    (named, with_application): _whole(_APPLICATION, named, with_application=with_application)
    for named in (entitlement_facts.BY_ID, entitlement_facts.BY_IDENTIFIER)
    for with_application in (False, True)
}
_NOTE_USE = {credentials.PREFIX: credentials.note_use, tokens.PREFIX: tokens.note_use}
_PREFIX_LENGTH = len(credentials.PREFIX)  # of a token's as well


def ask(
    secret: str,
    *,
    tenant: str,
    environment: str = "production",
    application_id: int | None = None,
    at: dt.datetime,
) -> Asked | None:
    """None when the secret is no live credential's, no live token's and no good access token.

    `tenant` is the portal's id, or the identifier that the tenant has in `environment`.
    """
    prefix = secret[:_PREFIX_LENGTH]
    if prefix == access_tokens.PREFIX:
        return _ask_as_application(
            secret, tenant=tenant, environment=environment, application_id=application_id, at=at
        )
    named, value = _name(tenant, environment)
    statement = _STATEMENTS.get((prefix, named, application_id is not None))
    if statement is None:
        return None
    rows = fetch_prepared(
        statement,
        {
            "secret_hash": credentials.hash_of(secret),
            "noted_before": at - credentials.NOTED_EVERY,
            "tenant": value,
            "environment": environment,
            "application": application_id,
            "at": at,
        },
    )
    if not rows:
        return None
    pk, is_allowed, is_to_be_noted, facts = rows[0]
    if is_to_be_noted:
        _NOTE_USE[prefix](pk, at=at)
    found = entitlement_facts.read(facts) if facts else None
    if found is not None and application_id is None and not _is_let_in(found, at):
        found = None
    return Asked(pk, is_allowed, found)


def _is_let_in(found: Facts, at: dt.datetime) -> bool:
    """An application asks about a tenant while it may be used there, as with an access token."""
    if found.application is None:  # not an application that asks
        return True
    licences = licences_at(found.place, found.held_there(), found.sold_today(), at)
    return judge(found.application, found.place, licences, at).available


def _ask_as_application(
    secret: str, *, tenant: str, environment: str, application_id: int | None, at: dt.datetime
) -> Asked | None:
    """An access token asks about the one tenant that it is for, and about its own application."""
    shown = access_tokens.recognise(secret, at=at)
    if shown is None:
        return None
    asker = shown.authorisation.pk
    if Scope.ENTITLEMENTS_READ not in shown.scopes:
        return Asked(asker, is_allowed=False, facts=None)
    named, value = _name(tenant, environment)
    [(_pk, _is_allowed, _is_to_be_noted, found)] = fetch_prepared(
        _AS_APPLICATION[named, application_id is not None],
        {
            "asking": shown.application.pk,
            "tenant": value,
            "environment": environment,
            "application": application_id,
            "at": at,
        },
    )
    facts = entitlement_facts.read(found) if found else None
    is_its_own = facts is not None and facts.id == shown.tenant.pk
    return Asked(asker, is_allowed=True, facts=facts if is_its_own else None)


def _name(tenant: str, environment: str) -> tuple[str, str | int]:
    if environment not in _ENVIRONMENTS:
        return _NOBODY
    if _ID.fullmatch(tenant):
        return entitlement_facts.BY_ID, int(tenant)
    if _IDENTIFIER.fullmatch(tenant):
        return entitlement_facts.BY_IDENTIFIER, tenant
    return _NOBODY
