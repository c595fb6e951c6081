"""What the page for cancelling says of the lines of the last document."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from billing.operations import runs
from billing.queries import cancellation_charges
from billing.queries.estimates import CancellationCharges, UseToCome
from catalog.money import Currency, Money
from customers.models import Organisation, Tenant
from portal.pages.presenters.cancellation import charge, page
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, consequences
from subscriptions.queries import held, zone_of
from tests.billing.documents.test_settlements import credited_by_hand
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM, open_shop

if TYPE_CHECKING:
    from subscriptions.models import Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("credits_go")]


def said(subscription: Subscription, language: str = "en") -> tuple[str, ...]:
    """Of an end on 16 December at once."""
    now = local("2026-12-16")
    with translation.override(language):
        charges = cancellation_charges(subscription, ends_at=now, at=now, language=language)
        return charge(charges).sentences


@pytest.mark.parametrize(
    ("language", "names"),
    [
        pytest.param("en", ("(Credited)", "(Credited by hand before)"), id="en"),
        pytest.param("nl", ("(Gecrediteerd)", "(Eerder handmatig gecrediteerd)"), id="nl"),
    ],
)
def test_what_was_credited_by_hand_looks_like_no_further_credit(
    language: str, names: tuple[str, str]
) -> None:
    open_shop()
    subscription = credited_by_hand("30.00")

    credit, settled, *_rest = said(subscription, language)

    assert credit.startswith(f"Development Tools · licence {names[0]}, 17–31 ")
    assert settled.startswith(f"Development Tools · licence {names[1]}, ")
    assert settled.replace(",", ".").endswith("14.52")


@pytest.mark.parametrize(
    ("so_far", "title", "sentence"),
    [
        pytest.param(
            "50.00",
            "Only what is used is still charged",
            "What was used so far comes to €50.00, excl. VAT.",
            id="used",
        ),
        pytest.param(
            "-1570.00",
            "What is used is still settled",
            "Corrections of what was used before come to more: so far €1,570.00, excl. VAT, is "
            "credited.",
            id="corrected",
        ),
    ],
)
def test_what_corrections_give_back_is_credited(so_far: str, title: str, sentence: str) -> None:
    on = dt.date(2027, 1, 1)
    amount = Money(Decimal(so_far), Currency.EUR)
    charges = CancellationCharges(
        on=on, documents=(), use=UseToCome(last_on=on, so_far=amount, is_example=False)
    )

    said_of_it = charge(charges)

    assert (said_of_it.title, said_of_it.sentences[-1]) == (title, sentence)
    assert charge(charges, sees_cost=False).title == "Only what is used is still charged"


@pytest.mark.parametrize(
    ("organisation_wide", "title"),
    [
        pytest.param(False, "Production (Cust30303) loses these possibilities", id="tenant"),
        pytest.param(True, "All tenants of Voorbeeld B.V. lose these possibilities", id="all"),
    ],
)
def test_one_tenant_loses_what_all_lose(title: str, *, organisation_wide: bool) -> None:
    open_shop()
    customer, owner, tenant = customer_with_tenant()
    type(customer).objects.filter(pk=customer.pk).update(name="Voorbeeld B.V.")
    type(tenant).objects.filter(pk=tenant.pk).update(name="Production", identifier="Cust30303")
    at = local("2026-12-16")
    order = orders.subscribe(
        Organisation.objects.get(pk=customer.pk),
        product_code=SCIM if organisation_wide else DEVELOPMENT_TOOLS,
        tenant=None if organisation_wide else Tenant.objects.get(pk=tenant.pk),
        by=owner,
        at=at,
    )

    found = consequences(order, when=CancelWhen.NOW, at=at)

    assert page(found, held(order, at), zone_of(customer)).capabilities_title == title


def test_a_line_alone_needs_no_name() -> None:
    open_shop()
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=local("2026-12-01", "00:05"))

    assert said(subscription)[0].startswith("17–31 December 2026: ")
