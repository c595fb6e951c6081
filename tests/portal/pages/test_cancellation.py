from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from customers.models import Environment, Role
from subscriptions.applications import credentials
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.operations import orders
from tests.factories.customers import MembershipFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version
from tests.factories.subscriptions import AuthorisationFactory
from tests.factories.usage import count, open_metered_services
from tests.factories.webhooks import EndpointFactory
from tests.portal.pages.conftest import NOON
from tests.portal.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

    type Address = Callable[..., str]

MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)


def read(client: Client, address: str) -> dict[str, str]:
    """What the form on the page carries, as a browser would send it back."""
    response = client.get(address)
    assert response.status_code == 200
    form = response.context["form"]
    return {"when": str(form["when"].value()), "fingerprint": str(form["fingerprint"].value())}


def test_the_page_says_exactly_what_happens_at_the_end_of_the_month(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    html = text_of(signed_in.get(page("subscription_cancel", subscription.pk)))

    for text in (
        "What happens on 30 November 2026 at 23:59\xa0CET",
        "1 application is deactivated",
        "Webshop sync",
        "I understand that Webshop sync will stop working.",
        "Cancel on 30 November 2026",
        "With a new subscription until 30 December 2026 at 23:59\xa0CET",
        "Els Bakker",
        "At the end of the month, 30 November 2026",
        "Days paid and not used are credited.",
    ):
        assert text in html


def test_what_was_let_in_for_a_time_comes_back_no_longer_than_that(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    application: Authorisation,
    tenant: Tenant,
) -> None:
    AuthorisationFactory(
        active=True,
        tenant=tenant,
        application__name="Old BI export",
        valid_until=MONTH_END + dt.timedelta(days=10),
    )
    address = page("subscription_cancel", subscription.pk)

    html = text_of(signed_in.get(address))
    signed_in.post(
        f"{address}?when=now", read(signed_in, f"{address}?when=now") | {"understood": "on"}
    )
    ended = text_of(signed_in.get(page("subscription_detail", subscription.pk)))

    for text in (
        "until 10 December 2026 at 23:59\xa0CET this comes back by itself: Old BI export.",
        "until 30 December 2026 at 23:59\xa0CET this comes back by itself: Webshop sync.",
    ):
        assert text in html
    assert "the applications come back by themselves" not in html
    for text in (
        "10 December 2026 at 23:59\xa0CET, it brings back without new consent: Old BI export.",
        "23 December 2026 at 12:00\xa0CET, it brings back without new consent: Webshop sync.",
    ):
        assert text in ended


def test_what_is_shut_out_already_is_named_apart(
    signed_in: Client, page: Address, subscription: Subscription, tenant: Tenant
) -> None:
    AuthorisationFactory(
        active=True, tenant=tenant, status="needs_reapproval", application__name="Wide"
    )

    html = text_of(signed_in.get(page("subscription_cancel", subscription.pk)))

    for text in (
        "1 application is shut out already, and is deactivated as well",
        "Wide",
        "What was agreed to before is kept until 30 December 2026 at 23:59\xa0CET",
        "approving what was added waits for a new subscription.",
    ):
        assert text in html
    assert "1 application is deactivated" not in html
    assert "I understand" not in html  # it does not work: nothing stops
    assert "the applications come back by themselves" not in html


def test_the_page_for_now_says_that_it_is_at_once(
    signed_in: Client, page: Address, subscription: Subscription
) -> None:
    html = text_of(signed_in.get(f"{page('subscription_cancel', subscription.pk)}?when=now"))

    assert "What happens at once" in html
    assert "This cannot be undone." in html
    assert "Cancel now" in html
    assert "I understand" not in html  # no application stops: nothing to tick


def test_cancelling_and_withdrawing_it(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    address = page("subscription_cancel", subscription.pk)
    sent = read(signed_in, address) | {"understood": "on", "reason": "Too expensive"}

    done = signed_in.post(address, sent, follow=True)

    subscription.refresh_from_db()
    assert subscription.ends_at == MONTH_END
    assert subscription.cancel_reason == "Too expensive"
    assert "is cancelled. It works until 30 November 2026 at 23:59\xa0CET." in text_of(done)
    assert "Withdraw the cancellation" in text_of(done)
    assert "Ends 30 Nov 2026" in text_of(signed_in.get(page("subscription_list")))

    withdraw = page("subscription_withdraw_cancellation", subscription.pk)
    withdrawn = signed_in.post(withdraw, follow=True)

    assert type(subscription).objects.get().ends_at is None
    assert "The cancellation is withdrawn." in text_of(withdrawn)
    again = signed_in.post(withdraw, follow=True)
    assert "there is nothing to withdraw" in text_of(again)


def test_cancelling_now_deactivates_at_once(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    address = f"{page('subscription_cancel', subscription.pk)}?when=now"

    signed_in.post(address, read(signed_in, address) | {"understood": "on"})

    subscription.refresh_from_db()
    application.refresh_from_db()
    assert subscription.status == Status.ENDED
    assert application.status == AuthorisationStatus.DEACTIVATED


def test_without_the_tick_nothing_happens_and_what_was_typed_stays(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    address = page("subscription_cancel", subscription.pk)

    answer = signed_in.post(address, read(signed_in, address) | {"reason": "Half a thought"})

    subscription.refresh_from_db()
    assert answer.status_code == 422
    assert "Please confirm that you have read this." in text_of(answer)
    assert "Half a thought" in text_of(answer)
    assert subscription.ends_at is None


def test_a_list_that_changed_meanwhile_is_shown_again(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    application: Authorisation,
    tenant: Tenant,
) -> None:
    address = page("subscription_cancel", subscription.pk)
    sent = read(signed_in, address) | {"understood": "on", "reason": "Too expensive"}
    AuthorisationFactory(tenant=tenant, active=True, application__name="Old BI export")

    answer = signed_in.post(address, sent)

    subscription.refresh_from_db()
    html = text_of(answer)
    assert answer.status_code == 409
    assert subscription.ends_at is None
    assert "Something has changed since you opened this page." in html
    assert "2 applications are deactivated" in html
    assert "I understand that Old BI export and Webshop sync will stop working." in html
    assert "Too expensive" in html

    fresh = answer.context["form"]
    confirmed = sent | {"fingerprint": str(fresh["fingerprint"].value())}
    assert signed_in.post(address, confirmed).status_code == 302


def test_who_cannot_sign_in_any_more_is_not_told(
    signed_in: Client, page: Address, subscription: Subscription
) -> None:
    MembershipFactory(
        organisation=subscription.organisation,
        role=Role.OWNER,
        person__name="Gone Already",
        person__is_active=False,
    )

    response = signed_in.get(page("subscription_cancel", subscription.pk))

    assert response.context["told"]
    assert "Gone Already" not in text_of(response)


def test_what_stops_is_shown_with_its_use_and_who_hears_of_it(
    signed_in: Client, page: Address, subscription: Subscription, application: Authorisation
) -> None:
    open_metered_services()
    client_id = credentials.create(
        application.application, Environment.PRODUCTION, by=subscription.ordered_by, at=NOON
    ).credential.client_id
    assert subscription.tenant
    for days, calls, said in ((40, 500, client_id), (5, 1_200, client_id), (3, 4, "Webshop sync")):
        day = NOON - dt.timedelta(days=days)
        count(subscription.tenant, f"{day:%Y-%m-%d}", calls, application=said)
    EndpointFactory(organisation=subscription.organisation, event_types=["subscription.ended"])

    html = text_of(signed_in.get(page("subscription_cancel", subscription.pk)))

    assert "20 Nov 2026" in html
    assert "1,204" in html
    assert f"whoever built it: {application.application.owner.name}" in html
    assert "Webhooks: 1 endpoint is told." in html


def test_the_second_of_two_people_is_told(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    member_of: Callable[[Role], Person],
    browser_of: Callable[[Person], Client],
) -> None:
    address = page("subscription_cancel", subscription.pk)
    sent = read(signed_in, address)
    other = browser_of(member_of(Role.TENANT_ADMINISTRATOR))
    other.post(address, read(other, address))

    answer = signed_in.post(address, sent, follow=True)

    assert "This subscription has been cancelled already." in text_of(answer)
    subscription.refresh_from_db()
    assert subscription.ends_at == MONTH_END


def test_a_planned_end_can_be_brought_forward(
    signed_in: Client, page: Address, subscription: Subscription
) -> None:
    address = page("subscription_cancel", subscription.pk)
    signed_in.post(address, read(signed_in, address))

    detail = text_of(signed_in.get(page("subscription_detail", subscription.pk)))
    assert f"{address}?when=now" in detail

    signed_in.post(f"{address}?when=now", read(signed_in, f"{address}?when=now"))
    subscription.refresh_from_db()
    assert subscription.status == Status.ENDED


def test_at_the_instant_of_the_end_it_is_too_late_to_withdraw(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    noon: time_machine.Traveller,
) -> None:
    address = page("subscription_cancel", subscription.pk)
    signed_in.post(address, read(signed_in, address))

    noon.move_to(MONTH_END)
    late = signed_in.post(page("subscription_withdraw_cancellation", subscription.pk), follow=True)

    assert "This is no longer possible" in text_of(late)
    assert "Ended on 30 November 2026 at 23:59\xa0CET." in text_of(late)


def test_a_product_that_ends_only_at_the_month_end_offers_no_now(
    signed_in: Client, page: Address, subscription: Subscription
) -> None:
    version = subscription.product_version
    newer = type(version)(
        **{
            field.attname: getattr(version, field.attname)
            for field in version._meta.fields
            if field.attname not in ("id", "number", "policies")
        },
        number=2,
        policies={"cancel_now": False},
    )
    newer.save()
    subscription.product_version = newer
    subscription.save()

    html = text_of(signed_in.get(page("subscription_cancel", subscription.pk)))
    refused = signed_in.get(f"{page('subscription_cancel', subscription.pk)}?when=now", follow=True)

    assert "?when=now" not in html
    assert "This product cannot be cancelled at that moment." in text_of(refused)


def test_what_is_over_cannot_be_cancelled(
    signed_in: Client, page: Address, subscription: Subscription
) -> None:
    address = f"{page('subscription_cancel', subscription.pk)}?when=now"
    sent = read(signed_in, address)
    signed_in.post(address, sent)

    again = signed_in.post(address, sent, follow=True)

    assert "This is no longer possible" in text_of(again)


def test_use_that_is_still_to_be_charged_is_not_called_nothing(
    signed_in: Client, customer: Organisation, tenant: Tenant, owner: Person, page: Address
) -> None:
    open_metered_services()
    next_version(charges=["api-usage"])
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    count(tenant, "2026-11-23", 2_300)

    html = text_of(signed_in.get(page("subscription_cancel", order.pk)))

    assert "Still to be invoiced on 1 December 2026: €13.07, excl. VAT, and what is used" in html
    assert "What is used until the end is charged on the invoice of 1 December 2026." in html
    assert "What was used so far comes to €7.90, excl. VAT." in html
    assert "One last invoice" not in html
    assert "nothing is charged" not in html
    sentences = re.findall("<p>(.*?)</p>", html)
    example = [at for at, each in enumerate(sentences) if each == "It is an example price."]
    assert [sentences[at - 1] for at in example] == [
        "23–30 November 2026: 8 of 30 days × €49.00",
        "What was used so far comes to €7.90, excl. VAT.",
    ]
