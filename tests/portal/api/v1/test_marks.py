"""`ETag` and `If-Match`: of two writers who read the same, the second undoes nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client

from customers.models import History
from subscriptions.applications.models import Application, ApplicationVersion
from tests.factories.subscriptions import ApplicationFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation
    from tests.portal.api.v1.conftest import Program

DETAILS: dict[str, Any] = {
    "kind": "custom",
    "type": "server",
    "name": "Webshop sync",
    "summary": "Keeps orders the same on both sides.",
    "technical_contact": "dev@example.com",
    "error_mails": [],
    "uninstall_mails": [],
}
SETTINGS: dict[str, Any] = {
    "scopes": ["crm:read"],
    "capabilities": [],
    "deployments": ["online"],
    "redirect_uris": [],
    "note": "Reads.",
}


@pytest.fixture
def draft(customer: Organisation) -> ApplicationVersion:
    application = ApplicationFactory(owner=customer, unpublished=True, version__scopes=[])
    found: ApplicationVersion = application.versions.get()
    return found


class Change(NamedTuple):
    """Where something is written, by one as `wanted` and by another in part `otherwise`."""

    address: str
    wanted: dict[str, Any]
    otherwise: dict[str, str]


@pytest.fixture(params=["application", "version"])
def change(request: pytest.FixtureRequest, draft: ApplicationVersion) -> Change:
    application = f"applications/{draft.application_id}"
    if request.param == "application":
        return Change(application, DETAILS, {"summary": "Otherwise."})
    return Change(f"{application}/versions/{draft.pk}", SETTINGS, {"note": "Otherwise."})


class TestTwoWriters:
    def test_the_second_is_told_and_goes_on_from_what_the_first_wrote(
        self, program: Program, change: Change
    ) -> None:
        address, wanted, otherwise = change
        read = program.get(address).headers["ETag"]

        first = program.put(address, wanted, if_match=read)
        second = program.put(address, wanted | otherwise, if_match=read)

        assert first.status_code == 200
        assert (second.status_code, second.json()["code"]) == (412, "changed_meanwhile")
        again = program.get(address)
        assert again.json().items() >= wanted.items()
        third = program.put(address, wanted | otherwise, if_match=again.headers["ETag"])
        assert (third.status_code, third.json().items() >= otherwise.items()) == (200, True)

    def test_without_a_mark_or_with_any_the_last_one_wins(
        self, program: Program, change: Change
    ) -> None:
        address, wanted, otherwise = change

        program.put(address, wanted)
        second = program.put(address, wanted | otherwise)
        third = program.put(address, wanted, if_match="*")

        assert (second.status_code, third.status_code) == (200, 200)
        assert program.get(address).json().items() >= wanted.items()

    def test_who_got_no_answer_sends_the_same_again(self, program: Program, change: Change) -> None:
        """What is wanted is so already: nothing would be overwritten (RFC 9110, 13.1.1)."""
        address, wanted, otherwise = change
        read = program.get(address).headers["ETag"]
        content = wanted | otherwise

        answers = [program.put(address, content, if_match=read) for _time in range(2)]

        assert [each.status_code for each in answers] == [200, 200]
        assert History.objects.filter(verb__endswith="changed").count() == 1

    @pytest.mark.parametrize(
        "shown", ['"moon"', "moon", "", "W/{mark}", '"moon", W/{mark}'], ids=str
    )
    def test_a_mark_that_is_not_its_own_does_not_match(
        self, program: Program, change: Change, shown: str
    ) -> None:
        address, wanted, otherwise = change
        read = program.get(address)

        content = wanted | otherwise
        refused = program.put(address, content, if_match=shown.format(mark=read.headers["ETag"]))
        one_of = program.put(address, content, if_match=f'"moon", {read.headers["ETag"]}')

        assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
        assert one_of.status_code == 200

    def test_who_has_it_already_is_not_told_again(self, program: Program, change: Change) -> None:
        address, wanted, otherwise = change
        mark = program.get(address).headers["ETag"]

        def asked() -> Any:
            headers = {"authorization": f"Bearer {program.secret}", "if-none-match": mark}
            return Client(headers=headers).get(f"/api/v1/{address}")

        same = asked()
        program.put(address, wanted | otherwise)
        other = asked()

        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", mark)
        assert other.status_code == 200
        assert other.headers["ETag"] != mark


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_writes(
    customer: Organisation, program_of: Callable[..., Program], draft: ApplicationVersion
) -> None:
    program, address = program_of(customer), f"applications/{draft.application_id}"
    mark, start = program.get(address).headers["ETag"], threading.Barrier(4)
    statuses: list[int] = []

    def write(number: int) -> None:
        start.wait()
        content = DETAILS | {"summary": f"By {number}."}
        statuses.append(program.put(address, content, if_match=mark).status_code)
        connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=30)

    assert sorted(statuses) == [200, 412, 412, 412]
    assert History.objects.filter(verb="application.changed").count() == 1
    assert Application.objects.get().summary.startswith("By ")
