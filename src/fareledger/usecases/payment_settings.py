"""How an operator's customers pay unless a booking says otherwise: terms, methods, bank details, reminders.

Terms and bank details are copied into a booking or an invoice when it is made, so a change is for new ones only;
methods and reminders follow at once. The words of it stand in the pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fareledger.domain.access import Actor, Permission
from fareledger.domain.default_terms import DefaultTerms
from fareledger.domain.errors import Refused
from fareledger.domain.reminders import Ladder
from fareledger.domain.wording import is_line
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access

EXTRA_METHODS: Final = ("cash", "other")
# In the order in which an invoice shows them.
BANK_FIELDS: Final = (
    "account_holder",
    "bank",
    "iban",
    "bic",
    "sort_code",
    "routing_number",
    "account_number",
)
MAX_BANK_TEXT: Final = 80
MAX_RUNGS: Final = 6


class InvalidSettings(Refused):
    """Settings that cannot be kept; `field` names what is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSettings:
    """What is set. `reminders` are the days `before` and `after` a due date."""

    terms: DefaultTerms
    extra_methods: Sequence[str]
    bank_details: Mapping[str, str]
    reminders: Mapping[str, list[int]]


def payment_settings(operator: Operator) -> PaymentSettings:
    """Return what is set now."""
    return PaymentSettings(
        terms=operator.default_terms,
        extra_methods=operator.extra_methods,
        bank_details=operator.bank_details,
        reminders=operator.reminders,
    )


def save_payment_settings(operator: Operator, *, wanted: PaymentSettings, actor: Actor) -> Operator:
    """Keep new settings and return the operator as it is then. Raises NotPermitted, InvalidSettings, InvalidLadder."""
    actor.require(Permission.MANAGE_SETTINGS)
    new = {
        "terms": wanted.terms.to_json(),
        "extra_methods": _methods(wanted.extra_methods),
        "bank_details": _bank_details(wanted.bank_details),
        "reminders": _reminders(wanted.reminders),
    }
    with operator_transaction(operator.id):
        row = OperatorRow.objects.select_for_update().get(id=operator.id)
        changed = [name for name, value in new.items() if getattr(row, name) != value]
        if changed:
            OperatorRow.objects.filter(id=operator.id).update(**{name: new[name] for name in changed})
            note_access(
                operator,
                actor=actor,
                kind="settings_changed",
                subject="Payment settings",
                payload={"changed": changed},
            )
        return by_id(operator.id)


def _methods(wanted: Sequence[str]) -> list[str]:
    if any(method not in EXTRA_METHODS for method in wanted):
        message = "Choose cash or other."
        raise InvalidSettings(code="unknown_method", message=message, field="/extra_methods")
    return [method for method in EXTRA_METHODS if method in wanted]


def _bank_details(wanted: Mapping[str, str]) -> dict[str, str]:
    for name, text in wanted.items():
        if name not in BANK_FIELDS or not is_line(text, longest=MAX_BANK_TEXT, shortest=0):
            message = f"Give one line of at most {MAX_BANK_TEXT} characters."
            raise InvalidSettings(code="invalid_text", message=message, field=f"/bank_details/{name}")
    return {name: wanted[name] for name in BANK_FIELDS if wanted.get(name)}


def _reminders(wanted: Mapping[str, list[int]]) -> dict[str, list[int]]:
    Ladder.from_json(wanted)
    for side, days in wanted.items():
        if len(days) > MAX_RUNGS:
            message = f"Give at most {MAX_RUNGS} days."
            raise InvalidSettings(code="too_many_reminders", message=message, field=f"/reminders/{side}")
    before, after = (sorted(set(wanted.get(side, []))) for side in ("before", "after"))
    return {"before": before[::-1], "after": after}
