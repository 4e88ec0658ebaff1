"""The addresses of this face."""

from django.urls import URLPattern, URLResolver, path

from fareledger.faces.webhooks.inbox import mail_inbox, sandbox_inbox

urlpatterns: list[URLPattern | URLResolver] = [
    path("mail/<slug:slug>", mail_inbox, name="mail_webhooks"),
    path("sandbox/<slug:slug>", sandbox_inbox, name="sandbox_webhooks"),
]
