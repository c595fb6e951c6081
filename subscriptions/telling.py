"""History and letters about subscriptions: written in the transaction of what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.history import record
from customers.models import Membership
from customers.operations.mail import Letter, queue_letter, queue_letters
from customers.queries import owners_and

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from customers.actors import Actor
    from customers.asked import Asked
    from customers.models import Person, Tenant
    from subscriptions.models import Subscription


def tell(
    subscription: Subscription,
    verb: str,
    *,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime | None = None,
    reason: str = "",
    details: Mapping[str, object] | None = None,
    asked: Asked | None = None,
) -> None:
    """Record `subscription.<verb>` with what a reader needs to know which one it was.

    `asked`: who of the customer asked for it, where staff did it for them.
    """
    record(
        subscription,
        f"subscription.{verb}",
        organisation=subscription.organisation,
        tenant=subscription.tenant,
        by=by,
        at=at,
        recorded_at=recorded_at,
        reason=reason,
        details={
            "product": subscription.product.code,
            **(details or {}),
            **(asked.details if asked else {}),
        },
    )


def write_to_owners(
    subscription: Subscription,
    template: str,
    *,
    at: dt.datetime,
    context: Mapping[str, object] | None = None,
) -> None:
    """Queue a letter about the subscription to every owner, each in their own language."""
    owners = Membership.objects.of(subscription.organisation).owners().reachable()
    _write([each.person for each in owners], subscription, template, at=at, context=context)


def write_of_tenant(tenant: Tenant, template: str, *, at: dt.datetime) -> None:
    """To every owner and tenant administrator, who answer for what runs there."""
    members = Membership.objects.of(tenant.organisation).answering_for_tenants().reachable()
    queue_letters(
        (
            Letter(
                each.person.email,
                each.person.language,
                f"subscriptions/{template}",
                {"tenant": tenant},
            )
            for each in members.select_related("person").order_by("pk")
        ),
        at=at,
    )


def write_about_order(
    subscription: Subscription,
    template: str,
    *,
    at: dt.datetime,
    context: Mapping[str, object] | None = None,
    told_in: Callable[[str], Mapping[str, object]] | None = None,
) -> None:
    """The same to the owners and, as long as they are let in there, to whoever ordered it.

    `told_in` gives what differs between languages beside words of the template.
    """
    readers = owners_and(subscription.ordered_by, subscription.organisation)
    _write(readers, subscription, template, at=at, context=context, told_in=told_in)


def write_about_money(
    subscription: Subscription,
    template: str,
    *,
    at: dt.datetime,
    context: Mapping[str, object] | None = None,
) -> None:
    """The same to those who hear of money: owners and billing contacts."""
    readers = Membership.objects.of(subscription.organisation).hearing_of_money()
    _write([each.person for each in readers], subscription, template, at=at, context=context)


def _write(
    readers: Iterable[Person],
    subscription: Subscription,
    template: str,
    *,
    at: dt.datetime,
    context: Mapping[str, object] | None,
    told_in: Callable[[str], Mapping[str, object]] | None = None,
) -> None:
    for person in readers:
        language = person.language
        queue_letter(
            to=person.email,
            language=language,
            template=f"subscriptions/{template}",
            context={
                "person": person,
                "subscription": subscription,
                "product": subscription.product_version.name_in(language),
                "place": subscription.tenant.label
                if subscription.tenant
                else subscription.organisation.name,
                **(context or {}),
                **(told_in(language) if told_in else {}),
            },
            at=at,
        )
