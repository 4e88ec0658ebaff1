"""How a receipt is called.

The number counts the closed rows of a booking in the order they closed; the name adds the booking's own
reference, so that it is unique within an operator and people can say it on the telephone.
"""


def receipt_name(reference: str, *, number: int) -> str:
    """Return "R-TRV-48213-2" for the second receipt of booking TRV-48213."""
    return f"R-{reference}-{number}"
