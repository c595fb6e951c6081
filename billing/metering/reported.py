"""Did whoever reported usage report its own? Asked nightly of all detail that is still kept.

The events point at their reporter without a foreign key, and the rule spans tables: a constraint
would look each of a million events up again that the door has judged already.
"""

from __future__ import annotations

from django.db import connection

# Grouped before it is joined: many events, few reporters. A client id stays its application's
# when it is revoked, so it is found whenever the event was reported.
_MISREPORTED = """
WITH by_token AS (
    SELECT authorisation_id, tenant_id, application, count(*) AS events
    FROM metering_usageevent WHERE authorisation_id IS NOT NULL
    GROUP BY authorisation_id, tenant_id, application
), by_credential AS (
    SELECT credential_id, application, count(*) AS events
    FROM metering_usageevent WHERE credential_id IS NOT NULL
    GROUP BY credential_id, application
)
SELECT 'authorisation ' || authorisation_id, tenant_id, by_token.application, events
FROM by_token
WHERE NOT EXISTS (
    SELECT FROM applications_authorisation AS authorisation
    JOIN customers_tenant AS tenant ON tenant.id = authorisation.tenant_id
    JOIN applications_credential AS client
        ON client.application_id = authorisation.application_id
        AND client.environment = tenant.environment
    WHERE authorisation.id = by_token.authorisation_id
        AND tenant.id = by_token.tenant_id
        AND client.client_id = by_token.application
)
UNION ALL
SELECT 'credential ' || credential_id, NULL, by_credential.application, events
FROM by_credential
WHERE NOT EXISTS (
    SELECT FROM metering_apicredential AS credential
    WHERE credential.id = by_credential.credential_id
        AND credential.reference IN ('', by_credential.application)
)
ORDER BY 1, 2, 3
"""


def misreported() -> list[str]:
    """Which reporter told of what is not its own, one sentence each with the number of events."""
    with connection.cursor() as cursor:
        cursor.execute(_MISREPORTED)
        return [
            f"{reporter}: {events} events of {application or '–'}"
            + (f" on tenant {tenant}" if tenant else "")
            for reporter, tenant, application, events in cursor.fetchall()
        ]
