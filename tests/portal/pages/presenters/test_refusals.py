from __future__ import annotations

import pytest

from catalog.eligibility import Refusal, RefusalCode, WayOut
from portal.pages.presenters.refusals import WAYS_OUT, WHY, explain, refusal_sentences

NAMES = {"database-mirroring": "Database Mirroring"}


def test_every_code_and_every_way_out_has_words() -> None:
    assert set(WHY) == set(RefusalCode)
    assert set(WAYS_OUT) == set(WayOut)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            Refusal(
                RefusalCode.WRONG_DEPLOYMENT,
                WayOut.ASK_ABOUT_MOVING_ONLINE,
                needs="online",
                has="on_premise",
            ),
            (
                "It is available for Online tenants; this is On-premise. "
                "Ask for advice about moving online."
            ),
        ),
        (
            Refusal(RefusalCode.CRM_VERSION_TOO_LOW, WayOut.UPGRADE_CRM, needs="10.0", has="9.2"),
            (
                "It needs CRM version 10.0 or later; this is 9.2. "
                "Upgrade the CRM on this tenant first."
            ),
        ),
        (
            Refusal(
                RefusalCode.MISSING_PREREQUISITE,
                WayOut.ORDER_PREREQUISITE,
                needs="database-mirroring",
            ),
            (
                "It needs Database Mirroring, which is not there yet. "
                "Subscribe to Database Mirroring first."
            ),
        ),
        (
            Refusal(
                RefusalCode.TENANT_NOT_RUNNING, WayOut.WAIT_UNTIL_RUNNING, has="offline_maintenance"
            ),
            (
                "The tenant is not running. Its state: Offline maintenance. "
                "Try again when it is running."
            ),
        ),
        (
            Refusal(RefusalCode.INCLUDED_IN_PLAN, WayOut.USE_WHAT_THE_PLAN_GIVES, has="core"),
            (
                "It is already included in your CRM Suite Core plan. "
                "You can use it at once, at no extra cost."
            ),
        ),
        (
            Refusal(
                RefusalCode.NOT_A_PRODUCTION_TENANT,
                WayOut.CHOOSE_PRODUCTION_TENANT,
                has="developer",
            ),
            (
                "It is only for production tenants. Kind of this one: Developer. "
                "Choose a production tenant."
            ),
        ),
        (
            Refusal(RefusalCode.NO_TENANT_YET, WayOut.HAVE_TENANT_REGISTERED),
            "There is no production tenant yet. Your contact registers your tenants first.",
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Refusal) else "",
)
def test_the_reason_and_the_way_out_in_words(refusal: Refusal, sentence: str) -> None:
    assert [str(each) for each in explain([refusal], NAMES)] == [sentence]


def test_what_cannot_be_named_stays_a_code() -> None:
    refusal = Refusal(RefusalCode.TENANT_NOT_RUNNING, WayOut.WAIT_UNTIL_RUNNING, has="asleep")

    assert "Its state: asleep." in refusal_sentences([refusal])[0]
