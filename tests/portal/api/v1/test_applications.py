"""Registering and changing applications by a program: the rules of the pages, honest history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from customers.models import History, OrganisationToken, TokenScope
from subscriptions.applications.models import Application, ApplicationVersion
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Tenant
    from tests.portal.api.v1.conftest import Program

WANTED = {
    "kind": "custom",
    "type": "server",
    "name": "Webshop sync",
    "summary": "Keeps orders the same on both sides.",
    "technical_contact": "dev@example.com",
    "error_mails": ["alerts@example.com", "alerts@example.com"],
    "uninstall_mails": [],
}


class TestRegister:
    def test_it_has_an_empty_draft_and_its_token_in_the_history(
        self, program: Program, customer: Organisation
    ) -> None:
        response = program.post("applications", WANTED)

        assert response.status_code == 201
        answer = response.json()
        assert response.headers["Location"] == f"/api/v1/applications/{answer['id']}"
        assert answer == program.get(f"applications/{answer['id']}").json()
        assert answer.items() >= (WANTED | {"error_mails": ["alerts@example.com"]}).items()
        row, token = Application.objects.get(), OrganisationToken.objects.get()
        assert row.owner == customer
        assert row.versions.get().created_by == token.made_by
        told = History.objects.get(verb="application.registered")
        assert (told.actor, told.token, told.on_behalf_of) == (None, token, None)

    def test_once_however_often_it_is_sent(self, program: Program) -> None:
        answers = [program.post("applications", WANTED, key="one").json() for _time in range(2)]

        assert answers[0] == answers[1]
        assert Application.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "where"),
        [
            pytest.param({"name": " "}, "name", id="no name"),
            pytest.param({"name": "a\nb"}, "name", id="two lines"),
            pytest.param({"summary": "a\x00"}, "summary", id="a character of no text"),
            pytest.param({"summary": "\ud800"}, "summary", id="half a character"),
            pytest.param({"technical_contact": "dev@x"}, "technical_contact", id="no address"),
            pytest.param({"error_mails": ["x"]}, "error_mails/0", id="no address in a list"),
            pytest.param({"error_mails": ["a@example.com"] * 21}, "error_mails", id="too many"),
            pytest.param({"kind": "moon"}, "kind", id="no such kind"),
            pytest.param({"owner_id": 1}, "owner_id", id="what it does not know"),
        ],
    )
    def test_what_does_not_hold_to_the_document_is_refused(
        self, program: Program, wrong: dict[str, Any], where: str
    ) -> None:
        response = program.post("applications", WANTED | wrong)

        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert [each["at"] for each in response.json()["errors"]] == [where]
        assert not Application.objects.exists()

    def test_a_name_is_taken_once(self, program: Program, customer: Organisation) -> None:
        ApplicationFactory(owner=customer, name="webshop SYNC")

        response = program.post("applications", WANTED)

        assert (response.status_code, response.json()["code"]) == (409, "name_taken")
        assert Application.objects.count() == 1

    def test_it_takes_the_scope(
        self, customer: Organisation, program_of: Callable[..., Program]
    ) -> None:
        others = [each for each in TokenScope if each != TokenScope.APPLICATIONS_WRITE]

        response = program_of(customer, *others).post("applications", WANTED)

        assert (response.status_code, response.json()["scope"]) == (403, "applications:write")
        assert not Application.objects.exists()


class TestChange:
    def test_it_is_these_details_from_now_on(
        self, program: Program, customer: Organisation
    ) -> None:
        application = ApplicationFactory(owner=customer, unpublished=True)

        response = program.put(f"applications/{application.pk}", WANTED)

        assert response.status_code == 200
        assert response.json() == program.get(f"applications/{application.pk}").json()
        assert response.json()["name"] == "Webshop sync"
        told = History.objects.get(verb="application.changed")
        assert told.token == OrganisationToken.objects.get()
        assert told.details["to"]["type"] == "server"

    def test_the_same_again_changes_nothing(self, program: Program, customer: Organisation) -> None:
        application = ApplicationFactory(owner=customer, unpublished=True)

        answers = [program.put(f"applications/{application.pk}", WANTED) for _time in range(2)]

        assert answers[0].json() == answers[1].json()
        assert History.objects.filter(verb="application.changed").count() == 1

    def test_what_it_is_stays_once_it_is_published(
        self, program: Program, customer: Organisation
    ) -> None:
        application = ApplicationFactory(owner=customer)

        response = program.put(f"applications/{application.pk}", WANTED)

        assert (response.status_code, response.json()["code"]) == (409, "published_before")
        application.refresh_from_db()
        assert application.technical_contact == "developer@example.com"

    def test_all_of_them_are_said(self, program: Program, customer: Organisation) -> None:
        """What is left out could be meant to stay, or to be emptied."""
        application = ApplicationFactory(owner=customer, unpublished=True)
        some = {name: value for name, value in WANTED.items() if name != "summary"}

        response = program.put(f"applications/{application.pk}", some)

        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")

    def test_a_customer_sees_it_and_changes_nothing(self, program: Program, tenant: Tenant) -> None:
        application = AuthorisationFactory(tenant=tenant, active=True).application

        seen = program.get(f"applications/{application.pk}").json()
        response = program.put(f"applications/{application.pk}", WANTED)

        assert (seen["technical_contact"], seen["error_mails"]) == (None, None)
        assert response.status_code == 404
        assert not History.objects.filter(verb="application.changed").exists()


class TestVersions:
    @pytest.fixture
    def draft(self, customer: Organisation) -> ApplicationVersion:
        application = ApplicationFactory(owner=customer, unpublished=True, version__scopes=[])
        found: ApplicationVersion = application.versions.get()
        return found

    @pytest.fixture
    def settings_wanted(self) -> dict[str, Any]:
        return {
            "scopes": ["usage:write", "crm:read", "crm:read"],
            "capabilities": ["webhooks"],
            "deployments": ["on_premise", "online"],
            "redirect_uris": ["https://shop.example/back", "http://127.0.0.1:8000/back"],
            "note": "Reports usage.",
        }

    def at(self, version: ApplicationVersion, more: str = "") -> str:
        return f"applications/{version.application_id}/versions/{version.pk}{more}"

    def test_a_draft_is_filled_in_published_and_followed_by_the_next(
        self, program: Program, draft: ApplicationVersion, settings_wanted: dict[str, Any]
    ) -> None:
        changed = program.put(self.at(draft), settings_wanted).json()
        in_sod = program.post(self.at(draft, "/publications"), {"environment": "sod"}).json()
        asked = program.post(self.at(draft, "/publications"), {"environment": "production"})
        started = program.post(f"applications/{draft.application_id}/versions", {})

        token = OrganisationToken.objects.get()
        assert changed["scopes"] == ["crm:read", "usage:write"]  # in one order, each once
        assert changed["deployments"] == ["online", "on_premise"]
        assert (changed["is_locked"], changed["publications"]) == (False, [])
        assert in_sod["is_locked"]
        assert [(each["environment"], each["status"]) for each in in_sod["publications"]] == [
            ("sod", "published")
        ]
        assert [(each["environment"], each["status"]) for each in asked.json()["publications"]] == [
            ("sod", "published"),
            ("production", "pending"),
        ]
        assert (started.status_code, started.json()["number"]) == (201, 2)
        assert started.json()["scopes"] == changed["scopes"]
        assert started.json()["deployments"] == changed["deployments"]
        assert started.headers["Location"].endswith(f"/versions/{started.json()['id']}")
        listed = program.get(f"applications/{draft.application_id}/versions").json()["items"]
        assert [each["number"] for each in listed] == [2, 1]
        assert program.get(self.at(draft)).json() == listed[1]
        told = History.objects.filter(verb__startswith="application.version_").order_by("pk")
        assert [(each.verb.removeprefix("application.version_"), each.token) for each in told] == [
            ("changed", token),
            ("published", token),
            ("submitted", token),
            ("started", token),
        ]
        for publication in draft.publications.all():
            assert publication.requested_by == token.made_by

    def test_no_program_is_the_app_manager(
        self, program: Program, draft: ApplicationVersion, settings_wanted: dict[str, Any]
    ) -> None:
        program.put(self.at(draft), settings_wanted)

        for environment in ("stage", "production"):
            program.post(self.at(draft, "/publications"), {"environment": environment})

        assert {each.status for each in draft.publications.all()} == {"pending"}

    @pytest.mark.parametrize(
        ("send", "code"),
        [
            pytest.param(
                lambda program, at: program.put(
                    at,
                    {
                        "scopes": [],
                        "capabilities": [],
                        "deployments": ["online"],
                        "redirect_uris": [],
                        "note": "",
                    },
                ),
                "version_locked",
                id="changed",
            ),
            pytest.param(
                lambda program, at: program.post(f"{at}/publications", {"environment": "sod"}),
                "already_asked",
                id="published again",
            ),
        ],
    )
    def test_what_is_published_is_locked(
        self, program: Program, customer: Organisation, send: Callable[..., Any], code: str
    ) -> None:
        version = ApplicationFactory(owner=customer).versions.get()

        response = send(program, self.at(version))

        assert (response.status_code, response.json()["code"]) == (409, code)
        assert not History.objects.filter(verb__startswith="application.version_").exists()

    def test_a_draft_is_no_reason_for_another_and_an_empty_one_is_not_published(
        self, program: Program, draft: ApplicationVersion
    ) -> None:
        another = program.post(f"applications/{draft.application_id}/versions", {})
        empty = program.post(self.at(draft, "/publications"), {"environment": "sod"})

        assert (another.status_code, another.json()["code"]) == (409, "draft_exists")
        assert (empty.status_code, empty.json()["code"]) == (409, "nothing_to_publish")

    @pytest.mark.parametrize(
        "address",
        ["http://shop.example/", "https://shop.example/#x", "https://*.example/", "https://[x/"],
    )
    def test_people_are_sent_back_to_fit_addresses_only(
        self,
        program: Program,
        draft: ApplicationVersion,
        settings_wanted: dict[str, Any],
        address: str,
    ) -> None:
        response = program.put(self.at(draft), settings_wanted | {"redirect_uris": [address]})

        assert response.status_code == 422
        assert [each["at"] for each in response.json()["errors"]] == ["redirect_uris/0"]
        draft.refresh_from_db()
        assert draft.redirect_uris == []

    def test_a_customer_of_it_sees_no_versions(
        self, program: Program, tenant: Tenant, settings_wanted: dict[str, Any]
    ) -> None:
        application = AuthorisationFactory(tenant=tenant, active=True).application
        version = application.versions.get()

        assert program.get(f"applications/{application.pk}/versions").status_code == 404
        assert program.get(self.at(version)).status_code == 404
        assert program.put(self.at(version), settings_wanted).status_code == 404
        assert program.post(f"applications/{application.pk}/versions", {}).status_code == 404
        submission = {"environment": "sod"}
        assert program.post(self.at(version, "/publications"), submission).status_code == 404
        assert application.versions.count() == 1
