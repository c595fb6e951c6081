# ruff: noqa: E501 - a table reads best with a mistake a line
from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from catalog.reading import WrongCatalogue
from catalog.validating import read_catalogue
from tests.catalog.conftest import PRICES, edit

if TYPE_CHECKING:
    from pathlib import Path


def test_reads_everything(seed: Path) -> None:
    catalogue = read_catalogue(seed)

    assert [seller["code"] for seller in catalogue.sellers] == ["nl", "no"]
    base, tools = catalogue.products
    assert (base.code, tools.code) == ("base", "tools")
    assert tools.row == {
        "aliases": ["Toolbox"],
        "kind": "tool",
        "position": 1,
        "document_names": {},
    }
    assert tools.version["minimum_crm_version"] == "9.2"
    assert tools.version["prerequisites"] == ["base"]
    assert tools.version["policies"]["needs_confirmation"] is True
    assert tools.version["policies"]["restore_days"] == 30
    assert tools.version["texts"]["nl"]["name"] == "Gereedschap"
    assert tools.version["texts"]["nl"]["next_steps"] == [
        {"text": "Dan", "label": "Lezen", "address": "https://example.com/nl"}
    ]
    assert tools.version["inside"][0]["texts"]["en"]["name"] == "Scripts (en)"
    assert tools.version["links"][0]["texts"]["nl"] == {
        "label": "Lezen",
        "address": "https://docs.example.com/nl",
    }
    assert tools.version["links"][1]["texts"]["nl"]["address"] == "https://example.com/prices"
    flat, graduated = catalogue.prices
    assert flat.begins == ("tools", "EUR", dt.date(2026, 1, 1))
    assert flat.components[0]["unit_amount"] == Decimal(588)
    assert (flat.example, graduated.example) == (True, False)
    assert graduated.components[0]["tiers"] == [
        {"up_to": 10, "unit_amount": "5.00"},
        {"up_to": None, "unit_amount": "4.50"},
    ]


