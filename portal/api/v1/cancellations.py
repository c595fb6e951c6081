"""`/subscriptions/{subscription_id}/cancellation`: what will happen, and then exactly that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.http import HttpRequest
from ninja import Field, Path, Query, Schema
from ninja.decorators import decorate_view

from billing.queries import cancellation_charges
from billing.queries.estimates import UseToCome as UseStillCharged
from customers import clock
from portal.api.v1.door import sees_cost_of_use, token_behind
from portal.api.v1.once import once
from portal.api.v1.quantities import WRITE
from portal.api.v1.shapes import Content, Id, Money
from portal.api.v1.subscriptions import READ, Subscription, held_or_404, router
from portal.pages.presenters import cancellation as words
from portal.pages.presenters import left_sandbox as sandbox_words
from subscriptions.applications.models import Authorisation
from subscriptions.operations import cancellations
from subscriptions.operations.cancellations import CancelWhen, Consequences
from subscriptions.operations.cancellations import LeftSandbox as Left
from subscriptions.queries import Held, held_all, zone_of

ADDRESS = "/subscriptions/{int:subscription_id}/cancellation"


class StoppingApplication(Schema):
    authorisation_id: int
    application_id: int
    name: str


class SmallerCapability(Schema):
    """What the tenant's plan gives as well, but at most `limit` of it."""

    code: str
    limit: int


class OwnOfSandbox(Schema):
    """What was ordered for the sandbox itself; it ends at `ends_at_with_it` if that is wanted.

    Null where it cannot end with it.
    """

    subscription_id: int
    product_code: str
    per_month: Money
    ends_at_with_it: dt.datetime | None


class LeftSandbox(Schema):
    """The tenant that came with it: the platform takes it away after the end.

    Its applications stop when the platform tells that it has; until then they work as long as they
    have the licences that they need.
    `shut_out` are those that do not work there by now, for they can do more than was agreed to.
    """

    tenant_id: int
    subscriptions: list[OwnOfSandbox]
    applications: list[StoppingApplication]
    shut_out: list[StoppingApplication]


class LastCharge(Schema):
    """What is still charged for it, or given back (`is_credit`), excl. VAT; none when null."""

    on: dt.date
    net: Money
    is_credit: bool


class UseToCome(Schema):
    """What is used until the end is charged too, the last of it on the invoice of `last_on`.

    `net_so_far` is what was used by now and is not invoiced yet, excl. VAT: null for a token
    without `invoices:read`, for which `sentences` say nothing of it either.
    """

    last_on: dt.date
    net_so_far: Money | None

    @classmethod
    def of(cls, use: UseStillCharged, *, sees_cost: bool) -> UseToCome:
        return cls(last_on=use.last_on, net_so_far=Money.of(use.so_far) if sees_cost else None)


class CancellationPreview(Schema):
    """Everything that ending it does: the list a person reads on the page before they confirm.

    Send `confirmed` back to do exactly this. The texts are in the reader's language. `shut_out` are
    deactivated like `applications`, but do not work by now: they can do more than was agreed to,
    and approving that waits for a new subscription. What was let in until `ends_at` or earlier is
    over by itself and in neither; what was let in until a day before `restore_until` comes back no
    later than that day.
    """

    subscription_id: int
    when: CancelWhen
    ends_at: dt.datetime
    first_day_not_charged: dt.date
    applications: list[StoppingApplication]
    shut_out: list[StoppingApplication]
    capabilities: list[str]
    smaller: list[SmallerCapability]
    quantities: dict[str, int]
    restore_until: dt.datetime
    last_charge: LastCharge | None
    sandbox: LeftSandbox | None
    use: UseToCome | None = Field(description="Null where the product charges no use.")
    sentences: list[str]
    confirmed: str = Field(examples=["0f343b0931126a20f133d67c2b018a3b"])


class WhenQuery(Schema):
    when: CancelWhen = CancelWhen.MONTH_END


class Cancellation(Content):
    """`confirmed` is the one of the list that was read, for the same `when`."""

    when: CancelWhen
    confirmed: str = Field(pattern="^[0-9a-f]{32}$", max_length=32)
    with_sandbox: bool = Field(
        default=False,
        description="Cancel as well what was ordered for the sandbox itself, where that can be.",
    )
    reason: str = Field("", max_length=500, pattern=r"^[^\x00]*$")


@router.get(ADDRESS, auth=READ, response=CancellationPreview, url_name="subscription_cancellation")
def preview_cancellation(
    request: HttpRequest, subscription_id: Path[Id], query: Query[WhenQuery]
) -> CancellationPreview:
    """What will happen if the subscription is cancelled, looked up now. Changes nothing."""
    at = clock.now()
    held = held_or_404(request, subscription_id, at)
    found = cancellations.consequences(held.subscription, when=query.when, at=at)
    return _preview(found, held, at, sees_cost=sees_cost_of_use(request))


