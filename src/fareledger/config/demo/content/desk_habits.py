"""What the people of a back office leave around the list of bookings: a view that they share, and an import that went
mostly well.

Nothing here changes a booking that another story tells of.
"""

from datetime import date, timedelta

from fareledger.domain.access import staff_actor
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator
from fareledger.usecases.hand_in_import import ImportFile, hand_in_import
from fareledger.usecases.run_import import run_imports
from fareledger.usecases.saved_views import save_view

_HEADS = (
    "reference,currency,booked_on,start_date,end_date,customer_name,customer_email,package,"
    "component_kind,component_title,component_price"
)


def leave_habits(operator: Operator, *, today: date) -> None:
    """Keep a shared view of the first of the operator's people, and import a small file in their name."""
    first = StaffUser.objects.filter(operator_id=operator.id).order_by("created_at", "id")[0]
    actor = staff_actor(first.name, role=first.role, staff_id=first.id)
    save_view(
        operator,
        name="Pounds, most outstanding",
        query="currency=GBP&cancelled=no&outstanding_from=0.01&sort=outstanding_down",
        shared=True,
        actor=actor,
    )
    file = ImportFile(name="brochure-desk.csv", content=_file(today).encode())
    hand_in_import(operator, file=file, actor=actor, channel="back_office")
    run_imports(operator)


def _file(today: date) -> str:
    """Write four bookings of a colleague's spreadsheet, in two of which something is wrong."""
    start, end = today + timedelta(days=120), today + timedelta(days=127)
    lines = (
        _line("BRO-2201,GBP", today, start, end, "Imogen Sharpe", "Puglia slowly", "318000"),
        _line("BRO-2202,GBP", today, start, end, "Tariq Aziz", "Porto long weekend", "640.00"),
        _line("BRO-2203,GBP", today, end, start, "Nell Farrow", "Sicily by rail", "285000"),
        _line("BRO-2204,EUR", today, start, end, "Jonas Weber", "Scottish isles", "378000"),
    )
    return "\n".join((_HEADS, *lines)) + "\n"


def _line(begins: str, /, *cells: date | str) -> str:
    *dates, name, package, price = map(str, cells)
    email = f"{name.lower().replace(' ', '.')}@example.com"
    return ",".join((begins, *dates, name, email, package, "package", package, price))
