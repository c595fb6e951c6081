"""The gate: every address of the portal is registered, and nobody gets at what is not theirs.

A view registers itself by its decorator (`portal/access.py`); here stand a second time, on
purpose, the addresses that need no organisation, and for every id in an address where to find
one that belongs to somebody else. Whoever adds a route without saying whose it is fails here.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from billing.models import Invoice
from catalog.models import Seller
from customers import clock
from customers.models import (
    Duty,
    Environment,
    Organisation,
    OrganisationToken,
    Role,
    TokenScope,
)
from customers.operations import tokens
from portal import urls
from portal.access import Audience
from subscriptions.applications import credentials
from subscriptions.operations import orders
from tests.factories.customers import (
    AdviceQuestionFactory,
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    OrganisationTokenFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.documents import kept_document
from tests.factories.shop import SANDBOX, open_shop
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    LicenceFileFactory,
)
from tests.factories.usage import explained_line
from tests.factories.webhooks import DeliveryFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model
    from pytest_django import DjangoDbBlocker

    from customers.models import Person
    from portal.access import Access

pytestmark = pytest.mark.django_db

STRANGERS = ("staff", "outsider")

NOON = dt.datetime(2026, 11, 2, 11, 0, tzinfo=dt.UTC)
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")

PUBLIC = {
    "home",
    "developers",
    "healthz",
    "invitation",
    "licence_keys",
    "set_language",
    "set_theme",
    "pages:api_reference",
    "pages:api_problems",
    "pages:api_document",
}
SIGNED_IN = {"pages:organisation_chooser"}
PROGRAMS = {
    "api:usage_events",
    "api:platform_events",
    "api:oauth_token",
    "api:oauth_revoke",
    "api:oauth_introspect",
    "api:oauth_application",
}

# What a token must be for, by address and method.
API: dict[str, dict[str, str]] = {
    "api:products": {"GET": "catalogue:read"},
    "api:product": {"GET": "catalogue:read"},
    "api:organisations": {"GET": "tenants:read"},
    "api:tenants": {"GET": "tenants:read"},
    "api:tenant": {"GET": "tenants:read"},
    "api:subscriptions": {"GET": "subscriptions:read", "POST": "subscriptions:write"},
    "api:subscription": {"GET": "subscriptions:read"},
    "api:subscription_cancellation": {
        "GET": "subscriptions:read",
        "POST": "subscriptions:write",
        "DELETE": "subscriptions:write",
    },
    "api:applications": {"GET": "applications:read"},
    "api:application": {"GET": "applications:read"},
    "api:authorisations": {"GET": "applications:read"},
    "api:authorisation": {"GET": "applications:read"},
    "api:invoices": {"GET": "invoices:read"},
    "api:invoice": {"GET": "invoices:read"},
    "api:invoice_document": {"GET": "invoices:read"},
    "api:usage": {"GET": "usage:read"},
    "api:history": {"GET": "history:read"},
    "api:tenant_entitlements": {"GET": "entitlements:read", "HEAD": "entitlements:read"},
    "api:application_entitlement": {"GET": "entitlements:read", "HEAD": "entitlements:read"},
}
# What a POST says, so that it is refused for whose things it names and for nothing else.
CONTENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "api:subscriptions": lambda ids: {
        "product_code": "development-tools",
        "price_id": 1,
        "tenant_id": ids["tenant_id"],
    },
    "api:subscription_cancellation": lambda _ids: {"when": "now", "confirmed": "0" * 32},
}

# allauth guards its own pages; True where only somebody signed in gets anything.
ACCOUNTS = {
    "account_login": False,
    "account_logout": False,
    "account_inactive": False,
    "account_signup": False,
    "account_reauthenticate": True,
    "account_email": True,
    "account_email_verification_sent": False,
    "account_confirm_email": False,
    "account_change_password": True,
    "account_set_password": True,
    "account_reset_password": False,
    "account_reset_password_done": False,
    "account_reset_password_from_key": False,
    "account_reset_password_from_key_done": False,
    "account_confirm_login_code": False,
}


@dataclass(frozen=True)
class Route:
    name: str
    address: str  # "organisations/<int:organisation_id>/"
    access: Access | None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(re.findall(r"<(?:\w+:)?(\w+)>", self.address))


def walk(resolver: URLResolver, prefix: str = "", namespace: str = "") -> Iterator[Route]:
    for each in resolver.url_patterns:
        address = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from walk(each, address, inner)
        else:
            assert isinstance(each, URLPattern)
            name = f"{namespace}{each.name or ''}"
            yield Route(name, address, getattr(each.callback, "access", None))


ROUTES = [route for route in walk(get_resolver()) if not route.name.startswith("admin:")]


def routes(audience: Audience) -> list[Any]:
    found = [route for route in ROUTES if route.access and route.access.audience is audience]
    return [pytest.param(route, id=route.name) for route in found]


@dataclass(frozen=True)
class World:
    """A customer with one of everything, and who sits where."""

    customer: Organisation
    ids: dict[str, Any]


@dataclass(frozen=True)
class Gate:
    ours: World
    theirs: World
    people: dict[str, Person]  # ours: one per role, a consultant that was let in; and strangers
    secrets: dict[str, str]  # of our tokens: live, expired, revoked

    @property
    def customers(self) -> dict[str, Person]:
        return {name: person for name, person in self.people.items() if name not in STRANGERS}


# --- One of everything -------------------------------------------------------------------


def world() -> World:
    """One of each thing that has an id in an address; an id without a factory fails below."""
    customer = OrganisationFactory(dutch=True)
    tenant = TenantFactory(organisation=customer)
    owner = MembershipFactory(organisation=customer).person
    ordered = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 3},
        by=owner,
        at=NOON,
    )
    subscription = orders.confirm(ordered, by=PersonFactory(staff=True), at=NOON)
    application = ApplicationFactory(owner=customer)
    client = credentials.create(application, Environment.PRODUCTION, by=owner, at=NOON).credential
    invoice = issued_invoice(customer)
    delivery = DeliveryFactory(endpoint__organisation=customer)
    rows: dict[str, Model] = {
        "tenant_id": tenant,
        "subscription_id": subscription,
        "application_id": application,
        "version_id": application.versions.get(),
        "credential_id": client,
        "secret_id": client.secrets.get(),
        "authorisation_id": AuthorisationFactory(tenant=tenant, application=application),
        "question_id": AdviceQuestionFactory(organisation=customer),
        "membership_id": MembershipFactory(organisation=customer, role=Role.READER),
        "invitation_id": InvitationFactory(
            organisation=customer, expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
        ),
        "access_id": PartnerAccessFactory(customer=customer),
        "token_id": OrganisationTokenFactory(organisation=customer),
        "invoice_id": invoice,
        "document_id": kept_document(invoice),
        "line_id": explained_line(invoice),
        "file_id": LicenceFileFactory(tenant=tenant),
        "endpoint_id": delivery.endpoint,
        "delivery_id": delivery,
    }
    return World(
        customer,
        {"organisation_id": customer.pk, "product_code": SANDBOX}
        | {name: row.pk for name, row in rows.items()},
    )


def issued_invoice(customer: Organisation) -> Invoice:
    seller = Seller.objects.get(code="nl")
    sequence = Invoice.objects.count() + 1
    return Invoice.objects.create(
        kind="invoice",
        status="issued",
        organisation=customer,
        seller=seller,
        month=dt.date(2026, 11, 1),
        currency="EUR",
        language="en",
        net=0,
        vat=0,
        gross=0,
        number=f"NL-2026-{sequence:05}",
        series_year=2026,
        sequence=sequence,
        issued_at=NOON,
        issued_on=NOON.date(),
        due_on=NOON.date(),
    )


@pytest.fixture(scope="module")
def gate(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Gate]:
    """Made once for all routes, and rolled back: nothing here may change anything anyway."""
    with django_db_blocker.unblock(), transaction.atomic():
        open_shop()
        yield _gate()
        transaction.set_rollback(True)


def _gate() -> Gate:
    ours, theirs = world(), world()
    people = {
        str(role): MembershipFactory(organisation=ours.customer, role=role).person for role in Role
    }
    access = PartnerAccessFactory(customer=ours.customer)
    people["consultant"] = MembershipFactory(organisation=access.partner).person
    withdrawn = PartnerAccessFactory(customer=theirs.customer, withdrawn=True)
    MembershipFactory(organisation=withdrawn.partner, person=people["consultant"])
    people["staff"] = PersonFactory(staff=True, duties=list(Duty.values))
    people["outsider"] = PersonFactory()
    return Gate(ours, theirs, people, secrets_of(ours.customer))


def secrets_of(organisation: Organisation) -> dict[str, str]:
    """Each was good once, for everything."""
    now = clock.now()
    made = now - dt.timedelta(days=10)
    lasts = {"live": dt.timedelta(days=20), "expired": dt.timedelta(days=5)} | {
        "revoked": dt.timedelta(days=20)
    }
    issued = {
        name: tokens.issue(
            organisation,
            name=name,
            scopes=list(TokenScope),
            expires_at=made + after,
            by=PersonFactory(),
            at=made,
        )
        for name, after in lasts.items()
    }
    tokens.revoke(issued["revoked"].token, by=PersonFactory(), at=now)
    return {name: each.secret for name, each in issued.items()}


@pytest.fixture(autouse=True, scope="module")
def _plain_refusals() -> Iterator[None]:
    """Thousands of refusals, none of them read: without their pages, in a fraction of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for status in (403, 404):
            patch.setattr(urls, f"handler{status}", _plain(status), raising=False)
        yield


