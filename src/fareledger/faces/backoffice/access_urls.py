"""The addresses of the settings, of the people who work here and of how they sign in."""

from django.urls import URLPattern, URLResolver, path

from fareledger.faces.backoffice import settings, sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", sign_in.sign_in, name="office_sign_in"),
    path("sign-out/", sign_in.sign_out, name="office_sign_out"),
    path("settings/", settings.index, name="office_settings"),
]
