"""Addresses of the back office: `backoffice:<name>`, for the vendor's staff alone."""

from __future__ import annotations

from django.urls import path

from portal.backoffice import (
    advice,
    consents,
    customer_actions,
    customers,
    invoices,
    mail,
    orders,
    prices,
    runs,
)
from portal.backoffice.home import home

app_name = "backoffice"

CUSTOMER = "customers/<int:organisation_id>/"
TENANT = "tenants/<int:tenant_id>/"
SUBSCRIPTION = "subscriptions/<int:subscription_id>/"
ORDER = "orders/<int:subscription_id>/"
AUTHORISATION = "authorisations/<int:authorisation_id>/"
QUESTION = "questions/<int:question_id>/"
RUN = "runs/<int:run_id>/"

urlpatterns = [
    path("", home, name="home"),
    path("customers/", customers.customers, name="customers"),
    path(CUSTOMER, customers.customer, name="customer"),
    path(CUSTOMER + "history/", customers.customer_history, name="customer_history"),
    path(
        CUSTOMER + "billing-details/",
        customer_actions.change_billing_details,
        name="change_billing_details",
    ),
    path(CUSTOMER + "invitation/", customer_actions.invite_person, name="invite_person"),
    path(TENANT, customer_actions.tenant, name="tenant"),
    path(TENANT + "state/", customer_actions.change_tenant_state, name="change_tenant_state"),
    path(SUBSCRIPTION, customer_actions.subscription, name="subscription"),
    path(SUBSCRIPTION + "suspend/", customer_actions.suspend, name="suspend"),
    path(SUBSCRIPTION + "resume/", customer_actions.resume, name="resume"),
    path("orders/", orders.orders, name="orders"),
    path(ORDER, orders.order, name="order"),
    path(ORDER + "confirm/", orders.confirm_order, name="confirm_order"),
    path(ORDER + "reject/", orders.reject_order, name="reject_order"),
    path("consents/", consents.consents, name="consents"),
    path("authorisations/", consents.authorisations, name="authorisations"),
    path(AUTHORISATION, consents.authorisation, name="authorisation"),
    path(AUTHORISATION + "grant/", consents.grant, name="grant"),
    path(AUTHORISATION + "deny/", consents.deny, name="deny"),
    path(AUTHORISATION + "revoke/", consents.revoke, name="revoke"),
    path("questions/", advice.questions, name="questions"),
    path(QUESTION, advice.question, name="question"),
    path(QUESTION + "answer/", advice.answer, name="answer"),
    path("runs/", runs.runs, name="runs"),
    path("runs/preview/", runs.preview_month, name="preview_month"),
    path("runs/start/", runs.start_run, name="start_run"),
    path(RUN, runs.run, name="run"),
    path(RUN + "progress/", runs.run_progress, name="run_progress"),
    path(RUN + "retry/", runs.retry_all, name="retry_all"),
    path(RUN + "items/<int:item_id>/retry/", runs.retry_one, name="retry_one"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/<int:invoice_id>/", invoices.invoice, name="invoice"),
    path(
        "invoices/<int:invoice_id>/lines/<int:line_id>/",
        invoices.invoice_line,
        name="invoice_line",
    ),
    path("prices/", prices.prices, name="prices"),
    path("prices/<int:price_id>/announce/", prices.announce_price, name="announce_price"),
    path(
        "prices/announcements/<int:announcement_id>/withdraw/",
        prices.withdraw_price,
        name="withdraw_price",
    ),
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:mail_id>/send-again/", mail.send_again, name="send_again"),
]
