"""What pages about people and organisations read."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.mfa.models import Authenticator

from customers.models import (
    AccountChange,
    AdviceQuestion,
    Deployment,
    Duty,
    History,
    Invitation,
    Membership,
    Organisation,
    OrganisationToken,
    OutgoingMail,
    PartnerAccess,
    Person,
    Role,
    SecondFactorReset,
    StaffChange,
    Tenant,
    TenantKind,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db import models

    from customers.querysets import (
        AdviceQuestionQuerySet,
        HistoryQuerySet,
        InvitationQuerySet,
        MembershipQuerySet,
        OrganisationQuerySet,
        OrganisationTokenQuerySet,
        OutgoingMailQuerySet,
        PartnerAccessQuerySet,
        TenantQuerySet,
    )


def has_customers() -> bool:
    """Whether anybody buys here yet: a portal without is an empty one."""
    return Organisation.objects.exists()


def staff_with_duty(duty: Duty) -> models.QuerySet[Person]:
    """Who of the vendor's staff does this task now."""
    return Person.objects.filter(
        is_active=True, is_staff=True, duties__contains=[duty.value]
    ).order_by("pk")


def staff_with_any_duty() -> models.QuerySet[Person]:
    return staff().filter(is_active=True).exclude(duties=[]).order_by("pk")


def staff_known_as(email: str, duty: Duty) -> Person | None:
    """The one of them with this address, in any case."""
    return staff_with_duty(duty).filter(email__iexact=email).first()


def staff() -> models.QuerySet[Person]:
    return Person.objects.filter(is_staff=True).order_by("name", "email")


def colleague_known_as(email: str) -> Person | None:
    return staff().filter(email=email.lower()).first()


def staff_changes() -> models.QuerySet[StaffChange]:
    """The newest first."""
    found: models.QuerySet[StaffChange] = StaffChange.objects.select_related("person", "by")
    return found.order_by("-at", "-pk")


def staff_changes_of(person: Person) -> models.QuerySet[StaffChange]:
    return staff_changes().filter(person=person)


def second_factor_resets_of_staff() -> models.QuerySet[SecondFactorReset]:
    """The newest first."""
    return _second_factor_resets().filter(person__is_staff=True)


def second_factor_resets_of(person: Person) -> models.QuerySet[SecondFactorReset]:
    return _second_factor_resets().filter(person=person)


def _second_factor_resets() -> models.QuerySet[SecondFactorReset]:
    found: models.QuerySet[SecondFactorReset] = SecondFactorReset.objects.select_related(
        "person", "by"
    )
    return found.order_by("-at", "-pk")


def people() -> models.QuerySet[Person]:
    return Person.objects.all()


def account_changes_of(person: Person) -> models.QuerySet[AccountChange]:
    """Of its account, the newest first."""
    found: models.QuerySet[AccountChange] = AccountChange.objects.filter(person=person)
    return found.select_related("person", "by").order_by("-at", "-pk")


def second_factor_of(person: Person) -> Authenticator | None:
    """The app whose codes the person signs in with: `created_at`, `last_used_at`."""
    apps = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP)
    return cast("Authenticator | None", apps.first())


def with_second_factor(people: Iterable[int]) -> frozenset[int]:
    """Of people, by id, those who have one."""
    apps = Authenticator.objects.filter(user__in=people, type=Authenticator.Type.TOTP)
    return frozenset(apps.values_list("user", flat=True))


def organisations_of(person: Person) -> OrganisationQuerySet:
    """Every organisation that let this person in, by name."""
    return Organisation.objects.visible_to(person).order_by("name", "pk")


def organisation_visible_to(person: Person, organisation_id: int) -> Organisation | None:
    """None for one that did not let the person in, or that does not exist."""
    return Organisation.objects.visible_to(person).filter(pk=organisation_id).first()


def owners_of(organisation: Organisation) -> list[Person]:
    """Those who get letters."""
    owners = Membership.objects.of(organisation).owners().reachable().order_by("pk")
    return [each.person for each in owners]


def owners_and(person: Person, organisation: Organisation) -> list[Person]:
    """Who hears what became of what the person asked for, or ordered.

    The owners, and the person for as long as they are let in there.
    """
    readers = owners_of(organisation)
    if person not in readers and organisation_visible_to(person, organisation.pk):
        readers.append(person)
    return readers


def membership_in(organisation: Organisation, person: Person) -> Membership | None:
    return Membership.objects.of(organisation).filter(person=person).first()


