"""Supplementary terms: accepted with the order, and nothing starts without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from customers.models import History, OutgoingMail
from subscriptions.lifecycle import Status
from subscriptions.models import AcceptedTerms, Subscription
from subscriptions.operations import orders, terms
from subscriptions.operations.terms import Acceptance, TermsChanged, TermsNotAccepted
from tests.factories.shop import DEVELOPMENT_TOOLS, MIRRORING, next_version, sell_mirroring
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant

TEXT = {"name": "Terms of mirroring", "address": "https://example.com/terms"}
SUPPLEMENT = {"version": "2018-05-25", "texts": {"en": TEXT, "nl": TEXT}}
YES = Acceptance(version="2018-05-25", receiver=" Insight Partners B.V. ")


@pytest.fixture
def mirroring(shop: None) -> None:
    sell_mirroring()
    next_version(MIRRORING, supplement=SUPPLEMENT, policies={"needs_confirmation": True})


@pytest.fixture
def ordered(mirroring: None, customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    owner.language = "en"
    owner.save()
    return orders.subscribe(
        customer, product_code=MIRRORING, tenant=tenant, acceptance=YES, by=owner, at=NOON
    )


def test_who_accepted_what_for_whom_is_kept(ordered: Subscription, owner: Person) -> None:
    kept = AcceptedTerms.objects.get(subscription=ordered)

    assert (kept.version, kept.receiver) == ("2018-05-25", "Insight Partners B.V.")
    assert (kept.accepted_by, kept.accepted_at) == (owner, NOON)
    [requested] = History.objects.filter(verb="subscription.requested")
    assert requested.details["terms"] == "2018-05-25"
    assert requested.details["receiver"] == "Insight Partners B.V."


def test_the_letter_of_the_order_says_it(ordered: Subscription, owner: Person) -> None:
    [letter] = OutgoingMail.objects.filter(to=owner.email)

    assert f"{owner} accepted the supplementary terms (version 2018-05-25)" in letter.body
    assert "Receiver of the data: Insight Partners B.V." in letter.body


@pytest.mark.parametrize(
    ("acceptance", "refusal"),
    [
        (None, TermsNotAccepted),
        (Acceptance(version="2018-05-25", receiver=" "), TermsNotAccepted),
        (Acceptance(version="2017-01-01", receiver="Insight Partners"), TermsChanged),
    ],
    ids=["nothing accepted", "no receiver", "other terms"],
)
def test_an_order_without_it_is_refused(
    mirroring: None,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    acceptance: Acceptance | None,
    refusal: type[Exception],
) -> None:
    with pytest.raises(refusal):
        orders.subscribe(
            customer,
            product_code=MIRRORING,
            tenant=tenant,
            acceptance=acceptance,
            by=owner,
            at=NOON,
        )

    assert not Subscription.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_what_has_no_such_terms_keeps_none(
    shop: None, customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(
        customer,
        product_code=DEVELOPMENT_TOOLS,
        tenant=tenant,
        acceptance=YES,
        by=owner,
        at=NOON,
    )

    assert not AcceptedTerms.objects.exists()


def test_it_is_confirmed_with_it(ordered: Subscription, sales: Person) -> None:
    orders.confirm(ordered, by=sales, at=NOON)

    ordered.refresh_from_db()
    assert ordered.status == Status.ACTIVE


def test_an_order_from_before_is_not_confirmed(
    shop: None, customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    sell_mirroring()
    next_version(MIRRORING, policies={"needs_confirmation": True})
    before = orders.subscribe(customer, product_code=MIRRORING, tenant=tenant, by=owner, at=NOON)
    next_version(MIRRORING, supplement=SUPPLEMENT)

    with pytest.raises(TermsNotAccepted):
        orders.confirm(before, by=sales, at=NOON)

    before.refresh_from_db()
    assert before.status == Status.REQUESTED
    assert terms.are_lacking(before)


def test_what_was_accepted_never_changes(ordered: Subscription) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        AcceptedTerms.objects.update(receiver="Somebody else")

    assert AcceptedTerms.objects.get().receiver == "Insight Partners B.V."


@pytest.mark.parametrize(("version", "receiver"), [("", "Insight Partners"), ("2018-05-25", "")])
def test_a_row_says_which_terms_and_who_receives(
    shop: None, customer: Organisation, tenant: Tenant, owner: Person, version: str, receiver: str
) -> None:
    order = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )
    accepted = AcceptedTerms(
        subscription=order,
        version=version,
        receiver=receiver,
        accepted_by=owner,
        accepted_at=NOON,
    )

    with pytest.raises(IntegrityError, match="say_which_and_whom"), transaction.atomic():
        accepted.save()
