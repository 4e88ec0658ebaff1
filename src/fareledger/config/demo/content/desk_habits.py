"""What the people of a back office leave around the bookings: views of the list, an import that went mostly well, and
what they said of the things that need somebody today.

Nothing here changes a booking that another story tells of.
"""

from datetime import date, timedelta

from fareledger.config.demo.content.colleagues import colleague
from fareledger.persistence.operators import Operator
from fareledger.usecases.hand_in_import import ImportFile, hand_in_import
from fareledger.usecases.note_work import assign_work, colleagues, snooze_work
from fareledger.usecases.run_import import run_imports
from fareledger.usecases.saved_views import save_view
from fareledger.usecases.work_queues import WorkItem, work_list

_HEADS = (
    "reference,currency,booked_on,start_date,end_date,customer_name,customer_email,package,"
    "component_kind,component_title,component_price"
)


def leave_habits(operator: Operator, *, today: date) -> None:
    """Keep two views, import a small file, and say of some work who takes care of it or when it comes back."""
    _keep_views(operator)
    file = ImportFile(name="brochure-desk.csv", content=_file(today).encode())
    hand_in_import(operator, file=file, actor=colleague(operator, role="agent"), channel="back_office")
    run_imports(operator)
    _note_work(operator, today=today)


def _keep_views(operator: Operator) -> None:
    finance = colleague(operator, role="finance")
    most = "currency=GBP&cancelled=no&outstanding_from=0.01&sort=outstanding_down"
    save_view(operator, name="Pounds, most outstanding", query=most, shared=True, actor=finance)
    save_view(operator, name="My refunds", query="status=refund_due", shared=False, actor=finance)


def _note_work(operator: Operator, *, today: date) -> None:
    """One overdue payment rests, one is Marta's, and so is the refund that has waited longest."""
    finance, agent = colleague(operator, role="finance"), colleague(operator, role="agent")
    queues = {queue.name: queue.items for queue in work_list(operator, actor=finance).queues}
    overdue, refunds = queues.get("overdue", ()), queues.get("refunds", ())
    for item in (*overdue[1:2], *refunds[:1]):
        _give(operator, item=item, to=finance.name)
    for item in overdue[2:3]:
        _give(operator, item=item, to=agent.name)
    for item in overdue[:1]:
        snooze_work(
            operator,
            item=(item.queue, item.subject),
            until=today + timedelta(days=4),
            reason="Transfer promised on the phone; the bank needs a few days",
            actor=agent,
        )


def _give(operator: Operator, *, item: WorkItem, to: str) -> None:
    person = next(one.id for one in colleagues(operator) if one.name == to)
    assign_work(
        operator,
        queue=item.queue,
        subject=item.subject,
        to=person,
        actor=colleague(operator, role="finance"),
    )


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
