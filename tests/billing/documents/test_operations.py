"""Documents are made by themselves, one invoice at a time, and sent once they are valid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pgtrigger
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail as outbox
from django.db.utils import ProgrammingError

from billing.documents import operations, pdf, queries
from billing.documents.models import (
    Document,
    ExchangeRate,
    Rendering,
    VatEvidence,
)
from billing.documents.rendering import Rendered, render
from billing.invariants import documents as kept
from customers.models import OutgoingMail, Role
from customers.operations.mail import deliver_due
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.documents import CASES, issued

if TYPE_CHECKING:
    from billing.models import Invoice

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, 5, tzinfo=dt.UTC)


def later(minutes: int) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


def test_an_issued_invoice_gets_its_documents_by_itself() -> None:
    invoice = issued()

    assert operations.make_due(AT) == 1

    rendering = Rendering.objects.get()
    assert (rendering.invoice, rendering.status) == (invoice, "ready")
    assert rendering.validated_at == AT
    assert rendering.rules["xrechnung"] == "3.0.2"
    kinds = [document.kind for document in queries.documents_of(invoice)]
    assert kinds == ["pdf", "ubl", "cii"]
    assert queries.changed_when_rendered_again(rendering) == []
    assert operations.make_due(later(1)) == 0


def test_readers_get_the_pdf_and_the_electronic_invoice_with_a_letter_in_their_language() -> None:
    invoice = issued(language="de")
    owner = MembershipFactory(organisation=invoice.organisation, person__language="nl").person
    contact = MembershipFactory(organisation=invoice.organisation, role=Role.BILLING_CONTACT).person
    MembershipFactory(organisation=invoice.organisation, role=Role.DEVELOPER)

    operations.make_due(AT)
    deliver_due(AT)

    assert {message.to[0]: message.subject for message in outbox.outbox} == {
        owner.email: f"Factuur {invoice.number} staat klaar",
        contact.email: f"Invoice {invoice.number} is ready",
    }
    pdf, ubl, _cii = Document.objects.order_by("pk")
    assert pdf.language == "de"
    for message in outbox.outbox:
        attached = [(name, content) for name, content, _type in message.attachments]
        assert attached[0] == (f"{invoice.number}.pdf", bytes(pdf.content))
        assert attached[1][0] == f"{invoice.number}-ubl.xml"
        assert attached[1][1] == bytes(ubl.content)


def test_what_nobody_can_be_sent_is_sent_when_somebody_can() -> None:
    invoice = issued()
    shut = MembershipFactory(organisation=invoice.organisation, person__is_active=False)
    operations.make_due(AT)
    [untold] = queries.renderings_untold()
    assert (untold.invoice, untold.status) == (invoice, "ready")
    assert operations.tell_untold(at=later(60)) == 0
    assert not OutgoingMail.objects.exists()

    shut.person.is_active = True
    shut.person.save()

    assert operations.tell_untold(at=later(120)) == 1
    assert operations.tell_untold(at=later(180)) == 0
    letter = OutgoingMail.objects.get()
    assert letter.to == shut.person.email
    assert [each.name for each in letter.attachments.order_by("pk")] == [
        f"{invoice.number}.pdf",
        f"{invoice.number}-ubl.xml",
    ]
    assert not queries.renderings_untold().exists()


def test_an_invalid_one_is_held_with_the_rule_and_sent_to_nobody() -> None:
    invoice = issued(CASES["NL to DE"], city="")
    MembershipFactory(organisation=invoice.organisation)

    operations.make_due(AT)

    rendering = Rendering.objects.get()
    assert (rendering.status, rendering.cause) == ("held", "BR-DE-8")
    assert "BR-DE-8" in rendering.detail
    assert rendering.next_attempt_at is None
    assert not Document.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert list(queries.renderings_needing_attention()) == [rendering]


def test_a_failure_is_retried_alone_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    failing, fine = issued(name="Broken"), issued()

    def refuse(invoice: Invoice, **facts: Any) -> Rendered:
        if invoice == failing:
            raise OSError("no space")
        return render(invoice, **facts)

    monkeypatch.setattr(operations, "render", refuse)

    assert operations.make_due(AT) == 2

    assert Rendering.objects.get(invoice=fine).status == "ready"
    rendering = Rendering.objects.get(invoice=failing)
    assert (rendering.status, rendering.cause, rendering.detail) == (
        "failed",
        "OSError",
        "no space",
    )
    assert rendering.next_attempt_at == later(1)
    for wait in (1, 20, 100, 1000):
        assert operations.make_due(later(wait)) == 1
    rendering.refresh_from_db()
    assert (rendering.attempts, rendering.next_attempt_at) == (5, None)


def test_what_was_overtaken_is_taken_up_at_once_or_in_the_night(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(operations, "OVERTAKEN", 2)
    long_ago, just_now, newest = (issued(name=name) for name in ("Alfa", "Beta", "Gamma"))
    assert (just_now.pk, newest.pk) == (long_ago.pk + 1, long_ago.pk + 2)
    Rendering.objects.create(invoice=newest, next_attempt_at=AT)

    assert operations.take_up(AT) == 1
    assert Rendering.objects.filter(invoice=just_now).exists()
    assert operations.take_up(AT) == 0
    assert operations.take_up_overtaken(at=AT) == 1
    assert Rendering.objects.filter(invoice=long_ago).exists()


class _Killed(BaseException):
    """As a worker that runs out of memory."""


def test_one_that_ends_its_worker_uses_up_its_attempts_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deadly, fine = issued(name="Deadly"), issued()

    def kill(invoice: Invoice, **facts: Any) -> Rendered:
        if invoice == deadly:
            raise _Killed
        return render(invoice, **facts)

    monkeypatch.setattr(operations, "render", kill)

    with pytest.raises(_Killed):
        operations.make_due(AT)
    assert operations.make_due(AT) == 1

    assert Rendering.objects.get(invoice=fine).status == "ready"
    for attempt in range(1, 5):
        rendering = Rendering.objects.get(invoice=deadly)
        assert (rendering.status, rendering.attempts) == ("pending", attempt)
        assert rendering.next_attempt_at == later(2 * attempt)
        with pytest.raises(_Killed):
            operations.make_due(later(2 * attempt))
    assert operations.make_due(later(10)) == 1
    rendering = Rendering.objects.get(invoice=deadly)
    assert (rendering.status, rendering.cause) == ("failed", "WorkerLost")
    assert rendering.next_attempt_at is None


def test_an_attempt_that_came_back_too_late_writes_nothing() -> None:
    invoice = issued()
    operations.take_up(AT)
    slow = operations._claim_next(AT)
    assert slow
    assert operations.make_due(later(2)) == 1

    operations._attempt(slow, at=AT)

    assert Rendering.objects.get().validated_at == later(2)
    assert len(queries.documents_of(invoice)) == 3


def test_a_worker_whose_time_is_over_is_not_the_documents_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issued()

    def take_too_long(_invoice: Invoice, **_facts: Any) -> Rendered:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(operations, "render", take_too_long)

    with pytest.raises(SoftTimeLimitExceeded):
        operations.make_due(AT)

    rendering = Rendering.objects.get()
    assert (rendering.status, rendering.next_attempt_at) == ("pending", later(2))


def test_staff_let_it_be_tried_again() -> None:
    invoice = issued(CASES["NO to NO, in euros"])
    operations.make_due(AT)
    rendering = Rendering.objects.get(invoice=invoice)
    assert (rendering.status, rendering.cause) == ("held", "exchange_rate_missing")
    ExchangeRate.objects.create(
        currency="EUR",
        in_currency="NOK",
        on=dt.date(2026, 10, 30),
        rate=Decimal("11.76"),
        source="Norges Bank",
    )
    staff = PersonFactory(staff=True)

    operations.retry(rendering, by=staff, at=later(60))
    operations.make_due(later(60))

    rendering.refresh_from_db()
    assert (rendering.status, rendering.retried_by) == ("ready", staff)
    ubl = Document.objects.get(kind="ubl")
    assert b'currencyID="NOK">507.09<' in bytes(ubl.content)


def test_what_is_ready_is_not_made_again() -> None:
    issued()
    operations.make_due(AT)
    rendering = Rendering.objects.get()

    with pytest.raises(operations.NothingToRetry):
        operations.retry(rendering, by=PersonFactory(staff=True), at=AT)

    rendering.refresh_from_db()
    assert (rendering.status, rendering.retried_at) == ("ready", None)


def test_all_that_is_held_or_has_failed_is_tried_again() -> None:
    ready, held = issued(), issued(CASES["NO to NO, in euros"])
    operations.make_due(AT)
    failed = Rendering.objects.create(
        invoice=issued(), status="failed", attempts=7, cause="ValueError"
    )
    staff = PersonFactory(staff=True)

    assert operations.retry_all(by=staff, at=later(60)) == 2

    waiting = Rendering.objects.exclude(invoice=ready)
    assert set(waiting.values_list("invoice", flat=True)) == {held.pk, failed.invoice_id}
    for each in waiting:
        assert (each.status, each.attempts, each.next_attempt_at) == ("pending", 0, later(60))
        assert (each.retried_by, each.retried_at) == (staff, later(60))
    assert Rendering.objects.get(invoice=ready).retried_at is None
    with pytest.raises(operations.NothingToRetry):
        operations.retry_all(by=staff, at=later(61))


def test_a_document_never_changes() -> None:
    issued()
    operations.make_due(AT)

    with pytest.raises(ProgrammingError, match="Cannot update or delete"):
        Document.objects.update(content=b"")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Ⲁⲃ Coptic", "□□ Coptic"),
        ("Café 🚀 BV", "Café □ BV"),
        ("שלום Ltd", "□□□□ Ltd"),
        ("Word\x0bBreak BV", "Word Break BV"),
    ],
)
def test_an_issued_invoice_has_its_documents_whatever_its_buyer_is_called(
    name: str, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []
    typeset = pdf._typeset

    def noting(template: str, inputs: dict[str, str], **options: Any) -> bytes:
        pages.append(inputs.get("data", ""))
        return typeset(template, inputs, **options)

    monkeypatch.setattr(pdf, "_typeset", noting)
    invoice = issued(name=name)

    operations.make_due(AT)

    assert Rendering.objects.get().status == "ready"
    assert f'"name": "{printed}"' in pages[-1]
    (ubl,) = (each for each in queries.documents_of(invoice) if each.kind == "ubl")
    # The electronic invoice says what it is called.
    assert name.replace("\x0b", " ") in bytes(ubl.content).decode()


def test_what_cannot_be_made_at_all_is_a_failure_with_its_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issued()

    def refuse(*_page: object, **_options: object) -> bytes:
        raise pdf.NotTypeset("no PDF came out")

    monkeypatch.setattr(pdf, "_typeset", refuse)

    operations.make_due(AT)

    rendering = Rendering.objects.get()
    assert (rendering.status, rendering.cause) == ("failed", "NotTypeset")


def test_a_name_pasted_with_ligatures_is_spelt_out() -> None:
    invoice = issued(name="Oﬃce ﬁnance ﬂow")

    operations.make_due(AT)

    assert Rendering.objects.get().status == "ready"
    contents = {
        document.kind: bytes(document.content) for document in queries.documents_of(invoice)
    }
    assert "Oﬃce ﬁnance ﬂow".encode() in contents["ubl"]  # what is said stays as it was


def test_what_the_vat_was_decided_upon_is_kept() -> None:
    invoice = issued(CASES["NL to DE"])

    operations.make_due(AT)

    evidence = VatEvidence.objects.get()
    assert (evidence.number, evidence.country) == ("DE999999903", "DE")
    assert (evidence.method, evidence.valid) == ("form", True)
    assert evidence.checked_at == invoice.issued_at


def test_so_is_a_registration_number_outside_the_union() -> None:
    issued(CASES["NL to GB, O"], vat_number="", registration_number="12345678")
    issued(CASES["NL to DE"], registration_number="HRB 1")
    issued(CASES["NO to NO"])

    operations.make_due(AT)

    kept = VatEvidence.objects.filter(method="reg")
    assert list(kept.values_list("number", "country", "valid")) == [("12345678", "GB", True)]


def test_the_invariant_finds_what_was_tampered_with() -> None:
    invoice = issued()
    operations.make_due(AT)
    assert list(kept.check(at=AT)) == []

    with pgtrigger.ignore("documents.Document:append_only"):
        Document.objects.filter(kind="ubl").update(content=b"<Invoice/>")
        Document.objects.filter(kind="cii").delete()

    assert list(kept.check(at=AT)) == [f"{invoice} has no cii", f"{invoice}: another ubl"]