def memberships_of(person: Person) -> MembershipQuerySet:
    """By name of the organisation."""
    found = Membership.objects.filter(person=person).select_related("organisation")
    return found.order_by("organisation__name", "pk")


def memberships_at_partners_of(customer: Organisation, person: Person) -> MembershipQuerySet:
    """Where the person works, of the partners that the customer lets in."""
    return Membership.objects.at_partners_of(customer).filter(person=person)


def organisations_reached_by(organisation: Organisation) -> OrganisationQuerySet:
    """For its programs: itself, and the customers that let it in as their partner."""
    return Organisation.objects.reached_by(organisation)


def tenants_reached_by(organisation: Organisation) -> TenantQuerySet:
    return Tenant.objects.reached_by(organisation).with_users()


def roles_of(person: Person) -> dict[int, Role]:
    """The person's own role by organisation id."""
    return {m.organisation_id: Role(m.role) for m in person.memberships.all()}


def hears_of_money(person: Person) -> bool:
    """Whether the person is an owner or a billing contact of some organisation."""
    return person.memberships.hearing_of_money().exists()


def partner_access_for(person: Person) -> dict[int, Organisation]:
    """By customer id, a partner of this person's that the customer lets in."""
    live = PartnerAccess.objects.live().lets_in(person).select_related("partner")
    return {access.customer_id: access.partner for access in live.order_by("-granted_at")}


def ids_of_people_at(organisation: Organisation) -> frozenset[int]:
    return frozenset(Membership.objects.of(organisation).values_list("person", flat=True))


def members_of(organisation: Organisation) -> MembershipQuerySet:
    return Membership.objects.of(organisation).order_by("person__name", "person__email", "pk")


def member_who_is_no_colleague(organisation: Organisation, person_id: int) -> Membership | None:
    """For what staff do for a customer's person, and not for one of their own."""
    return members_of(organisation).filter(person=person_id, person__is_staff=False).first()


def left_without_owner_by(person: Person) -> OrganisationQuerySet:
    """Of which this person is an owner, and nobody who can sign in, by name."""
    owned = person.memberships.owners().values("organisation")
    led = Membership.objects.owners().reachable().values("organisation")
    return Organisation.objects.filter(pk__in=owned).exclude(pk__in=led).order_by("name", "pk")


def open_invitations_of(
    organisation: Organisation, at: dt.datetime, *, sent_by: Person | None = None
) -> InvitationQuerySet:
    """The newest first; by everybody, or only those that one person sent."""
    found = Invitation.objects.of(organisation).open_at(at).order_by("-invited_at")
    return found if sent_by is None else found.filter(invited_by=sent_by)


def open_invitations_sent_by(person: Person, at: dt.datetime) -> InvitationQuerySet:
    """Everywhere, by name of the organisation."""
    found: InvitationQuerySet = Invitation.objects.open_at(at).filter(invited_by=person)
    return found.select_related("organisation").order_by("organisation__name", "email", "pk")


def only_owner_of(organisation: Organisation) -> Membership | None:
    """The one that stays until somebody else is owner too; None where there are several."""
    owners = list(Membership.objects.of(organisation).owners().reachable()[:2])
    return owners[0] if len(owners) == 1 else None


def partner_access_of(organisation: Organisation) -> PartnerAccessQuerySet:
    """Partners that may act for this customer now."""
    return PartnerAccess.objects.live().granted_by(organisation).order_by("partner__name")


def customers_of_partner(partner: Organisation) -> OrganisationQuerySet:
    """Those that let it in now, by name."""
    let_in = PartnerAccess.objects.live().filter(partner=partner)
    return Organisation.objects.filter(pk__in=let_in.values("customer")).order_by("name", "pk")


def partners() -> OrganisationQuerySet:
    kind = Organisation.Kind.PARTNER
    return Organisation.objects.of_kind(kind).order_by("name", "customer_number")


def advice_of(organisation: Organisation) -> AdviceQuestionQuerySet:
    """What it asked, and what its customers asked it as their partner; the newest first."""
    return AdviceQuestion.objects.concerning(organisation).with_names().order_by("-asked_at", "-pk")


def advice_answered_since(organisation: Organisation, since: dt.datetime) -> AdviceQuestionQuerySet:
    """Its own questions that got their answer at or after `since`, the newest answer first."""
    answered = AdviceQuestion.objects.asked_by(organisation).answered_since(since)
    return answered.with_names().newest_answer_first()


