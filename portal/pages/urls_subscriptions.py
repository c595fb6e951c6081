"""Addresses of ordering and of subscriptions, below `/organisations/<int:organisation_id>/`."""

from __future__ import annotations

from django.urls import path

from portal.pages import cancellation, subscribe, subscriptions

ORGANISATION = "organisations/<int:organisation_id>/"
ORDER = f"{ORGANISATION}subscribe/<slug:product_code>/"
LIST = f"{ORGANISATION}subscriptions/"
ONE = f"{LIST}<int:subscription_id>/"

urlpatterns = [
    path(ORDER, subscribe.choose, name="subscribe"),
    path(f"{ORDER}review/", subscribe.review, name="subscribe_review"),
    path(f"{ORDER}done/<int:subscription_id>/", subscribe.done, name="subscribe_done"),
    path(LIST, subscriptions.subscription_list, name="subscription_list"),
    path(ONE, subscriptions.subscription_detail, name="subscription_detail"),
    path(f"{ONE}quantities/", subscriptions.quantities, name="subscription_quantities"),
    path(f"{ONE}withdraw/", subscriptions.withdraw, name="subscription_withdraw"),
    path(f"{ONE}cancel/", cancellation.cancel, name="subscription_cancel"),
    path(
        f"{ONE}withdraw-cancellation/",
        cancellation.withdraw_cancellation,
        name="subscription_withdraw_cancellation",
    ),
]
