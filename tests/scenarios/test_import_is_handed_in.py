"""A file of bookings is handed in over the web: kept, worked off by the worker, followed, and forgotten."""

import json

import pytest

from fareledger.domain.access import NotPermitted
from fareledger.persistence.models import EmailMessage, ImportRun
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.hand_in_import import (
    MAX_BYTES,
    EmptyImport,
    ImportFile,
    ImportTooLarge,
    hand_in_import,
)
from fareledger.usecases.import_bookings import UnknownFormat
from fareledger.usecases.requeue_bulk import requeue_bulk
from fareledger.usecases.run_import import MAX_REASONS, run_imports
from fareledger.usecases.show_booking import billing_by_reference
from fareledger.usecases.show_import import ImportNotFound, ImportView, list_imports, show_import
from tests.support.api import a_body
from tests.support.operators import new_operator
from tests.support.people import MARTA, person


def lines_of(*bodies: object) -> bytes:
    return "".join(json.dumps(body) + "\n" for body in bodies).encode()


def imported(operator: Operator, content: bytes, /, *, name: str = "bookings.jsonl") -> ImportView:
    file = ImportFile(name=name, content=content)
    import_id = hand_in_import(operator, file=file, actor=MARTA, channel="back_office")
    assert show_import(operator, import_id=import_id).status == "queued"
    assert run_imports(operator) == 1
    return show_import(operator, import_id=import_id)


def test_bookings_land_with_who_handed_them_in_and_nobody_is_written_to(operator: Operator) -> None:
    bodies = [a_body() for _ in range(250)]
    shown = imported(operator, lines_of(*bodies, {"reference": "broken"}, bodies[0]))
    assert (shown.status, shown.percent) == ("done", 100)
    assert (shown.created, shown.changed, shown.unchanged, shown.refused) == (250, 0, 1, 1)
    assert {reason.line for reason in shown.reasons} == {251}
    assert shown.size_bytes == shown.bytes_read == len(lines_of(*bodies, {"reference": "broken"}, bodies[0]))
    billing = billing_by_reference(operator, reference=bodies[-1]["reference"])
    assert billing.timeline[0].actor == MARTA.name
    with operator_transaction(operator.id):
        assert not EmailMessage.objects.filter(operator_id=operator.id).exists()
        assert bytes(ImportRun.objects.get(id=shown.id).content) == b""


def test_one_that_only_the_database_can_refuse_holds_up_no_other(operator: Operator) -> None:
    first = a_body()
    second = a_body(reference=first["reference"], currency="EUR")
    shown = imported(
        operator,
        lines_of(first, second, a_body(), a_body(reference=first["reference"], version=9, package="Faro")),
    )
    assert (shown.created, shown.refused) == (2, 2)
    assert [(reason.line, reason.field) for reason in shown.reasons] == [(2, "/currency"), (4, "/version")]


def test_a_layout_that_is_not_ours_is_refused_whole_and_says_why(operator: Operator) -> None:
    shown = imported(operator, b"colour,size\nred,1\n", name="bookings.csv")
    assert (shown.status, shown.bookings) == ("failed", 0)
    assert "these columns are missing: reference" in shown.problem


def test_only_so_many_reasons_are_kept(operator: Operator) -> None:
    shown = imported(operator, b"no json\n" * (MAX_REASONS + 50))
    assert (shown.refused, len(shown.reasons)) == (MAX_REASONS + 50, MAX_REASONS)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("bookings.csv", b" \n", EmptyImport),
        ("bookings.xlsx", b"PK", UnknownFormat),
        ("bookings.csv", b"x" * (MAX_BYTES + 1), ImportTooLarge),
    ],
)
def test_what_cannot_be_an_import_is_not_kept(
    operator: Operator, name: str, content: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        hand_in_import(operator, file=ImportFile(name=name, content=content), actor=MARTA, channel="api")
    assert list_imports(operator) == ()


def test_an_auditor_may_look_but_not_hand_in(operator: Operator) -> None:
    shown = imported(operator, lines_of(a_body()))
    with pytest.raises(NotPermitted):
        hand_in_import(
            operator,
            file=ImportFile(name="a.jsonl", content=b"{}"),
            actor=person("Ada", role="auditor"),
            channel="back_office",
        )
    assert [one.id for one in list_imports(operator)] == [shown.id]


def test_nobody_sees_another_operators_imports(operator: Operator) -> None:
    shown = imported(operator, lines_of(a_body()))
    stranger = new_operator()
    assert list_imports(stranger) == ()
    with pytest.raises(ImportNotFound):
        show_import(stranger, import_id=shown.id)


def test_an_import_without_a_job_gets_one(operator: Operator) -> None:
    file = ImportFile(name="a.jsonl", content=lines_of(a_body()))
    import_id = hand_in_import(operator, file=file, actor=MARTA, channel="api")
    with operator_transaction(operator.id):
        ImportRun.objects.filter(id=import_id).update(created_at="2026-01-01T00:00:00Z")
    assert requeue_bulk() >= 1
    run_imports(operator)
    assert show_import(operator, import_id=import_id).status == "done"
