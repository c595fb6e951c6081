from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import IntegerField, Max
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from customers import history, identity
from customers.addresses import lacks_postal_code
from customers.electronic_addresses import SCHEMES, can_be
from customers.locks import lock_organisation, take_turns_taking_on
from customers.models import Membership, Organisation, PartnerAccess, Person
from customers.operations.letters import write_to_owners
from customers.refusals import ChangedMeanwhile, Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from customers.actors import Actor

FIRST_CUSTOMER_NUMBER = 10001
# The next one is the highest and one more, of nine digits at most: room for a million beyond this.
HIGHEST_TO_CHOOSE = 999_000_000
COUNTED = "[0-9]{1,9}"  # others have letters, or are longer


class VatNumberMalformed(Refusal):
    sentence = _("This is not a VAT number of that country.")


class RegistrationNumberMalformed(Refusal):
    sentence = _("A Norwegian organisation number has nine digits, the last one a check digit.")


class PostalCodeMissing(Refusal):
    sentence = _("In this country an invoice names the postal code too.")


class EndpointMalformed(Refusal):
    sentence = _("An e-invoice address is four digits of a scheme and the address itself.")


class SchemeUnknown(Refusal):
    sentence = _(
        "No e-invoice address has this scheme: it is none of the code list EAS. 0106 is a number "
        "of the Dutch trade register, 0088 a GLN."
    )


class EndpointMistyped(Refusal):
    sentence = _("No number of this kind has these digits: look at them once more.")


class CustomerNumberTaken(Refusal):
    sentence = _("Another organisation already has this customer number.")


class CustomerNumberTooHigh(Refusal):
    sentence = _("The next numbers follow the highest: choose one up to 999000000.")


class OnlyOwnersDecide(Refusal):
    sentence = _("Only an owner of the customer decides which partner may act for it.")


class NotAPartner(Refusal):
    sentence = _("That organisation is not a partner.")


class PartnersLetNobodyIn(Refusal):
    sentence = _("Only a customer can let a partner in.")


class PartnerUnknown(Refusal):
    sentence = _("No partner has this customer number. Your partner can tell you which it has.")


class AccessAlreadyGranted(Refusal):
    sentence = _("This partner already has access.")


class AccessAlreadyWithdrawn(Refusal):
    sentence = _("This access has already been withdrawn.")


@dataclass(frozen=True, kw_only=True)
class NewOrganisation:
    """What is known of an organisation when it is created. `country` ISO 3166, `currency` 4217."""

    name: str
    country: str
    currency: str
    kind: Organisation.Kind = Organisation.Kind.CUSTOMER
    customer_number: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    vat_number: str = ""
    registration_number: str = ""
    language: str = "en"
    invoice_language: str = ""  # that of the letters
    partner: Organisation | None = None
    representative: Person | None = None


