"""The addresses of this face."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic.base import RedirectView

from fareledger.faces.backoffice import billing, bookings, demo_clock, ledger, settlements

_BOOKING = "office/bookings/<str:reference>/"
_CELL = "office/ledger/<str:account>/<str:month>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="office_bookings"), name="office_root"),
    path("office/", RedirectView.as_view(pattern_name="office_bookings"), name="office_home"),
    path("office/", include("fareledger.faces.backoffice.access_urls")),
    path("office/bookings/", bookings.listing, name="office_bookings"),
    path(_BOOKING, billing.billing, name="office_billing"),
    path(f"{_BOOKING}live/", billing.live, name="office_billing_live"),
    path(f"{_BOOKING}email-link/", billing.email_link, name="office_email_link"),
    path(f"{_BOOKING}pay-link/", billing.make_link, name="office_make_link"),
    path(f"{_BOOKING}customer-view/", billing.customer_view, name="office_customer_view"),
    path("office/settlements/", settlements.listing, name="office_settlements"),
    path("office/settlements/<uuid:payout_id>/", settlements.detail, name="office_settlement"),
    path("office/ledger/", ledger.report, name="office_ledger"),
    path(_CELL, ledger.bookings, name="office_ledger_bookings"),
    path(f"{_CELL}<str:reference>/", ledger.entries, name="office_ledger_entries"),
    path("office/demo-clock/", demo_clock.move, name="office_demo_clock"),
]
