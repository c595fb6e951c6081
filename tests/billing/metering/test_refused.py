"""What an application reported in vain is told its developers once a day, by reason."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.metering.models import RefusedUsage
from billing.metering.operations import credentials, refused
from customers.models import OutgoingMail
from tests.factories.customers import PersonFactory
from tests.factories.metering import NOON, event, report
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from billing.metering.models import ApiCredential
    from customers.models import Tenant

pytestmark = pytest.mark.django_db

LAST_MINUTE = dt.datetime(2026, 11, 18, 23, 59, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 11, 19, tzinfo=dt.UTC)


@pytest.fixture
def sender(platform: ApiCredential, tenant: Tenant) -> ApiCredential:
    authorisation = AuthorisationFactory(
        active=True,
        tenant=tenant,
        application__standard=True,
        application__name="Webshop sync",
        application__error_mails=["errors@example.com"],
        application__owner__language="en",
    )
    return credentials.issue_for_application(
        authorisation.application,
        reference="webshop",
        name="Webshop sync",
        by=PersonFactory(staff=True),
        at=NOON,
    ).credential


def test_a_day_is_told_once_it_is_over_with_counts_by_reason(sender: ApiCredential) -> None:
    for at in (NOON, LAST_MINUTE):
        report(
            event("Cust12345", source="webshop/1"), event("Cust404"), event("Cust405"),
            event("Cust12345", source="webshop/1", quantity=0),
            by=sender, at=at,
        )  # fmt: skip

    assert refused.tell(at=LAST_MINUTE) == 0
    assert refused.tell(at=MIDNIGHT) == 1
    assert refused.tell(at=MIDNIGHT + dt.timedelta(days=1)) == 0

    letters = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(letters) == {"errors@example.com", "developer@example.com"}
    letter = letters["errors@example.com"]
    assert letter.subject == "Usage that Webshop sync reported on 18 November 2026 was refused"
    assert "6 events that Webshop sync reported" in letter.body
    assert "- 4 × unknown_tenant: No tenant here has this identifier" in letter.body
    assert "- 2 × not_positive: A quantity is at least 1" in letter.body
    assert not RefusedUsage.objects.exists()


def test_each_day_has_a_letter_of_its_own(sender: ApiCredential) -> None:
    report(event("Cust404"), by=sender, at=NOON)
    report(event("Cust404"), by=sender, at=MIDNIGHT)

    assert refused.tell(at=MIDNIGHT + dt.timedelta(days=3)) == 2

    assert OutgoingMail.objects.filter(to="errors@example.com").count() == 2


def test_what_counts_and_what_the_platform_reports_in_vain_is_nobody_s_error(
    sender: ApiCredential, platform: ApiCredential
) -> None:
    report(event("Cust12345", source="webshop/1"), by=sender)
    report(event("Cust404"), by=platform)

    assert not RefusedUsage.objects.exists()
