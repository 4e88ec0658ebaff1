"""A CRM of the operator's in the demo that is told what happens from now on.

It is played by the mail viewer, which takes every message and thanks for it. Nothing here changes a booking.
"""

from django.conf import settings

from fareledger.domain.access import own_actor
from fareledger.persistence.operators import Operator
from fareledger.usecases.manage_webhooks import WantedWebhook, add_webhook

_TOLD = ("booking.created", "booking.changed", "payment.received", "payment.failed", "refund.paid")


def connect_systems(operator: Operator) -> None:
    """Tell the CRM; without a mail viewer there is none."""
    if settings.ENVIRONMENT.mail_url:
        url = f"{settings.ENVIRONMENT.mail_url}/systems/crm"
        wanted = WantedWebhook(url=url, description="CRM", events=_TOLD)
        add_webhook(operator, wanted=wanted, actor=own_actor("Priya Nair"))
