"""What is metered and by which rules, and which programs may report it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.metering import staff_queries as metering
from billing.metering.operations import credentials, policies
from customers import clock
from customers.models import Duty
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.forms_metering import CredentialForm, MeterPolicyForm
from portal.responses.forms import done, filled_in, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from django.http import HttpRequest, HttpResponse

    from catalog.models import Meter
    from customers.models import Person


@staff_view()
@require_safe
def meters(request: HttpRequest) -> HttpResponse:
    context = {
        "meters": metering.meters_with_policies(request.LANGUAGE_CODE),
        "page": page_of(request, metering.every_credential()),
        "without_maker": set(metering.credentials_without_maker()),
        "not_mine": whose_task(request, Duty.OPERATIONS),
        "decides": whose_task(request, Duty.BILLING) is None,
    }
    return render(request, "backoffice/metering.html", context)


@staff_view(Duty.BILLING)
@read_or_submit
def meter(request: HttpRequest, meter_code: str) -> HttpResponse:
    """The policy in force, to be replaced by another; every earlier one below it."""
    found = get_object_or_404(metering.every_meter(), code=meter_code)
    shown = metering.with_policy(found, request.LANGUAGE_CODE)
    form = MeterPolicyForm(request.POST or None, initial=shown.in_force)
    seen = Seen.of(request, found, _newest_policy)

    def decide() -> HttpResponse:
        policies.decide(
            found,
            **form.cleaned_data,
            as_seen=seen.is_still,
            by=person_of(request),
            at=clock.now(),
        )
        sentence = _("In force for every event from now on: %(meter)s.") % {"meter": shown.name}
        return done(request, sentence, "backoffice:metering")

    context = {"meter": shown, "decided": metering.policies_of(found)}
    template = "backoffice/meter.html"
    return filled_in(
        request, template, form, context, then=decide, blamed="detail_months", seen=seen
    )


def _newest_policy(meter: Meter) -> dict[str, object]:
    """What a person who replaces it has seen: the page lists it, with who decided it and why."""
    newest = metering.policies_of(meter).first()
    return {"newest": newest and newest.pk}


@staff_view(Duty.OPERATIONS)
@read_or_submit
def make_credential(request: HttpRequest) -> HttpResponse:
    """Answers with the secret itself, once: it stands in no address and no message."""
    by = person_of(request)
    form = CredentialForm(request.POST or None)
    seen = Seen.of(request, by, _newest_credential)

    def make() -> HttpResponse:
        issued = _issued(form.cleaned_data, as_seen=seen.is_still, by=by)
        return render(request, "backoffice/credential_made.html", {"issued": issued})

    template = "backoffice/make_credential.html"
    return filled_in(request, template, form, {}, then=make, blamed="reference", seen=seen)


def _newest_credential(by: Person) -> dict[str, object]:
    """What they have seen of those that they made: a second click has not seen the first's."""
    return {"newest": metering.newest_credential_of(by)}


def _issued(
    wanted: Mapping[str, Any], *, as_seen: Callable[[Person], bool], by: Person
) -> credentials.Issued:
    if application := wanted["application"]:
        return credentials.issue_for_application(
            application,
            name=wanted["name"],
            reference=wanted["reference"],
            scope=wanted["scope"],
            as_seen=as_seen,
            by=by,
            at=clock.now(),
        )
    return credentials.issue_for_platform(
        name=wanted["name"], scope=wanted["scope"], as_seen=as_seen, by=by, at=clock.now()
    )


@staff_view(Duty.OPERATIONS)
@read_or_submit
@refusals_told_at("backoffice:metering")
def revoke_credential(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Says first what stops, and when it was last used."""
    found = get_object_or_404(metering.every_credential(), pk=credential_id)
    if request.method != "POST":
        credentials.refuse_revoked(found)
        return render(request, "backoffice/revoke_credential.html", {"credential": found})
    credentials.revoke(found, by=person_of(request), at=clock.now())
    sentence = _("Revoked: %(name)s opens nothing any more.") % {"name": found.name}
    return done(request, sentence, "backoffice:metering")