@dataclass(frozen=True, kw_only=True)
class BillingDetails:
    """Under which name, address and numbers an organisation is billed. `country` ISO 3166."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_number: str
    registration_number: str
    endpoint_scheme: str = ""
    endpoint_id: str = ""
    buyer_reference: str = ""
    order_number: str = ""
    invoice_language: str


@transaction.atomic
def create_organisation(new: NewOrganisation, *, by: Actor, at: dt.datetime) -> Organisation:
    """Take on a customer or a partner, under the number given or the next free one.

    Raises VatNumberMalformed, RegistrationNumberMalformed, PostalCodeMissing, CustomerNumberTaken,
    CustomerNumberTooHigh, NotAPartner.
    """
    for refusal in malformed_of_anybody(new):
        raise refusal
    if new.partner is not None and new.partner.kind != Organisation.Kind.PARTNER:
        raise NotAPartner
    organisation = Organisation.objects.create(
        customer_number=_customer_number(new.customer_number),
        kind=new.kind,
        name=new.name,
        street=new.street,
        postal_code=new.postal_code,
        city=new.city,
        country=new.country,
        vat_number=identity.compact_vat_number(new.vat_number),
        registration_number=new.registration_number,
        currency=new.currency,
        language=new.language,
        invoice_language=new.invoice_language or new.language,
        partner=new.partner,
        representative=new.representative,
        created_at=at,
    )
    history.record(organisation, "organisation.created", organisation=organisation, by=by, at=at)
    return organisation


@transaction.atomic
def change_billing_details(
    organisation: Organisation,
    details: BillingDetails,
    *,
    by: Person,
    at: dt.datetime,
    as_seen: Callable[[Organisation], bool] | None = None,
) -> Organisation:
    """Correct who is billed, from the next invoice on: what was issued keeps what it says.

    The country decides about seller and VAT. The same details again change nothing.
    Raises VatNumberMalformed, RegistrationNumberMalformed, PostalCodeMissing, EndpointMalformed,
    SchemeUnknown, EndpointMistyped, ChangedMeanwhile when it is no longer `as_seen`.
    """
    organisation = lock_organisation(organisation.pk)
    for refusal in malformed(details):
        raise refusal
    after = asdict(details) | {"vat_number": identity.compact_vat_number(details.vat_number)}
    before = {name: getattr(organisation, name) for name in after}
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        return organisation
    if as_seen and not as_seen(organisation):
        raise ChangedMeanwhile
    for name, value in changed.items():
        setattr(organisation, name, value)
    organisation.save(update_fields=list(changed))
    history.record(
        organisation,
        "organisation.billing_details_changed",
        organisation=organisation,
        by=by,
        at=at,
        details={"from": {name: before[name] for name in changed}, "to": changed},
    )
    return organisation


@transaction.atomic
def change_partner(
    organisation: Organisation,
    partner: Organisation | None,
    *,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> Organisation:
    """Who advises it from now on, its partner or with None the vendor; lets nobody in.

    The same one again changes nothing. Raises NotAPartner.
    """
    organisation = lock_organisation(organisation.pk)
    if partner is not None and (
        partner.kind != Organisation.Kind.PARTNER or partner.pk == organisation.pk
    ):
        raise NotAPartner
    before = organisation.partner
    if before == partner:
        return organisation
    organisation.partner = partner
    organisation.save(update_fields=["partner"])
    history.record(
        organisation,
        "organisation.partner_changed",
        organisation=organisation,
        by=by,
        at=at,
        reason=reason,
        details={"from": before.name if before else "", "to": partner.name if partner else ""},
    )
    return organisation


def malformed(details: BillingDetails) -> Iterator[Refusal]:
    """Everything that `change_billing_details` refuses of what was typed, for a form to say."""
    yield from malformed_of_anybody(details)
    scheme, id_ = details.endpoint_scheme, details.endpoint_id
    if (scheme or id_) and not (id_ and re.fullmatch(r"[0-9]{4}", scheme)):
        yield EndpointMalformed()
    elif scheme and scheme not in SCHEMES:
        yield SchemeUnknown()
    elif not can_be(scheme, id_):
        yield EndpointMistyped()


def malformed_of_anybody(new: NewOrganisation | BillingDetails) -> Iterator[Refusal]:
    """What of it is refused of whoever becomes a customer as well: numbers and postal code."""
    if new.vat_number and not identity.vat_number_is_well_formed(new.country, new.vat_number):
        yield VatNumberMalformed()
    if (
        new.country == "NO"
        and new.registration_number
        and not identity.norwegian_organisation_number_is_well_formed(new.registration_number)
    ):
        yield RegistrationNumberMalformed()
    # Whose address is not known yet is held until it is.
    if (new.street or new.city) and lacks_postal_code(new.country, new.postal_code):
        yield PostalCodeMissing()


def partner_to_let_in(customer: Organisation, *, number: str) -> Organisation:
    """The partner with exactly this customer number, for its name to be agreed to.

    Anybody can sign up as a partner: who is none of our customers learns nobody's name here.
    Raises PartnersLetNobodyIn, PartnerUnknown.
    """
    _refuse_unless_customer(customer)
    partners = Organisation.objects.of_kind(Organisation.Kind.PARTNER)
    partner: Organisation | None = partners.filter(customer_number=number).first()
    if partner is None:
        raise PartnerUnknown
    return partner


@transaction.atomic
def change_contact(
    organisation: Organisation,
    *,
    language: str,
    representative: Person | None,
    by: Actor,
    at: dt.datetime,
) -> Organisation:
    """In which language it is invited, and who of the vendor answers its questions.

    The same ones again change nothing.
    """
    organisation = lock_organisation(organisation.pk)
    known = organisation.representative
    before = {"language": organisation.language, "representative": str(known or "")}
    after = {"language": language, "representative": str(representative or "")}
    if organisation.language == language and known == representative:
        return organisation
    organisation.language, organisation.representative = language, representative
    organisation.save(update_fields=["language", "representative"])
    history.record(
        organisation,
        "organisation.contact_changed",
        organisation=organisation,
        by=by,
        at=at,
        details={"from": before, "to": after},
    )
    return organisation


@transaction.atomic
def grant_partner_access(
    customer: Organisation, *, partner: Organisation, by: Person, at: dt.datetime
) -> PartnerAccess:
    """Let a partner's people act for the customer, until that is withdrawn.

    The customer's own decision: not the partner's, not the vendor's. The owners of both hear.
    Raises OnlyOwnersDecide, PartnersLetNobodyIn, NotAPartner, AccessAlreadyGranted.
    """
    _refuse_unless_owner(customer, by)
    _refuse_unless_customer(customer)
    if partner.kind != Organisation.Kind.PARTNER:
        raise NotAPartner
    lock_organisation(customer.pk)
    if PartnerAccess.objects.live().granted_by(customer).filter(partner=partner).exists():
        raise AccessAlreadyGranted
    access = PartnerAccess.objects.create(
        customer=customer, partner=partner, granted_by=by, granted_at=at
    )
    history.record(
        access,
        "partner_access.granted",
        organisation=customer,
        by=by,
        at=at,
        details={"partner": partner.name},
    )
    _write_of_access(access, "customers/partner_let_in", by=by, at=at)
    return access


@transaction.atomic
def withdraw_partner_access(access: PartnerAccess, *, by: Person, at: dt.datetime) -> PartnerAccess:
    """Shut the partner out from now on. The owners of both hear.

    Raises OnlyOwnersDecide, AccessAlreadyWithdrawn.
    """
    lock_organisation(access.customer_id)
    access = PartnerAccess.objects.select_related("customer", "partner").get(pk=access.pk)
    _refuse_unless_owner(access.customer, by)
    if access.withdrawn_at is not None:
        raise AccessAlreadyWithdrawn
    access.withdrawn_at = at
    access.save(update_fields=["withdrawn_at"])
    history.record(
        access,
        "partner_access.withdrawn",
        organisation=access.customer,
        by=by,
        at=at,
        details={"partner": access.partner.name},
    )
    _write_of_access(access, "customers/partner_shut_out", by=by, at=at)
    return access


def _write_of_access(access: PartnerAccess, template: str, *, by: Person, at: dt.datetime) -> None:
    """To the owners of the customer, and to those of the partner."""
    told = {"customer": access.customer, "partner": access.partner, "by": by}
    for reader in (access.customer, access.partner):
        write_to_owners(reader, template, told | {"to_partner": reader == access.partner}, at=at)


def _customer_number(wanted: str) -> str:
    """The wanted number if it is free, else the next one."""
    take_turns_taking_on()
    if not wanted:
        numbered = Organisation.objects.filter(customer_number__regex=f"^{COUNTED}$")
        highest = numbered.aggregate(
            highest=Max(Cast("customer_number", output_field=IntegerField()))
        )["highest"]
        return str(max(FIRST_CUSTOMER_NUMBER, (highest or 0) + 1))
    if Organisation.objects.filter(customer_number=wanted).exists():
        raise CustomerNumberTaken
    if re.fullmatch(COUNTED, wanted) and int(wanted) > HIGHEST_TO_CHOOSE:
        raise CustomerNumberTooHigh
    return wanted


def _refuse_unless_customer(organisation: Organisation) -> None:
    if organisation.kind != Organisation.Kind.CUSTOMER:
        raise PartnersLetNobodyIn


def _refuse_unless_owner(customer: Organisation, person: Person) -> None:
    if not Membership.objects.of(customer).owners().filter(person=person).exists():
        raise OnlyOwnersDecide
