"""A file of bookings comes in: good ones land, refused ones say where and why, twice changes nothing."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from fareledger.faces.cli import import_bookings as command
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_csv import UnknownLayout
from fareledger.usecases.booking_query import BookingQuery
from fareledger.usecases.import_bookings import Listener, UnknownFormat, import_bookings
from fareledger.usecases.import_outcome import Progress, RefusedRow
from fareledger.usecases.list_bookings import list_bookings
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.api import a_body

HEADER = (
    "reference,currency,booked_on,start_date,end_date,customer_name,customer_email,travellers,package,"
    "component_id,component_kind,component_title,component_price,"
    "payment_amount,payment_method,payment_provider,payment_reference,payment_received_at"
)
TRIP = (
    "GBP,2026-11-01,2027-06-12,2027-06-22,Eleanor Hartley,e@example.com,Eleanor Hartley; Daniel Okafor,Lisbon"
)
FLIGHT = "flights,flight,Flights,60000"
HOTEL = "hotel,hotel,Casa do Jacarandá,40000"
PAID = "30000,credit_card,sandbox,pi_1,2026-11-01T19:47:00Z"
UNPAID = ",,,,"


def take(operator: Operator, path: Path, /) -> tuple[Progress, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    listener = Listener(refused=refused.append, progress=lambda _: None)
    progress = import_bookings(operator, path=path, listener=listener)
    return progress, refused


def counts(progress: Progress) -> tuple[int, int, int, int]:
    return progress.created, progress.changed, progress.unchanged, progress.refused


def a_file(folder: Path, name: str, /, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def references(operator: Operator) -> set[str]:
    return {row.reference for row in list_bookings(operator, asked=BookingQuery()).rows}


def test_lines_of_one_booking_become_one_booking(operator: Operator, tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        "bookings.csv",
        HEADER,
        f"TRV-1,{TRIP},{FLIGHT},{PAID}",
        f"TRV-1,,,,,,,,,{HOTEL},{UNPAID}",
        f"TRV-2,{TRIP},{HOTEL},{UNPAID}",
    )
    progress, refused = take(operator, path)
    assert (counts(progress), refused) == ((2, 0, 0, 0), [])
    billing = billing_by_reference(operator, reference="TRV-1")
    assert [component.id for component in billing.components] == ["flights", "hotel"]
    assert [traveller.name for traveller in billing.booking.travellers] == [
        "Eleanor Hartley",
        "Daniel Okafor",
    ]
    assert billing.booking.lead_traveller == "Eleanor Hartley"
    assert (billing.figures.payable_minor, billing.figures.paid_minor) == (100000, 30000)
    assert progress.bytes_read == path.stat().st_size


def test_the_same_file_twice_changes_nothing(operator: Operator, tmp_path: Path) -> None:
    path = a_file(tmp_path, "bookings.csv", HEADER, f"TRV-1,{TRIP},{FLIGHT},{PAID}")
    take(operator, path)
    before = billing_by_reference(operator, reference="TRV-1")
    progress, _ = take(operator, path)
    assert counts(progress) == (0, 0, 1, 0)
    assert billing_by_reference(operator, reference="TRV-1") == before


def test_a_refused_booking_says_line_field_and_reason_and_the_others_land(
    operator: Operator, tmp_path: Path
) -> None:
    path = a_file(
        tmp_path,
        "bookings.csv",
        HEADER,
        f"TRV-1,{TRIP},{FLIGHT},{UNPAID}",
        f"TRV-2,{TRIP},{FLIGHT},{UNPAID}",
        "TRV-2,,,,,,,,,hotel,hotel,Hotel,400.50,,,,,",
        f"TRV-3,{TRIP.replace('2027-06-22', '2027-06-02')},{FLIGHT},{UNPAID}",
        f"TRV-4,{TRIP.replace('GBP', 'XXX')},{FLIGHT},{UNPAID}",
        f"TRV-5,{TRIP},{FLIGHT},{UNPAID}",
        "TRV-5,EUR,,,,,,,,hotel,hotel,Hotel,1,,,,,",
        f"TRV-1,{TRIP},{HOTEL},{UNPAID}",
        f"TRV-6,{TRIP},{FLIGHT},{PAID.replace('credit_card', 'barter')}",
        f"TRV-7,{TRIP},{FLIGHT},{UNPAID}",
    )
    progress, refused = take(operator, path)
    assert counts(progress) == (2, 0, 0, 6)
    assert [(row.line, row.field) for row in refused] == [
        (4, "component_price"),
        (5, "end_date"),
        (6, "currency"),
        (8, "currency"),
        (9, "reference"),
        (10, "payment_method"),
    ]
    assert references(operator) == {"TRV-1", "TRV-7"}


def test_semicolons_quotes_and_a_byte_order_mark_are_taken(operator: Operator, tmp_path: Path) -> None:
    lines = [HEADER, f"TRV-1,{TRIP.replace('; ', ' + ')},{FLIGHT},{UNPAID}"]
    text = "\r\n".join(lines).replace(",", ";").replace("Lisbon", '"Lisbon; ""the"" Azores"')
    path = tmp_path / "bookings.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert counts(take(operator, path)[0]) == (1, 0, 0, 0)
    assert billing_by_reference(operator, reference="TRV-1").booking.package == 'Lisbon; "the" Azores'


@pytest.mark.parametrize(
    "header",
    ["", "reference", HEADER + ",colour", HEADER + ",currency", HEADER.replace("reference,", "ref,", 1)],
)
def test_a_layout_that_is_not_ours_is_refused_whole(operator: Operator, tmp_path: Path, header: str) -> None:
    path = a_file(tmp_path, "bookings.csv", header, f"TRV-1,{TRIP},{FLIGHT},{UNPAID}")
    with pytest.raises(UnknownLayout):
        take(operator, path)
    assert references(operator) == set()


def test_from_a_broken_quote_on_nothing_is_taken(operator: Operator, tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        "bookings.csv",
        HEADER,
        f"TRV-1,{TRIP},{FLIGHT},{UNPAID}",
        f"TRV-2,{TRIP},{FLIGHT},{UNPAID}",
        f'TRV-2,,,,,,,,,"hotel,{HOTEL},{UNPAID}',
        f"TRV-3,{TRIP},{FLIGHT},{UNPAID}",
    )
    progress, (row,) = take(operator, path)
    assert (counts(progress), row.line) == ((1, 0, 0, 1), 3)
    assert "line 4" in row.reason
    assert references(operator) == {"TRV-1"}


def test_a_line_with_too_many_cells_costs_its_own_booking_only(operator: Operator, tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        "bookings.csv",
        HEADER,
        f"TRV-1,{TRIP},{FLIGHT},{UNPAID}",
        f"TRV-1,,,,,,,,,{HOTEL},{UNPAID},one more",
        f"TRV-2,{TRIP},{FLIGHT},{UNPAID},one more",
        f"TRV-3,{TRIP},{FLIGHT},{UNPAID}",
    )
    progress, refused = take(operator, path)
    assert counts(progress) == (1, 0, 0, 2)
    assert [row.line for row in refused] == [3, 4]
    assert references(operator) == {"TRV-3"}


def test_a_line_with_too_many_cells_that_says_no_reference_ends_the_import(
    operator: Operator, tmp_path: Path
) -> None:
    path = a_file(
        tmp_path,
        "bookings.csv",
        f"component_title,{HEADER.replace(',component_title', '')}",
        f"Flight,TRV-1,{TRIP},{FLIGHT.replace(',Flights', '')},{UNPAID}",
        f"Flight, the first,TRV-2,{TRIP},{FLIGHT.replace(',Flights', '')},{PAID}",
        f"Flight,TRV-3,{TRIP},{FLIGHT.replace(',Flights', '')},{UNPAID}",
    )
    _, refused = take(operator, path)
    assert "line 3 has more cells than columns" in refused[-1].reason
    assert references(operator) == set()  # nobody knows whose line 3 is, so TRV-1 may lack it


def test_json_lines_are_bodies_of_the_api(operator: Operator, tmp_path: Path) -> None:
    good, later = a_body(reference="TRV-1"), a_body(reference="TRV-1", package="Azores only")
    path = a_file(
        tmp_path,
        "bookings.jsonl",
        json.dumps(good),
        "",
        "not json",
        json.dumps(a_body(reference="TRV-2", currency="XXX", colour="red")),
        json.dumps(a_body(reference="TRV-3", non_payable=1.5)),
        "[]",
        json.dumps(later),
        json.dumps(a_body(reference="TRV-4", package="x" * 1_100_000)),
        json.dumps(a_body(reference="TRV-5")),
    )
    progress, refused = take(operator, path)
    assert counts(progress) == (2, 1, 0, 5)
    assert [(row.line, row.field) for row in refused] == [
        (3, ""),
        (4, "/colour"),
        (5, "/non_payable"),
        (6, ""),
        (8, ""),
    ]
    assert references(operator) == {"TRV-1", "TRV-5"}


def test_broken_text_is_refused_by_field(operator: Operator, tmp_path: Path) -> None:
    path = tmp_path / "bookings.csv"
    text = f"{HEADER}\nTRV-1,{TRIP},{FLIGHT},{UNPAID}\n".encode()
    path.write_bytes(text.replace(b"Lisbon", b"Lisb\xf3n"))
    _, (row,) = take(operator, path)
    assert (row.line, row.field) == (2, "package")


def test_a_name_that_says_nothing_is_refused(operator: Operator, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat):
        take(operator, a_file(tmp_path, "bookings.txt", HEADER))


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(command.import_bookings)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_the_command_reports_and_fails_when_something_was_refused(operator: Operator, tmp_path: Path) -> None:
    path = a_file(tmp_path, "bookings.csv", HEADER, f"TRV-1,{TRIP},{FLIGHT},{UNPAID}")
    code, output = run(str(path), "--operator", operator.slug)
    assert code == 0
    assert output.endswith("Bookings: 1 created, 0 changed, 0 unchanged, 0 refused.\n")
    bad = a_file(tmp_path, "bad.csv", HEADER, f"TRV-9,{TRIP.replace('GBP', 'XXX')},{FLIGHT},{UNPAID}")
    code, output = run(str(bad), "--operator", operator.slug)
    assert code == 1
    assert "line 2, currency: " in output
    assert "1 refused" in output


@pytest.mark.parametrize(
    "arguments",
    [("nowhere.csv",), ("bookings.csv", "--operator", "nobody"), ("bookings.csv", "--format", "xml")],
)
def test_the_command_says_what_it_needs(
    operator: Operator, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    a_file(tmp_path, "bookings.csv", HEADER)
    name, *rest = arguments
    slug = [] if "--operator" in rest else ["--operator", operator.slug]
    code, output = run(str(tmp_path / name), *rest, *slug)
    assert code == 2
    assert output
