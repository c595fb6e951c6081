"""What the document knows and no code says by itself: how an operation may be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from customers.paging import UnreadableCursor
from customers.refusals import ChangedMeanwhile
from portal.answered.operations import KeyInUse, KeyUsedBefore
from portal.api.v1.problems import code_of, status_of
from portal.asked_by_id import TooManyTries
from subscriptions.applications.contacts import TooManyAddresses
from subscriptions.applications.details import NameTaken, PublishedBefore
from subscriptions.applications.lifecycle import WrongStep
from subscriptions.applications.operations import (
    AlreadyRequested,
    ConsentStillStands,
    NotPublished,
    TenantUnknown,
    TooManyAsked,
    WorksElsewhere,
)
from subscriptions.applications.versions import (
    AlreadyAsked,
    DraftExists,
    NothingToPublish,
    VersionLocked,
)
from subscriptions.lifecycle import NotAllowedNow
from subscriptions.operations.cancellations import (
    AlreadyCancelled,
    CannotCancelNow,
    ConsequencesChanged,
    NotCancelled,
)
from subscriptions.operations.orders import NotEligible, OfferChanged, WrongQuantities
from subscriptions.operations.quantity_changes import MoreWhileSuspended, NothingChanged
from subscriptions.operations.terms import TermsChanged, TermsNotAccepted

if TYPE_CHECKING:
    from customers.refusals import Refusal

# Of each operation; a POST may be refused for its key as well.
REFUSALS: dict[str, tuple[type[Refusal], ...]] = {
    "order_subscription": (
        NotEligible,
        OfferChanged,
        TermsChanged,
        TermsNotAccepted,
        WrongQuantities,
    ),
    "preview_order": (NotEligible, WrongQuantities),
    "withdraw_order": (NotAllowedNow,),
    "preview_quantities": (NotAllowedNow, NothingChanged, MoreWhileSuspended, WrongQuantities),
    "change_quantities": (NotAllowedNow, NothingChanged, MoreWhileSuspended, WrongQuantities),
    "preview_cancellation": (NotAllowedNow, CannotCancelNow, AlreadyCancelled),
    "cancel_subscription": (
        ConsequencesChanged,
        NotAllowedNow,
        CannotCancelNow,
        AlreadyCancelled,
    ),
    "withdraw_cancellation": (NotAllowedNow, NotCancelled),
    "register_application": (NameTaken, TooManyAddresses),
    "change_application": (ChangedMeanwhile, NameTaken, PublishedBefore, TooManyAddresses),
    "start_version": (DraftExists,),
    "change_version": (ChangedMeanwhile, VersionLocked),
    "submit_version": (AlreadyAsked, NothingToPublish),
    "request_authorisation": (
        AlreadyRequested,
        ConsentStillStands,
        NotPublished,
        TenantUnknown,
        TooManyAsked,
        TooManyTries,
        WorksElsewhere,
    ),
    "revoke_authorisation": (WrongStep,),
}
OF_THE_KEY = (KeyInUse, KeyUsedBefore)
NOT_FOR_SALE = {"read_product", "preview_order", "order_subscription", "list_products"}


def codes_of(operation: dict[str, Any], method: str) -> dict[int, list[str]]:
    """Every code an operation may be refused with, by status."""
    name, parameters = operation["operationId"], operation.get("parameters", [])
    found: dict[int, set[str]] = {
        401: {"unauthorized"},
        403: {"insufficient_scope"},
        429: {"too_many_requests"},
    }
    takes_content = method in ("post", "put")
    found[422] = {"invalid_request"} if parameters or takes_content else set()
    if any(each["name"] in ("organisation_id", "tenant_id") for each in parameters) or any(
        each["in"] == "path" for each in parameters
    ):
        found[404] = {"not_found"}
    if takes_content:
        found[400] = {"bad_request"}
        found[404] = {"not_found"}
        found[413] = {"content_too_large"}
    if method == "post":
        found[400].add("idempotency_key_missing")
    if name in NOT_FOR_SALE:
        found.setdefault(404, set()).add("not_for_sale")
    refusals = [*REFUSALS.get(name, ()), *(OF_THE_KEY if method == "post" else ())]
    if any(each["name"] == "cursor" for each in parameters):
        refusals.append(UnreadableCursor)
    for refusal in refusals:
        found.setdefault(int(status_of(refusal)), set()).add(code_of(refusal))
    return {status: sorted(codes) for status, codes in sorted(found.items()) if codes}
