"""Reads that speak the customers' language. Every list shown to a person starts here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from customers.identity import compact_vat_number

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import (  # noqa: F401 - the classes below name them as text
        AdviceQuestion,
        History,
        Invitation,
        Membership,
        Organisation,
        OrganisationToken,
        OutgoingMail,
        PartnerAccess,
        Person,
        PolicyChange,
        Tenant,
    )
    from customers.policies import Policy


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, person: Person) -> OrganisationQuerySet:
        """Own organisations, and customers that let one of them in as their partner."""
        if not person.is_active:
            return self.none()
        from customers.models import Membership, PartnerAccess

        own = Membership.objects.filter(person=person, organisation=OuterRef("pk"))
        let_in = PartnerAccess.objects.live().lets_in(person).filter(customer=OuterRef("pk"))
        return self.filter(Exists(own) | Exists(let_in))

    def reached_by(self, organisation: Organisation) -> OrganisationQuerySet:
        """The organisation itself, and the customers that let it in as their partner."""
        from customers.models import PartnerAccess

        let_in = PartnerAccess.objects.live().filter(partner=organisation, customer=OuterRef("pk"))
        return self.filter(Q(pk=organisation.pk) | Exists(let_in))

    def of_kind(self, kind: str) -> OrganisationQuerySet:
        """Customers or partners; both when it is empty."""
        return self.filter(kind=kind) if kind else self

    def in_country(self, country: str) -> OrganisationQuerySet:
        """ISO 3166-1 alpha-2; everywhere when it is empty."""
        return self.filter(country=country) if country else self

    def matching(self, text: str) -> OrganisationQuerySet:
        """Name, customer number, or the identifier or serial number of a tenant."""
        return self.filter(_known_by(text)) if text else self

    def matching_a_caller(self, text: str) -> OrganisationQuerySet:
        """The same, and what somebody who calls says: VAT or registration number, who they are.

        A person's name, or the whole e-mail address of a member or of somebody who was invited
        and has not accepted; of an expired invitation as well, for that is why people call.
        """
        return self.filter(_known_by(text) | _said_by_a_caller(text)) if text else self


def _known_by(text: str) -> Q:
    from customers.models import Tenant

    tenants = Tenant.objects.filter(organisation=OuterRef("pk"))
    named = Q(identifier__iexact=text) | Q(serial_number__iexact=text)
    return (
        Q(name__icontains=text) | Q(customer_number__iexact=text) | Q(Exists(tenants.filter(named)))
    )


def _said_by_a_caller(text: str) -> Q:
    from customers.models import Invitation, Membership

    number, address = compact_vat_number(text), text.lower()
    members = Membership.objects.filter(organisation=OuterRef("pk"))
    numbers = Q(registration_number__iexact=text)
    if number:
        numbers |= Q(vat_number=number) | Q(registration_number=number)
    if "@" not in address:
        return numbers | Q(Exists(members.filter(person__name__icontains=text)))
    # In lower case as their indexes are; nothing is read by a part of an address.
    invited = Invitation.objects.undecided().filter(organisation=OuterRef("pk"))
    return (
        numbers
        | Q(Exists(members.filter(person__email=address)))
        | Q(Exists(invited.alias(lower=Lower("email")).filter(lower=address)))
    )


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, organisation: Organisation) -> MembershipQuerySet:
        return self.filter(organisation=organisation).select_related("person")

    def at_partners_of(self, customer: Organisation) -> MembershipQuerySet:
        """Of those who work for a partner that the customer lets in, with the partner."""
        from customers.models import PartnerAccess

        let_in = PartnerAccess.objects.live().filter(customer=customer).values("partner")
        return self.filter(organisation__in=let_in).select_related("organisation")

    def owners(self) -> MembershipQuerySet:
        from customers.models import Role

        return self.filter(role=Role.OWNER)

    def answering_for_tenants(self) -> MembershipQuerySet:
        """Who decides what runs there, and gets the letters about that."""
        from customers.models import ANSWER_FOR_TENANTS

        return self.filter(role__in=ANSWER_FOR_TENANTS)

    def reachable(self) -> MembershipQuerySet:
        """Those who get letters: an account that was shut reads nothing any more."""
        return self.filter(person__is_active=True)

    def hearing_of_money(self) -> MembershipQuerySet:
        """Who gets the letters about invoices, and about what will be on one."""
        from customers.models import Role

        return self.reachable().filter(role__in=(Role.OWNER, Role.BILLING_CONTACT))


class PartnerAccessQuerySet(models.QuerySet["PartnerAccess"]):
    def live(self) -> PartnerAccessQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def lets_in(self, person: Person) -> PartnerAccessQuerySet:
        """Access granted to a partner this person works for."""
        return self.filter(partner__memberships__person=person)

    def granted_by(self, customer: Organisation) -> PartnerAccessQuerySet:
        return self.filter(customer=customer).select_related("partner")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def of(self, organisation: Organisation) -> InvitationQuerySet:
        return self.filter(organisation=organisation).select_related("invited_by", "organisation")

    def undecided(self) -> InvitationQuerySet:
        """Neither accepted nor withdrawn; perhaps expired."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def open_at(self, at: dt.datetime) -> InvitationQuerySet:
        return self.undecided().filter(expires_at__gt=at)

    def sent_after(self, at: dt.datetime) -> InvitationQuerySet:
        return self.filter(invited_at__gt=at)

    def with_token_hash(self, token_hash: str) -> InvitationQuerySet:
        return self.filter(token_hash=token_hash).select_related("organisation", "invited_by")


