"""The operations of `/api/v1` together, as ninja runs and describes them."""

from __future__ import annotations

from ninja import NinjaAPI

from portal.api.v1 import (
    applications,
    cancellations,
    catalogue,
    history,
    invoices,
    orders,
    organisations,
    subscriptions,
    usage,
)
from portal.api.v1.problems import answer_problems

api = NinjaAPI(
    title="Expander Services",
    version="1.0.0",
    docs_url=None,
    openapi_url=None,
    urls_namespace="v1",
)
# Orders and cancellations stand at the addresses of subscriptions, in their router.
WITH_SUBSCRIPTIONS = (orders, cancellations)
for module in (
    catalogue,
    organisations,
    subscriptions,
    applications,
    invoices,
    usage,
    history,
):
    api.add_router("", module.router)
answer_problems(api)
