"""Examples of requests and answers, which the description shows; a test holds them against their schemas."""

from __future__ import annotations

from typing import Any, Final

from fareledger.usecases.booking_body import EXAMPLE

Examples = dict[str, Any]

_ROW: Final[Examples] = {
    "id": "019c2f4e-6a3b-7c21-9d50-8f1e2b3c4d5e",
    "kind": "payment",
    "method": "credit_card",
    "method_name": "",
    "type": "partial",
    "provider": "offline",
    "amount": 250000,
    "planned_amount": 250000,
    "due_date": "2027-03-01",
    "overdue": False,
    "status": "open",
    "source": "manual",
    "channel": "api",
    "approved": False,
    "closed_at": None,
    "value_date": None,
    "external_reference": "",
    "receipt_number": None,
    "split_from": None,
    "reverses": None,
    "reversed_by": None,
}
_CLOSED: Final[Examples] = {
    **_ROW,
    "id": "019c2f4e-0b17-7a44-8c02-1d2e3f405162",
    "method": "bank_transfer",
    "status": "closed",
    "amount": 251600,
    "planned_amount": 251600,
    "due_date": "2027-01-09",
    "closed_at": "2027-01-12T09:30:00Z",
    "value_date": "2027-01-11",
    "external_reference": "SEPA 4711",
    "receipt_number": 1,
}
_BILLING: Final[Examples] = {
    "reference": "TRV-48213",
    "version": 1,
    "currency": "USD",
    "sales_price": 651600,
    "non_payable": 0,
    "payable": 651600,
    "total_payments": 251600,
    "total_refunds": {"offline": 0, "online": 0},
    "outstanding": 400000,
    "unplanned": 150000,
    "status": "partially_paid",
    "refund_due": False,
    "transactions": [_CLOSED, _ROW],
}
_STORED: Final[Examples] = {**EXAMPLE, "version": 1}
_CANCELLED: Final[Examples] = {
    **EXAMPLE,
    "components": [
        {**part, "cancelled": True}  # type: ignore[dict-item]  # components are objects
        for part in EXAMPLE["components"]  # type: ignore[union-attr]  # of a list
    ],
    "non_payable": 0,
    "version": 2,
}
_STATE: Final[Examples] = {
    "version": 1,
    "cancelled": False,
    "start_date": "2027-06-12",
    "end_date": "2027-06-22",
    "sales_price": 671600,
    "non_payable": 20000,
    "payable": 651600,
    "total_payments": 162900,
    "outstanding": 488700,
    "unplanned": 0,
    "status": "partially_paid",
    "refund_due": False,
}
_PREVIEW: Final[Examples] = {
    "preview": True,
    "outcome": "changed",
    "currency": "GBP",
    "before": _STATE,
    "after": {**_STATE, "version": 2, "sales_price": 681600, "payable": 661600, "outstanding": 498700},
    "rows": [
        {
            "happenings": ["added"],
            "approval": "needs_its_own",
            "before": None,
            "after": {
                "id": None,
                "kind": "payment",
                "amount": 10000,
                "due_date": "2027-05-13",
                "status": "open",
                "source": "booking_change",
            },
        }
    ],
    "protected": {
        "policy": "full",
        "held": 162900,
        "to_refund": 0,
        "left": 162900,
        "releasable_before": "2027-06-23",
        "releasable_after": "2027-06-23",
    },
    "notices": [],
    "customer_email": {
        "to": "eleanor.hartley@example.com",
        "subject": "Your booking TRV-48213 has changed",
        "text": "Dear Eleanor Hartley …",
    },
}

