"""Two small files of bookings, one in each format, to fill in by hand or to build an export after."""

import json
from collections.abc import Callable, Mapping

_CSV = (
    "reference,currency,booked_on,start_date,end_date,customer_name,customer_email,travellers,package,"
    "component_id,component_kind,component_title,component_supplier,component_price,"
    "payment_amount,payment_method,payment_provider,payment_reference,payment_received_at\n"
    "EXAMPLE-1,{currency},2027-01-09,2027-06-12,2027-06-22,Eleanor Hartley,eleanor@example.com,"
    "Eleanor Hartley; Daniel Okafor,Lisbon & the Azores,flights,flight,Flights from London,Lusitânia Air,268000,"
    "120000,bank_transfer,offline,BACS 7719,2027-01-09T10:30:00Z\n"
    "EXAMPLE-1,,,,,,,,,hotel,hotel,Casa do Jacarandá,Casa do Jacarandá,131200,,,,,\n"
    "EXAMPLE-2,{currency},2027-01-10,2027-07-02,2027-07-09,Astrid Lindqvist,astrid@example.com,"
    "Astrid Lindqvist,Lofoten by ferry,lofoten,package,Lofoten by ferry,,284000,,,,,\n"
)


def _as_csv(currency: str) -> str:
    return _CSV.format(currency=currency)


def _as_json_lines(currency: str) -> str:
    bookings = [
        {
            "reference": "EXAMPLE-1",
            "currency": currency,
            "booked_on": "2027-01-09",
            "start_date": "2027-06-12",
            "end_date": "2027-06-22",
            "customer": {"name": "Eleanor Hartley", "email": "eleanor@example.com", "locale": "en-GB"},
            "travellers": [{"name": "Eleanor Hartley", "lead": True}, {"name": "Daniel Okafor"}],
            "package": "Lisbon & the Azores",
            "components": [
                {"id": "flights", "kind": "flight", "title": "Flights from London", "price": 268000},
                {"id": "hotel", "kind": "hotel", "title": "Casa do Jacarandá", "price": 131200},
            ],
        },
        {
            "reference": "EXAMPLE-2",
            "currency": currency,
            "booked_on": "2027-01-10",
            "start_date": "2027-07-02",
            "end_date": "2027-07-09",
            "customer": {"name": "Astrid Lindqvist", "email": "astrid@example.com"},
            "travellers": [{"name": "Astrid Lindqvist", "lead": True}],
            "package": "Lofoten by ferry",
            "components": [{"id": "trip", "kind": "package", "title": "Lofoten by ferry", "price": 284000}],
        },
    ]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in bookings)


EXAMPLES: Mapping[str, Callable[[str], str]] = {"csv": _as_csv, "jsonl": _as_json_lines}
