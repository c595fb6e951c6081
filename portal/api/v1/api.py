"""The operations of `/api/v1` together, as ninja runs and describes them."""

from __future__ import annotations

from ninja import NinjaAPI
from ninja.operation import Operation

from portal.api.v1 import (
    applications,
    authorisations,
    cancellations,
    catalogue,
    history,
    invoices,
    orders,
    organisations,
    quantities,
    subscriptions,
    usage,
    versions,
)
from portal.api.v1.problems import answer_problems


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name: it stands in the code of clients, where modules are nobody's."""
        return str(operation.view_func.__name__)


api = Api(
    title="Expander Services",
    version="1.0.0",
    docs_url=None,
    openapi_url=None,
    urls_namespace="v1",
)
# These stand at the addresses of others, in their routers.
WITH_SUBSCRIPTIONS = (orders, quantities, cancellations)
WITH_APPLICATIONS = (versions, authorisations)
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
