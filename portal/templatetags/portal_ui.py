"""The components of the design system as template tags; templates/components/README.md lists them.

A tag checks its few named arguments and renders one template of the same name, so that pages
never repeat markup. Tags with a body are block tags: `{% note "warn" %}…{% endnote %}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from decimal import Decimal

    from django.core.paginator import Page
    from django.forms import BaseForm

register = template.Library()

TONES = ("neutral", "info", "ok", "warn", "bad")
KINDS = ("", "primary", "danger", "ghost", "link")
NOTE_ICONS = {
    "neutral": "info",
    "info": "info",
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-alert",
}


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    """A wrong tone or kind is a mistake of the page's author and should not pass unseen."""
    if value not in allowed:
        raise template.TemplateSyntaxError(f"{value!r} is not one of {', '.join(allowed)}")
    return value


def _render(component: str, /, **context: Any) -> SafeString:
    return render_to_string(f"components/{component}.html", context)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of the sprite; without a label it is decoration and hidden from readers."""
    href = f"{static('portal/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def badge(tone: str, text: str) -> SafeString:
    return format_html('<span class="badge badge--{}">{}</span>', _one_of(tone, TONES), text)


@register.simple_tag
def button(
    text: str,
    *,
    kind: str = "primary",
    icon: str = "",
    name: str = "",
    value: str = "",
    form: str = "",
    small: bool = False,
    wide: bool = False,
    disabled: bool = False,
) -> SafeString:
    """A button that submits; `form` names a form elsewhere on the page."""
    return _render(
        "button",
        text=text,
        kind=_one_of(kind, KINDS),
        icon=icon,
        name=name,
        value=value,
        form=form,
        small=small,
        wide=wide,
        disabled=disabled,
    )


@register.simple_tag
def link_button(
    text: str,
    url: str,
    *,
    kind: str = "",
    icon: str = "",
    small: bool = False,
    wide: bool = False,
    download: bool = False,
) -> SafeString:
    """A link that looks like a button: it goes somewhere and changes nothing."""
    return _render(
        "button",
        text=text,
        url=url,
        kind=_one_of(kind, KINDS),
        icon=icon,
        small=small,
        wide=wide,
        download=download,
    )


@register.simple_block_tag
def note(
    content: SafeString,
    tone: str = "info",
    *,
    title: str = "",
    icon: str = "",
    action_url: str = "",
    action_text: str = "",
    role: str = "",
) -> SafeString:
    """Something to know or to do; `role="alert"` or `"status"` only for what just happened."""
    return _render(
        "note",
        content=content,
        tone=_one_of(tone, TONES),
        title=title,
        icon=icon or NOTE_ICONS[tone],
        action_url=action_url,
        action_text=action_text,
        role=role,
    )


@register.simple_block_tag
def card(
    content: SafeString,
    *,
    title: str = "",
    id: str = "",  # noqa: A002  the page's author writes HTML
    icon: str = "",
    flush: bool = False,
    foot: str = "",
    action_url: str = "",
    action_text: str = "",
    level: int = 2,
) -> SafeString:
    """A titled section. `flush` for tables and lists that reach from edge to edge."""
    return _render(
        "card",
        content=content,
        title=title,
        id=id,
        icon=icon,
        flush=flush,
        foot=foot,
        action_url=action_url,
        action_text=action_text,
        level=level,
    )


@register.simple_block_tag
def page_head(content: SafeString, title: str, *, lead: str = "") -> SafeString:
    """The page's h1, a line under it, and in the body its actions (at most one primary)."""
    return _render("page_head", content=content, title=title, lead=lead)


@register.simple_tag
def kpi(
    label: str,
    value: str,
    *,
    unit: str = "",
    hint: str = "",
    url: str = "",
    url_text: str = "",
    share: Decimal | float | None = None,
    tone: str = "info",
) -> SafeString:
    """One figure; `share` (0 to 1) draws a bar under it. A number links to its parts: `url`."""
    return _render(
        "kpi",
        label=label,
        value=value,
        unit=unit,
        hint=hint,
        url=url,
        url_text=url_text,
        percent=None if share is None else round(float(share) * 100),
        tone=_one_of(tone, TONES),
    )


@register.simple_block_tag
def lines(content: SafeString) -> SafeString:
    """A list of `{% line %}`s: label and amount."""
    return format_html('<dl class="lines">{}</dl>', content)


@register.simple_tag
def line(label: str, amount: str, *, note: str = "", total: bool = False) -> SafeString:
    return _render("line", label=label, amount=amount, note=note, total=total)


@register.simple_tag
def per_month(amount: str, is_example: bool) -> SafeString:
    """What a subscription costs: never without the mark that the demo's prices carry."""
    if not is_example:
        return format_html("{}", amount)
    return format_html("{} <small>{}</small>", amount, _("Example price"))


@register.simple_block_tag
def facts(content: SafeString) -> SafeString:
    """A list of `{% fact %}`s: a term above its value."""
    return format_html('<dl class="facts">{}</dl>', content)


