from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.template import Engine
from django.template.loader import render_to_string

ACCOUNT_MAILS = [
    "account_already_exists",
    "email_changed",
    "email_confirm",
    "email_confirmation",
    "email_deleted",
    "login_code",
    "password_changed",
    "password_reset",
    "password_reset_code",
    "password_reset_key",
    "password_set",
]


def context() -> dict[str, Any]:
    return {
        "user": SimpleNamespace(name="Jansen & Zn", email="jansen@example.com"),
        "email": "jansen@example.com",
        "ip": "192.0.2.7",
        "user_agent": 'Browser "1"',
        "timestamp": dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC),
        "activate_url": "https://portal.example.com/confirm?a=1&b=2",
        "password_reset_url": "https://portal.example.com/reset?a=1&b=2",
    }


@pytest.mark.parametrize("name", ACCOUNT_MAILS)
def test_a_mail_is_plain_text_with_a_subject_of_one_line(name: str) -> None:
    subject = render_to_string(f"account/email/{name}_subject.txt", context()).strip()
    message = render_to_string(f"account/email/{name}_message.txt", context()).strip()

    assert subject
    assert "\n" not in subject
    assert message.startswith("Dear Jansen & Zn,\n")
    assert message.endswith("Kind regards,\nExpander Services")
    assert "&amp;" not in message
    assert "&quot;" not in message


def test_a_change_of_the_account_says_when_and_from_where() -> None:
    message = render_to_string("account/email/password_changed_message.txt", context())

    assert "Your password has been changed." in message
    assert "- Address: 192.0.2.7" in message
    assert "- Time: 1 December 2026 at 09:00\u00a0CET" in message


LETTERS = Path(settings.BASE_DIR) / "templates" / "emails"


@pytest.mark.parametrize(
    "template",
    [
        pytest.param(path, id=str(path.relative_to(LETTERS)))
        for path in sorted(LETTERS.glob("*/[!_]*.txt"))
    ],
)
def test_the_first_line_of_a_letter_closes_what_it_opens(template: Path) -> None:
    subject, _end, text = template.read_text().partition("\n")

    Engine.get_default().from_string(subject)
    assert text.startswith("\n")


def test_a_letter_about_what_one_has_or_lets_in_leads_to_its_page() -> None:
    letters = sorted(LETTERS.glob("subscriptions/[!_]*.txt"))

    leading_nowhere = [
        each.name for each in letters if "{{ portal_address }}" not in each.read_text()
    ]

    assert len(letters) > 30
    assert leading_nowhere == []
