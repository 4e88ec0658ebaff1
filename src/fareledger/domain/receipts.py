"""How a receipt is called.

The number counts the closed rows of a booking in the order they closed; the name adds the booking's own
reference, so that it is unique within an operator and people can say it on the telephone. Money that was recorded by
mistake is taken back once, so the paper about that is called after the receipt it corrects.
"""


def receipt_name(reference: str, *, number: int) -> str:
    """Return "R-TRV-48213-2" for the second receipt of booking TRV-48213."""
    return f"R-{reference}-{number}"


def correction_name(receipt: str, /) -> str:
    """Return "R-TRV-48213-2-C" for the paper that corrects receipt R-TRV-48213-2."""
    return f"{receipt}-C"
