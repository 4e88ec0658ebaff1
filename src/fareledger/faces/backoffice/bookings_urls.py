"""The addresses around the list of bookings: its files, views, mailings and imports."""

from django.urls import URLPattern, path

from fareledger.faces.backoffice import bookings, exports, imports, pay_links, views

urlpatterns: list[URLPattern] = [
    path("bookings/", bookings.listing, name="office_bookings"),
    path("exports/bookings.csv", exports.bookings, {"file_format": "csv"}, name="office_export_csv"),
    path("exports/bookings.xlsx", exports.bookings, {"file_format": "xlsx"}, name="office_export_xlsx"),
    path("views/new/", views.keep, name="office_keep_view"),
    path("views/<uuid:view_id>/", views.change, name="office_change_view"),
    path("views/<uuid:view_id>/delete/", views.delete, name="office_delete_view"),
    path("pay-links/", pay_links.review, name="office_mail_links"),
    path("pay-links/<uuid:mailing_id>/", pay_links.mailing, name="office_mailing"),
    path("imports/", imports.listing, name="office_imports"),
    path("imports/example.<str:file_format>", imports.example, name="office_import_example"),
    path("imports/<uuid:import_id>/", imports.detail, name="office_import"),
    path("imports/<uuid:import_id>/live/", imports.live, name="office_import_live"),
    path("imports/<uuid:import_id>/refused.csv", imports.report, name="office_import_report"),
]
