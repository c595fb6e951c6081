"""What a page with a form on it answers: the page again, or another with a note on it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from customers.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Concatenate

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from portal.responses.seen import Seen

    type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]

read_or_submit = require_http_methods(["GET", "HEAD", "POST"])


def filled_in(
    request: HttpRequest,
    template: str,
    form: Form,
    context: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    *,
    then: Callable[[], HttpResponse],
    blamed: str | Mapping[type[Refusal], str] | Callable[[Refusal], str | None] | None = None,
    said: Callable[[Refusal], str] = str,
    seen: Seen[Any] | None = None,
) -> HttpResponse:
    """What `then` answers to a form that is in order; else the page, with what is wrong on it.

    422 for what was typed; 409 for what the operation in `then` refuses, in the words of `said`,
    beside the field `blamed` (or that `blamed` has or names for it), or above the form. `seen` is
    what the form was filled in from, for `then` to compare: that it is another by now is no
    field's fault, unless `blamed` names one. A `context` to be called is read for the page alone,
    after the refusal.
    """
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            return then()
        except Refusal as refusal:
            if callable(blamed):
                field = blamed(refusal)
            elif isinstance(blamed, Mapping):
                field = blamed.get(type(refusal))
            else:
                field = None if seen and seen.now else blamed
            form.add_error(field, said(refusal))
            status = 409
    shown = {**(context() if callable(context) else context), "form": form}
    if seen:
        shown |= seen.context(form)
    return render(request, template, shown, status=status)


def done(request: HttpRequest, sentence: str, to: str, *args: Any) -> HttpResponse:
    """Back to a page that says it was done."""
    messages.success(request, sentence)
    return redirect(to, *args)


def refused(request: HttpRequest, refusal: Refusal, to: str, *args: Any) -> HttpResponse:
    """Back to a page that says why nothing was done."""
    messages.error(request, str(refusal))
    return redirect(to, *args)


def told(request: HttpRequest, act: Callable[[], str], to: str, *args: Any) -> HttpResponse:
    """Back to a page that says what `act` says was done, or why nothing was."""
    try:
        sentence = act()
    except Refusal as refusal:
        return refused(request, refusal, to, *args)
    return done(request, sentence, to, *args)


def refusals_told_at[**P](page: str, *names: str) -> Callable[[View[P]], View[P]]:
    """For a view below its door: whatever it refuses is said on `page`.

    `names` are the parts of the view's address that the page's has too. Where the page is the
    view's own nothing may be refused to who looks at it: they would be sent there for ever.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                return refused(request, refusal, page, *(kwargs[name] for name in names))

        return wrapped

    return decorate
