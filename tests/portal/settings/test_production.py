"""A server says what it lacks, and starts with all of Django's own advice followed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from portal.local.place import ROOT

COMPLETE = {
    "SECRET_KEY": "only-long-enough-to-check-the-rest-of-the-settings-with",
    "ALLOWED_HOSTS": "portal.example, www.portal.example",
    "DATABASE_URL": "postgresql://portal:p%40ss@192.0.2.7:5433/portal?sslmode=require",
    "REDIS_URL": "redis://192.0.2.8/0",
    "PORTAL_ADDRESS": "https://portal.example",
    "MAIL_URL": "smtp+tls://mail.example:587",
    "DEFAULT_FROM_EMAIL": "portal@portal.example",
    "ADVICE_ADDRESS": "advice@portal.example",
    "SECRET_KEY_FALLBACKS": "the-key-before and-before",
}


def ask(expression: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    outside = {key: value for key, value in os.environ.items() if key not in COMPLETE}
    return subprocess.run(
        [sys.executable, "-c", f"import portal.settings.production as s; print({expression})"],
        cwd=ROOT,
        env={**outside, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_that_is_missing_is_named_at_once() -> None:
    environment = {**COMPLETE, "MAIL_URL": ""}
    del environment["SECRET_KEY"]

    refused = ask("s.DEBUG", environment)

    assert refused.returncode == 1
    assert refused.stderr.endswith("The environment does not say: SECRET_KEY, MAIL_URL.\n")


DECIDED = [
    pytest.param("s.ALLOWED_HOSTS", "['portal.example', 'www.portal.example']", id="hosts"),
    pytest.param("s.SECRET_KEY_FALLBACKS", "['the-key-before', 'and-before']", id="old keys"),
    pytest.param("s.SESSION_COOKIE_NAME", "__Host-session", id="session-cookie"),
    pytest.param("s.CSRF_COOKIE_NAME", "__Host-csrf", id="csrf-cookie"),
    pytest.param("s.CLOCK_CAN_MOVE", "False", id="real-clock"),
    pytest.param("s.STAFF_NEED_SECOND_FACTOR", "True", id="second-factor"),
    pytest.param("s.CUSTOMERS_NEED_SECOND_FACTOR", "True", id="customers-second-factor"),
    pytest.param("s.DATABASES['default']['PASSWORD']", "p@ss", id="password"),
    pytest.param("s.DATABASES['default']['OPTIONS']['sslmode']", "require", id="database-tls"),
    pytest.param("s.MAILERS['default']['OPTIONS']['use_tls']", "True", id="mail-tls"),
    pytest.param("s.SECURE_HSTS_SECONDS", "31536000", id="hsts"),
]


@pytest.fixture(scope="module")
def decided() -> dict[str, str]:
    """What each of them is, of one process that starts."""
    expressions = [str(each.values[0]) for each in DECIDED]
    answer = ask(f"{', '.join(expressions)}, sep='\\n'", COMPLETE)
    assert answer.returncode == 0, answer.stderr
    return dict(zip(expressions, answer.stdout.splitlines(), strict=True))


@pytest.mark.parametrize(("expression", "value"), DECIDED)
def test_the_environment_decides(decided: dict[str, str], expression: str, value: str) -> None:
    assert decided[expression] == value


def test_what_programs_need_not_pay_for_comes_behind_their_own_way_in() -> None:
    answer = ask("*s.MIDDLEWARE, sep='\\n'", COMPLETE)
    order = answer.stdout.splitlines()

    assert "portal.middleware.Programs" in order, answer.stderr
    behind = order[order.index("portal.middleware.Programs") :]
    for each in (
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ):
        assert each in behind, each


def test_without_a_proxy_nobody_else_says_that_a_request_is_secure() -> None:
    answer = ask("hasattr(s, 'SECURE_PROXY_SSL_HEADER')", {**COMPLETE, "TRUSTED_PROXIES": "0"})

    assert answer.stdout == "False\n", answer.stderr
