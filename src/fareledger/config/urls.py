"""Every address of the installation, face by face."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("fareledger.faces.api.urls")),
    path("webhooks/", include("fareledger.faces.webhooks.urls")),
    path("p/<slug:slug>/", include("fareledger.faces.portal.urls")),
    path("", include("fareledger.faces.backoffice.urls")),
]

handler400 = "fareledger.faces.shared.problems.bad_request"
handler403 = "fareledger.faces.shared.problems.forbidden"
handler404 = "fareledger.faces.shared.problems.not_found"
handler500 = "fareledger.faces.shared.problems.server_error"
