"""How Django's forms come out in the portal's design: `{{ form }}` and one field at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise


# Django's own, where nothing is chosen yet; it has no Dutch for it. Named here to be collected.
NOTHING_CHOSEN = gettext_noop("- Select an option -")


class PortalRenderer(TemplatesSetting):
    """Named in `FORM_RENDERER`; the admin keeps its own templates, it asks for them by name."""

    form_template_name = "components/forms/form.html"
    field_template_name = "components/forms/field.html"


class SelectWithReasons(forms.Select):
    """A list in which some choices cannot be made: each says why, in `reasons` by its value."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__(attrs, choices)
        self.reasons: dict[str, str] = {}

    def create_option(
        self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        reason = self.reasons.get(str(value), "")
        said = f"{label} ({reason})" if reason else label
        option = super().create_option(name, value, said, *args, **kwargs)
        if reason:
            option["attrs"]["disabled"] = True
        return option


class _Cards(forms.widgets.ChoiceWidget):
    """Choices as cards: a title, a line that explains it, and an amount at the end.

    `hints` and `amounts` are looked up by the choice's value.
    """

    template_name = "components/forms/option_cards.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Any = (),
        *,
        hints: Mapping[str, str | Promise] | None = None,
        amounts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(attrs, choices)
        self.hints = dict(hints or {})
        self.amounts = dict(amounts or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["hint"] = self.hints.get(str(value), "")
        option["amount"] = self.amounts.get(str(value), "")
        return option


class OptionCards(_Cards, forms.RadioSelect):
    """One of them."""


class CheckCards(_Cards, forms.CheckboxSelectMultiple):
    """As many of them as somebody likes."""


class GroupedChecks(_Cards, forms.CheckboxSelectMultiple):
    """So many that they stand under headings, each with one that ticks all of them.

    That one shows only where portal/js/ticks-all.js runs, and is not sent.
    """

    template_name = "components/forms/grouped_checks.html"
