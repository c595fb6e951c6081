import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):
    # What made the same before the first release, step by step (docs/decisions/0027).
    replaces = [
        ("catalog", "0001_initial"),
        ("catalog", "0002_a_package_has_a_size"),
        ("catalog", "0003_credit_alone_up_to"),
        ("catalog", "0004_meters"),
        ("catalog", "0005_sellers_have_a_contact"),
        ("catalog", "0006_charged_by_use"),
        ("catalog", "0007_products_set_use_in_motion"),
        ("catalog", "0008_policies_decided_by_staff"),
        ("catalog", "0009_prices_made_by_staff"),
        ("catalog", "0010_sellers_that_are_examples"),
        ("catalog", "0011_supplementary_terms"),
        ("catalog", "0012_parts_go_with_their_price"),
        ("catalog", "0013_names_on_documents"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Meter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "unit",
                    models.CharField(
                        choices=[("calls", "Calls"), ("records", "Records")],
                        max_length=10,
                        verbose_name="unit",
                    ),
                ),
                ("texts", models.JSONField(default=dict, verbose_name="texts")),
                (
                    "accepts_late",
                    models.BooleanField(
                        default=True, verbose_name="accepts events of an invoiced month"
                    ),
                ),
                (
                    "max_age_days",
                    models.PositiveSmallIntegerField(verbose_name="maximum age in days"),
                ),
                (
                    "detail_months",
                    models.PositiveSmallIntegerField(verbose_name="months that detail is kept"),
                ),
            ],
            options={
                "verbose_name": "meter",
                "verbose_name_plural": "meters",
                "ordering": ["position", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("unit__in", ["calls", "records"])),
                        name="meter_unit_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                (
                    "aliases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        verbose_name="also known as",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("tool", "Development tool"),
                            ("product", "Development product"),
                            ("metered", "Metered service"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "document_names",
                    models.JSONField(blank=True, default=dict, verbose_name="names on documents"),
                ),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["tool", "product", "metered"])),
                        name="product_kind_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="catalog.product",
                        verbose_name="product",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "content_hash",
                    models.CharField(max_length=64, verbose_name="fingerprint of the content"),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("site", "Site licence: one for the tenant"),
                            ("tenant", "Per tenant"),
                            ("organisation", "For the whole organisation"),
                        ],
                        max_length=12,
                        verbose_name="scope",
                    ),
                ),
                (
                    "deployments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), verbose_name="deployments"
                    ),
                ),
                (
                    "minimum_crm_version",
                    models.CharField(blank=True, max_length=20, verbose_name="minimum CRM version"),
                ),
                (
                    "prerequisites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        verbose_name="prerequisites",
                    ),
                ),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        verbose_name="capabilities",
                    ),
                ),
                (
                    "included_in_plans",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        blank=True,
                        default=list,
                        verbose_name="included in CRM Suite plans",
                    ),
                ),
                (
                    "charges",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        verbose_name="metered services it sets in motion",
                    ),
                ),
                (
                    "needs_online_source",
                    models.BooleanField(default=False, verbose_name="copies an online tenant"),
                ),
                (
                    "supplement",
                    models.JSONField(blank=True, default=dict, verbose_name="supplementary terms"),
                ),
                ("policies", models.JSONField(default=dict, verbose_name="policies")),
                (
                    "policies_by_staff",
                    models.BooleanField(default=False, verbose_name="policies decided by staff"),
                ),
                ("texts", models.JSONField(default=dict, verbose_name="texts")),
                ("inside", models.JSONField(default=list, verbose_name="what is inside")),
                ("links", models.JSONField(default=list, verbose_name="links")),
            ],
            options={
                "verbose_name": "product version",
                "verbose_name_plural": "product versions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "number"), name="product_version_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)),
                        name="product_version_counts_from_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["site", "tenant", "organisation"])),
                        name="product_version_scope_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deployments__len__gt", 0),
                            ("deployments__contained_by", ["online", "on_premise"]),
                        ),
                        name="product_version_deployments_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("minimum_crm_version", ""),
                            ("minimum_crm_version__regex", "^[0-9]+(\\.[0-9]+)*$"),
                            _connector="OR",
                        ),
                        name="product_version_minimum_is_numeric",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="catalog.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        choices=[("EUR", "Euro"), ("NOK", "Norwegian krone")],
                        max_length=3,
                        verbose_name="currency",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("example", models.BooleanField(default=False, verbose_name="example price")),
                ("by_staff", models.BooleanField(default=False, verbose_name="made by staff")),
            ],
            options={
                "verbose_name": "price",
                "verbose_name_plural": "prices",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "currency", "valid_from"),
                        name="price_version_begins_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__in", ["EUR", "NOK"])),
                        name="price_version_currency_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceComponent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "price_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="components",
                        to="catalog.priceversion",
                        verbose_name="price",
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("month", "per month"),
                            ("user_plan", "per user per month"),
                            ("usage", "by use, per month"),
                        ],
                        max_length=12,
                        verbose_name="unit",
                    ),
                ),
                (
                    "model",
                    models.CharField(
                        choices=[
                            ("flat", "Flat"),
                            ("per_unit", "Per unit"),
                            ("graduated", "Graduated tiers"),
                            ("volume", "Volume tiers"),
                            ("package", "Packages"),
                        ],
                        max_length=12,
                        verbose_name="price model",
                    ),
                ),
                (
                    "unit_amount",
                    models.DecimalField(
                        decimal_places=6, default=0, max_digits=14, verbose_name="amount per unit"
                    ),
                ),
                (
                    "meter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.meter",
                        to_field="code",
                        verbose_name="meter",
                    ),
                ),
                (
                    "minimum",
                    models.DecimalField(
                        decimal_places=6, default=0, max_digits=14, verbose_name="minimum per month"
                    ),
                ),
                ("tiers", models.JSONField(blank=True, null=True, verbose_name="tiers")),
                (
                    "package_size",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="units in a package"
                    ),
                ),
                (
                    "included",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="included"),
                ),
                (
                    "included_per_user",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="included per user"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1, verbose_name="position")),
                ("texts", models.JSONField(default=dict, verbose_name="texts")),
            ],
            options={
                "verbose_name": "price component",
                "verbose_name_plural": "price components",
                "ordering": ["position", "code"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("price_version", "code"), name="price_component_code_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_amount__gte", 0)),
                        name="price_component_amount_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minimum__gte", 0)),
                        name="price_component_minimum_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("meter__isnull", False), ("unit", "usage")),
                            models.Q(
                                models.Q(("unit", "usage"), _negated=True),
                                ("meter__isnull", True),
                                ("minimum", 0),
                            ),
                            _connector="OR",
                        ),
                        name="price_component_usage_has_a_meter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("model__in", ["graduated", "volume"]), ("tiers__isnull", False)
                            ),
                            models.Q(
                                models.Q(("model__in", ["graduated", "volume"]), _negated=True),
                                ("tiers__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="price_component_tiers_fit_model",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("model", "package"),
                                ("package_size__gte", 1),
                                ("package_size__isnull", False),
                            ),
                            models.Q(
                                models.Q(("model", "package"), _negated=True),
                                ("package_size__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="price_component_package_fits_model",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("unit", "month"), ("model", "flat")),
                            models.Q(
                                ("unit__in", ["user_plan", "usage"]),
                                models.Q(("model", "flat"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="price_component_flat_is_per_month",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seller",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                ("legal_name", models.CharField(max_length=200, verbose_name="legal name")),
                ("street", models.CharField(max_length=200, verbose_name="street")),
                ("postal_code", models.CharField(max_length=20, verbose_name="postal code")),
                ("city", models.CharField(max_length=100, verbose_name="city")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("vat_number", models.CharField(max_length=20, verbose_name="VAT number")),
                (
                    "registration_number",
                    models.CharField(max_length=30, verbose_name="registration number"),
                ),
                ("registration_label", models.CharField(max_length=40, verbose_name="register")),
                (
                    "currency",
                    models.CharField(
                        choices=[("EUR", "Euro"), ("NOK", "Norwegian krone")],
                        max_length=3,
                        verbose_name="currency",
                    ),
                ),
                ("time_zone", models.CharField(max_length=40, verbose_name="time zone")),
                ("iban", models.CharField(max_length=34, verbose_name="IBAN")),
                ("bic", models.CharField(max_length=11, verbose_name="BIC")),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                ("contact", models.CharField(blank=True, max_length=100, verbose_name="contact")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="telephone")),
                (
                    "outside_eu_category",
                    models.CharField(
                        choices=[
                            ("O", "O: outside the scope of VAT"),
                            ("G", "G: export, free of VAT"),
                        ],
                        default="O",
                        max_length=1,
                        verbose_name="VAT category outside the EU",
                    ),
                ),
                (
                    "invoice_prefix",
                    models.CharField(max_length=10, unique=True, verbose_name="invoice prefix"),
                ),
                (
                    "payment_term_days",
                    models.PositiveSmallIntegerField(verbose_name="payment term in days"),
                ),
                (
                    "credit_alone_up_to",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("1000.00"),
                        max_digits=14,
                        verbose_name="credit without a second person up to",
                    ),
                ),
                (
                    "serves_countries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2),
                        default=list,
                        verbose_name="serves countries",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(default=False, verbose_name="serves all other countries"),
                ),
                ("example", models.BooleanField(default=False, verbose_name="example")),
            ],
            options={
                "verbose_name": "seller",
                "verbose_name_plural": "sellers",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="seller_one_is_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                        name="seller_country_is_iso_3166",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__in", ["EUR", "NOK"])),
                        name="seller_currency_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit_alone_up_to__gte", 0)),
                        name="seller_credit_limit_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outside_eu_category__in", ["O", "G"])),
                        name="seller_outside_eu_category_is_known",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productversion",
            trigger=pgtrigger.compiler.Trigger(
                name="written_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="77c2de8e5bdac9ae30f653598289cf7af6961f26",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_written_once_56fde",
                    table="catalog_productversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="priceversion",
            trigger=pgtrigger.compiler.Trigger(
                name="written_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' AND (OLD.by_staff) THEN RETURN OLD; END IF;\n            RAISE EXCEPTION 'pgtrigger: a price is written once (%)', TG_TABLE_NAME;\n        ",
                    hash="2bc406ac66ee5c8395f6543bf4f8bf0fd15d98f1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_written_once_458a1",
                    table="catalog_priceversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricecomponent",
            trigger=pgtrigger.compiler.Trigger(
                name="written_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' AND (SELECT by_staff FROM catalog_priceversion WHERE id = OLD.price_version_id) THEN RETURN OLD; END IF;\n            RAISE EXCEPTION 'pgtrigger: a price is written once (%)', TG_TABLE_NAME;\n        ",
                    hash="febfd0c3c88a19da3e974ab40811f5899616e43d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_written_once_e8503",
                    table="catalog_pricecomponent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pricecomponent",
            trigger=pgtrigger.compiler.Trigger(
                name="goes_with_its_price",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\n                    IF EXISTS (SELECT FROM catalog_priceversion WHERE id = OLD.price_version_id)\n                    THEN RAISE EXCEPTION 'pgtrigger: a price keeps its parts (%)', TG_TABLE_NAME;\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="58869aa6dd9fc50edefec342e08780e68b8a6710",
                    operation="DELETE",
                    pgid="pgtrigger_goes_with_its_price_06f00",
                    table="catalog_pricecomponent",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
    ]
