"""Staff decide about a product's policies: its next version, and what was sold stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from catalog.loading import fingerprint_of, one_at_a_time
from catalog.models import ProductVersion
from catalog.policies import WrongPolicy
from catalog.queries import current_version

if TYPE_CHECKING:
    from catalog.policies import Policies

# What follows from a version's content, and what is decided; all other columns are the content.
_NOT_CONTENT = {"id", "product", "number", "content_hash", "policies", "policies_by_staff"}


class ChangedSince(Exception):
    """The product has another version than the one that was looked at."""


@transaction.atomic
def decide_policies(product_code: str, policies: Policies, *, instead_of: int) -> ProductVersion:
    """The version after number `instead_of`, the same but for its policies.

    From then on the data files no longer decide about the policies of this product, as with
    those of a meter. Raises NotForSale, ChangedSince; WrongPolicy where they cannot be.
    """
    one_at_a_time()
    present = current_version(product_code)
    if present.number != instead_of:
        raise ChangedSince
    type(policies).parse(policies.as_json())
    if present.needs_online_source and not policies.needs_confirmation:
        raise WrongPolicy("a copy is set up by staff: its order waits for their yes")
    names = {field.name for field in ProductVersion._meta.concrete_fields} - _NOT_CONTENT  # noqa: SLF001 - Django's documented API
    content: dict[str, Any] = {name: getattr(present, name) for name in sorted(names)}
    content["policies"] = policies.as_json()
    return ProductVersion.objects.create(
        product=present.product,
        number=present.number + 1,
        content_hash=fingerprint_of(content),
        policies_by_staff=True,
        **content,
    )
