"""The addresses of this face."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic.base import RedirectView

from fareledger.faces.backoffice import demo_clock, ledger, plan_editor, settlements, today

_BOOKING = "office/bookings/<str:reference>/"
_WORK = "office/items/<slug:queue>/<uuid:subject>/"
_CELL = "office/ledger/<str:account>/<str:month>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="office_home"), name="office_root"),
    path("office/", today.today, name="office_home"),
    path(f"{_WORK}assign/", today.assign, name="office_work_assign"),
    path(f"{_WORK}snooze/", today.snooze, name="office_work_snooze"),
    path(f"{_WORK}wake/", today.wake, name="office_work_wake"),
    path("office/", include("fareledger.faces.backoffice.access_urls")),
    path("office/settings/", include("fareledger.faces.backoffice.integration_urls")),
    path("office/", include("fareledger.faces.backoffice.bookings_urls")),
    path(_BOOKING, include("fareledger.faces.backoffice.billing_urls")),
    path(f"{_BOOKING}plan/", plan_editor.plan_editor, name="office_plan_editor"),
    path(f"{_BOOKING}plan/after/", plan_editor.after, name="office_plan_after"),
    path(_BOOKING, include("fareledger.faces.backoffice.change_urls")),
    path(_BOOKING, include("fareledger.faces.backoffice.email_urls")),
    path("office/settlements/", settlements.listing, name="office_settlements"),
    path("office/settlements/<uuid:payout_id>/", settlements.detail, name="office_settlement"),
    path("office/ledger/", ledger.report, name="office_ledger"),
    path(_CELL, ledger.bookings, name="office_ledger_bookings"),
    path(f"{_CELL}<str:reference>/", ledger.entries, name="office_ledger_entries"),
    path("office/demo-clock/", demo_clock.move, name="office_demo_clock"),
]
