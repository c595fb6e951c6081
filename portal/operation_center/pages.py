"""Its one page: which licences and applications it believes each tenant has."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from portal.operation_center.controls import CHANGES, SUITE_PLANS
from portal.operation_center.hearing import BROKEN, SHOWN
from portal.operation_center.state import MODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portal.operation_center.state import State, Tenant

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-inline-size: 60rem; margin: 2rem auto; padding-inline: 1rem; }
article { border: 1px solid GrayText; border-radius: .5rem; padding: 0 1rem 1rem;
  margin-block: 1rem; }
table { border-collapse: collapse; inline-size: 100%; }
th, td { text-align: start; padding: .25rem .75rem .25rem 0; vertical-align: top; }
td { overflow-wrap: break-word; }
form { display: inline-flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
button, input, select { font: inherit; padding: .25rem .75rem; min-block-size: 2rem;
  white-space: nowrap; }
.tools { display: flex; flex-wrap: wrap; gap: 1rem; margin-block: .5rem; }
@media (max-width: 40rem) { tr { display: block; margin-block: .5rem; }
  th, td { display: block; } thead { display: none; } }
"""

STATES = {
    0: "Unknown", 1: "Provisioning", 2: "Running", 3: "Deleted", 4: "Suspended",
    5: "Online maintenance", 6: "Offline maintenance", 8: "Provisioning failed",
    10: "Deleting", 11: "Delete failed", 12: "Migration pending",
}  # fmt: skip


def page(kept: State, said: str = "") -> str:
    tenants = "".join(_tenant(each) for each in kept.tenants())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Operation Center (reference)</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>Operation Center</h1>
<p>A stand-in for the CRM platform. It believes what the portal tells it and nothing else.</p>
{f'<p role="status"><strong>{escape(said)}</strong></p>' if said else ""}
<section aria-labelledby="behaviour">
<h2 id="behaviour">How it answers the portal</h2>
{_form("mode", {}, _select("mode", MODES, kept.mode(), "Answers") + _button("Set"))}
</section>
<section aria-labelledby="tenants">
<h2 id="tenants">Tenants</h2>
{tenants or "<p>None yet.</p>"}
</section>
<section aria-labelledby="more">
<h2 id="more">Add a tenant</h2>
{_strangers(kept)}
{_form("add", {}, _add_fields())}
</section>
<section aria-labelledby="webhooks">
<h2 id="webhooks">Webhooks that came in</h2>
<p>What the demo's customers and developers have told to their own servers, which are here.</p>
{_heard(kept)}
</section>
</main>
</body>
</html>
"""


def _tenant(tenant: Tenant) -> str:
    place = {"environment": tenant.environment, "identifier": tenant.identifier}
    name = tenant.holds.get("settings", {}).get("name", "")
    title = " · ".join(filter(None, [tenant.identifier, tenant.environment, name]))
    held = {key: value for key, value in tenant.holds.items() if key != "settings"}
    rows = "".join(_row(place, subject, value) for subject, value in held.items())
    table = (
        f"<table><thead><tr><th scope='col'>It has</th><th scope='col'>What that is</th>"
        f"<th scope='col'>Until</th><th></th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else "<p>No licences, no applications.</p>"
    )
    changes = _select("change", CHANGES, "", "Tell the portal of")
    plans = "<label>Sales Premium users <input name='users' inputmode='numeric' size='5'></label>"
    plans += _select("crm_suite_plan", SUITE_PLANS, "", "CRM Suite plan")
    return f"""<article>
<h3>{escape(title)}</h3>
<p>{STATES.get(tenant.state, "?")}. Last fact: number {tenant.sequence}.</p>
{table}
<div class="tools">
{_form("tell", place, changes + _button("Tell"))}
{_form("plans", place, plans + _button("Tell its plans"))}
{_form("forget", place, _button("Forget all of it"))}
</div>
</article>"""


def _row(place: Mapping[str, str], subject: str, value: Mapping[str, Any]) -> str:
    users = [f"{count} × {plan}" for plan, count in value.get("quantities", {}).items()]
    what = value.get("name") or ", ".join([*value.get("capabilities", []), *users])
    if client_id := value.get("client_id"):
        back_to = ", ".join(value.get("redirect_uris", [])) or "nowhere"
        what = f"{what} (client {client_id}, people go back to {back_to})"
    forget = _form("forget", {**place, "subject": subject}, _button("Forget"))
    return (
        f"<tr><td>{escape(subject)}</td><td>{escape(str(what))}</td>"
        f"<td>{escape(str(value.get('until') or 'no end'))}</td><td>{forget}</td></tr>"
    )


def _heard(kept: State) -> str:
    found = kept.heard(limit=SHOWN)
    if not found:
        return "<p>None yet.</p>"
    rows = "".join(
        f"<tr><td>{escape(each.at)}</td><td>{escape(each.receiver)}</td>"
        f"<td>{escape(each.type)}<details><summary>{escape(each.message_id)}</summary>"
        f"<code>{escape(each.body)}</code></details></td>"
        f"<td>{'–' if each.sequence is None else each.sequence}</td>"
        f"<td>{'good' if each.is_signed else 'not known here'}</td>"
        f"<td>{each.attempts}{', refused' if each.receiver == BROKEN else ''}</td></tr>"
        for each in found
    )
    return (
        "<table><thead><tr><th scope='col'>When (UTC)</th><th scope='col'>Receiver</th>"
        "<th scope='col'>Event</th><th scope='col'>Number</th><th scope='col'>Signature</th>"
        f"<th scope='col'>Attempts</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _strangers(kept: State) -> str:
    unknown = kept.strangers()
    if not unknown:
        return ""
    named = ", ".join(f"{identifier} ({environment})" for environment, identifier in unknown)
    return f"<p>The portal told of tenants that are not known here: {escape(named)}.</p>"


def _add_fields() -> str:
    environments = _select("environment", ("production", "stage", "sod"), "", "Environment")
    field = "<label>Identifier <input name='identifier' required pattern='[Cc][Uu][Ss][Tt][0-9]+'>"
    return f"{environments}{field}</label>{_button('Add')}"


def _form(what: str, hidden: Mapping[str, str], content: str) -> str:
    kept = "".join(
        f"<input type='hidden' name='{escape(name)}' value='{escape(value)}'>"
        for name, value in hidden.items()
    )
    return f"<form method='post' action='/controls/{what}'>{kept}{content}</form>"


def _select(name: str, options: Iterable[str], chosen: str, label: str) -> str:
    choices = "".join(
        f"<option{' selected' if option == chosen else ''}>{escape(option)}</option>"
        for option in options
    )
    return f"<label>{escape(label)} <select name='{name}'>{choices}</select></label>"


def _button(label: str) -> str:
    return f"<button>{escape(label)}</button>"