def _plain(status: int) -> Callable[..., HttpResponse]:
    return lambda _request, exception: HttpResponse(status=status)  # noqa: ARG005


@pytest.fixture(scope="module")
def ask(gate: Gate) -> Callable[[Person | None, str, str], HttpResponse]:
    """Everybody of the gate signs in once; who comes along later signs in each time."""
    browsers = {person.pk: _signed_in(person) for person in gate.people.values()}

    def send(person: Person | None, method: str, address: str) -> HttpResponse:
        client = Client() if person is None else browsers.get(person.pk) or _signed_in(person)
        return getattr(client, method)(address)

    return send


def _signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address_of(route: Route, ids: dict[str, Any]) -> str:
    return reverse(route.name, kwargs={name: ids[name] for name in route.ids})


# --- Every route is registered -------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_says_whose_it_is(route: Route) -> None:
    if route.access is None:
        assert route.name in ACCOUNTS, f"{route.address} is guarded by nothing"
        return
    match route.access.audience:
        case Audience.PUBLIC:
            assert route.name in PUBLIC
        case Audience.SIGNED_IN:
            assert route.name in SIGNED_IN
        case Audience.ORGANISATION:
            assert route.address.startswith("organisations/<int:organisation_id>/")
            assert route.access.permission is not None
        case Audience.STAFF:
            assert route.address.startswith("backoffice/")
        case Audience.PROGRAM:
            assert route.address.startswith("api/")
            assert route.name in PROGRAMS or route.access.token_scopes == API[route.name]


