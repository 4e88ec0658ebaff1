"""Every address of the installation, face by face."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("fareledger.faces.api.urls")),
    path("webhooks/", include("fareledger.faces.webhooks.urls")),
    path("p/<slug:slug>/", include("fareledger.faces.portal.urls")),
    path("", include("fareledger.faces.backoffice.urls")),
]
