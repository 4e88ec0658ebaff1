"""The addresses of changing a booking, below its own."""

from django.urls import path

from fareledger.faces.backoffice import cancel, change

urlpatterns = [
    path("change/", change.change, name="office_change"),
    path("cancel/", cancel.cancel, name="office_cancel"),
]
