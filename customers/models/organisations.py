from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from customers.models.people import Duty
from customers.querysets import (
    InvitationQuerySet,
    MembershipQuerySet,
    OrganisationQuerySet,
    PartnerAccessQuerySet,
)

if TYPE_CHECKING:
    from customers.models.people import Person


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    TENANT_ADMINISTRATOR = "tenant_administrator", _("Tenant administrator")
    BILLING_CONTACT = "billing_contact", _("Billing contact")
    DEVELOPER = "developer", _("Developer")
    READER = "reader", _("Reader")


# Who decides what runs on the tenants of their organisation (D3.5): its administrators, and owners,
# who appoint those.
ANSWER_FOR_TENANTS = (Role.OWNER, Role.TENANT_ADMINISTRATOR)


class InvoiceLanguage(models.TextChoices):
    """What invoices are written in: the languages of the countries where most buyers are.

    The portal itself, and its letters, speak fewer of them (`settings.LANGUAGES`).
    """

    ENGLISH = "en", _("English")
    DUTCH = "nl", _("Dutch")
    NORWEGIAN = "no", _("Norwegian")
    SWEDISH = "sv", _("Swedish")
    DANISH = "da", _("Danish")
    GERMAN = "de", _("German")


class Organisation(models.Model):
    """A customer, or a partner who works for customers. Buys under its own name and VAT id."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        PARTNER = "partner", _("Partner")

    customer_number = models.CharField(_("customer number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CUSTOMER)
    name = models.CharField(_("name"), max_length=200)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2)  # ISO 3166-1 alpha-2
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    registration_number = models.CharField(_("registration number"), max_length=30, blank=True)
    # Where electronic invoices go, if not to the address that follows from country and numbers;
    # the scheme is from the code list EAS.
    endpoint_scheme = models.CharField(_("e-invoice scheme"), max_length=4, blank=True)
    endpoint_id = models.CharField(_("e-invoice address"), max_length=50, blank=True)
    # What the customer wants to find on its invoices (EN 16931, BT-10 and BT-13).
    buyer_reference = models.CharField(_("your reference"), max_length=100, blank=True)
    order_number = models.CharField(_("order number"), max_length=100, blank=True)
    currency = models.CharField(_("currency"), max_length=3)  # ISO 4217
    # Of letters to whom we do not know yet; who has an account is written to in their own.
    language = models.CharField(_("language"), max_length=5, default="en")
    invoice_language = models.CharField(
        _("language of the invoices"),
        max_length=5,
        choices=InvoiceLanguage,
        default=InvoiceLanguage.ENGLISH,
    )
    partner = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("partner"),
    )
    representative = models.ForeignKey(
        "customers.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="represented_organisations",
        verbose_name=_("representative"),
    )
    created_at = models.DateTimeField(_("created at"))

    objects: ClassVar = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"),
                name="organisation_country_is_iso_3166",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
                name="organisation_currency_is_iso_4217",
            ),
            models.CheckConstraint(
                condition=models.Q(invoice_language__in=InvoiceLanguage.values),
                name="organisation_invoice_language_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(partner__isnull=True) | ~models.Q(partner=models.F("id")),
                name="organisation_is_not_its_own_partner",
            ),
            models.CheckConstraint(
                condition=models.Q(endpoint_scheme="", endpoint_id="")
                | models.Q(endpoint_scheme__regex=r"^[0-9]{4}$") & ~models.Q(endpoint_id=""),
                name="organisation_endpoint_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sales_representative(self) -> Person | None:
        """The representative, as long as answering customers is a task of theirs."""
        named = self.representative
        return named if named is not None and named.has_duty(Duty.SALES) else None


class DeveloperSignUp(models.Model):
    """Somebody who came by the door for developers and has not confirmed the address yet.

    Gone as soon as that has become an organisation, or after 30 days with the account; never
    shown to anybody before.
    """

    person = models.OneToOneField("customers.Person", models.CASCADE, related_name="+")
    organisation_name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2)  # ISO 3166-1 alpha-2
    signed_up_at = models.DateTimeField(_("signed up at"))

    objects: ClassVar = models.Manager()

    class Meta:
        verbose_name = _("sign-up of a developer")
        verbose_name_plural = _("sign-ups of developers")

    def __str__(self) -> str:
        return self.organisation_name


class Membership(models.Model):
    """One person's role in one organisation."""

    person = models.ForeignKey(
        "customers.Person", models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role)
    since_at = models.DateTimeField(_("since"))

    objects: ClassVar = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"], name="membership_one_role_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.organisation_id} · {self.role}"


class PartnerAccess(models.Model):
    """A customer lets a partner act on its behalf, until it withdraws that."""

    customer = models.ForeignKey(
        Organisation, models.CASCADE, related_name="granted_access", verbose_name=_("customer")
    )
    partner = models.ForeignKey(
        Organisation, models.CASCADE, related_name="received_access", verbose_name=_("partner")
    )
    granted_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(_("granted at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects: ClassVar = PartnerAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner access")
        verbose_name_plural = _("partner access")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "partner"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="partner_access_granted_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("partner")),
                name="partner_access_between_two_organisations",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} → {self.customer_id}"


class Invitation(models.Model):
    """An offer to join an organisation in a role. The token in the mail is stored hashed."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="invitations", verbose_name=_("organisation")
    )
    email = models.EmailField(_("email address"), max_length=254)
    role = models.CharField(_("role"), max_length=30, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey("customers.Person", models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("invited at"))
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        "customers.Person", models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects: ClassVar = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "organisation",
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_once_per_address",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_at_and_by_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.organisation_id}"
