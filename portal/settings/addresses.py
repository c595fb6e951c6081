"""Addresses of services, as the environment gives them, in the form Django wants."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit


def database_from_url(url: str) -> dict[str, object]:
    """Read `postgresql://user:password@host:port/name`; `?host=/run/postgresql` for a socket."""
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", unquote(parts.hostname or ""))
    # A connection a thread and one to spare; opening one for every request costs 12 times more.
    options["pool"] = {"min_size": 1, "max_size": 4, "timeout": 10}
    # For the few statements that are sent with the driver's own cursor and ask for it; Django's
    # cursors bind their parameters themselves and prepare nothing.
    options["prepare_threshold"] = 5
    # Compiling a statement takes longer than any of ours runs; whoever wants it can still say so.
    options["options"] = f"-c jit=off {options.get('options', '')}".rstrip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        # Asked before it is lent: after a restart of the database nobody gets a dead connection.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def is_on_this_machine(database_url: str) -> bool:
    """Whether a database's address leads to a socket or to the machine's own loopback."""
    host = str(database_from_url(database_url)["HOST"])
    return host in {"", "127.0.0.1", "::1", "localhost"} or host.startswith("/")


def mailer_from_url(url: str) -> dict[str, object]:
    """Read `smtp://user:password@host:port` (STARTTLS: `smtp+tls`, TLS: `smtps`)."""
    parts = urlsplit(url)
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 25,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp+tls",
            "use_ssl": parts.scheme == "smtps",
            "timeout": 20,  # seconds: a mail is sent under a row lock
        },
    }
