"""A catalogue for tests. Sellers are invented, with well-formed numbers that are nobody's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from catalog.models import PriceComponent, PriceVersion, Product, ProductVersion, Seller
from catalog.policies import Policies


class SellerFactory(DjangoModelFactory[Seller]):
    """The Dutch default seller; one a test, however often asked for, `norwegian` beside it."""

    class Meta:
        model = Seller
        django_get_or_create = ("code",)

    class Params:
        norwegian = factory.Trait(
            code="no",
            legal_name="Norwegian Example Seller AS",
            street="Eksempelgata 1",
            postal_code="0001",
            city="Oslo",
            country="NO",
            vat_number="NO999999999MVA",
            registration_number="999999999",
            registration_label="Foretaksregisteret",
            currency="NOK",
            time_zone="Europe/Oslo",
            iban="NO9386011117947",
            bic="EXAMNOKK",
            invoice_prefix="NO",
            serves_countries=["NO"],
            is_default=False,
        )

    code = "nl"
    legal_name = "Dutch Example Seller B.V."
    street = "Voorbeeldstraat 1"
    postal_code = "1234 AB"
    city = "Voorbeeldstad"
    country = "NL"
    vat_number = "NL123456782B01"
    registration_number = "12345678"
    registration_label = "KVK"
    currency = "EUR"
    time_zone = "Europe/Amsterdam"
    iban = "NL91ABNA0417164300"
    bic = "EXAMNL2A"
    email = "invoices@example.com"
    contact = "Billing"
    phone = "+31 20 1"
    invoice_prefix = "NL"
    payment_term_days = 30
    serves_countries = factory.LazyFunction(lambda: ["NL"])
    is_default = True


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"product-{n}")
    kind = Product.Kind.PRODUCT
    position = factory.Sequence(lambda n: n + 1)


def _texts(name: str) -> dict[str, dict[str, str]]:
    return {
        "en": {"name": name, "summary": f"{name} in one line"},
        "nl": {"name": f"{name} (nl)", "summary": f"{name} in één regel"},
    }


class ProductVersionFactory(DjangoModelFactory[ProductVersion]):
    """A version that starts at once, licensed per tenant, online and on-premise.

    ProductVersionFactory(development_tools=True), (sandbox=True), (mirroring=True), (scim=True).
    """

    class Meta:
        model = ProductVersion

    class Params:
        development_tools = factory.Trait(
            product=factory.SubFactory(
                ProductFactory, code="development-tools", kind=Product.Kind.TOOL, position=1
            ),
            scope="site",
            capabilities=["crmscript", "custom-applications"],
            included_in_plans=["core", "growth", "plus", "super"],
            texts=_texts("Development Tools"),
        )
        sandbox = factory.Trait(
            product=factory.SubFactory(
                ProductFactory, code="sandbox-production-environment", position=2
            ),
            scope="tenant",
            deployments=["online"],
            needs_online_source=True,
            policies=Policies(needs_confirmation=True).as_json(),
            texts=_texts("Sandbox Production Environment"),
        )
        mirroring = factory.Trait(
            product=factory.SubFactory(ProductFactory, code="database-mirroring", position=3),
            scope="tenant",
            deployments=["online"],
            included_in_plans=["super"],
            policies=Policies(needs_confirmation=True).as_json(),
            texts=_texts("Database Mirroring"),
        )
        scim = factory.Trait(
            product=factory.SubFactory(ProductFactory, code="scim", position=4),
            scope="organisation",
            deployments=["online"],
            texts=_texts("SCIM"),
        )
        for_organisation = factory.Trait(scope="organisation")

    product = factory.SubFactory(ProductFactory)
    number = 1
    content_hash = factory.Sequence(lambda n: f"{n:064x}")
    scope = "tenant"
    deployments = factory.LazyFunction(lambda: ["online", "on_premise"])
    policies = factory.LazyFunction(lambda: Policies().as_json())
    texts = factory.LazyAttribute(lambda version: _texts(version.product.code))


class PriceVersionFactory(DjangoModelFactory[PriceVersion]):
    """EUR 588.00 a month from 2026 on, as one flat component.

    PriceVersionFactory(component__unit_amount=Decimal("100")) costs something else,
    (component=None) has no component yet, (per_user_plan=True) counts users of two plans.
    """

    class Meta:
        model = PriceVersion
        skip_postgeneration_save = True

    class Params:
        in_kroner = factory.Trait(currency="NOK")
        per_user_plan = factory.Trait(
            component=factory.RelatedFactory(
                "tests.factories.catalog.PriceComponentFactory",
                factory_related_name="price_version",
                user_plan=True,
            ),
            second_component=factory.RelatedFactory(
                "tests.factories.catalog.PriceComponentFactory",
                factory_related_name="price_version",
                user_plan=True,
                code="service-premium",
                unit_amount=Decimal(80),
                position=2,
            ),
        )

    product = factory.SubFactory(ProductFactory)
    currency = "EUR"
    valid_from = dt.date(2026, 1, 1)
    example = True
    component = factory.RelatedFactory(
        "tests.factories.catalog.PriceComponentFactory", factory_related_name="price_version"
    )


class PriceComponentFactory(DjangoModelFactory[PriceComponent]):
    """A flat licence of 588.00 a month; `user_plan` is 70.00 for each Sales Premium user."""

    class Meta:
        model = PriceComponent

    class Params:
        user_plan = factory.Trait(
            code="sales-premium", unit="user_plan", model="per_unit", unit_amount=Decimal(70)
        )

    price_version = factory.SubFactory(PriceVersionFactory, component=None)
    code = "licence"
    unit = "month"
    model = "flat"
    unit_amount = Decimal(588)
    position = 1
    texts = factory.LazyAttribute(
        lambda component: {
            "en": {"label": component.code.replace("-", " ").capitalize()},
            "nl": {"label": f"{component.code} (nl)"},
        }
    )
