"""The tree of errors: three categories, each carrying what a face needs."""

import pytest

from fareledger.domain.errors import Conflict, FareledgerError, NotFound, Refused


@pytest.mark.parametrize("category", [Refused, NotFound, Conflict])
def test_an_error_carries_code_message_and_field(category: type[FareledgerError]) -> None:
    error = category(code="due_date_passed", message="The due date has passed.", field="/due_date")
    assert isinstance(error, FareledgerError)
    assert (error.code, error.message, error.field) == (
        "due_date_passed",
        "The due date has passed.",
        "/due_date",
    )
    assert str(error) == "The due date has passed."


def test_an_error_need_not_name_a_field() -> None:
    assert Conflict(code="already_closed", message="Somebody closed this row before.").field is None