def test_nothing_is_registered_that_is_not_there() -> None:
    names = {route.name for route in ROUTES}

    assert PUBLIC | SIGNED_IN | PROGRAMS | API.keys() | ACCOUNTS.keys() <= names


def test_no_two_routes_share_a_name() -> None:
    names = [route.name for route in ROUTES]

    assert sorted(names) == sorted(set(names))
    assert all(names)


# --- An organisation's pages -----------------------------------------------------------------


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_what_is_theirs_is_not_there_for_us(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    address = address_of(route, gate.theirs.ids)

    found = {
        f"{name} {method}": ask(person, method, address).status_code
        for name, person in gate.people.items()
        for method in METHODS
    }

    assert found == dict.fromkeys(found, 404)


@pytest.mark.parametrize(
    "route",
    [
        each
        for each in routes(Audience.ORGANISATION)
        if set(each.values[0].ids) - {"organisation_id", "product_code"}
    ],
)
def test_what_is_theirs_is_not_there_below_our_own_address(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    address = address_of(route, gate.theirs.ids | {"organisation_id": gate.ours.customer.pk})

    found = {
        (name, method): ask(person, method, address).status_code
        for name, person in gate.customers.items()
        for method in METHODS
    }

    # A role without the permission is told so before anything is looked up, and a method that
    # the view does not know is refused before that as well.
    assert set(found.values()) <= {403, 404, 405}
    owners = {status for (name, _method), status in found.items() if name == Role.OWNER}
    assert owners <= {404, 405}
    assert 404 in owners


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_the_same_address_is_there_for_whose_it_is(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    """Otherwise the 404s above would prove nothing."""
    response = ask(gate.people[Role.OWNER], "get", address_of(route, gate.ours.ids))

    assert response.status_code in (200, 302, 405, 422)


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_nobody_comes_in_without_signing_in(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    address = address_of(route, gate.ours.ids)

    for method in METHODS:
        response = ask(None, method, address)
        assert response.status_code == 302, method
        assert response.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("route", routes(Audience.ORGANISATION))
def test_a_role_without_the_permission_is_refused(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    from portal.access import PERMISSIONS

    assert route.access
    address = address_of(route, gate.ours.ids)
    without = [role for role in Role if route.access.permission not in PERMISSIONS[role]]

    for role in without:
        for method in METHODS:
            assert ask(gate.people[role], method, address).status_code == 403, (role, method)


# --- The vendor's pages ----------------------------------------------------------------------

ANY_IDS = {
    "application_id": 1,
    "organisation_id": 1,
    "tenant_id": 1,
    "subscription_id": 1,
    "authorisation_id": 1,
    "publication_id": 1,
    "request_id": 1,
    "question_id": 1,
    "run_id": 1,
    "item_id": 1,
    "hold_id": 1,
    "preview_id": 1,
    "seller_code": "nl",
    "invoice_id": 1,
    "document_id": 1,
    "rendering_id": 1,
    "line_id": 1,
    "mail_id": 1,
    "price_id": 1,
    "announcement_id": 1,
    "proposal_id": 1,
    "meter_code": "api-calls",
    "credential_id": 1,
    "fact_id": uuid.UUID(int=1),
}


@pytest.mark.parametrize("route", routes(Audience.STAFF))
def test_the_back_office_is_not_there_for_customers(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    address = address_of(route, ANY_IDS | gate.ours.ids)

    found = {
        f"{name} {method}": ask(person, method, address).status_code
        for name, person in gate.people.items()
        if name != "staff"
        for method in METHODS
    }

    assert found == dict.fromkeys(found, 404)


@pytest.mark.parametrize("route", routes(Audience.STAFF))
def test_staff_do_their_own_task_only(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    assert route.access
    if not route.access.duties:
        return
    others = [duty for duty in Duty if duty not in route.access.duties]
    person = PersonFactory(staff=True, duties=others)

    for method in METHODS:
        assert ask(person, method, address_of(route, ANY_IDS)).status_code == 403, method


@pytest.mark.parametrize("route", routes(Audience.STAFF))
def test_nobody_is_staff_without_signing_in(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    for method in METHODS:
        response = ask(None, method, address_of(route, ANY_IDS))
        assert response.headers["Location"].startswith(reverse("account_login")), method


@pytest.mark.parametrize("name", ["owner", "consultant", None])
def test_the_admin_is_for_staff_alone(
    name: str | None, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    person = gate.people[name] if name else None
    admin = [route for route in walk(get_resolver()) if route.name.startswith("admin:")]
    assert len(admin) > 20

    shown = {
        (route.name, method)
        for route in admin
        for method in ("get", "post")
        if ask(person, method, _admin_address(route)).status_code < 300
    }

    # Signing out, and the words for its scripts, are nobody's secret.
    assert {name for name, _method in shown} <= {"admin:jsi18n", "admin:logout", "admin:login"}


def _admin_address(route: Route) -> str:
    pattern = re.sub(r"<path:\w+>|<\w+:\w+>|\(\?P<\w+>[^)]*\)", "1", route.address)
    return "/" + pattern.replace("^", "").replace("$", "").replace("\\", "")


# --- Programs --------------------------------------------------------------------------------


@pytest.mark.parametrize("route", routes(Audience.PROGRAM))
def test_a_program_shows_its_credential_and_a_person_has_none(
    route: Route, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    everybody = [None, *gate.people.values()]

    found = {
        ask(person, method, address_of(route, ANY_IDS | gate.ours.ids)).status_code
        for person in everybody
        for method in METHODS
    }

    assert found == {401}


def program_says(
    route: Route, method: str, secret: str, ids: dict[str, Any], query: str = ""
) -> int:
    """What a program with this token is answered."""
    content = CONTENTS[route.name](ids) if method == "POST" else None
    client = Client(
        headers={"authorization": f"Bearer {secret}", "idempotency-key": uuid.uuid4().hex}
    )
    more: dict[str, Any] = {"content_type": "application/json"} if content else {}
    send = getattr(client, method.lower())
    response = send(address_of(route, ids) + query, content, **more)
    return int(response.status_code)


TOKEN_ROUTES = [each for each in routes(Audience.PROGRAM) if each.values[0].access.token_scopes]
WITH_IDS = [each for each in TOKEN_ROUTES if set(each.values[0].ids) - {"product_code"}]


@pytest.fixture(autouse=True)
def _as_often_as_they_like(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 100_000


@pytest.mark.parametrize("route", TOKEN_ROUTES)
@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_a_token_that_is_over_opens_nothing(route: Route, state: str, gate: Gate) -> None:
    assert route.access

    for method in route.access.token_scopes:
        assert program_says(route, method, gate.secrets[state], gate.ours.ids) == 401, method


@pytest.mark.parametrize("route", TOKEN_ROUTES)
def test_a_token_opens_what_its_scope_says_and_no_more(route: Route, gate: Gate) -> None:
    assert route.access
    for method, scope in route.access.token_scopes.items():
        others = [each for each in TokenScope.values if each != scope]

        OrganisationToken.objects.filter(name="live").update(scopes=others)
        assert program_says(route, method, gate.secrets["live"], gate.ours.ids) == 403, method

        OrganisationToken.objects.filter(name="live").update(scopes=[scope])
        answer = program_says(route, method, gate.secrets["live"], gate.ours.ids)
        assert answer in (200, 201, 409), method
    OrganisationToken.objects.filter(name="live").update(scopes=TokenScope.values)


@pytest.mark.parametrize("route", WITH_IDS)
def test_what_is_theirs_is_not_there_for_our_token(route: Route, gate: Gate) -> None:
    assert route.access

    for method in route.access.token_scopes:
        assert program_says(route, method, gate.secrets["live"], gate.theirs.ids) == 404, method
    if len(route.ids) > 1:  # a thing of theirs below one of ours
        [*_ours, last] = route.ids
        mixed = gate.ours.ids | {last: gate.theirs.ids[last]}
        assert program_says(route, "GET", gate.secrets["live"], mixed) == 404


@pytest.mark.parametrize("route", [each for each in TOKEN_ROUTES if each not in WITH_IDS])
def test_a_list_is_of_our_own_organisation_only(route: Route, gate: Gate) -> None:
    theirs = f"?organisation_id={gate.theirs.customer.pk}"

    answer = program_says(route, "GET", gate.secrets["live"], gate.ours.ids, theirs)

    assert answer == (200 if route.name == "api:organisations" else 404)


def test_nothing_is_ordered_for_a_tenant_of_theirs(gate: Gate) -> None:
    [route] = [each.values[0] for each in TOKEN_ROUTES if each.id == "api:subscriptions"]

    assert program_says(route, "POST", gate.secrets["live"], gate.theirs.ids) == 404


# --- Public and accounts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", sorted(SIGNED_IN | {n for n, signed in ACCOUNTS.items() if signed})
)
def test_these_ask_to_sign_in_first(
    name: str, gate: Gate, ask: Callable[..., HttpResponse]
) -> None:
    response = ask(None, "get", reverse(name))

    assert response.headers["Location"].startswith(reverse("account_login"))
