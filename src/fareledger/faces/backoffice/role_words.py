"""What each role is called and may do, in words people choose by; what it really may do, `domain.access` says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class RoleWords:
    """A role's name, and one sentence about it."""

    name: str
    sentence: str


ROLE_WORDS: Final[Mapping[str, RoleWords]] = {
    "agent": RoleWords("Agent", "Plans and records payments, changes bookings, writes to customers."),
    "finance": RoleWords("Finance", "As an agent, and reverses what was recorded by mistake."),
    "approver": RoleWords("Approver", "As finance, and gives the second approval for large refunds."),
    "admin": RoleWords("Administrator", "Everything, and the settings, people and keys."),
    "auditor": RoleWords("Auditor", "Reads everything, with the access log, and changes nothing."),
}
