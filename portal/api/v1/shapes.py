"""What the answers of several nouns have in common."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Annotated, Any

from django.core.serializers.json import DjangoJSONEncoder
from ninja import Field, Schema

from customers.paging import UnreadableCursor

if TYPE_CHECKING:
    from catalog import money
    from customers.paging import Slice

LARGEST_ID = 2**63 - 1  # what the database counts with
MOST_ROWS = 200

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$", max_length=60)]


class Money(Schema):
    """An exact amount: text, so that no program makes a float of it."""

    amount: str = Field(pattern=r"^-?\d+\.\d+$", examples=["49.00"])
    currency: str = Field(pattern="^[A-Z]{3}$", examples=["EUR"])

    @classmethod
    def of(cls, amount: money.Money) -> Money:
        whole, _point, part = format(amount.amount, "f").partition(".")
        part = part.rstrip("0").ljust(2, "0")  # prices by use have up to six decimals
        return cls(amount=f"{whole}.{part}", currency=amount.currency.value)


class PageQuery(Schema):
    """How much of a list, and from where."""

    limit: int = Field(50, ge=1, le=MOST_ROWS, description="Rows on a page.")
    cursor: str | None = Field(
        None,
        max_length=200,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next_cursor` of the page before; the first page has none.",
    )

    @property
    def after(self) -> list[Any] | None:
        return read_cursor(self.cursor) if self.cursor else None


class OrganisationQuery(PageQuery):
    """A list of one organisation: the token's own, unless its partner asks for a customer's."""

    organisation_id: Id | None = Field(
        None,
        description="A customer that let yours in as its partner; your own when absent.",
    )


class Content(Schema):
    """What a request says: a misspelt field is refused, not forgotten."""

    model_config = {"extra": "forbid"}


class Page(Schema):
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; null on the last one."
    )


def next_cursor(found: Slice[Any]) -> str | None:
    """Opaque to whoever gets it: the values behind which the next page goes on."""
    if found.next_after is None:
        return None
    text = json.dumps(found.next_after, cls=_Exact)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        raise UnreadableCursor from None
    if not isinstance(values, list) or not all(isinstance(v, int | str) for v in values):
        raise UnreadableCursor
    if any(isinstance(v, str) and "\x00" in v for v in values):
        raise UnreadableCursor
    return values


class _Exact(DjangoJSONEncoder):
    """Django cuts an instant to milliseconds; a cursor needs the whole of it."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)