def advice_waiting_for(partner: Organisation) -> AdviceQuestionQuerySet:
    """What its customers wait for, the longest waiting first."""
    return AdviceQuestion.objects.asked_of(partner).unanswered().longest_waiting_first()


def tokens_of(organisation: Organisation) -> OrganisationTokenQuerySet:
    """All it ever had, the newest first, each with the role that its maker has."""
    tokens = OrganisationToken.objects.of(organisation).with_names()
    return tokens.with_the_maker_s_role().order_by("-made_at", "-pk")


def newest_token(organisation: Organisation) -> int | None:
    """The id of the last one that was made."""
    made = OrganisationToken.objects.of(organisation).order_by("-pk")
    newest: int | None = made.values_list("pk", flat=True).first()
    return newest


def tokens_made_by(
    person: Person, organisation: Organisation, at: dt.datetime
) -> OrganisationTokenQuerySet:
    """Those that open something at `at`, the oldest first."""
    live = OrganisationToken.objects.of(organisation).live_at(at).filter(made_by=person)
    return live.select_related("organisation").order_by("pk")


def tenant_history(tenant: Tenant) -> HistoryQuerySet:
    return History.objects.on(tenant).with_names().newest_first()


def people_in_history_of(organisation: Organisation) -> list[Person]:
    """Everybody who ever did something there, by name."""
    acted = History.objects.of(organisation).order_by().values("actor").distinct()
    return list(Person.objects.filter(pk__in=acted).order_by("name", "email"))


# --- For the vendor's staff, who see every organisation ---


def search_organisations(
    text: str = "", *, kind: str = "", country: str = ""
) -> OrganisationQuerySet:
    """For staff, by all that a caller may say of it; empty filters let all by."""
    found = Organisation.objects.matching_a_caller(text.strip()).of_kind(kind).in_country(country)
    return found.select_related("partner").order_by("name", "pk")


def organisations_numbered(text: str) -> OrganisationQuerySet:
    found: OrganisationQuerySet = Organisation.objects.filter(customer_number__iexact=text)
    return found


def namesakes(name: str) -> OrganisationQuerySet:
    """Who is called so, in any case."""
    found: OrganisationQuerySet = Organisation.objects.filter(name__iexact=name).order_by("pk")
    return found


def countries() -> list[str]:
    """Where there are organisations, as ISO 3166-1 alpha-2."""
    codes = Organisation.objects.order_by("country").values_list("country", flat=True)
    return list(codes.distinct())


def organisations_with_names() -> OrganisationQuerySet:
    return Organisation.objects.select_related("partner", "representative")


def tenants_of(organisation: Organisation) -> TenantQuerySet:
    return Tenant.objects.of(organisation).order_by("name", "pk")


def tenants_to_copy(organisation: Organisation) -> TenantQuerySet:
    """Those that a production sandbox can be copied from."""
    return tenants_of(organisation).filter(deployment=Deployment.ONLINE, kind=TenantKind.PRODUCTION)


def tenants_with_names() -> TenantQuerySet:
    return Tenant.objects.select_related("organisation", "source").prefetch_related("user_plans")


def tenants_known_by(text: str) -> TenantQuerySet:
    """Its identifier online, or the serial number on a server of the customer's own."""
    return Tenant.objects.known_by(text).select_related("organisation").order_by("pk")


def history_of(organisation: Organisation) -> HistoryQuerySet:
    return History.objects.of(organisation).with_names().newest_first()


def history_about(subject: models.Model) -> HistoryQuerySet:
    return History.objects.about(subject).with_names().newest_first()


def questions() -> AdviceQuestionQuerySet:
    return AdviceQuestion.objects.with_names()


def questions_waiting() -> AdviceQuestionQuerySet:
    return AdviceQuestion.objects.unanswered().with_names().longest_waiting_first()


def questions_answered() -> AdviceQuestionQuerySet:
    return AdviceQuestion.objects.answered().with_names().newest_answer_first()


def mail_is_due(at: dt.datetime) -> bool:
    return bool(OutgoingMail.objects.due_at(at).exists())


def every_mail() -> OutgoingMailQuerySet:
    return OutgoingMail.objects.newest_first()


def mail_given_up() -> OutgoingMailQuerySet:
    return OutgoingMail.objects.undeliverable().newest_first()


def mail_waiting() -> OutgoingMailQuerySet:
    """Not attempted yet, the longest waiting first: moments, while a worker is there."""
    return OutgoingMail.objects.not_attempted().order_by("created_at", "id")


def mail_retrying() -> OutgoingMailQuerySet:
    return OutgoingMail.objects.struggling().newest_first()
