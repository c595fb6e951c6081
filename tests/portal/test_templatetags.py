from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.translation import override

from portal.form_rendering import OptionCards

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True)
class Price:
    amount: Decimal
    currency: str


def render(source: str, **context: Any) -> str:
    text = Template("{% load i18n portal_ui portal_formats %}" + source).render(Context(context))
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("language", "source", "text"),
    [
        ("nl", "{{ price|money }}", "€ 588,00"),
        ("en", "{{ price|money }}", "€588.00"),
        ("en", '{{ price.amount|money:"NOK" }}', "NOK 588.00"),
        ("nl", "{{ none|money }}|{{ none|instant }}|{{ none|day }}", "||"),
        ("nl", "{{ at|instant }}", "31 december 2026 om 23:59 CET"),
        ("en", '{{ at|instant:"UTC" }}', "31 December 2026 at 22:59 UTC"),
        ("nl", "{{ at|short_instant }}", "31 dec 2026, 23:59 CET"),
        ("en", "{{ until|last_minute }}", "31 December 2026 at 23:59 CET"),
        ("en", "{{ until|last_day }} {{ until_on|last_day }}", "31 December 2026 " * 2),
        ("nl", "{{ at|day }} {{ until_on|short_day }}", "31 december 2026 1 jan 2027"),
        ("nl", "{{ at|month_name }}", "december 2026"),
        ("nl", "{{ rate|percent }} {{ count|number }}", "21% 118.402"),
        ("nl", "{% period from_on until_on %}", "1\u201331 december 2026"),
    ],
)
def test_filters_speak_the_language_of_the_reader(language: str, source: str, text: str) -> None:
    with override(language):
        written = render(
            source,
            price=Price(Decimal(588), "EUR"),
            none=None,
            at=dt.datetime(2026, 12, 31, 22, 59, tzinfo=dt.UTC),
            until=dt.datetime(2027, 1, 1, tzinfo=AMSTERDAM),
            from_on=dt.date(2026, 12, 1),
            until_on=dt.date(2027, 1, 1),
            rate=Decimal("0.21"),
            count=118402,
        )

    assert written == text.strip()


def test_text_is_escaped_and_bodies_are_html() -> None:
    written = render(
        '{% note "warn" title=title %}<b>{{ title }}</b>{% endnote %}{% badge "ok" title %}',
        title="<script>",
    )

    assert "<script>" not in written
    assert "<b>&lt;script&gt;</b>" in written
    assert '<span class="badge badge--ok">&lt;script&gt;</span>' in written


@pytest.mark.parametrize(
    "source",
    ['{% badge "green" "x" %}', '{% button "x" kind="big" %}', '{% note "red" %}{% endnote %}'],
)
def test_a_tone_or_kind_that_does_not_exist_is_refused(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(source)


def test_an_icon_alone_has_a_name_and_decoration_is_hidden() -> None:
    assert 'role="img" aria-label="Done"' in render('{% icon "check" "Done" %}')
    assert 'aria-hidden="true"' in render('{% icon "check" %}')


def test_a_link_and_a_button_look_alike_and_are_not() -> None:
    link = render('{% link_button "Back" url kind="ghost" %}', url="/here/?a=1&b=2")
    button = render('{% button "Save" name="action" value="save" disabled=True %}')

    assert link == '<a href="/here/?a=1&amp;b=2" class="button button--ghost">Back</a>'
    assert button == (
        '<button type="submit" class="button button--primary"'
        ' name="action" value="save" disabled>Save</button>'
    )


def test_breadcrumbs_link_all_but_the_page_itself() -> None:
    written = render('{% breadcrumbs "Subscriptions" "/s/" "Cancel" %}')

    assert '<a href="/s/">Subscriptions</a>' in written
    assert '<span aria-current="page">Cancel</span>' in written


def test_a_wide_table_scrolls_in_a_region_the_keyboard_reaches() -> None:
    scrolling = render('{% table "Lines" %}<tbody></tbody>{% endtable %}')
    stacking = render('{% table "Lines" stack=True %}<tbody></tbody>{% endtable %}')

    assert 'role="region" aria-label="Lines" tabindex="0"' in scrolling
    assert 'class="table table--stack"' in stacking
    assert "tabindex" not in stacking


def test_steps_say_which_one_is_now_and_which_are_done() -> None:
    written = render('{% steps 2 "Choose" "Review" "Done" %}')

    assert written.count("steps__step--done") == 1
    assert written.count('aria-current="step"') == 1


def test_pages_keep_the_filters_of_the_address() -> None:
    request = RequestFactory().get("/", {"status": "active", "page": "2"})

    written = render(
        "{% pagination page %}", page=Paginator(range(30), 10).page(2), request=request
    )

    assert 'href="?status=active&amp;page=1"' in written
    assert 'href="?status=active&amp;page=3"' in written


def test_one_page_needs_no_pagination() -> None:
    assert render("{% pagination page %}", page=Paginator(range(3), 10).page(1)) == ""


class CancelForm(forms.Form):
    when = forms.ChoiceField(
        label="When should it end?",
        choices=[("end", "At the end of December"), ("now", "Now")],
        widget=OptionCards(hints={"now": "8 days are credited."}, amounts={"now": "€0.00"}),
    )
    email = forms.EmailField(label="E-mail address", help_text="We write once.")
    reason = forms.CharField(label="Reason", required=False)
    agree = forms.BooleanField(label="I understand")


def test_a_form_ties_label_hint_and_error_to_the_field() -> None:
    written = render("{{ form }}", form=CancelForm({"email": "nobody"}))

    assert '<label for="id_email">E-mail address</label>' in written
    assert 'id="id_email_helptext"' in written
    assert 'id="id_email_error"' in written
    assert 'aria-describedby="id_email_helptext id_email_error"' in written
    assert written.count('aria-invalid="true"') >= 1
    assert 'Reason <span class="field__optional">(optional)</span>' in written


def test_the_summary_links_each_error_to_its_field() -> None:
    written = render("{% error_summary form %}", form=CancelForm({"email": "nobody"}))

    assert "Please correct 3 things" in written
    assert '<a href="#id_when_0">When should it end: This field is required.</a>' in written
    assert '<a href="#id_email">' in written
    assert 'role="alert"' in written


def test_a_form_without_errors_has_no_summary() -> None:
    assert render("{% error_summary form %}", form=CancelForm()) == ""


def test_option_cards_carry_hint_and_amount() -> None:
    written = render("{{ form.when.as_field_group }}", form=CancelForm(initial={"when": "end"}))

    assert '<span class="option__hint">8 days are credited.</span>' in written
    assert '<span class="option__amount">€0.00</span>' in written
    assert written.count("checked") == 1
    assert "<legend>When should it end?</legend>" in written
