"""The addresses of a booking's Billing page and of the forms that open over it."""

from django.urls import URLPattern, path

from fareledger.faces.backoffice import (
    billing,
    billing_add,
    billing_approvals,
    billing_closed,
    billing_collections,
    billing_refunds,
    billing_rows,
)

_ROW = "payments/<uuid:row_id>/"

urlpatterns: list[URLPattern] = [
    path("", billing.billing, name="office_billing"),
    path("live/", billing.live, name="office_billing_live"),
    path("email-link/", billing.email_link, name="office_email_link"),
    path("pay-link/", billing.make_link, name="office_make_link"),
    path("customer-view/", billing.customer_view, name="office_customer_view"),
    path("payments/add/", billing_add.add, name="office_payment_add"),
    path("payments/add/after/", billing_add.after, name="office_payment_add_after"),
    path(f"{_ROW}delete/", billing_rows.delete, name="office_delete"),
    path(f"{_ROW}commit/", billing_rows.commit, name="office_commit"),
    path(f"{_ROW}commit/after/", billing_rows.commit_after, name="office_commit_after"),
    path(f"{_ROW}refund/", billing_refunds.refund, name="office_refund"),
    path("refunds/<uuid:order_id>/", billing_refunds.decide, name="office_refund_decide"),
    path(f"{_ROW}collect/again/", billing_collections.try_again, name="office_collect_again"),
    path(f"{_ROW}collect/email/", billing_collections.email_again, name="office_collect_email"),
    path(f"{_ROW}approvals/", billing_approvals.consents, name="office_consents"),
    path(f"{_ROW}reverse/", billing_closed.reverse, name="office_reverse"),
    path(f"{_ROW}email/", billing_closed.confirm, name="office_confirm"),
]
