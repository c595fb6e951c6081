"""Which application is meant by what events say of it, by the name that its customer knows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.metering.models import ApiCredential
from subscriptions.applications.queries import Client, clients_on_tenants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from customers.models import Organisation

_CLIENT = ("reference", "application_id", "application__name", "application__owner__name")
NOT_SAID = "–"  # events need not say which application it was


@dataclass(frozen=True)
class NamesOfUse:
    """What applications are called by the client ids that they report under.

    The platform says the names of others itself, of those that are included for instance.
    """

    clients: Mapping[str, str]

    def of(self, said: str) -> str:
        return self.clients.get(said, said) or NOT_SAID

    def said_of(self, name: str, among: Iterable[str]) -> frozenset[str]:
        """What `among` all that was said means the application called so, or with this client id.

        Each of `among` means one application: what all of them used adds up to the whole.
        """
        by_name: dict[str, set[str]] = defaultdict(set)
        for each in among:
            by_name[self.of(each)].add(each)
        return frozenset(by_name[name] or by_name[self.of(name)])


def names_of_use(organisation: Organisation) -> NamesOfUse:
    """Of the applications on its tenants; of two with the same name, with who built it."""
    keys = ApiCredential.objects.of_applications_on(organisation)
    clients = [
        *clients_on_tenants(organisation),
        *(Client(*each) for each in keys.order_by().values_list(*_CLIENT).distinct()),
    ]
    called: dict[str, set[int]] = defaultdict(set)
    for client in clients:
        called[client.name].add(client.application_id)
    return NamesOfUse(
        {
            client.client_id: f"{client.name} ({client.owner})"
            if len(called[client.name]) > 1
            else client.name
            for client in clients
        }
    )
