"""Who buys: people, organisations, tenants, what happened to them and what was mailed."""

from customers.models.advice import AdviceQuestion
from customers.models.clock import ClockShift, Heartbeat
from customers.models.digests import ToldWaiting, Waiting
from customers.models.history import History
from customers.models.mail import MailAttachment, OutgoingMail
from customers.models.organisations import (
    ANSWER_FOR_TENANTS,
    DeveloperSignUp,
    Invitation,
    InvoiceLanguage,
    Membership,
    Organisation,
    PartnerAccess,
    Role,
)
from customers.models.passes import Pass
from customers.models.people import Duty, Person
from customers.models.policies import PolicyChange
from customers.models.staff import AccountChange, SecondFactorReset, StaffChange
from customers.models.tenants import (
    CommercialModel,
    CrmSuitePlan,
    Deployment,
    Environment,
    Tenant,
    TenantKind,
    TenantState,
    TenantUserPlan,
    UserPlan,
    tenant_label,
)
from customers.models.tokens import OrganisationToken, TokenScope

__all__ = [
    "ANSWER_FOR_TENANTS",
    "AccountChange",
    "AdviceQuestion",
    "ClockShift",
    "CommercialModel",
    "CrmSuitePlan",
    "Deployment",
    "DeveloperSignUp",
    "Duty",
    "Environment",
    "Heartbeat",
    "History",
    "Invitation",
    "InvoiceLanguage",
    "MailAttachment",
    "Membership",
    "Organisation",
    "OrganisationToken",
    "OutgoingMail",
    "PartnerAccess",
    "Pass",
    "Person",
    "PolicyChange",
    "Role",
    "SecondFactorReset",
    "StaffChange",
    "Tenant",
    "TenantKind",
    "TenantState",
    "TenantUserPlan",
    "TokenScope",
    "ToldWaiting",
    "UserPlan",
    "Waiting",
    "tenant_label",
]
