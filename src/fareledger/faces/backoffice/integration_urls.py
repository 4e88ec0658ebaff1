"""The addresses of the settings for other systems (webhooks, API keys), of how customers pay, and of what they read."""

from django.urls import URLPattern, URLResolver, path

from fareledger.faces.backoffice import (
    api_keys,
    branding,
    email_samples,
    payment_settings,
    portal_settings,
    webhooks,
)

_ONE = "webhooks/<uuid:endpoint_id>/"
_DELIVERY = f"{_ONE}deliveries/<uuid:delivery_id>/"
_ACTS = ("disable", "enable", "end-old-secret")

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/", webhooks.listing, name="office_webhooks"),
    path("webhooks/add/", webhooks.add, name="office_webhook_add"),
    path(_ONE, webhooks.log, name="office_webhook"),
    path(f"{_ONE}edit/", webhooks.edit, name="office_webhook_edit"),
    path(f"{_ONE}new-secret/", webhooks.rotate, name="office_webhook_rotate"),
    path(f"{_ONE}test/", webhooks.test, name="office_webhook_test"),
    *(path(f"{_ONE}{act}/", webhooks.change, {"act": act}, name=f"office_webhook_{act}") for act in _ACTS),
    path(_DELIVERY, webhooks.delivery, name="office_webhook_delivery"),
    path(f"{_DELIVERY}again/", webhooks.again, name="office_webhook_again"),
    path("api-keys/", api_keys.listing, name="office_api_keys"),
    path("api-keys/make/", api_keys.make, name="office_api_key_make"),
    path("api-keys/<uuid:key_id>/revoke/", api_keys.revoke, name="office_api_key_revoke"),
    path("payments/", payment_settings.edit, name="office_payment_settings"),
    path("portal/", portal_settings.edit, name="office_portal_settings"),
    path("branding/", branding.edit, name="office_branding"),
    path("branding/preview/", branding.preview, name="office_branding_preview"),
    path("branding/draft.css", branding.draft_css, name="office_branding_css"),
    path("branding/<int:number>/logo-<str:mark>", branding.logo, name="office_branding_logo"),
    path("branding/<int:number>/back/", branding.back, name="office_branding_back"),
    path("emails/", email_samples.samples, name="office_email_samples"),
    path("emails/<str:kind>/<str:locale>/html/", email_samples.sample_html, name="office_email_sample_html"),
    path("emails/<str:locale>/invoice.pdf", email_samples.sample_invoice, name="office_email_sample_invoice"),
]
