"""What people fill in about webhooks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.form_rendering import GroupedChecks
from portal.one_line import LineField
from portal.pages.presenters.verbs import KIND_LABELS, WORDS
from portal.webhooks.addresses import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal.pages.presenters.verbs import Kind
    from portal.webhooks.event_types import EventType
    from portal.webhooks.models import Endpoint

OVERLAPS = [
    ("0", _("Not at all: the old secret ends at once")),
    ("1", _("One hour")),
    ("24", _("One day")),
    ("168", _("Seven days")),
]


class EndpointForm(forms.Form):
    """Where to, and what about."""

    address = LineField(
        label=_("Address"),
        help_text=_("Where your server receives messages. It begins with https://."),
        max_length=LONGEST,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = LineField(
        label=_("Description"),
        help_text=_("What it is for, so that you know it again."),
        max_length=200,
        required=False,
    )
    event_types = forms.MultipleChoiceField(label=_("Events"), widget=GroupedChecks)

    def __init__(self, *args: Any, event_types: Iterable[EventType], **kwargs: Any) -> None:
        """`event_types`: those whose content whoever fills it in may see."""
        super().__init__(*args, **kwargs)
        field = cast("forms.MultipleChoiceField", self.fields["event_types"])
        by_kind: dict[Kind, list[EventType]] = {}
        for each in event_types:
            by_kind.setdefault(WORDS[each.verb].kind, []).append(each)
        field.choices = [
            (KIND_LABELS[kind], [(each.verb, each.sentence) for each in of_kind])
            for kind, of_kind in by_kind.items()
        ]
        widget = cast("GroupedChecks", field.widget)
        widget.hints = {each.verb: each.verb for of_kind in by_kind.values() for each in of_kind}

    @staticmethod
    def shown(endpoint: Endpoint) -> dict[str, Any]:
        """What it says of the endpoint, by field."""
        return {
            "address": endpoint.address,
            "description": endpoint.description,
            "event_types": endpoint.event_types,
        }


class RotationForm(forms.Form):
    hours = forms.TypedChoiceField(
        label=_("Sign with the old secret as well for"),
        help_text=_("Long enough to give your server the new one."),
        choices=OVERLAPS,
        coerce=int,
        initial="24",
    )

    def __init__(self, *args: Any, is_replacement: bool, **kwargs: Any) -> None:
        """A replacement of the newest of two leaves the older one its end: nothing to choose."""
        super().__init__(*args, **kwargs)
        if is_replacement:
            del self.fields["hours"]

    @property
    def overlap(self) -> dt.timedelta:
        return dt.timedelta(hours=self.cleaned_data.get("hours", 0))


class ReplayForm(forms.Form):
    since = forms.DateTimeField(
        label=_("Everything since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, kept_days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sentence = _("Messages are kept for %(days)s days.")
        self.fields["since"].help_text = sentence % {"days": kept_days}
