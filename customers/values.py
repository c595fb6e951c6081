"""Organisations as plain values, for jobs that read thousands at once.

An instance of the model costs several times what the database needs to find the row, to make and
to throw away. A value has what documents need and goes wherever an instance does that is only
read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from customers.models import Organisation


class Customer(Struct, frozen=True):
    """Fields as the model's."""

    pk: int
    customer_number: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_number: str
    registration_number: str
    endpoint_scheme: str
    endpoint_id: str
    buyer_reference: str
    order_number: str
    currency: str
    invoice_language: str


type AnyCustomer = Customer | Organisation


def as_values(organisations: QuerySet[Organisation]) -> list[Customer]:
    """In the order of the query, with its locks."""
    return [Customer(*row) for row in organisations.values_list(*Customer.__struct_fields__)]
