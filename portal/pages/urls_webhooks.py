"""Addresses below `/organisations/<int:organisation_id>/webhooks/`."""

from __future__ import annotations

from django.urls import path

from portal.pages import webhook_deliveries, webhooks

LIST = "organisations/<int:organisation_id>/webhooks/"
ONE = f"{LIST}<int:endpoint_id>/"
DELIVERY = f"{ONE}deliveries/<int:delivery_id>/"

urlpatterns = [
    path(LIST, webhooks.webhook_list, name="webhook_list"),
    path(f"{LIST}add/", webhooks.webhook_add, name="webhook_add"),
    path(f"{LIST}events/", webhooks.webhook_events, name="webhook_events"),
    path(ONE, webhook_deliveries.webhook_detail, name="webhook_detail"),
    path(f"{ONE}change/", webhooks.webhook_change, name="webhook_change"),
    path(f"{ONE}rotate/", webhooks.webhook_rotate, name="webhook_rotate"),
    path(f"{ONE}end-old-secret/", webhooks.webhook_end_old_secret, name="webhook_end_old_secret"),
    path(f"{ONE}enable/", webhooks.webhook_enable, name="webhook_enable"),
    path(f"{ONE}disable/", webhooks.webhook_disable, name="webhook_disable"),
    path(f"{ONE}remove/", webhooks.webhook_remove, name="webhook_remove"),
    path(f"{ONE}test/", webhook_deliveries.webhook_test, name="webhook_test"),
    path(f"{ONE}replay/", webhook_deliveries.webhook_replay_since, name="webhook_replay_since"),
    path(DELIVERY, webhook_deliveries.webhook_delivery, name="webhook_delivery"),
    path(f"{DELIVERY}replay/", webhook_deliveries.webhook_replay, name="webhook_replay"),
]