class TenantQuerySet(models.QuerySet["Tenant"]):
    def visible_to(self, person: Person) -> TenantQuerySet:
        from customers.models import Organisation

        return self.filter(organisation__in=Organisation.objects.visible_to(person))

    def reached_by(self, organisation: Organisation) -> TenantQuerySet:
        from customers.models import Organisation

        return self.filter(organisation__in=Organisation.objects.reached_by(organisation))

    def known_by(self, text: str) -> TenantQuerySet:
        return self.filter(Q(identifier__iexact=text) | Q(serial_number__iexact=text))

    def of(self, organisation: Organisation) -> TenantQuerySet:
        return self.filter(organisation=organisation)

    def in_environment(self, environment: str) -> TenantQuerySet:
        """Everywhere when it is empty."""
        return self.filter(environment=environment) if environment else self

    def running(self) -> TenantQuerySet:
        """As `Tenant.is_running`."""
        from customers.models.tenants import RUNNING_STATES, Deployment

        return self.filter(Q(deployment=Deployment.ON_PREMISE) | Q(state__in=RUNNING_STATES))

    def stopped(self) -> TenantQuerySet:
        """Neither running nor gone: they may run again."""
        from customers.models.tenants import RUNNING_STATES, Deployment, TenantState

        never_mind = [*RUNNING_STATES, TenantState.DELETED]
        return self.filter(deployment=Deployment.ONLINE).exclude(state__in=never_mind)

    def copied_from(self, source: Tenant) -> TenantQuerySet:
        return self.filter(source=source)

    def newest_first(self) -> TenantQuerySet:
        return self.order_by("-created_at", "-pk")

    def with_users(self) -> TenantQuerySet:
        return self.select_related("source").prefetch_related("user_plans")

    def known_as(
        self, identifier: str, environment: str = "production", serial_number: str = ""
    ) -> TenantQuerySet:
        """By identifier (any case) in its environment, or by serial number."""
        if identifier:
            return self.filter(identifier__iexact=identifier, environment=environment)
        return self.filter(serial_number=serial_number).exclude(serial_number="")


class HistoryQuerySet(models.QuerySet["History"]):
    def visible_to(self, person: Person) -> HistoryQuerySet:
        from customers.models import Organisation

        return self.filter(organisation__in=Organisation.objects.visible_to(person))

    def since(self, at: dt.datetime) -> HistoryQuerySet:
        """What took effect at `at` or later."""
        return self.filter(at__gte=at)

    def of(self, organisation: Organisation) -> HistoryQuerySet:
        return self.filter(organisation=organisation)

    def on(self, tenant: Tenant) -> HistoryQuerySet:
        return self.filter(tenant=tenant)

    def telling(self, verbs: Iterable[str]) -> HistoryQuerySet:
        return self.filter(verb__in=list(verbs))

    def telling_none_of(self, verbs: Iterable[str]) -> HistoryQuerySet:
        return self.exclude(verb__in=list(verbs))

    def done_by(self, person: Person) -> HistoryQuerySet:
        return self.filter(actor=person)

    def about(self, subject: models.Model) -> HistoryQuerySet:
        return self.filter(subject_type=subject.__class__.__name__.lower(), subject_id=subject.pk)

    def newest_first(self) -> HistoryQuerySet:
        return self.order_by("-at", "-id")

    def with_names(self) -> HistoryQuerySet:
        return self.select_related("actor", "token__organisation", "tenant", "on_behalf_of")


