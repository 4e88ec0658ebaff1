"""The addresses of this face, below /p/<operator>/."""

from django.urls import URLPattern, URLResolver, path

from fareledger.faces.portal import (
    approve,
    approve_card,
    brand,
    home,
    links,
    papers,
    pay,
    pay_attempt,
    prove,
    sign_in,
    withdraw,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="portal_home"),
    path("history/", home.history, name="portal_history"),
    path("receipts/<str:name>/", papers.receipt, name="portal_receipt"),
    path("receipts/<str:name>/pdf/", papers.receipt_file, name="portal_receipt_file"),
    path("statement/", papers.statement, name="portal_statement"),
    path("statement/pdf/", papers.statement_file, name="portal_statement_file"),
    path("sign-in/", sign_in.sign_in, name="portal_sign_in"),
    path("sign-in/link/", sign_in.send_link, name="portal_send_link"),
    path("sign-in/sent/", sign_in.link_sent, name="portal_link_sent"),
    path("sign-out/", sign_in.sign_out, name="portal_sign_out"),
    path("link/<str:token>", links.link, name="portal_link"),
    path("link/<str:token>/again", links.link_again, name="portal_link_again"),
    path("prove/", prove.prove, name="portal_prove"),
    path("prove/link/", prove.by_link, name="portal_prove_link"),
    path("prove/send/", prove.send, name="portal_prove_send"),
    path("prove/code/", prove.code, name="portal_prove_code"),
    path("view/<str:token>", links.view, name="portal_view"),
    path("pay/", pay.pay, name="portal_pay"),
    path("pay/bank/", pay.banks, name="portal_banks"),
    path("pay/<uuid:attempt_id>/", pay_attempt.card, name="portal_card"),
    path("payments/<uuid:attempt_id>/", pay_attempt.outcome, name="portal_outcome"),
    path("payments/<uuid:attempt_id>/state/", pay_attempt.state, name="portal_state"),
    path("approve/", approve.approve, name="portal_approve"),
    path("approve/card/<uuid:setup_id>/", approve_card.card, name="portal_approve_card"),
    path("approve/done/<uuid:request_id>/", approve_card.approved, name="portal_approved"),
    path("approve/done/<uuid:request_id>/state/", approve_card.state, name="portal_approved_state"),
    path("approve/withdraw/<uuid:transaction_id>/", withdraw.withdraw, name="portal_withdraw"),
    path("brand-<str:mark>.css", brand.stylesheet, name="portal_brand"),
    path("logo-<str:mark>", brand.logo, name="portal_logo"),
]
