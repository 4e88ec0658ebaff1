"""What an email to staff is drawn from. The back office speaks English, and so do these; few are about a booking."""

from typing import Any, TypedDict

from fareledger.usecases.send_email import QueuedEmail
from fareledger.usecases.staff_links import staff_link_url, staff_token


class StaffParts(TypedDict):
    """The facts of an email to staff, the link in it, and the secret in the link."""

    facts: dict[str, Any]
    link: str
    hidden: str


def is_for_staff(kind: str) -> bool:
    """Whether emails of this kind go to people who work for the operator."""
    return kind.startswith("staff_")


def staff_parts(email: QueuedEmail) -> StaffParts:
    """Return what the template of this email needs."""
    token = staff_token(email.payload["link_seed"]) if "link_seed" in email.payload else ""
    return StaffParts(
        facts={
            "package": "",
            "reference": "",
            **email.payload,
            "locale": "en-GB",
            "customer_name": email.payload["to_name"],
        },
        link=staff_link_url(email.operator, kind=email.kind, token=token) if token else "",
        hidden=token,
    )
