from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2026, 11, 18)

# A whole catalogue in few lines, so that a test can name the line it breaks.
SELLERS = """\
- code: nl
  legal_name: Dutch Example Seller B.V.
  street: Voorbeeldstraat 1
  postal_code: 1234 AB
  city: Voorbeeldstad
  country: NL
  vat_number: NL123456782B01
  registration_number: "12345678"
  registration_label: KVK
  currency: EUR
  time_zone: Europe/Amsterdam
  iban: NL67EXAM0123456789
  bic: EXAMNL2A
  email: invoices@example.com
  invoice_prefix: NL
  payment_term_days: 30
  credit_alone_up_to: "1000.00"
  serves_countries: [NL]
  is_default: true
- code: "no"
  legal_name: Norwegian Example Seller AS
  street: Eksempelgata 1
  postal_code: "0001"
  city: Oslo
  country: "NO"
  vat_number: NO999999999MVA
  registration_number: "999999999"
  registration_label: Foretaksregisteret
  currency: NOK
  time_zone: Europe/Oslo
  iban: NO7112345678903
  bic: EXAMNOKK
  email: faktura@example.com
  invoice_prefix: "NO"
  payment_term_days: 14
  credit_alone_up_to: "1000.00"
  serves_countries: ["NO"]
"""
CAPABILITIES = """\
scripting:
  minimum_crm_version: "10.0"
  nl: {name: Scripts, what: Wat, skill: Kennis, who: Beheerders}
  en: {name: Scripts (en), what: What, skill: Skill, who: Administrators}
"""
TOOLS = """\
code: tools
aliases: [Toolbox]
kind: tool
position: 1
scope: site
deployments: [online, on_premise]
minimum_crm_version: "9.2"
prerequisites: [base]
capabilities: [scripting]
included_in_plans: [core, growth, plus, super]
policies:
  needs_confirmation: true
texts:
  nl:
    name: Gereedschap
    summary: In het kort
    purpose: [Waarvoor]
    uses: [Gebruik]
    how: [Hoe]
    when: [Wanneer]
    getting: [Bestellen]
    leaving: [Opzeggen]
    next_steps: [{text: Dan, link: {label: Lezen, address: "https://example.com/nl"}}]
  en:
    name: Tools
    summary: In short
    purpose: [Purpose]
    uses: [Uses]
    how: [How]
    when: [When]
    getting: [Getting]
    leaving: [Leaving]
    next_steps: [{text: Then, link: {label: Read, address: "https://example.com/en"}}]
links:
  - group: documentation
    about: scripting
    label: {nl: Lezen, en: Read}
    address: {nl: "https://docs.example.com/nl", en: "https://docs.example.com/en"}
  - {group: price, label: {nl: Prijzen, en: Prices}, address: "https://example.com/prices"}
"""
BASE = TOOLS.replace("code: tools", "code: base").replace("prerequisites: [base]\n", "")
BASE = BASE.replace("[Toolbox]", "[Basis]").replace("position: 1", "position: 2")
PRICES = """\
- product: tools
  currency: EUR
  valid_from: 2026-01-01
  example: true
  components:
    - code: licence
      unit: month
      model: flat
      unit_amount: "588.00"
      label: {nl: Licentie, en: Licence}
- product: tools
  currency: EUR
  valid_from: 2027-01-01
  components:
    - code: users
      unit: user_plan
      model: graduated
      tiers:
        - {up_to: 10, unit_amount: "5.00"}
        - {unit_amount: "4.50"}
      label: {nl: Gebruikers, en: Users}
"""
METERS = """\
- code: calls
  position: 1
  unit: calls
  nl: {name: Aanroepen}
  en: {name: Calls}
  accepts_late: true
  max_age_days: 62
  detail_months: 25
"""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A directory of seed files that loads."""
    for name, text in {
        "sellers": SELLERS,
        "capabilities": CAPABILITIES,
        "tools": TOOLS,
        "base": BASE,
        "prices": PRICES,
        "meters": METERS,
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def edit(seed: Path, file: str, old: str, new: str) -> None:
    """Replace the first occurrence of `old`, which must be there."""
    path = seed / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
