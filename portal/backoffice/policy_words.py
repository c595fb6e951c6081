"""What each policy of the whole portal is called, what it does, and what a change changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.policies import DAY, RANGES, Policy
from portal.formatting import number_text

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.functional import Promise


@dataclass(frozen=True)
class PolicyWords:
    name: Promise
    does: Promise
    changes: Promise


WORDS: dict[Policy, PolicyWords] = {
    Policy.LICENCE_FILE_WARNING: PolicyWords(
        _("Licence files: warning before the end"),
        _(
            "So long before the end of the paid month a licence file tells administrators that it "
            "ends, and its successor is made and mailed."
        ),
        _("Files made from now on. Those that are out keep the dates they were signed with."),
    ),
    Policy.LICENCE_FILE_GRACE: PolicyWords(
        _("Licence files: grace after the end"),
        _(
            "So long a licence file still works after the end of the paid month, when its "
            "successor comes late. A cancelled licence has no grace."
        ),
        _("Files made from now on. Those that are out keep the dates they were signed with."),
    ),
    Policy.ENTITLEMENTS_STAND: PolicyWords(
        _("Entitlements: how long an answer stands"),
        _(
            "So long the platform may rely on an answer about what a tenant may use before it asks "
            "again. Shorter: what ends unexpectedly is seen sooner. Longer: fewer questions."
        ),
        _("Every answer, within seconds. One that was given stands as long as it said."),
    ),
    Policy.SECRET_WARNING: PolicyWords(
        _("Client secrets: warning before the old one ends"),
        _(
            "So long before the old secret of an application stops working, developers who have "
            "not changed over get a letter."
        ),
        _("Secrets of which nobody was warned yet, within the hour."),
    ),
    Policy.INVITATION_LASTS: PolicyWords(
        _("Invitations: how long they last"),
        _("So long the link in an invitation to an organisation can be used."),
        _("Invitations sent from now on."),
    ),
    Policy.WEBHOOK_PATIENCE: PolicyWords(
        _("Webhooks: patience with an endpoint that fails"),
        _(
            "After so long without a single message accepted, an endpoint is switched off and its "
            "owners get a letter."
        ),
        _("Every endpoint, with its next attempt that fails. What is off stays off."),
    ),
    Policy.WEBHOOKS_KEPT: PolicyWords(
        _("Webhooks: how long messages are kept"),
        _("So long what was told to customers' servers can be seen and sent again."),
        _("What is older goes in the coming night, and cannot be brought back."),
    ),
    Policy.ATTEMPTS_KEPT: PolicyWords(
        _("Platform: how long attempts are kept"),
        _(
            "So long it can be seen how the platform answered, and what each comparison found "
            "different there. What it was told stays for ever."
        ),
        _("What is older goes in the coming night, and cannot be brought back."),
    ),
    Policy.MAIL_KEPT: PolicyWords(
        _("Mail: how long its text is kept"),
        _(
            "So long text and attachments of a letter are kept after it went out. Receiver, "
            "subject and times stay; a link that lets somebody in goes at once."
        ),
        _("What is older goes in the coming night, and cannot be brought back."),
    ),
}


def span_text(policy: Policy, value: int, language: str) -> str:
    """“12 days”, of so many units of the policy."""
    number = number_text(value, language)
    if RANGES[policy].unit == DAY:
        return ngettext("%(number)s day", "%(number)s days", value) % {"number": number}
    return ngettext("%(number)s second", "%(number)s seconds", value) % {"number": number}


def units_of(policy: Policy, span: dt.timedelta) -> int:
    return span // RANGES[policy].unit
