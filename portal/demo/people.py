"""The people of the demo: one per role, all invented, all with the same password."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP

from customers.models import Duty, Person

DEMO_PASSWORD = "expander-demo-2026"  # noqa: S105 - printed by `make run`, for demos only
DEMO_SECRET = "EXPANDERDEMO2345EXPANDERDEMO2345"  # noqa: S105 - the same


@dataclass(frozen=True)
class DemoSignIn:
    """Who can sign in to the demo; `who` says in English what they are."""

    email: str
    name: str
    who: str
    language: str = "en"
    duties: tuple[Duty, ...] = ()
    second_factor: str = ""  # base32; of this person an app's codes are asked as well

    @property
    def is_staff(self) -> bool:
        return bool(self.duties)


OWNER = DemoSignIn("owner@waterlelie.example", "Eva de Boer", "owner of a Dutch customer", "nl")
ADMINISTRATOR = DemoSignIn(
    "administrator@waterlelie.example", "Joris Bakker", "tenant administrator there", "nl"
)
BILLING_CONTACT = DemoSignIn(
    "billing@waterlelie.example", "Fatima El Amrani", "billing contact there", "nl"
)
DEVELOPER = DemoSignIn("developer@waterlelie.example", "Daan Visser", "developer there")
READER = DemoSignIn("reader@waterlelie.example", "Sanne Mulder", "reader there", "nl")
NORWEGIAN_OWNER = DemoSignIn(
    "owner@fjordblikk.example", "Ingrid Solberg", "owner of a Norwegian customer"
)
CONSULTANT = DemoSignIn(
    "consultant@helder.example", "Ruben Smit", "consultant of the Dutch customer's partner", "nl"
)
SALES = DemoSignIn("sales@vendor.example", "Lotte Vos", "staff: sales", "nl", (Duty.SALES,))
APP_MANAGER = DemoSignIn(
    "apps@vendor.example", "Anders Lind", "staff: app manager", "en", (Duty.APP_MANAGER,)
)
BILLING = DemoSignIn(
    "billing@vendor.example", "Mirjam Kok", "staff: billing", "nl", (Duty.BILLING,)
)
OPERATIONS = DemoSignIn(
    "operations@vendor.example",
    "Tom Berg",
    "staff: operations, staff manager, and superuser",
    "en",
    (Duty.OPERATIONS, Duty.STAFF_MANAGER),
)
CAREFUL = DemoSignIn(
    "careful@vendor.example",
    "Noor Prins",
    f"staff: billing, with a second factor: put {DEMO_SECRET} into an app for codes",
    "nl",
    (Duty.BILLING,),
    DEMO_SECRET,
)

DEMO_SIGN_INS = (
    OWNER,
    ADMINISTRATOR,
    BILLING_CONTACT,
    DEVELOPER,
    READER,
    NORWEGIAN_OWNER,
    CONSULTANT,
    SALES,
    APP_MANAGER,
    BILLING,
    OPERATIONS,
    CAREFUL,
)


def create_demo_person(sign_in: DemoSignIn) -> Person:
    """An account that can sign in at once: its address counts as verified."""
    person = Person.objects.create_user(
        sign_in.email,
        DEMO_PASSWORD,
        name=sign_in.name,
        language=sign_in.language,
        is_staff=sign_in.is_staff,
        is_superuser=Duty.OPERATIONS in sign_in.duties,
        duties=list(sign_in.duties),
    )
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    if sign_in.second_factor:
        TOTP.activate(person, sign_in.second_factor)
        RecoveryCodes.activate(person)
    return person
