"""The operator's other systems in the demo: a booking system with an API key, and a CRM that is told what happens.

The CRM is played by the mail viewer, which takes every message and thanks for it. Nothing here changes a booking.
"""

from django.conf import settings

from fareledger.domain.access import own_actor
from fareledger.persistence.operators import Operator
from fareledger.usecases.manage_api_keys import make_api_key
from fareledger.usecases.manage_webhooks import WantedWebhook, add_webhook

_TOLD = ("booking.created", "booking.changed", "payment.received", "payment.failed", "refund.paid")


def connect_systems(operator: Operator) -> None:
    """Give the booking system its key, whose text nobody keeps, and tell the CRM from now on."""
    actor = own_actor("Priya Nair")
    scopes = ("bookings:write", "transactions:write", "links:write")
    make_api_key(operator, name="Reservation system", scopes=scopes, actor=actor)
    if settings.ENVIRONMENT.mail_url:
        wanted = WantedWebhook(
            url=f"{settings.ENVIRONMENT.mail_url}/systems/crm", description="CRM", events=_TOLD
        )
        add_webhook(operator, wanted=wanted, actor=actor)
