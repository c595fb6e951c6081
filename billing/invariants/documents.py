from __future__ import annotations

from typing import TYPE_CHECKING

from billing.documents.models import Document, Rendering
from billing.documents.queries import changed_when_rendered_again

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "An invoice's documents are complete, and rendered again they are the same bytes."

# All of them would take hours; the newest tell whether the rows, fonts and words still agree.
RENDERED_AGAIN = 20


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - documents are of all times
    ready = Rendering.objects.ready().select_related("invoice__corrects")
    for kind in Document.Kind:
        having = Document.objects.filter(kind=kind).values("rendering")
        for rendering in ready.exclude(pk__in=having).order_by("pk"):
            yield f"{rendering.invoice} has no {kind}"
    for rendering in ready.order_by("-pk")[:RENDERED_AGAIN]:
        for changed in changed_when_rendered_again(rendering):
            yield f"{rendering.invoice}: another {changed}"
