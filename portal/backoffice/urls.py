"""Addresses of the back office: `backoffice:<name>`, for the vendor's staff alone."""

from __future__ import annotations

from django.urls import path

from portal.backoffice import (
    accounts,
    advice,
    applications,
    breaches,
    consents,
    credit_notes,
    customer_actions,
    customers,
    deletions,
    development_tenants,
    documents,
    ec_sales,
    exchange_rates,
    holds,
    invoices,
    journal,
    mail,
    metering,
    new_customers,
    new_prices,
    new_tenants,
    orders,
    platform,
    platform_facts,
    policies,
    portal_policies,
    previews,
    prices,
    products,
    publications,
    run_items,
    runs,
    second_factors,
    staff,
    vat_numbers,
    webhooks,
)
from portal.backoffice.home import home

app_name = "backoffice"

CUSTOMER = "customers/<int:organisation_id>/"
INVITATION = CUSTOMER + "invitations/<int:invitation_id>/"
TENANT = "tenants/<int:tenant_id>/"
SUBSCRIPTION = "subscriptions/<int:subscription_id>/"
ORDER = "orders/<int:subscription_id>/"
TENANT_REQUEST = "development-tenants/<int:request_id>/"
PUBLICATION = "publications/<int:publication_id>/"
APPLICATION = "applications/<int:application_id>/"
AUTHORISATION = "authorisations/<int:authorisation_id>/"
QUESTION = "questions/<int:question_id>/"
COLLEAGUE = "staff/<int:person_id>/"
RUN = "runs/<int:run_id>/"
INVOICE = "invoices/<int:invoice_id>/"
PROPOSAL = "credits/<int:proposal_id>/"
PRICES = "products/<slug:product_code>/prices/<slug:currency>/"
FACT = "platform/facts/<uuid:fact_id>/"
ITEM = RUN + "items/<int:item_id>/"

