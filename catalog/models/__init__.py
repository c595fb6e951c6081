"""What is for sale, by whom, at what price. Versions and prices are written once, never changed."""

from catalog.models.meters import Meter
from catalog.models.prices import PriceComponent, PriceVersion
from catalog.models.products import Product, ProductVersion
from catalog.models.sellers import Seller
from catalog.models.words import FALLBACK_LANGUAGE, CurrencyChoice, in_language

__all__ = [
    "FALLBACK_LANGUAGE",
    "CurrencyChoice",
    "Meter",
    "PriceComponent",
    "PriceVersion",
    "Product",
    "ProductVersion",
    "Seller",
    "in_language",
]