@router.post(
    ADDRESS, auth=WRITE, response={200: Subscription}, url_name="subscription_cancellation"
)
@decorate_view(once)
def cancel_subscription(
    request: HttpRequest, subscription_id: Path[Id], cancellation: Cancellation
) -> Subscription:
    """Cancel at the month's end or now, with the list that was confirmed.

    When something has changed since the list was read, nothing happens: 409
    `consequences_changed`; read it again.
    """
    at = clock.now()
    held = held_or_404(request, subscription_id, at)
    cancellations.cancel(
        held.subscription,
        when=cancellation.when,
        confirmed=cancellation.confirmed,
        with_sandbox=cancellation.with_sandbox,
        reason=cancellation.reason,
        by=token_behind(request),
        at=at,
    )
    return Subscription.of(held_or_404(request, subscription_id, at), at)


@router.delete(
    ADDRESS, auth=WRITE, response={200: Subscription}, url_name="subscription_cancellation"
)
def withdraw_cancellation(request: HttpRequest, subscription_id: Path[Id]) -> Subscription:
    """Go on as if nothing had been cancelled; possible until the end takes effect."""
    at = clock.now()
    held = held_or_404(request, subscription_id, at)
    cancellations.withdraw_cancellation(held.subscription, by=token_behind(request), at=at)
    return Subscription.of(held_or_404(request, subscription_id, at), at)


def _preview(
    found: Consequences, held: Held, at: dt.datetime, *, sees_cost: bool
) -> CancellationPreview:
    subscription = found.subscription
    charges = cancellation_charges(subscription, ends_at=found.ends_at, at=at)
    return CancellationPreview(
        subscription_id=subscription.pk,
        when=found.when,
        ends_at=found.ends_at,
        first_day_not_charged=found.first_free_day,
        applications=_stopping(found.applications),
        shut_out=_stopping(found.shut_out),
        capabilities=list(found.capabilities),
        smaller=[SmallerCapability(code=each.code, limit=each.limit) for each in found.smaller],
        quantities=found.quantities,
        restore_until=found.restore_until,
        last_charge=LastCharge(
            on=charges.on, net=Money.of(charges.amount), is_credit=charges.is_credit
        )
        if charges.amount is not None
        else None,
        sandbox=_sandbox(found.sandbox, at) if found.sandbox else None,
        use=UseToCome.of(charges.use, sees_cost=sees_cost) if charges.use else None,
        sentences=_sentences(found, held, words.charge(charges, sees_cost=sees_cost)),
        confirmed=found.fingerprint,
    )


def _stopping(authorisations: Iterable[Authorisation]) -> list[StoppingApplication]:
    return [
        StoppingApplication(
            authorisation_id=each.pk,
            application_id=each.application_id,
            name=each.application.name,
        )
        for each in authorisations
    ]


def _sandbox(sandbox: Left, at: dt.datetime) -> LeftSandbox:
    own = held_all([each.subscription for each in sandbox.own], at)
    return LeftSandbox(
        tenant_id=sandbox.tenant.pk,
        subscriptions=[
            OwnOfSandbox(
                subscription_id=each.subscription.pk,
                product_code=each.subscription.product.code,
                per_month=Money.of(held.per_month),
                ends_at_with_it=each.ending.ends_at if each.ending else None,
            )
            for each, held in zip(sandbox.own, own, strict=True)
        ],
        applications=_stopping(sandbox.applications),
        shut_out=_stopping(sandbox.shut_out),
    )


def _sentences(found: Consequences, held: Held, charge: words.Charge) -> list[str]:
    """The page's own words, from top to bottom."""
    page = words.page(found, held, zone_of(found.subscription.organisation))
    lines = [page.what_happens]
    if page.applications:
        lines.append(f"{page.applications_title}: {', '.join(page.applications)}")
    if page.shut_out:
        lines.append(f"{page.shut_out_title}: {', '.join(page.shut_out)}")
        lines.append(page.shut_out_sentence)
    if page.capabilities:
        lines.append(f"{page.capabilities_title}: {', '.join(page.capabilities)}")
    if page.smaller:
        lines.append(f"{page.smaller_title}: {', '.join(page.smaller)}")
    if found.sandbox:
        lines += [
            sandbox_words.title(found.sandbox),
            *sandbox_words.until_then(),
            *sandbox_words.stopping(found.sandbox),
        ]
        if found.sandbox.own:
            lines.append(sandbox_words.goes_on())
    return [*lines, charge.title, *charge.sentences, *page.coming_back, *page.stays]
