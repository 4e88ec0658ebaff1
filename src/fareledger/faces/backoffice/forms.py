"""What is wrong with a form, said in the summary at its head and again beside the field."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One field that cannot be accepted, and why; `field` is the id of its input."""

    field: str
    message: str