class AdviceQuestionQuerySet(models.QuerySet["AdviceQuestion"]):
    def visible_to(self, person: Person) -> AdviceQuestionQuerySet:
        """The asking organisation's people, and those of the partner who was asked."""
        from customers.models import Membership, Organisation

        asked = Membership.objects.filter(person=person, organisation=OuterRef("partner"))
        return self.filter(
            Q(organisation__in=Organisation.objects.visible_to(person)) | Exists(asked)
        )

    def asked_by(self, organisation: Organisation) -> AdviceQuestionQuerySet:
        return self.filter(organisation=organisation)

    def asked_of(self, partner: Organisation) -> AdviceQuestionQuerySet:
        return self.filter(partner=partner)

    def concerning(self, organisation: Organisation) -> AdviceQuestionQuerySet:
        """Asked by it, or of it as the partner."""
        return self.filter(Q(organisation=organisation) | Q(partner=organisation))

    def answered_since(self, at: dt.datetime) -> AdviceQuestionQuerySet:
        return self.filter(answered_at__gte=at)

    def unanswered(self) -> AdviceQuestionQuerySet:
        return self.filter(answered_at__isnull=True)

    def answered(self) -> AdviceQuestionQuerySet:
        return self.filter(answered_at__isnull=False)

    def with_names(self) -> AdviceQuestionQuerySet:
        return self.select_related(
            "organisation", "asked_by", "partner", "representative", "answered_by"
        )

    def longest_waiting_first(self) -> AdviceQuestionQuerySet:
        return self.order_by("asked_at", "id")

    def newest_answer_first(self) -> AdviceQuestionQuerySet:
        return self.order_by("-answered_at", "-id")


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due_at(self, at: dt.datetime) -> OutgoingMailQuerySet:
        return self.filter(next_attempt_at__lte=at).order_by("next_attempt_at", "id")

    def undeliverable(self) -> OutgoingMailQuerySet:
        """Given up after the last attempt: nobody tries again unless a person says so.

        Without those of which the text is deleted by now.
        """
        return self.given_up().exclude(body="")

    def given_up(self) -> OutgoingMailQuerySet:
        return self.filter(sent_at__isnull=True, next_attempt_at__isnull=True)

    def over(self, *, since: dt.datetime, secrets_since: dt.datetime) -> OutgoingMailQuerySet:
        """Sent or given up before that and still with its text; of secrets the second counts."""
        given_up = self.given_up().filter(
            Q(carries_secret=False, created_at__lt=since)
            | Q(carries_secret=True, created_at__lt=secrets_since)
        )
        return (self.filter(sent_at__lt=since) | given_up).exclude(body="")

    def not_attempted(self) -> OutgoingMailQuerySet:
        return self.filter(next_attempt_at__isnull=False, attempts=0)

    def struggling(self) -> OutgoingMailQuerySet:
        """Failed at least once and waiting for its next attempt."""
        return self.filter(next_attempt_at__isnull=False, attempts__gt=0)

    def newest_first(self) -> OutgoingMailQuerySet:
        return self.order_by("-created_at", "-id")


class OrganisationTokenQuerySet(models.QuerySet["OrganisationToken"]):
    def of(self, organisation: Organisation) -> OrganisationTokenQuerySet:
        return self.filter(organisation=organisation)

    def live_at(self, at: dt.datetime) -> OrganisationTokenQuerySet:
        """Neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=at)

    def with_names(self) -> OrganisationTokenQuerySet:
        return self.select_related("made_by", "revoked_by")

    def with_the_maker_s_role(self) -> OrganisationTokenQuerySet:
        """`maker_role`: none when they are no member any more, or the account was shut."""
        from customers.models import Membership

        here = Membership.objects.reachable().filter(
            organisation=models.OuterRef("organisation"), person=models.OuterRef("made_by")
        )
        return self.annotate(maker_role=models.Subquery(here.values("role")))  # type: ignore[no-redef]


class PolicyChangeQuerySet(models.QuerySet["PolicyChange"]):
    def of(self, policy: Policy) -> PolicyChangeQuerySet:
        return self.filter(policy=policy.value)

    def newest_first(self) -> PolicyChangeQuerySet:
        return self.order_by("-id")

    def newest_of_each(self) -> PolicyChangeQuerySet:
        return self.order_by("policy", "-id").distinct("policy")

    def with_names(self) -> PolicyChangeQuerySet:
        return self.select_related("set_by")
