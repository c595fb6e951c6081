from __future__ import annotations

from catalog.queries import every_current_version
from portal.pages.presenters.subscriptions import language


def product_names() -> dict[str, str]:
    """What each product is called in the reader's language, by code; one query."""
    return {
        version.product.code: version.name_in(language()) for version in every_current_version()
    }
