"""A small catalogue with round prices, so that a test's expected cents can be read at a glance."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from catalog.models import PriceComponent, PriceVersion, Product, ProductVersion, Seller

DEVELOPMENT_TOOLS = "development-tools"
SANDBOX = "sandbox-production-environment"
SCIM = "scim"
MIRRORING = "database-mirroring"

# Per month, in EUR and NOK.
LICENCE_PRICE = {"EUR": Decimal(49), "NOK": Decimal(590)}
SALES_USER_PRICE = {"EUR": Decimal(30), "NOK": Decimal(360)}
SERVICE_USER_PRICE = {"EUR": Decimal(40), "NOK": Decimal(480)}
MIRRORING_PRICE = {"EUR": Decimal(79), "NOK": Decimal(950)}
SCIM_PRICE = {"EUR": Decimal(99), "NOK": Decimal(1190)}


def open_shop(**development_tools_policies: object) -> None:
    """Both sellers; Development Tools, the Sandbox (confirmed by staff) and SCIM on sale."""
    Seller.objects.bulk_create(
        [
            _seller(
                "nl", "Example Software B.V.", "NL", "EUR", "Europe/Amsterdam", is_default=True
            ),
            _seller(
                "no", "Example Software AS", "NO", "NOK", "Europe/Oslo", serves_countries=["NO"]
            ),
        ]
    )
    _sell(
        _Ware(
            DEVELOPMENT_TOOLS,
            "Development Tools",
            position=1,
            scope="site",
            deployments=["online", "on_premise"],
            capabilities=["crmscript", "custom-applications"],
            included_in_plans=["core", "growth", "plus", "super"],
            policies=development_tools_policies,
            components={"licence": ("month", LICENCE_PRICE)},
        ),
        _Ware(
            SANDBOX,
            "Sandbox",
            position=2,
            scope="tenant",
            deployments=["online"],
            needs_online_source=True,
            policies={"needs_confirmation": True},
            components={
                "sales-premium": ("user_plan", SALES_USER_PRICE),
                "service-premium": ("user_plan", SERVICE_USER_PRICE),
            },
        ),
        _Ware(
            SCIM,
            "SCIM",
            position=3,
            scope="organisation",
            deployments=["online"],
            minimum_crm_version="9.1",
            components={"licence": ("month", SCIM_PRICE)},
        ),
    )


def sell_mirroring() -> None:
    """Database Mirroring in the open shop; it is had at once, and with the plan Super."""
    _sell(
        _Ware(
            MIRRORING,
            "Database Mirroring",
            position=4,
            scope="tenant",
            deployments=["online"],
            capabilities=["database-mirroring"],
            included_in_plans=["super"],
            components={"licence": ("month", MIRRORING_PRICE)},
        )
    )


def include_in(plans: list[str], product: str = DEVELOPMENT_TOOLS) -> None:
    """The next version of the product comes with these plans; it is the same otherwise."""
    next_version(product, included_in_plans=plans)


def next_version(product: str = DEVELOPMENT_TOOLS, **fields: object) -> ProductVersion:
    """The same as the one that is sold, but for these fields."""
    version = ProductVersion.objects.of(product).current().get()
    version.pk, version.number = None, version.number + 1
    version.content_hash = f"{version.number:064}"
    for name, value in fields.items():
        setattr(version, name, value)
    version.save(force_insert=True)
    return version


def _seller(
    code: str, name: str, country: str, currency: str, zone: str, **fields: object
) -> Seller:
    return Seller(
        code=code,
        legal_name=name,
        street="Example street 1",
        postal_code="1000",
        city="Example",
        country=country,
        vat_number={"NL": "NL004495445B01", "NO": "995525828MVA"}[country],
        registration_number="12345678",
        registration_label="KVK",
        currency=currency,
        time_zone=zone,
        iban="NL91ABNA0417164300",
        bic="ABNANL2A",
        email="billing@example.com",
        contact="Billing",  # German buyers' rules want both
        phone="+31 20 123 4567",
        invoice_prefix=code.upper(),
        payment_term_days=14,
        **fields,
    )


class _Ware:
    """A product as it is sold; `fields` are those of its version."""

    def __init__(
        self,
        code: str,
        name: str,
        *,
        position: int,
        components: dict[str, tuple[str, dict[str, Decimal]]],
        **fields: object,
    ) -> None:
        self.product = Product(code=code, kind="tool", position=position)
        self.version = ProductVersion(
            product=self.product,
            number=1,
            content_hash="0" * 64,
            texts={"en": {"name": name}, "nl": {"name": name}},
            **fields,
        )
        self.prices = [
            PriceVersion(
                product=self.product,
                currency=currency,
                valid_from=dt.date(2020, 1, 1),
                example=True,
            )
            for currency in ("EUR", "NOK")
        ]
        self.components = [
            PriceComponent(
                price_version=price,
                code=component,
                unit=unit,
                model="flat" if unit == "month" else "per_unit",
                unit_amount=amounts[price.currency],
                texts={"en": {"label": component}, "nl": {"label": component}},
            )
            for price in self.prices
            for component, (unit, amounts) in components.items()
        ]


def _sell(*wares: _Ware) -> None:
    """A statement a table: thousands of tests open a shop."""
    Product.objects.bulk_create(ware.product for ware in wares)
    ProductVersion.objects.bulk_create(ware.version for ware in wares)
    PriceVersion.objects.bulk_create(price for ware in wares for price in ware.prices)
    PriceComponent.objects.bulk_create(each for ware in wares for each in ware.components)
