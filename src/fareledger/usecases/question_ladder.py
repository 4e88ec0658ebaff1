"""When the provider is asked about an attempt that is not settled; pure, in seconds from the last change or
question.

It asks nobody: `ask_attempts` does.
"""

from fareledger.domain.payment_machine import State, next_ask

# A call of ours ends well before this age, and a payment that is set up even later does no harm: nobody ever sees its
# form, and it expires. Before this age "never heard of it" proves nothing.
NOT_FOUND_COUNTS_AFTER_S = 30

# A charge of a saved card needs nobody at a form: should it be set up later than "never heard of it" was said, money
# would move that nobody expects any more. Whoever charges gives up long before this (`collect_due.py`).
NOT_CHARGED_COUNTS_AFTER_S = 300

_INTENDED_FIRST_S = 25
# The sandbox lets unpaid payments expire after an hour; until then the customer is at the form.
_AWAITING_FIRST_S = 65 * 60


def wait_s(state: State, *, asked: int) -> int | None:
    """Return how long to wait before the next question in this state; None: no more, a person is asked."""
    if state.is_terminal:
        return None
    if asked == 0 and state is State.INTENDED:
        return _INTENDED_FIRST_S
    if asked == 0 and state is State.AWAITING_CUSTOMER:
        return _AWAITING_FIRST_S
    return next_ask(asked)
