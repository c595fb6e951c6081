from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import OutgoingMail, Role
from subscriptions.applications import development_tenants
from subscriptions.provisioning.models import Fact
from tests.factories.customers import MembershipFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person


def test_the_platform_is_told_of_it_with_the_grant(shop: None, app_manager: Person) -> None:
    developer = MembershipFactory(organisation__is_partner=True)
    partner: Organisation = developer.organisation
    asked = development_tenants.request(partner, purpose="A webshop", by=developer.person, at=NOON)

    granted = development_tenants.grant(
        asked, identifier="Cust4711", crm_version="10.3", by=app_manager, at=NOON
    )

    assert granted.tenant is not None
    told = Fact.objects.of(granted.tenant).order_by("sequence")
    assert list(told.values_list("type", "subject")) == [
        ("licence.granted", f"licence:{DEVELOPMENT_TOOLS}"),
        ("settings.changed", "settings"),
    ]


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
def test_the_answer_goes_to_the_owners_and_to_who_asked_while_let_in(
    shop: None, app_manager: Person, is_there: bool
) -> None:
    owner = MembershipFactory(organisation__is_partner=True)
    developer = MembershipFactory(organisation=owner.organisation, role=Role.DEVELOPER)
    asked = development_tenants.request(
        owner.organisation, purpose="A webshop", by=developer.person, at=NOON
    )
    if not is_there:
        developer.delete()

    development_tenants.reject(asked, reason="Not now.", by=app_manager, at=NOON)

    written_to = set(OutgoingMail.objects.values_list("to", flat=True))
    theirs = {developer.person.email} if is_there else set()
    assert written_to == {owner.person.email} | theirs
