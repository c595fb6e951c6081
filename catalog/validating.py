"""The seed files as one checked catalogue, or every reason why they are refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.document_names import read_names, refuse_unknown_parts
from catalog.eligibility import Deployment, Scope
from catalog.metered import STAYS
from catalog.meters import read_meters
from catalog.money import Currency
from catalog.policies import Policies, WrongPolicy
from catalog.price_content import PriceContent, faults_of
from catalog.pricing import PriceModel, Tier, tiers_as_json
from catalog.reading import Problem, Section, WrongCatalogue, read_section, read_sections
from catalog.sellers import read_sellers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

SEED = Path(__file__).parent / "seed"
LANGUAGES = ("nl", "en")
CRM_SUITE_PLANS = ("starter", "core", "growth", "plus", "super")  # D2.8, cumulative
LINK_GROUPS = ("documentation", "sdk", "price", "app_store", "partners")
POINTS = ("purpose", "uses", "how", "when", "getting", "leaving")  # lists of paragraphs
CODE = r"[a-z0-9]+(-[a-z0-9]+)*"
VERSION = r"[0-9]+(\.[0-9]+)*"
HTTPS = r"https://[^\s]+"
AT_MOST_20 = r".{1,20}"
SELLERS = "sellers.yaml"
NOT_PRODUCTS = ("sellers", "capabilities", "prices", "meters")


@dataclass(frozen=True, slots=True)
class ProductContent:
    """`row` may change with the file; `version` is what a customer buys, and is kept for ever."""

    code: str
    row: Mapping[str, Any]
    version: Mapping[str, Any]
    line_of: Mapping[str, int]  # of what a metered service that was used may not change


@dataclass(frozen=True, slots=True)
class CatalogueContent:
    sellers: tuple[Mapping[str, Any], ...]  # fields of Seller
    line_of_seller: Mapping[str, int]  # by code
    products: tuple[ProductContent, ...]
    prices: tuple[PriceContent, ...]
    meters: tuple[Mapping[str, Any], ...]  # fields of Meter


def read_catalogue(directory: Path = SEED) -> CatalogueContent:
    """Read and check every file. Raises WrongCatalogue with all problems at once."""
    problems: list[Problem] = []
    seller_sections = read_sections(directory / SELLERS, problems)
    sellers = read_sellers(seller_sections)
    capability_file = read_section(directory / "capabilities.yaml", problems)
    capabilities = _read_capabilities(capability_file)
    paths = [path for path in sorted(directory.glob("*.yaml")) if path.stem not in NOT_PRODUCTS]
    codes = frozenset(path.stem for path in paths)
    sections = [section for path in paths if (section := read_section(path, problems))]
    products = tuple(_read_product(section, codes, capabilities) for section in sections)
    _refuse_shared(sections, products)
    _refuse_unmetered(sections, products)
    if capability_file:
        _refuse_unused(capability_file, products)
    price_sections = read_sections(directory / "prices.yaml", problems)
    meters = read_meters(read_sections(directory / "meters.yaml", problems))
    counted = frozenset(meter["code"] for meter in meters)
    prices = tuple(_read_price(section, codes, counted) for section in price_sections)
    _refuse_twice(price_sections, prices)
    refuse_unknown_parts(sections, products, prices)
    if problems:
        raise WrongCatalogue(problems)
    lines = {
        seller["code"]: section.line
        for section, seller in zip(seller_sections, sellers, strict=True)
    }
    return CatalogueContent(sellers, lines, products, prices, meters)


def _read_capabilities(file: Section | None) -> dict[str, dict[str, Any]]:
    capabilities = {}
    for code in list(file.node) if file else []:
        section = file.section(str(code)) if file else None
        if section is None:
            continue
        capabilities[str(code)] = {
            "code": str(code),
            "minimum_crm_version": section.text("minimum_crm_version", pattern=VERSION, default=""),
            "texts": _per_language(section, ("name", "what", "skill", "who")),
        }
        section.finish()
    return capabilities


def _read_product(
    section: Section,
    products: frozenset[str],
    capabilities: Mapping[str, Mapping[str, Any]],
) -> ProductContent:
    code = section.text("code", pattern=CODE)
    if code and f"{code}.yaml" != section.file:
        section.refuse(f"code {code!r} is not the name of the file", "code")
    row = {
        "aliases": list(section.words("aliases", default=())),
        "kind": section.choice("kind", ("tool", "product", "metered")),
        "position": section.whole("position", minimum=1),
        "document_names": read_names(section),
    }
    policies = _read_policies(section)
    inside = _known(section, "capabilities", capabilities, default=())
    version = {
        "scope": section.choice("scope", [scope.value for scope in Scope]),
        "deployments": _known(section, "deployments", [d.value for d in Deployment]),
        "minimum_crm_version": section.text("minimum_crm_version", pattern=VERSION, default=""),
        "prerequisites": _known(section, "prerequisites", products - {code}, default=()),
        "capabilities": inside,
        "included_in_plans": _known(section, "included_in_plans", CRM_SUITE_PLANS, default=()),
        "charges": _known(section, "charges", products - {code}, default=()),
        "needs_online_source": section.flag("needs_online_source", default=False),
        "supplement": _read_supplement(section),
        "policies": policies,
        "texts": _read_texts(section, is_ordered=row["kind"] != "metered"),
        "inside": [dict(capabilities[capability]) for capability in inside],
        "links": [_read_link(link, inside) for link in section.sections("links", optional=True)],
    }
    if version["needs_online_source"] and not policies["needs_confirmation"]:
        section.refuse(
            "a copy is set up by staff: policies has needs_confirmation: true",
            "needs_online_source",
        )
    section.finish()
    line_of = {key: section.line_of(key) for key in STAYS}
    return ProductContent(code, row, version, line_of)


def _known(
    section: Section,
    key: str,
    known: Iterable[str],
    *,
    default: tuple[str, ...] | None = None,
) -> list[str]:
    """The words of a list that are known; the others are refused."""
    words, codes = section.words(key, default=default), set(known)
    for word in words:
        if word not in codes:
            section.refuse(f"{key} holds {word!r}, which is not one of {_listed(codes)}", key)
    return [word for word in words if word in codes]


def _read_policies(section: Section) -> dict[str, Any]:
    """All values, defaults included: a version keeps what it was sold with."""
    policies = section.section("policies") if section.has("policies") else None
    if policies is None:
        return Policies().as_json()
    known: dict[str, Any] = {}
    for key, value in policies.node.items():
        try:
            Policies.parse({str(key): value})
        except WrongPolicy as error:
            policies.refuse(str(error), key)
        else:
            known[key] = value
    try:
        return Policies.parse(known).as_json()
    except WrongPolicy as error:  # each may stand, but not together
        policies.refuse(str(error))
        return Policies().as_json()


def _read_supplement(section: Section) -> dict[str, Any]:
    """Which terms, and what they are called and where they are read in each language."""
    terms = section.section("supplement") if section.has("supplement") else None
    if terms is None:
        return {}
    found: dict[str, Any] = {"version": terms.text("version", pattern=AT_MOST_20), "texts": {}}
    for language in LANGUAGES:
        if words := terms.section(language):
            address = words.text("address", pattern=HTTPS)
            found["texts"][language] = {"name": words.text("name"), "address": address}
            words.finish()
    terms.finish()
    return found


def _read_texts(section: Section, *, is_ordered: bool) -> dict[str, dict[str, Any]]:
    """Name, summary and points per language, as many points in each.

    What people order says what they do next, once they have it.
    """
    texts = section.section("texts")
    if texts is None:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for language in LANGUAGES:
        words = texts.section(language)
        if words is None:
            continue
        found[language] = {key: words.text(key) for key in ("name", "summary")}
        found[language] |= {key: list(words.words(key)) for key in POINTS}
        steps = [_read_step(s) for s in words.sections("next_steps", optional=not is_ordered)]
        found[language] |= {"next_steps": steps} if steps else {}
        words.finish()
    for key in (*POINTS, "next_steps"):
        counts = {language: len(words.get(key, ())) for language, words in found.items()}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{count} in {language}" for language, count in counts.items())
            texts.refuse(f"{key} has {told}: translate each point")
    texts.finish()
    return found


def _read_step(section: Section) -> dict[str, str]:
    """What to do, and perhaps a page to do it on or to read about it."""
    step = {"text": section.text("text")}
    link = section.section("link") if section.has("link") else None
    if link:
        step |= {"label": link.text("label"), "address": link.text("address", pattern=HTTPS)}
        link.finish()
    section.finish()
    return step


def _per_language(section: Section, keys: Iterable[str]) -> dict[str, dict[str, str]]:
    found = {}
    for language in LANGUAGES:
        words = section.section(language)
        if words is not None:
            found[language] = {key: words.text(key) for key in keys}
            words.finish()
    return found


def _labels(section: Section, key: str) -> dict[str, str]:
    """`label: {nl: …, en: …}`."""
    labels = section.section(key)
    if labels is None:
        return {}
    found = {language: labels.text(language) for language in LANGUAGES}
    labels.finish()
    return found


def _read_link(section: Section, inside: Iterable[str]) -> dict[str, Any]:
    """A label per language, and one address, or one per language."""
    labels = _labels(section, "label")
    if isinstance(section.node.get("address"), str) or not section.has("address"):
        addresses = dict.fromkeys(LANGUAGES, section.text("address", pattern=HTTPS))
    else:
        each = section.section("address")
        addresses = (
            {language: each.text(language, pattern=HTTPS) for language in LANGUAGES} if each else {}
        )
        if each:
            each.finish()
    link = {
        "group": section.choice("group", LINK_GROUPS),
        "about": section.choice("about", list(inside), default=""),
        "texts": {
            language: {"label": labels.get(language, ""), "address": addresses.get(language, "")}
            for language in LANGUAGES
        },
    }
    section.finish()
    return link


def _refuse_shared(sections: Iterable[Section], products: Iterable[ProductContent]) -> None:
    """Names that search finds and places on the page belong to one product."""
    names: dict[str, str] = {}
    positions: dict[int, str] = {}
    for section, product in zip(sections, products, strict=True):
        for name in product.row["aliases"]:
            other = names.setdefault(name.casefold(), product.code)
            if other != product.code:
                section.refuse(f"alias {name!r} belongs to {other} already", "aliases")
        other = positions.setdefault(product.row["position"], product.code)
        if other != product.code:
            section.refuse(f"{other} has this position already", "position")


def _refuse_unmetered(sections: Iterable[Section], products: Iterable[ProductContent]) -> None:
    """What comes by use is charged by a metered service, and by nothing that people order."""
    metered = {each.code for each in products if each.row["kind"] == "metered"}
    for section, product in zip(sections, products, strict=True):
        for code in product.version["charges"]:
            if code not in metered:
                section.refuse(f"charges holds {code!r}, which is not a metered service", "charges")


def _refuse_unused(capabilities: Section, products: Iterable[ProductContent]) -> None:
    used = {code for product in products for code in product.version["capabilities"]}
    for code in capabilities.node:
        if code not in used:
            capabilities.refuse(f"no product has the capability {code!r}", code)


def _read_price(section: Section, products: frozenset[str], meters: frozenset[str]) -> PriceContent:
    components = tuple(
        _read_component(component, position, meters)
        for position, component in enumerate(section.sections("components"), start=1)
    )
    codes = [component["code"] for component in components]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        section.refuse(f"component {code!r} is there twice", "components")
    price = PriceContent(
        product=section.choice("product", products),
        currency=section.choice("currency", [currency.value for currency in Currency]),
        valid_from=section.day("valid_from"),
        example=section.flag("example", default=False),
        components=components,
        file=section.file,
        line=section.line,
    )
    section.finish()
    return price


def _read_component(section: Section, position: int, meters: frozenset[str]) -> dict[str, Any]:
    model = section.choice("model", [model.value for model in PriceModel])
    tiers = tuple(_read_tier(tier) for tier in section.sections("tiers", optional=True))
    has_amount = section.has("unit_amount") or model not in {"graduated", "volume"}
    component = {
        "code": section.text("code", pattern=CODE),
        "unit": section.choice("unit", ("month", "user_plan", "usage")),
        "meter_id": section.choice("meter", sorted(meters)) if section.has("meter") else None,
        "minimum": section.amount("minimum") if section.has("minimum") else 0,
        "model": model,
        "unit_amount": section.amount("unit_amount") if has_amount else 0,
        "tiers": tiers_as_json(tiers) if tiers else None,
        "package_size": section.whole_or_none("package_size", minimum=1),
        "included": section.whole_or_none("included"),
        "included_per_user": section.whole_or_none("included_per_user"),
        "position": position,
        "texts": {k: {"label": label} for k, label in _labels(section, "label").items()},
    }
    if model in set(PriceModel):
        for fault in faults_of(component):
            section.refuse(str(fault.why), fault.field)
    section.finish()
    return component


def _read_tier(section: Section) -> Tier:
    tier = Tier(section.whole_or_none("up_to", minimum=1), section.amount("unit_amount"))
    section.finish()
    return tier


def _refuse_twice(sections: Iterable[Section], prices: Iterable[PriceContent]) -> None:
    """One price begins on a day; two would leave it to chance which of them holds."""
    first: dict[tuple[str, str, dt.date], int] = {}
    for section, price in zip(sections, prices, strict=True):
        line = first.setdefault(price.begins, section.line)
        if line != section.line:
            section.refuse(
                f"{price.product} in {price.currency} from {price.valid_from} has a price in "
                f"line {line} already",
                "valid_from",
            )


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes)) or "nothing"