MISTAKES = [
    # file, old, new, what is said
    ("tools.yaml", "kind: tool", "kind: gadget", "3: kind is one of metered, product, tool, not 'gadget'"),
    ("tools.yaml", "position: 1\n", "", "1: position is missing"),
    ("tools.yaml", "position: 1", "position: first", "4: position is a whole number, not 'first'"),
    ("tools.yaml", "position: 1", "position: 1.5", "4: position is a whole number, not the float 1.5"),
    ("tools.yaml", "scope: site", 'scope: site\nsupplement: {version: "2026-05-25, third edition", nl: {name: N, address: "https://example.com"}, en: {name: N, address: "https://example.com"}}', "6: version '2026-05-25, third edition' does not look like .{1,20}"),
    ("tools.yaml", "position: 1", "position: yes", "4: position is a whole number, not 'yes'"),
    ("tools.yaml", "position: 1", "position: true", "4: position is a whole number, not the value true"),
    ("tools.yaml", "position: 1", "position: 0", "4: position is at least 1, not 0"),
    ("tools.yaml", "position: 1", "position: 2", "4: base has this position already"),
    ("tools.yaml", "scope: site", "scope: site\ncolour: red", "6: unknown key 'colour'"),
    ("tools.yaml", "scope: site", "scope: site\nscope: tenant", '6: found duplicate key "scope" with value "tenant" (original value: "site")'),
    ("tools.yaml", "scope: site", "scope: [site]", "5: scope is text, not a list"),
    ("tools.yaml", "scope: site", "scope:", "5: scope is text, not nothing"),
    ("tools.yaml", "[online, on_premise]", "[online, moon]", "6: deployments holds 'moon', which is not one of on_premise, online"),
    ("tools.yaml", "[online, on_premise]", "[]", "6: deployments is empty"),
    ("tools.yaml", "[online, on_premise]", "online", "6: deployments is a list, not 'online'"),
    ("tools.yaml", "[online, on_premise]", "[online, online]", "6: deployments holds 'online' twice"),
    ("tools.yaml", "[online, on_premise]", "[online, 5]", "6: deployments holds the number 5, not text"),
    ("tools.yaml", '"9.2"', "9.2", "7: minimum_crm_version is text, not the float 9.2"),
    ("tools.yaml", '"9.2"', '"9.x"', r"7: minimum_crm_version '9.x' does not look like [0-9]+(\.[0-9]+)*"),
    ("tools.yaml", "[base]", "[magic]", "8: prerequisites holds 'magic', which is not one of base"),
    ("tools.yaml", "[base]", "[tools]", "8: prerequisites holds 'tools', which is not one of base"),
    ("tools.yaml", "capabilities: [scripting]", "capabilities: [flying, scripting]", "9: capabilities holds 'flying', which is not one of scripting"),
    ("tools.yaml", "[core,", "[gold, core,", "10: included_in_plans holds 'gold', which is not one of core, growth, plus, starter, super"),
    ("tools.yaml", "policies:", "charges: [magic]\npolicies:", "11: charges holds 'magic', which is not one of base"),
    ("tools.yaml", "policies:", "charges: [base]\npolicies:", "11: charges holds 'base', which is not a metered service"),
    ("tools.yaml", "policies:\n  needs_confirmation: true", "needs_online_source: true\npolicies:\n  restore_days: 30", "11: a copy is set up by staff: policies has needs_confirmation: true"),
    ("tools.yaml", "needs_confirmation: true", "needs_luck: true", "12: unknown policy 'needs_luck'"),
    ("tools.yaml", "needs_confirmation: true", "notice_days: 1.5", "12: notice_days is a whole number"),
    ("tools.yaml", "needs_confirmation: true", "{cancel_now: false, cancel_at_month_end: false}", "12: a product can be cancelled in some way"),
    ("tools.yaml", "  en:\n    name: Tools", "  fr:\n    name: Outils", "14: en is missing\ntools.yaml:24: unknown key 'fr'"),
    ("tools.yaml", "name: Gereedschap", "name: ''", "15: name is empty"),
    ("tools.yaml", "    summary: In het kort\n", "", "15: summary is missing"),
    ("tools.yaml", "uses: [Gebruik]", "uses: [Gebruik, Nog een]", "14: uses has 2 in nl, 1 in en: translate each point"),
    ("tools.yaml", "    next_steps: [{text: Dan, ", "    # [{", "14: next_steps has 0 in nl, 1 in en: translate each point\ntools.yaml:15: next_steps is missing"),
    ("tools.yaml", "[{text: Dan, ", "[{text: Dan}, {text: Dan, ", "14: next_steps has 2 in nl, 1 in en: translate each point"),
    ("tools.yaml", '"https://example.com/nl"', "example.com", r"23: address 'example.com' does not look like https://[^\s]+"),
    ("tools.yaml", "group: documentation", "group: stories", "35: group is one of app_store, documentation, partners, price, sdk, not 'stories'"),
    ("tools.yaml", "about: scripting", "about: flying", "36: about is one of scripting, not 'flying'"),
    ("tools.yaml", "{nl: Lezen, en: Read}", "{nl: Lezen}", "37: en is missing"),
    ("tools.yaml", '"https://example.com/prices"', '"http://example.com"', r"39: address 'http://example.com' does not look like https://[^\s]+"),
    ("tools.yaml", "code: tools", "code: other", "1: code 'other' is not the name of the file"),
    ("tools.yaml", "[Toolbox]", "[basis]", "2: alias 'basis' belongs to base already"),
    ("tools.yaml", "kind: tool", "kind: [tool", "4: expected ',' or ']', but got ':'"),
    ("capabilities.yaml", "what: Wat, ", "", "3: what is missing"),
    ("capabilities.yaml", "scripting:", "flying: {nl: {name: V, what: V, skill: V, who: V}, en: {name: F, what: F, skill: F, who: F}}\nscripting:", "1: no product has the capability 'flying'"),
    ("sellers.yaml", "NL123456782B01", "NL123456789B01", "7: NL123456789B01 is not a VAT number"),
    ("sellers.yaml", "NO999999999MVA", "NO999999998MVA", "26: NO999999998MVA is not a VAT number"),
    ("sellers.yaml", "NL67EXAM", "NL68EXAM", "12: NL68EXAM0123456789 is not an IBAN"),
    ("sellers.yaml", "currency: EUR", "currency: SEK", "10: currency is one of EUR, NOK, not 'SEK'"),
    ("sellers.yaml", "Europe/Oslo", "Europe/Bergen", "30: 'Europe/Bergen' is not a time zone"),
    ("sellers.yaml", '"12345678"', "12345678", "8: registration_number is text, not the number 12345678"),
    ("sellers.yaml", '["NO"]', '["NO", NL]', "37: serves_countries 'NL' is taken by another seller"),
    ("sellers.yaml", 'invoice_prefix: "NO"', "invoice_prefix: NL", "34: invoice_prefix 'NL' is taken by another seller"),
    ("sellers.yaml", "is_default: true", "is_default: false", "1: one seller is the default: it serves all other countries"),
    ("sellers.yaml", '["NO"]', '["NO"]\n  is_default: true', "38: there is a default seller already"),
    ("prices.yaml", "product: tools", "product: toys", "1: product is one of base, tools, not 'toys'"),
    ("prices.yaml", "example: true\n  components:", "example: true\n  components: []\n  unused:", "5: components is empty\nprices.yaml:6: unknown key 'unused'"),
    ("prices.yaml", "currency: EUR", "currency: GBP", "2: currency is one of EUR, NOK, not 'GBP'"),
    ("prices.yaml", "2026-01-01", "January", "3: valid_from is a date such as 2026-01-01, not 'January'"),
    ("prices.yaml", "2027-01-01", "2026-01-01", "13: tools in EUR from 2026-01-01 has a price in line 1 already"),
    ("prices.yaml", "example: true", "example: 'true'", "4: example is true or false, not 'true'"),
    ("prices.yaml", '"588.00"', "588.00", '9: unit_amount is an amount in quotes with at most six decimals, such as "12.50", not the float 588.0'),
    ("prices.yaml", '"588.00"', "588", '9: unit_amount is an amount in quotes with at most six decimals, such as "12.50", not the number 588'),
    ("prices.yaml", '"588.00"', '"588,00"', "9: unit_amount is an amount in quotes with at most six decimals, such as \"12.50\", not '588,00'"),
    ("prices.yaml", '"588.00"', '"-1"', "9: unit_amount is an amount in quotes with at most six decimals, such as \"12.50\", not '-1'"),
    ("prices.yaml", "unit: month", "unit: user_plan", "7: a flat price is per month, and only a flat price is"),
    ("prices.yaml", "model: flat", "model: cheap", "8: model is one of flat, graduated, package, per_unit, volume, not 'cheap'"),
    ("prices.yaml", "up_to: 10, ", "", "18: tiers rise, and only the last has no upper bound"),
    ("prices.yaml", "model: graduated", "model: per_unit", "15: unit_amount is missing\nprices.yaml:18: graduated and volume prices have tiers, others have none"),
    ("prices.yaml", "model: graduated", "model: graduated\n      package_size: 5", "19: a package price has a package size, others have none"),
    ("prices.yaml", "{nl: Licentie, en: Licence}", "{nl: Licentie, en: Licence, xx: L}", "10: unknown key 'xx'"),
    ("prices.yaml", "- product: tools\n  currency: EUR\n  valid_from: 2027", "- nonsense\n- product: tools\n  currency: EUR\n  valid_from: 2027", "11: expected a section, not 'nonsense'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [pytest.param(*mistake, id=f"{mistake[0]}:{mistake[3]}") for mistake in MISTAKES],
)
def test_a_mistake_is_refused_with_its_line(
    seed: Path, file: str, old: str, new: str, said: str
) -> None:
    edit(seed, file, old, new)

    with pytest.raises(WrongCatalogue) as refused:
        read_catalogue(seed)

    assert str(refused.value) == f"{file}:{said}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("", "prices.yaml:1: the file is empty", id="empty"),
        pytest.param("a: 1", "prices.yaml:1: expected a list, not a section", id="not a list"),
        pytest.param("\xff", "prices.yaml:1: not UTF-8: invalid start byte", id="not UTF-8"),
    ],
)
def test_a_file_that_is_something_else_is_refused(seed: Path, content: str, said: str) -> None:
    (seed / "prices.yaml").write_bytes(content.encode("latin-1"))

    with pytest.raises(WrongCatalogue) as refused:
        read_catalogue(seed)

    assert str(refused.value) == said


def test_a_missing_file_is_refused(seed: Path) -> None:
    (seed / "sellers.yaml").unlink()

    with pytest.raises(WrongCatalogue) as refused:
        read_catalogue(seed)

    assert str(refused.value) == "sellers.yaml:1: the file is missing"


def test_all_mistakes_are_told_at_once_in_order(seed: Path) -> None:
    edit(seed, "tools.yaml", "kind: tool", "kind: gadget")
    edit(seed, "tools.yaml", "name: Tools", "name: 7")
    edit(seed, "prices.yaml", '"588.00"', "588.00")

    with pytest.raises(WrongCatalogue) as refused:
        read_catalogue(seed)

    places = [(problem.file, problem.line) for problem in refused.value.problems]
    assert places == [("prices.yaml", 9), ("tools.yaml", 3), ("tools.yaml", 25)]


def test_a_component_is_there_once(seed: Path) -> None:
    first = PRICES.split("- product")[1]
    component = first[first.index("    - code") :]
    edit(seed, "prices.yaml", component, component * 2)

    with pytest.raises(WrongCatalogue) as refused:
        read_catalogue(seed)

    assert str(refused.value) == "prices.yaml:5: component 'licence' is there twice"
