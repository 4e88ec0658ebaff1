"""The addresses of a booking's emails, invoices, receipts and statement."""

from django.urls import URLPattern, path

from fareledger.faces.backoffice import emails, invoices, statements

urlpatterns: list[URLPattern] = [
    path("emails/", emails.listing, name="office_emails"),
    path("emails/preview/", emails.preview, name="office_email_preview"),
    path("emails/preview/<str:kind>/html/", emails.preview_html, name="office_email_preview_html"),
    path("emails/<uuid:email_id>/", emails.detail, name="office_email"),
    path("emails/<uuid:email_id>/html/", emails.html_part, name="office_email_html"),
    path("invoices/", invoices.listing, name="office_invoices"),
    path("invoices/<int:number>/", invoices.file, name="office_invoice"),
    path("invoices/<int:number>/again/", invoices.again, name="office_invoice_again"),
    path("receipts/<str:name>/pdf/", statements.receipt_file, name="office_receipt_file"),
    path("statement/", statements.statement, name="office_statement"),
    path("statement/pdf/", statements.statement_file, name="office_statement_file"),
]
