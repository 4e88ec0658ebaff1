"""What an operator lets the portal and the worker do with money: other amounts, collecting, and refunds by one person.

Takes effect at once, for every booking. Terms, methods and bank details are `payment_settings.py`. When exactly a
charge runs or a notice goes out is worked out elsewhere, from the days that are kept here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Conflict, Refused
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access

# Charged again after two and after five days, then staff; the notice gives a customer a weekend to find another card.
RETRY_DAYS: Final = (2, 5)
NOTICE_DAYS: Final = 3
MAX_RUNGS: Final = 5
# Later than that, an approval that was given for a day is no reason to charge any more.
MAX_RETRY_DAY: Final = 30
MAX_NOTICE_DAYS: Final = 30
# What a bigint holds with room for sums; no refund of a trip comes near.
MAX_MINOR: Final = 10**15


class InvalidPortalSettings(Refused):
    """Settings that cannot be kept; `field` names what is wrong with them."""


class SettingsChanged(Conflict):
    """Somebody else kept other settings since these were shown."""

    def __init__(self) -> None:
        message = "Somebody changed these settings after you opened them. Here they are as they stand now."
        super().__init__(code="settings_changed", message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings:
    """What is set; amounts in minor units by currency, days from the due date.

    `minimum` is the least other amount in a currency, `refund_threshold` the most that one person sends back alone; a
    currency that is missing has no minimum, and no threshold.
    """

    other_amount: bool
    minimum: Mapping[str, int]
    retry_days: Sequence[int]
    notice_days: int
    refund_threshold: Mapping[str, int]

    @property
    def seen(self) -> str:
        """Name these very settings, so that a form can say what its reader saw."""
        return hashlib.sha256(json.dumps(_columns(self), sort_keys=True).encode()).hexdigest()[:32]


def portal_settings(operator: Operator) -> PortalSettings:
    """Return what is set now, with our defaults where nothing was."""
    paying, collecting = operator.portal_payments, operator.collecting
    return PortalSettings(
        other_amount=bool(paying.get("other_amount", False)),
        minimum=dict(paying.get("minimum", {})),
        retry_days=tuple(collecting.get("retry_days", RETRY_DAYS)),
        notice_days=int(collecting.get("notice_days", NOTICE_DAYS)),
        refund_threshold=dict(operator.refund_threshold),
    )


def save_portal_settings(operator: Operator, *, wanted: PortalSettings, seen: str, actor: Actor) -> Operator:
    """Keep new settings in place of those that were `seen`, and return the operator as it is then.

    Raises NotPermitted, InvalidPortalSettings and SettingsChanged.
    """
    actor.require(Permission.MANAGE_SETTINGS)
    new = _columns(_checked(operator, wanted=wanted))
    with operator_transaction(operator.id):
        OperatorRow.objects.select_for_update().get(id=operator.id)
        before = portal_settings(by_id(operator.id))
        old = _columns(before)
        changed = [name for name, value in new.items() if old[name] != value]
        if changed and before.seen != seen:
            raise SettingsChanged
        if changed:
            OperatorRow.objects.filter(id=operator.id).update(**{name: new[name] for name in changed})
            note_access(
                operator,
                actor=actor,
                kind="settings_changed",
                subject="Portal, collecting and refunds",
                payload={"changed": changed},
            )
        return by_id(operator.id)


def _columns(settings: PortalSettings) -> dict[str, object]:
    """Write settings as the operator's columns hold them."""
    return {
        "portal_payments": {"other_amount": settings.other_amount, "minimum": dict(settings.minimum)},
        "collecting": {"retry_days": list(settings.retry_days), "notice_days": settings.notice_days},
        "refund_threshold": dict(settings.refund_threshold),
    }


def _checked(operator: Operator, *, wanted: PortalSettings) -> PortalSettings:
    for field, amounts, least in (
        ("minimum", wanted.minimum, 1),
        ("refund_threshold", wanted.refund_threshold, 0),
    ):
        for currency, amount_minor in amounts.items():
            if currency not in operator.currencies:
                _refuse(f"You do not sell in {currency}.", field=f"/{field}/{currency}")
            if not least <= amount_minor <= MAX_MINOR:
                least_word = "an amount above 0" if least else "0 or more"
                _refuse(f"Give {least_word}, and one that a booking can have.", field=f"/{field}/{currency}")
    _check_ladder(wanted.retry_days)
    if not 1 <= wanted.notice_days <= MAX_NOTICE_DAYS:
        message = f"Give from 1 to {MAX_NOTICE_DAYS} days: a customer is told before a card is charged."
        _refuse(message, field="/notice_days")
    return wanted


def _check_ladder(days: Sequence[int]) -> None:
    if len(days) > MAX_RUNGS:
        _refuse(f"Give at most {MAX_RUNGS} days.", field="/retry_days")
    if any(not 1 <= day <= MAX_RETRY_DAY for day in days):
        _refuse(f"Give days from 1 to {MAX_RETRY_DAY}.", field="/retry_days")
    if any(later <= earlier for earlier, later in pairwise(days)):
        _refuse("Give each day once, the earliest first, such as 2, 5.", field="/retry_days")


def _refuse(message: str, *, field: str) -> None:
    raise InvalidPortalSettings(code="invalid_settings", message=message, field=field)
