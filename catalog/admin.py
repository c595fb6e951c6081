"""The catalogue for looking things up. It changes by its data files, not here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from catalog.models import Meter, PriceComponent, PriceVersion, Product, ProductVersion, Seller

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


class LookOnly:
    """All staff may look; nobody adds, changes or deletes."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, _obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False


@admin.register(Seller)
class SellerAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["legal_name", "country", "currency", "time_zone", "is_default"]
    search_fields = ["code", "legal_name", "vat_number", "registration_number"]


@admin.register(Product)
class ProductAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["code", "kind", "position"]
    list_filter = ["kind"]
    ordering = ["position"]
    search_fields = ["code", "aliases"]


@admin.register(ProductVersion)
class ProductVersionAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["product", "number", "scope", "deployments", "minimum_crm_version"]
    list_filter = ["product", "scope"]
    list_select_related = ["product"]
    ordering = ["product__position", "-number"]
    search_fields = ["product__code", "capabilities"]


class PriceComponentInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = PriceComponent
    extra = 0


@admin.register(PriceVersion)
class PriceVersionAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["product", "currency", "valid_from", "example"]
    list_filter = ["product", "currency"]
    list_select_related = ["product"]
    date_hierarchy = "valid_from"
    ordering = ["product__position", "currency", "-valid_from"]
    search_fields = ["product__code", "components__code"]
    inlines = [PriceComponentInline]


@admin.register(Meter)
class MeterAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["code", "unit", "position"]
