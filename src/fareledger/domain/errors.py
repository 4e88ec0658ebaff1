"""The one tree of errors a rule may raise.

    FareledgerError
    ├── Refused     the request breaks a rule; the same request will be refused again
    ├── NotFound    what it names does not exist, or belongs to somebody else
    └── Conflict    it was right once: somebody else was first, or the state has moved on

Leaves stand beside the function that raises them. They carry a stable `code` for machines, a `message` for
people and, where one input is at fault, its `field` as a JSON pointer. They know nothing of HTTP: each face
maps the three categories once.
"""


class FareledgerError(Exception):
    """What every rule of fareledger raises; never raised itself."""

    code: str
    message: str
    field: str | None

    def __init__(self, *, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class Refused(FareledgerError):
    """The request breaks a rule."""


class NotFound(FareledgerError):
    """What the request names is not there for this caller."""


class Conflict(FareledgerError):
    """The state no longer allows what would have been right before."""
