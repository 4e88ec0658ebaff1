"""Customers inside the portal: a browser that came in through a one-time link."""

import re
from urllib.parse import urlsplit
from uuid import UUID

from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.send_portal_link import create_portal_link
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.people import person


def path_of(url: str) -> str:
    """What a browser asks our server for."""
    return urlsplit(url).path


def a_link(operator: Operator, *, booking_id: UUID) -> str:
    """The path of a new link, as staff would hand it on."""
    made = create_portal_link(operator, booking_id=booking_id, asked_by="operator", actor=person("Marta"))
    return path_of(made.url)


def inside(operator: Operator, *, booking_id: UUID) -> Client:
    """A browser in which the booking's customer is in, through a link they asked for: proven."""
    made = create_portal_link(operator, booking_id=booking_id, asked_by="customer", actor=person("Marta"))
    client = Client()
    assert client.post(path_of(made.url)).status_code == 303
    return client


def inside_unproven(operator: Operator, *, booking_id: UUID) -> Client:
    """A browser that came in through a link staff handed on, which proves nothing."""
    client = Client()
    assert client.post(a_link(operator, booking_id=booking_id)).status_code == 303
    return client


class PortalCustomer:
    """A customer who looks at their booking and presses the button."""

    def __init__(self, operator: Operator, *, booking_id: UUID) -> None:
        self.operator = operator
        self.booking_id = booking_id
        self.client = inside(operator, booking_id=booking_id)

    @property
    def billing(self) -> Billing:
        """The booking as it stands."""
        return billing_by_id(self.operator, booking_id=self.booking_id)

    def get(self, page: str = "") -> str:
        """Open a page below the operator's portal."""
        answer = self.client.get(f"/p/{self.operator.slug}/{page}")
        assert answer.status_code == 200, answer
        return str(answer.content.decode())

    def form(self, **differences: str) -> dict[str, str]:
        """What the button of the home sends."""
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', self.get())
        return {**dict(fields), **differences}

    def press(self, **differences: str) -> str:
        """Press the button; returns where it leads."""
        answer = self.client.post(f"/p/{self.operator.slug}/pay/", self.form(**differences))
        assert answer.status_code == 303, answer.content.decode()
        return str(answer["Location"])

    def outcome_of(self, card_page: str) -> str:
        """The outcome page that belongs to a card page."""
        return str(self.client.get(outcome_address(card_page)).content.decode())


def outcome_address(card_page: str) -> str:
    """The address of the outcome that belongs to a card page."""
    return card_page.replace("/pay/", "/payments/")
