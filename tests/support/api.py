"""A caller of the Booking API over Django's test client, and bodies to send."""

import copy
import json
import secrets
from dataclasses import dataclass
from typing import Any

from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.provision_operator import add_api_key

SCOPES = ("bookings:read", "bookings:write", "transactions:write", "transactions:reverse", "links:write")

BODY: dict[str, Any] = {
    "reference": "TRV-48213",
    "currency": "GBP",
    "booked_on": "2026-11-01",
    "start_date": "2027-06-12",
    "end_date": "2027-06-22",
    "customer": {"name": "Eleanor Hartley", "email": "eleanor.hartley@example.com", "locale": "en-GB"},
    "travellers": [{"name": "Eleanor Hartley", "lead": True}, {"name": "Daniel Okafor"}],
    "package": "Lisbon & the Azores",
    "non_payable": 0,
    "components": [
        {
            "id": "flights",
            "kind": "flight",
            "title": "Flights from London Heathrow",
            "supplier": "Lusitânia Air",
            "start_date": "2027-06-12",
            "end_date": "2027-06-22",
            "price": 60000,
            "cancellation_fee": 20000,
        },
        {"id": "hotel", "kind": "hotel", "title": "Casa do Jacarandá, Alfama", "price": 40000},
    ],
    "payments": [],
}


def a_body(**differences: Any) -> dict[str, Any]:
    """A booking for 1,000.00 GBP with a reference nobody else has, differing as asked."""
    return {**copy.deepcopy(BODY), "reference": f"TRV-{secrets.token_hex(4).upper()}", **differences}


@dataclass(frozen=True)
class Answer:
    """What came back: status, JSON body, headers by lower-case name."""

    status: int
    body: Any
    headers: dict[str, str]

    def places(self) -> set[tuple[str, str]]:
        """Give pointer and code of every error of a problem."""
        return {(error["pointer"], error["code"]) for error in self.body["errors"]}


class Caller:
    """Somebody with an API key."""

    def __init__(self, operator: Operator, *, scopes: tuple[str, ...] = SCOPES) -> None:
        self.operator = operator
        self.key = add_api_key(operator.id, slug=operator.slug, name="Test", scopes=scopes)

    def get(self, address: str) -> Answer:
        """GET an address below /api/v1/."""
        return self.send("GET", address)

    def put(self, body: dict[str, Any]) -> Answer:
        """PUT a booking at its own reference."""
        return self.send("PUT", f"bookings/{body['reference']}", text=json.dumps(body).encode())

    def post(self, address: str, body: object = None, /, *, key: str = "") -> Answer:
        """POST JSON, or nothing, under an idempotency key (a new one)."""
        text = b"" if body is None else json.dumps(body).encode()
        return self.send("POST", address, text=text, **({"HTTP_IDEMPOTENCY_KEY": key} if key else {}))

    def send(self, method: str, address: str, /, *, text: bytes = b"", **headers: str) -> Answer:
        """Send any bytes with any headers, which are named as WSGI names them; a POST has an idempotency key."""
        content_type = headers.pop("content_type", "application/json")
        if method == "POST":
            headers.setdefault("HTTP_IDEMPOTENCY_KEY", secrets.token_hex(16))
        response = Client(raise_request_exception=False).generic(
            method,
            f"/api/v1/{address}",
            text,
            content_type,
            **{"HTTP_AUTHORIZATION": f"Bearer {self.key}", **headers},  # type: ignore[arg-type]  # WSGI's names
        )
        is_json = response.content and "json" in response.headers.get("Content-Type", "")
        return Answer(
            status=response.status_code,
            body=json.loads(response.content) if is_json else response.content,
            headers={name.lower(): value for name, value in response.headers.items()},
        )