PUT_BOOKING: Final[Examples] = {
    "request": {"booking": EXAMPLE},
    "200": {"changed": _STORED, "preview": _PREVIEW},
    "201": {"created": _STORED},
}
GET_BOOKING: Final[Examples] = {"200": {"booking": _STORED}}
CANCEL: Final[Examples] = {"200": {"cancelled": _CANCELLED}}
REINSTATE: Final[Examples] = {"200": {"reinstated": {**_STORED, "version": 3}}}
GET_BILLING: Final[Examples] = {"200": {"billing": _BILLING}}
GET_LEDGER: Final[Examples] = {
    "200": {
        "ledger": {
            "reference": "TRV-48213",
            "currency": "USD",
            "entries": [
                {
                    "id": "019c2f4e-0b17-7a44-8c02-1d2e3f405163",
                    "seq": 2,
                    "kind": "payment_received",
                    "source": "transaction",
                    "source_id": _CLOSED["id"],
                    "currency": "USD",
                    "provider": "offline",
                    "channel": "api",
                    "posted_on": "2027-01-12",
                    "occurred_at": "2027-01-11T12:00:00Z",
                    "recorded_at": "2027-01-12T09:30:00Z",
                    "previous_hash": "5f0c…",
                    "hash": "b81d…",
                    "lines": [
                        {"account": "protected_bank", "side": "debit", "amount": 251600},
                        {"account": "customer_receivable", "side": "credit", "amount": 251600},
                    ],
                }
            ],
        }
    }
}
LIST_BOOKINGS: Final[Examples] = {
    "200": {
        "bookings": {
            "bookings": [
                {
                    "reference": "TRV-48213",
                    "version": 1,
                    "currency": "USD",
                    "customer_name": "Eleanor Hartley",
                    "lead_traveller": "Eleanor Hartley",
                    "package": "Lisbon & the Azores",
                    "start_date": "2027-06-12",
                    "end_date": "2027-06-22",
                    "cancelled": False,
                    "payable": 651600,
                    "total_payments": 251600,
                    "outstanding": 400000,
                    "unplanned": 150000,
                    "status": "partially_paid",
                    "refund_due": False,
                    "overdue": False,
                    "next_due_date": "2027-03-01",
                    "changed_at": "2027-01-12T09:30:00Z",
                }
            ],
            "next_cursor": None,
        }
    }
}
PORTAL_LINK: Final[Examples] = {
    "request": {"emailed": {"send_email": True}, "answered": {"send_email": False}},
    "201": {
        "emailed": {
            "url": None,
            "sent_to": "eleanor.hartley@example.com",
            "expires_at": "2027-01-12T09:30:00Z",
        },
        "answered": {
            "url": "https://pay.example.com/p/acme/link/…",
            "sent_to": None,
            "expires_at": "2027-01-12T09:30:00Z",
        },
    },
}
PLAN: Final[Examples] = {
    "request": {
        "partial": {
            "kind": "payment",
            "method": "credit_card",
            "type": "partial",
            "amount": 250000,
            "due_date": "2027-03-01",
        },
        "total": {"kind": "payment", "method": "bank_transfer", "type": "total", "due_date": "2027-03-01"},
    },
    "201": {"planned": {"transaction": _ROW, "rest": None, "billing": _BILLING}},
}
_REST: Final[Examples] = {
    **_ROW,
    "id": "019c2f4f-1111-7222-8333-444455556666",
    "amount": 50000,
    "planned_amount": 50000,
    "split_from": _ROW["id"],
}
_COMMITTED: Final[Examples] = {
    **_ROW,
    "status": "closed",
    "amount": 200000,
    "closed_at": "2027-02-26T15:02:11Z",
    "value_date": "2027-02-25",
    "external_reference": "Terminal 2, slip 88",
    "receipt_number": 2,
}
COMMIT: Final[Examples] = {
    "request": {
        "as planned": {"send_confirmation": True},
        "less": {
            "amount": 200000,
            "value_date": "2027-02-25",
            "external_reference": "Terminal 2, slip 88",
            "send_confirmation": False,
        },
    },
    "200": {
        "less": {
            "transaction": _COMMITTED,
            "rest": _REST,
            "billing": {
                **_BILLING,
                "total_payments": 451600,
                "outstanding": 200000,
                "transactions": [_CLOSED, _COMMITTED, _REST],
            },
        }
    },
}
_REVERSAL: Final[Examples] = {
    **_CLOSED,
    "id": "019c2f50-1111-7222-8333-444455556666",
    "reverses": _CLOSED["id"],
    "external_reference": "",
    "receipt_number": None,
}
REVERSE: Final[Examples] = {
    "request": {"mistake": {"reason": "Booked to the wrong customer"}},
    "201": {
        "reversed": {
            "transaction": _REVERSAL,
            "rest": None,
            "billing": {
                **_BILLING,
                "total_payments": 0,
                "outstanding": 651600,
                "unplanned": 401600,
                "status": "unpaid",
                "transactions": [{**_CLOSED, "reversed_by": _REVERSAL["id"]}, _REVERSAL, _ROW],
            },
        }
    },
}
_IMPORT: Final[Examples] = {
    "id": "019c2f51-1111-7222-8333-444455556666",
    "status": "queued",
    "format": "jsonl",
    "percent": 0,
    "created": 0,
    "changed": 0,
    "unchanged": 0,
    "refused": 0,
    "reasons": [],
    "problem": "",
    "created_at": "2027-01-12T09:30:00Z",
    "finished_at": None,
}
IMPORT: Final[Examples] = {"202": {"queued": _IMPORT}}
GET_IMPORT: Final[Examples] = {
    "200": {
        "done": {
            **_IMPORT,
            "status": "done",
            "percent": 100,
            "created": 212,
            "changed": 3,
            "refused": 1,
            "reasons": [{"line": 4, "field": "/components/0/price", "reason": "Give a whole number."}],
            "finished_at": "2027-01-12T09:30:09Z",
        }
    }
}
