"""What Django must refuse to start with here, beside its own checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import connections

from catalog.reading import WrongCatalogue
from catalog.validating import read_catalogue
from subscriptions.licence_files import signing


@register(Tags.caches)
def connections_are_kept(**_kwargs: Any) -> list[CheckMessage]:
    """A new connection for every request makes a page twelve times slower (Django's default)."""
    return [
        Error(
            f"The database `{alias}` opens a connection for every request.",
            hint="Give it a pool, or a CONN_MAX_AGE other than 0.",
            id="portal.E001",
        )
        for alias, database in connections.settings.items()
        if database["ENGINE"].endswith("postgresql")
        and database["CONN_MAX_AGE"] == 0
        and not database["OPTIONS"].get("pool")
    ]


@register(Tags.security, deploy=True)
def licence_files_can_be_signed(**_kwargs: Any) -> list[CheckMessage]:
    if settings.LICENCE_SIGNING_KEY:
        return []
    return [
        Error(
            "Licence files cannot be signed: there is no LICENCE_SIGNING_KEY.",
            hint="`manage.py new_licence_key` makes one.",
            id="portal.E003",
        )
    ]


@register(Tags.security)
def licence_keys_are_keys(**_kwargs: Any) -> list[CheckMessage]:
    found = {
        "LICENCE_SIGNING_KEY": [settings.LICENCE_SIGNING_KEY]
        if settings.LICENCE_SIGNING_KEY
        else [],
        "LICENCE_PUBLISHED_KEYS": settings.LICENCE_PUBLISHED_KEYS,
    }
    return [
        Error(f"{name}: {malformed}.", id="portal.E004")
        for name, keys in found.items()
        for key in keys
        if (malformed := _malformed(key))
    ]


def _malformed(key: str) -> str:
    try:
        signing.decode_key(key)
    except signing.MalformedKey as wrong:
        return str(wrong)
    return ""


@register(Tags.compatibility, deploy=True)
def sellers_are_no_examples(**_kwargs: Any) -> list[CheckMessage]:
    """As the files say; of what was loaded `billing.operations.runs` judges itself."""
    directory = settings.CATALOGUE_DIRECTORY
    try:
        content = read_catalogue(Path(directory))
    except WrongCatalogue as wrong:
        return [Error(f"The catalogue in {directory} is wrong.\n{wrong}", id="portal.E007")]
    found: list[CheckMessage] = []
    if examples := [seller["legal_name"] for seller in content.sellers if seller["example"]]:
        found.append(
            Error(
                f"Who sells is an example that invoices nobody: {', '.join(examples)}.",
                hint="Put your own into CATALOGUE_DIRECTORY, without `example: true`.",
                id="portal.E008",
            )
        )
    if count := sum(price.example for price in content.prices):
        found.append(
            Warning(
                f"Prices that are marked as examples: {count}.",
                hint="Put your own into CATALOGUE_DIRECTORY, without `example: true`.",
                id="portal.W009",
            )
        )
    return found


@register(Tags.security, deploy=True)
def the_clock_is_the_real_one(**_kwargs: Any) -> list[CheckMessage]:
    if settings.CLOCK_CAN_MOVE:
        return [Error("On a server nobody may move the clock (CLOCK_CAN_MOVE).", id="portal.E002")]
    return []


@register(Tags.security, deploy=True)
def staff_need_a_second_factor(**_kwargs: Any) -> list[CheckMessage]:
    if settings.STAFF_NEED_SECOND_FACTOR:
        return []
    return [
        Error(
            "On a server nobody comes into the back office with a password alone"
            " (STAFF_NEED_SECOND_FACTOR).",
            id="portal.E006",
        )
    ]


@register(Tags.security, deploy=True)
def webhooks_stay_outside(**_kwargs: Any) -> list[CheckMessage]:
    if settings.WEBHOOKS_INTERNAL_NETWORKS:
        return [
            Error(
                "On a server no webhook may go into an internal network"
                " (WEBHOOKS_INTERNAL_NETWORKS).",
                id="portal.E005",
            )
        ]
    return []
