"""Tells a person by email that their access was changed, so that a change they did not ask for is seen."""

from typing import Literal

from fareledger.domain.identity import new_id
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator
from fareledger.usecases.staff_links import StaffLetter, queue_staff_email

Notice = Literal["role_changed", "reactivated", "mfa_reset", "mfa_added", "mfa_removed", "password_changed"]


def tell_person(operator: Operator, *, person: StaffUser, notice: Notice) -> None:
    """Queue the notice, inside the caller's operator transaction."""
    letter = StaffLetter(
        kind="staff_notice",
        source_key=f"staff_notice:{new_id()}",
        to_email=person.email,
        to_name=person.name,
        payload={"notice": notice, "role": person.role},
    )
    queue_staff_email(operator, letter=letter)