urlpatterns = [
    path("", home, name="home"),
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", new_customers.new_customer, name="new_customer"),
    path(CUSTOMER, customers.customer, name="customer"),
    path(CUSTOMER + "history/", customers.customer_history, name="customer_history"),
    path(
        CUSTOMER + "billing-details/",
        customer_actions.change_billing_details,
        name="change_billing_details",
    ),
    path(CUSTOMER + "partner/", new_customers.change_partner, name="change_partner"),
    path(CUSTOMER + "invitation/", customer_actions.invite_person, name="invite_person"),
    path(
        INVITATION + "withdraw/", customer_actions.withdraw_invitation, name="withdraw_invitation"
    ),
    path(INVITATION + "new-link/", customer_actions.send_new_link, name="send_new_link"),
    path(
        CUSTOMER + "people/<int:person_id>/second-factor/",
        second_factors.reset_of_member,
        name="reset_of_member",
    ),
    path(CUSTOMER + "tenants/new/", new_tenants.register_tenant, name="register_tenant"),
    path(CUSTOMER + "vat-number/", vat_numbers.ask_register, name="ask_register"),
    path(CUSTOMER + "hold/", holds.hold_customer, name="hold_customer"),
    path("holds/<int:hold_id>/release/", holds.release_hold, name="release_hold"),
    path(TENANT, customer_actions.tenant, name="tenant"),
    path(TENANT + "state/", customer_actions.change_tenant_state, name="change_tenant_state"),
    path(TENANT + "users/", new_tenants.change_users, name="change_users"),
    path(TENANT + "correct/", new_tenants.correct_tenant, name="correct_tenant"),
    path(TENANT + "delete/", deletions.delete_tenant, name="delete_tenant"),
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
    path(AUTHORISATION + "end/", consents.bring_forward, name="bring_forward"),
    path("applications/", applications.applications, name="applications"),
    path(APPLICATION, applications.application, name="application"),
    path(APPLICATION + "block/", applications.block_application, name="block_application"),
    path(APPLICATION + "unblock/", applications.unblock_application, name="unblock_application"),
    path(
        APPLICATION + "credentials/<int:credential_id>/revoke/",
        applications.revoke_client,
        name="revoke_client",
    ),
    path("development-tenants/", development_tenants.tenant_requests, name="tenant_requests"),
    path(TENANT_REQUEST, development_tenants.tenant_request, name="tenant_request"),
    path(
        TENANT_REQUEST + "reject/",
        development_tenants.reject_tenant_request,
        name="reject_tenant_request",
    ),
    path("publications/", publications.publications, name="publications"),
    path(PUBLICATION, publications.publication, name="publication"),
    path(PUBLICATION + "publish/", publications.publish_version, name="publish_version"),
    path(PUBLICATION + "reject/", publications.reject_version, name="reject_version"),
    path("questions/", advice.questions, name="questions"),
    path(QUESTION, advice.question, name="question"),
    path(QUESTION + "answer/", advice.answer, name="answer"),
    path("staff/", staff.staff, name="staff"),
    path("staff/new/", staff.invite_to_staff, name="invite_to_staff"),
    path(COLLEAGUE, staff.colleague, name="colleague"),
    path(COLLEAGUE + "end/", staff.end_colleague, name="end_colleague"),
    path(
        COLLEAGUE + "second-factor/",
        second_factors.reset_of_colleague,
        name="reset_of_colleague",
    ),
    path("accounts/<int:person_id>/", accounts.account, name="account"),
    path("runs/", runs.runs, name="runs"),
    path("runs/preview/", previews.preview_month, name="preview_month"),
    path("runs/preview/ask/", previews.ask_for_preview, name="ask_for_preview"),
    path(
        "runs/preview/<int:preview_id>/progress/",
        previews.preview_progress,
        name="preview_progress",
    ),
    path("runs/policies/<slug:seller_code>/", policies.billing_policy, name="billing_policy"),
    path("products/", products.products, name="products"),
    path("products/<slug:product_code>/", products.product, name="product"),
    path("policies/", portal_policies.policies, name="policies"),
    path("policies/<slug:policy_name>/", portal_policies.policy, name="policy"),
    path("runs/start/", runs.start_run, name="start_run"),
    path(RUN, runs.run, name="run"),
    path(RUN + "progress/", runs.run_progress, name="run_progress"),
    path(RUN + "approve/", runs.approve_run, name="approve_run"),
    path(RUN + "retry/", runs.retry_all, name="retry_all"),
    path(RUN + "explain/", runs.explain_cause, name="explain_cause"),
    path(RUN + "close/", runs.close_run, name="close_run"),
    path(RUN + "items/", run_items.run_items, name="run_items"),
    path(ITEM, run_items.run_item, name="run_item"),
    path(ITEM + "retry/", run_items.retry_one, name="retry_one"),
    path(ITEM + "review/", run_items.review_item, name="review_item"),
    path(ITEM + "explain/", run_items.explain_item, name="explain_item"),
    path("invoices/", invoices.invoices, name="invoices"),
    path(
        INVOICE + "lines/<int:line_id>/",
        invoices.invoice_line,
        name="invoice_line",
    ),
    path("prices/", prices.prices, name="prices"),
    path(PRICES, new_prices.product_prices, name="product_prices"),
    path(PRICES + "new/", new_prices.new_price, name="new_price"),
    path(
        "prices/<int:price_id>/withdraw/",
        new_prices.withdraw_new_price,
        name="withdraw_new_price",
    ),
    path("prices/<int:price_id>/announce/", prices.announce_price, name="announce_price"),
    path(
        "prices/announcements/<int:announcement_id>/withdraw/",
        prices.withdraw_price,
        name="withdraw_price",
    ),
    path(INVOICE, invoices.invoice, name="invoice"),
    path(INVOICE + "credit/", credit_notes.credit, name="credit"),
    path(INVOICE + "reissue/", credit_notes.reissue, name="reissue"),
    path("credits/", credit_notes.proposals, name="credits"),
    path(PROPOSAL, credit_notes.proposal, name="credit_proposal"),
    path(PROPOSAL + "approve/", credit_notes.approve, name="approve_credit"),
    path(PROPOSAL + "reject/", credit_notes.reject, name="reject_credit"),
    path("journal/", journal.journal, name="journal"),
    path("journal/ec-sales/", ec_sales.ec_sales, name="ec_sales"),
    path(
        INVOICE + "documents/<int:document_id>/",
        invoices.invoice_document,
        name="invoice_document",
    ),
    path(
        INVOICE + "translations/<slug:language>/",
        invoices.invoice_translation,
        name="invoice_translation",
    ),
    path("documents/", documents.documents, name="documents"),
    path("documents/<int:rendering_id>/retry/", documents.retry_documents, name="retry_documents"),
    path("exchange-rates/", exchange_rates.exchange_rates, name="exchange_rates"),
    path("metering/", metering.meters, name="metering"),
    path("metering/meters/<slug:meter_code>/", metering.meter, name="meter"),
    path("metering/credentials/new/", metering.make_credential, name="make_credential"),
    path(
        "metering/credentials/<int:credential_id>/revoke/",
        metering.revoke_credential,
        name="revoke_credential",
    ),
    path("platform/", platform.platform, name="platform"),
    path("platform/retry/", platform.try_at_once, name="platform_retry"),
    path("platform/compare/", platform.compare, name="platform_compare"),
    path("platform/facts/", platform_facts.facts, name="platform_facts"),
    path(FACT, platform_facts.fact, name="platform_fact"),
    path(FACT + "replay/", platform_facts.replay, name="platform_replay"),
    path("breaches/", breaches.breaches, name="breaches"),
    path("breaches/check/", breaches.check_again, name="check_again"),
    path("mail/", mail.mail, name="mail"),
    path("mail/send-all-again/", mail.send_all_again, name="send_all_again"),
    path("mail/<int:mail_id>/send-again/", mail.send_again, name="send_again"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
]