@register.simple_tag
def fact(term: str, value: str | None) -> SafeString:
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", term, value or "\u2013")


@register.simple_block_tag
def table(
    content: SafeString,
    caption: str,
    *,
    show_caption: bool = False,
    stack: bool = False,
    mini: bool = False,
) -> SafeString:
    """A table; its body is `<thead>…<tbody>…`.

    `stack=True` turns each row into a block on a phone and needs `data-label` on the cells;
    otherwise the table scrolls sideways in a region that the keyboard reaches.
    """
    return _render(
        "table", content=content, caption=caption, show_caption=show_caption, stack=stack, mini=mini
    )


@register.simple_block_tag
def empty_state(
    content: SafeString,
    title: str,
    *,
    icon: str = "inbox",
    action_url: str = "",
    action_text: str = "",
) -> SafeString:
    """Nothing here yet: why, and the next step."""
    return _render(
        "empty_state",
        content=content,
        title=title,
        icon=icon,
        action_url=action_url,
        action_text=action_text,
    )


@register.simple_tag
def breadcrumbs(*parts: str) -> SafeString:
    """`{% breadcrumbs "Subscriptions" list_url "Development Tools" detail_url "Cancel" %}`:
    names and addresses in turn, the page itself last and without an address.
    """
    names, urls = parts[0::2], parts[1::2]
    crumbs = [{"text": text, "url": url} for text, url in zip(names, urls, strict=False)]
    return _render("breadcrumbs", crumbs=crumbs, here=names[-1] if len(parts) % 2 else "")


@register.simple_block_tag
def feed(content: SafeString) -> SafeString:
    """A list of `{% feed_item %}`s, newest first."""
    return format_html('<ol class="feed">{}</ol>', content)


@register.simple_tag
def feed_item(
    title: str,
    *,
    icon: str = "activity",
    tone: str = "neutral",
    at: str = "",
    by: str = "",
    text: str = "",
    url: str = "",
) -> SafeString:
    """What happened; `at` is written already (`{{ event.at|short_instant }}`)."""
    return _render(
        "feed_item",
        title=title,
        icon=icon,
        tone=_one_of(tone, TONES),
        at=at,
        by=by,
        text=text,
        url=url,
    )


@register.simple_block_tag
def consequences(content: SafeString) -> SafeString:
    """What a decision brings about: a list of `{% consequence %}`s."""
    return format_html('<ul class="consequences">{}</ul>', content)


@register.simple_block_tag
def consequence(
    content: SafeString, title: str, *, icon: str = "info", tone: str = "neutral"
) -> SafeString:
    """`bad` for what stops, `neutral` for what one should know, `ok` for what stays."""
    return _render(
        "consequence", content=content, title=title, icon=icon, tone=_one_of(tone, TONES)
    )


@register.simple_tag
def progress(label: str, value: int, maximum: int, *, text: str = "", tone: str = "info") -> str:
    return _render(
        "progress",
        label=label,
        value=value,
        maximum=maximum,
        text=text,
        tone=_one_of(tone, TONES),
    )


@register.simple_tag
def steps(current: int, *names: str) -> SafeString:
    """Where one is in a task of a few pages; `current` counts from 1."""
    items = [{"number": number, "name": name} for number, name in enumerate(names, start=1)]
    return _render("steps", current=current, steps=items)


@register.simple_tag(takes_context=True)
def pagination(context: template.Context, page: Page[Any], name: str = "page") -> SafeString:
    """Previous and next, keeping the filters of the address; nothing where one page holds all.

    `name` is what the address calls the number of the page: of two tables each has its own.
    """
    if not page.has_other_pages():
        return mark_safe("")
    shown = {
        "page": page,
        "previous": {name: page.previous_page_number()} if page.has_previous() else None,
        "next": {name: page.next_page_number()} if page.has_next() else None,
    }
    return render_to_string("components/pagination.html", shown, context.get("request"))


@register.simple_tag
def error_summary(form: BaseForm) -> SafeString:
    """What is wrong, each with a link to its field; put it above a form laid out by hand."""
    problems = [{"id": "", "text": text} for text in form.non_field_errors()]
    for field in form:
        target = field.id_for_label or f"{field.auto_id}_0"
        problems += [
            {
                "id": "" if field.is_hidden else target,
                "label": str(field.label).rstrip(".?:"),
                "text": text,
            }
            for text in field.errors
        ]
    return _render("forms/error_summary", problems=problems) if problems else mark_safe("")


@register.simple_tag
def option_card(
    name: str,
    value: str,
    title: str,
    *,
    hint: str = "",
    amount: str = "",
    checked: bool = False,
    disabled: bool = False,
) -> SafeString:
    """One radio card of a fieldset laid out by hand; forms use `OptionCards`."""
    return _render(
        "option_card",
        name=name,
        value=value,
        title=title,
        hint=hint,
        amount=amount,
        checked=checked,
        disabled=disabled,
    )
