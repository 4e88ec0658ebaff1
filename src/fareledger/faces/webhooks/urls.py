"""The addresses of this face."""

from django.urls import URLPattern, URLResolver, path

from fareledger.faces.webhooks.inbox import sandbox_inbox

urlpatterns: list[URLPattern | URLResolver] = [
    path("sandbox/<slug:slug>", sandbox_inbox, name="sandbox_webhooks"),
]
