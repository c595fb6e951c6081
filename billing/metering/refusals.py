"""Why an event is refused, in a word for programs and a sentence for who reads their logs.

The sentences are English: a program asks, and its logs should read the same everywhere.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(enum.StrEnum):
    INVALID = "invalid"
    NOT_PRINTABLE = "not_printable"
    INCOMPLETE = "incomplete"
    UNKNOWN_TENANT = "unknown_tenant"
    UNKNOWN_METER = "unknown_meter"
    OTHER_APPLICATION = "other_application"
    CLASS_NOT_YOURS = "class_not_yours"
    SOURCE_NOT_YOURS = "source_not_yours"
    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"
    MONTH_INVOICED = "month_invoiced"
    NOT_POSITIVE = "not_positive"
    TOO_LARGE = "too_large"
    CONFLICT = "conflict"
    NO_REASON = "no_reason"
    NOT_ONLY_A_CORRECTION = "not_only_a_correction"
    UNKNOWN_EVENT = "unknown_event"
    ALREADY_VOIDED = "already_voided"
    IS_A_CORRECTION = "is_a_correction"
    DETAIL_DROPPED = "detail_dropped"


SENTENCES: Mapping[Code, str] = {
    Code.NOT_PRINTABLE: "A text holds control characters.",
    Code.INCOMPLETE: "An event has a class, a meter and a quantity.",
    Code.UNKNOWN_TENANT: "No tenant here has this identifier, or it is not open to you.",
    Code.UNKNOWN_METER: "There is no meter of this code.",
    Code.OTHER_APPLICATION: "This credential reports events of its own application only.",
    Code.CLASS_NOT_YOURS: "Only the platform reports use of its included applications.",
    Code.SOURCE_NOT_YOURS: "A source of an application is its client id, a slash and a name.",
    Code.IN_THE_FUTURE: "The time lies in the future.",
    Code.TOO_OLD: "The event is older than this meter accepts.",
    Code.MONTH_INVOICED: "The month is invoiced, and this meter accepts no late events.",
    Code.NOT_POSITIVE: "A quantity is at least 1; to take something back, send a correction.",
    Code.TOO_LARGE: "The quantity is larger than one event may report.",
    Code.CONFLICT: "Counted before with other content; to change it, send a correction.",
    Code.NO_REASON: "A correction says why.",
    Code.NOT_ONLY_A_CORRECTION: "A correction has no class, meter or quantity of its own.",
    Code.UNKNOWN_EVENT: (
        "No event of this id was counted before this batch for this tenant and source."
    ),
    Code.ALREADY_VOIDED: "The event was voided before.",
    Code.IS_A_CORRECTION: "A correction cannot be voided; report the usage anew.",
    Code.DETAIL_DROPPED: "The event is so old that its detail is no longer kept.",
}
