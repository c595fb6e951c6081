"""Settings that hold everywhere. What differs per place is read from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from .addresses import database_from_url, mailer_from_url
from .environment import number

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/portal")
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")

DATABASES = {"default": database_from_url(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "portal.caching.PrefixedRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",  # beside the broker's keys, in the same database
    }
}

# A row in the database says what is due, and a message only wakes a worker (portal/celery.py).
# How long a subscription that has ended, a mail or a due invoice waits at most.
SCHEDULE_SECONDS = float(os.environ.get("SCHEDULE_SECONDS") or 60)
# A message that has waited longer is worth nothing: the schedule has rung anew.
MESSAGE_SECONDS = max(SCHEDULE_SECONDS, 10)
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A task that is not acknowledged comes back after this: longer than any task may take.
    "visibility_timeout": 900,
    # How often the broker looks for such tasks; the defaults make it minutes.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    # In seconds. A web process that rings waits no longer for a host that has vanished, or is
    # there and says nothing: the system would wait for minutes. Rows are due all the same.
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = number("WORKER_PROCESSES", os.cpu_count() or 1)
# How many of them make documents at the same time, unless told: one is left for the rest.
DOCUMENT_WORKERS = number("DOCUMENT_WORKERS", max(1, CELERY_WORKER_CONCURRENCY - 1))
CELERY_TASK_SOFT_TIME_LIMIT = 600  # seconds
CELERY_TASK_TIME_LIMIT = 660
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING decides
CELERY_TIMEZONE = "Europe/Amsterdam"

INSTALLED_APPS = [
    "portal",
    "portal.answered",
    "portal.webhooks",
    "billing",
    "billing.metering",
    "billing.payments",
    "billing.documents",
    "billing.vies",
    "subscriptions",
    "subscriptions.applications",
    "subscriptions.licence_files",
    "subscriptions.provisioning",
    "catalog",
    "customers",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "pgtrigger",
    "django_linear_migrations",
    "portal.admin_config.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",  # its widget templates, for the renderer below
]

MIDDLEWARE = [
    "portal.middleware.Utf8",
    "portal.middleware.Programs",  # what the next one does it does itself
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.SecondFactor",
    "portal.middleware.PrivatePages",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
        },
    }
]

FORM_RENDERER = "portal.form_rendering.PortalRenderer"

AUTH_USER_MODEL = "customers.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_ADAPTER = "portal.accounts.adapter.PortalAccountAdapter"
ACCOUNT_FORMS = {
    "signup": "portal.accounts.forms.PortalSignupForm",
    "change_password": "portal.accounts.forms.PortalChangePasswordForm",
    "reset_password_from_key": "portal.accounts.forms.PortalResetPasswordKeyForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a letter whenever a password, address or factor changes
# Who has no account gets no letter; who has one, or is about to, not more in a day than a person
# needs: a stranger can type any address. Counted in the cache, by allauth (docs/decisions/0086).
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "confirm_email": "1/3m/key,10/d/key",
    "letter_of_an_account": "10/d/key",  # a new password, or that there is an account already
}
# An address more, or another one, opens the account to whoever reads its mail.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # seconds in which nobody is asked twice who they are

# The second factor: an app with codes that change, and recovery codes for a lost telephone
# (docs/decisions/0075). Staff, and customers' owners and billing contacts, open nothing without.
MFA_ADAPTER = "portal.accounts.second_factor.PortalMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Nothing is ever done with an address that waits for its confirmation.
MFA_ALLOW_UNVERIFIED_EMAIL = True
STAFF_NEED_SECOND_FACTOR = False
CUSTOMERS_NEED_SECOND_FACTOR = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_ENGINE = "customers.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60  # seconds; without "remember me" until the browser closes
LANGUAGE_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-collected"

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

# Mail: links in it start with the address people know the portal by.
PORTAL_ADDRESS = os.environ.get("PORTAL_ADDRESS", "http://127.0.0.1:8000")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Expander Services <portal@example.com>")
MAILERS = {"default": mailer_from_url(os.environ.get("MAIL_URL", "smtp://127.0.0.1:25"))}
# Who is asked for advice when a customer has neither partner nor representative.
ADVICE_ADDRESS = os.environ.get("ADVICE_ADDRESS", "advice@example.com")

# Only a demo or a test may move the clock; production always reads the real one.
CLOCK_CAN_MOVE = False

# Who carries electronic invoices over Peppol: the dotted path of something that makes an
# AccessPoint (billing/documents/peppol.py). Empty: they go by mail only.
PEPPOL_ACCESS_POINT = os.environ.get("PEPPOL_ACCESS_POINT", "")
# Where `billing.documents.peppol.local_directory` puts them, for a demo.
PEPPOL_DIRECTORY = os.environ.get("PEPPOL_DIRECTORY", str(BASE_DIR / ".local" / "peppol"))

# Where VIES is asked about VAT numbers of buyers in other member states. Empty: it is not, and
# that a number is well formed is enough (docs/decisions/0044).
VIES_URL = os.environ.get("VIES_URL", "")

# What is for sale and who sells it: what `manage.py load_catalogue` loads. An example comes along.
CATALOGUE_DIRECTORY = os.environ.get("CATALOGUE_DIRECTORY") or str(BASE_DIR / "catalog" / "seed")
# Only a demo or a test makes invoices of a seller that is an example.
EXAMPLES_ARE_INVOICED = False

# Organisations per transaction of a billing run: small chunks lock fewer, large ones are faster.
BILLING_CHUNK = number("BILLING_CHUNK", 4000)
# How many processes work on one run at the same time; on other runs others do.
WORKERS_PER_RUN = number("WORKERS_PER_RUN", 2)

# How often a program may ask, every minute anew: a token of an organisation; an application with
# its client secret (tokens, introspection); an application with its access tokens, on each tenant;
# a credential that staff made (the platform asks at every sign-in); what the platform tells.
API_REQUESTS_PER_MINUTE = number("API_REQUESTS_PER_MINUTE", 600)
CLIENT_REQUESTS_PER_MINUTE = number("CLIENT_REQUESTS_PER_MINUTE", 600)
APPLICATION_REQUESTS_PER_MINUTE = number("APPLICATION_REQUESTS_PER_MINUTE", 6000)
PROGRAM_REQUESTS_PER_MINUTE = number("PROGRAM_REQUESTS_PER_MINUTE", 1_200_000)
PLATFORM_EVENTS_PER_MINUTE = number("PLATFORM_EVENTS_PER_MINUTE", 60_000)

# How often a person may have the address of a webhook judged, which asks the resolver.
WEBHOOK_ADDRESSES_PER_MINUTE = 10
# How often an organisation may name a customer's tenant by its id, whether there is one or not.
TENANT_IDS_PER_MINUTE = 10

# For so many seconds a process believes what it read about meters and tenants when it counts
# usage. A new tenant is found at once; a changed policy is followed this much later.
METERING_MEMORY_SECONDS = 5

# For so many seconds a process believes what it read about policies where it is asked thousands
# of times a second (customers/policy_queries.py).
POLICIES_MEMORY_SECONDS = 5

# Networks that webhooks may go into although they are internal (addresses with a prefix length),
# and over plain HTTP on the machine itself: for a demo or a test, never on a server.
WEBHOOKS_INTERNAL_NETWORKS: list[str] = []

# Licence files are signed with the first (32 random bytes in base64url, kept secret); beside its
# public half these public keys are published: earlier ones until their last file has ended, and
# a coming one some days before it signs. `manage.py new_licence_key` makes one.
LICENCE_SIGNING_KEY = os.environ.get("LICENCE_SIGNING_KEY", "")
LICENCE_PUBLISHED_KEYS = os.environ.get("LICENCE_PUBLISHED_KEYS", "").replace(",", " ").split()

# The CRM platform's Operation Center: where facts go (empty: they wait), and with which secrets
# ("whsec_…") they are signed. Two of them, a space between, while one takes the other's place.
OPERATION_CENTER_URL = os.environ.get("OPERATION_CENTER_URL", "")
OPERATION_CENTER_SECRETS = os.environ.get("OPERATION_CENTER_SECRET", "").split()
# With which of its own the platform signs what it tells the portal.
PLATFORM_SECRETS = os.environ.get("PLATFORM_SECRET", "").split()
# With which the reference platform asks whether a token is good; the portal itself needs none.
PLATFORM_CREDENTIAL = os.environ.get("PLATFORM_CREDENTIAL", "")
# And by which it knows the webhooks of the demo's customers, which come to it.
DEMO_WEBHOOK_SECRETS = os.environ.get("DEMO_WEBHOOK_SECRETS", "").split()
