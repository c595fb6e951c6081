"""Who gives the customer's yes, and who may not because they stand on another side as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from customers.models import Duty, Environment, Membership, OrganisationToken, PartnerAccess
from customers.refusals import Refusal

if TYPE_CHECKING:
    from customers.actors import Customer
    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Application, Authorisation


class NotYoursToApprove(Refusal):
    """Only the customer's own owner or tenant administrator gives the customer's yes."""

    sentence = _(
        "Only an owner or a tenant administrator of the customer itself can approve. "
        "Partners and consultants cannot."
    )


class OnBothSides(NotYoursToApprove):
    """An approver of the customer who also works for the maker, or for the customer's partner."""

    sentence = _(
        "You also work for who built this application, or for a partner that acts for this "
        "customer. Another owner or tenant administrator of the customer has to say yes."
    )


class Elsewhere(NamedTuple):
    """For whom a person works beside the customer."""

    organisations: frozenset[int]
    is_partner: bool  # one of them is a partner that the customer has let in
    is_staff: bool  # of the vendor

    def refusal_of(
        self, application: Application, tenant: Tenant
    ) -> type[NotYoursToApprove] | None:
        """Why the person, who has a say, may not say yes: one of those built it, or advises the
        customer, or is us.

        In SOD nobody's data are at stake, and what a developer builds is tried there.
        """
        if self.is_staff:
            return NotYoursToApprove
        if tenant.environment == Environment.SOD:
            return None
        stands_against = self.is_partner or application.owner_id in self.organisations
        return OnBothSides if stands_against else None

    def stands_against(self, authorisation: Authorisation) -> bool:
        return self.refusal_of(authorisation.application, authorisation.tenant) is not None


def elsewhere(person: Person, customer: Organisation) -> Elsewhere:
    others = Membership.objects.filter(person=person).exclude(organisation=customer)
    organisations = frozenset(others.values_list("organisation", flat=True))
    let_in = PartnerAccess.objects.live().filter(customer=customer, partner__in=organisations)
    return Elsewhere(
        organisations,
        is_partner=bool(organisations) and let_in.exists(),
        is_staff=person.is_staff,
    )


def has_a_say(tenant: Tenant, person: Person) -> bool:
    """Whether `person` decides for the customer: says no, and yes where nothing stands against."""
    own = Membership.objects.of(tenant.organisation).answering_for_tenants().filter(person=person)
    return not person.is_staff and own.exists()


def may_approve(authorisation: Authorisation, person: Person) -> bool:
    """Whether `person` gives the customer's yes to this application."""
    if not has_a_say(authorisation.tenant, person):
        return False
    return not elsewhere(person, authorisation.tenant.organisation).stands_against(authorisation)


def refuse_outsiders(authorisation: Authorisation, by: Customer) -> None:
    """Raises NotYoursToApprove."""
    if isinstance(by, OrganisationToken):
        if by.organisation_id != authorisation.tenant.organisation_id:
            raise NotYoursToApprove
    elif not (has_a_say(authorisation.tenant, by) or by.has_duty(Duty.APP_MANAGER)):
        raise NotYoursToApprove


def refuse_the_yes_of_others(authorisation: Authorisation, by: Person) -> None:
    """Raises NotYoursToApprove, and OnBothSides when that is why."""
    if not may_approve(authorisation, by):
        raise OnBothSides if has_a_say(authorisation.tenant, by) else NotYoursToApprove
