"""The tales of the demo: bookings on invoice and by dated shares, replanned by hand, cancelled and taken back, and
emails that did not arrive.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from fareledger.config.demo.content.history import Past
from fareledger.config.demo.content.mailroom import FULL_MAILBOX, NO_SUCH_DOMAIN
from fareledger.config.demo.content.office import Office
from fareledger.config.demo.content.tale import Sold, Tale, Telling
from fareledger.config.demo.content.trips import ACME_TRIPS, SOLMAR_TRIPS
from fareledger.domain.plan import Share, Terms
from fareledger.domain.plan_edit import DraftRow
from fareledger.usecases.edit_plan import WantedPlan, edit_plan

_MADEIRA, _TUSCANY, _FAROES, _MALTA, _SLOVENIA, _TROMSO, _JORDAN = ACME_TRIPS
_MALLORCA, _MENORCA, _LANZAROTE, _CADIZ = SOLMAR_TRIPS
_BY_INVOICE = Terms(down_payment_percent=Decimal(30), balance_due_days=42, invoice=True)
_BY_SHARES = Terms(
    down_payment_percent=Decimal(20),
    balance_due_days=28,
    schedule=(
        Share(percent=Decimal(25), days_after_booking=30),
        Share(percent=Decimal("27.5"), days_before_start=75),
    ),
)


def tell_tales(past: Past, *, offices: dict[str, Office], tales: Iterable[Telling]) -> None:
    """Put these tales into the past."""
    for slug, sold, go_on in tales:
        tale = Tale(sold, past=past, office=offices[slug])
        tale.begin()
        go_on(tale)


def _pay_part_of_the_invoice(tale: Tale) -> None:
    """The down payment arrives as asked, then a part of the balance; the rest is still open."""
    tale.after(9, do=tale.pay)
    tale.after(31, do=lambda: tale.pay(part_minor=60_000))


def _pay_down(tale: Tale) -> None:
    tale.after(6, do=tale.pay)


def _think_better_of_it(tale: Tale) -> None:
    """Paid down, cancelled by the customer, and taken back two days later."""
    tale.after(1, do=tale.pay)
    tale.after(18, do=tale.cancel)
    tale.after(20, do=tale.reinstate)


def _cancel_when_paid(tale: Tale) -> None:
    """Paid in full and cancelled eleven days ago; the refund is still to be paid back."""
    tale.after(1, do=tale.pay)
    tale.after(12, do=tale.pay)
    tale.after(37, do=tale.cancel)


def _agree_on_three_parts(tale: Tale) -> None:
    """The balance in three parts, agreed on the phone; the customer is written to."""

    def edit() -> None:
        (row,) = tale.open_rows()
        third = row.amount_minor // 3
        drafts = tuple(
            DraftRow(
                row_id=row.id if days == 0 else None,
                kind="payment",
                amount_minor=row.amount_minor - 2 * third if days == 0 else third,
                due_date=row.due_date - timedelta(days=days),
            )
            for days in (60, 30, 0)
        )
        wanted = WantedPlan(rows=drafts, notify=True)
        edit_plan(tale.office.operator, booking_id=tale.id, wanted=wanted, actor=tale.somebody("agent"))

    tale.after(1, do=lambda: tale.pay(by="phone"))
    tale.after(7, do=edit)


def _leave_a_guide_unplanned(tale: Tale) -> None:
    """A guide is added, and the row for it deleted, because a voucher is to cover it; nothing does so far."""

    def add_a_guide() -> None:
        day = tale.details.start_date + timedelta(days=2)
        guide = replace(
            tale.details.components[0],
            id="c9",
            kind="activity",
            title="Private guide for a day",
            supplier="Kras Guides",
            start_date=day,
            end_date=day,
            price_minor=24_000,
            cancellation_fee_minor=0,
        )
        tale.send_anew(replace(tale.details, components=(*tale.details.components, guide)))

    tale.after(1, do=tale.pay)
    tale.after(20, do=add_a_guide)
    tale.after(
        21, do=lambda: tale.delete(next(row for row in tale.open_rows() if row.source == "booking_change"))
    )


def _write_to_no_domain(tale: Tale) -> None:
    """The price changes, and the email about it cannot be delivered: the address is misspelt."""

    def drop_the_last() -> None:
        *others, last = tale.details.components
        tale.send_anew(replace(tale.details, components=(*others, replace(last, cancelled=True))))

    tale.after(1, do=lambda: tale.pay(by="phone"))
    tale.after(15, do=drop_the_last)


def _pay_in_cash(tale: Tale) -> None:
    """Part is paid in cash at the desk, and the receipt comes back from a full mailbox."""
    tale.after(1, do=tale.pay)
    tale.after(16, do=lambda: tale.pay(by="cash", part_minor=15_000))


TALES: tuple[Telling, ...] = (
    (
        "acme",
        Sold(
            reference="TRV-48415", customer="Harbour Choir Bristol", trip=_JORDAN, days_ago=36, starts_in=95,
            terms=_BY_INVOICE,
        ),
        _pay_part_of_the_invoice,
    ),
    (
        "solmar",
        Sold(
            reference="SOL-21420", customer="Reisekreis Köln", trip=_CADIZ, days_ago=16, starts_in=120,
            currency="EUR", locale="de-DE", terms=_BY_INVOICE,
        ),
        _pay_down,
    ),
    (
        "solmar",
        Sold(
            reference="SOL-21431", customer="Chloé Moreau", trip=_LANZAROTE, days_ago=12, starts_in=150,
            currency="EUR", locale="fr-FR", terms=_BY_SHARES,
        ),
        _pay_down,
    ),
    (
        "acme",
        Sold(reference="TRV-48355", customer="Gareth Pritchard", trip=_TROMSO, days_ago=30, starts_in=110),
        _think_better_of_it,
    ),
    (
        "acme",
        Sold(reference="TRV-48366", customer="Aoife Byrne", trip=_MADEIRA, days_ago=48, starts_in=64),
        _cancel_when_paid,
    ),
    (
        "acme",
        Sold(reference="TRV-48420", customer="Olu Mensah", trip=_FAROES, days_ago=14, starts_in=140),
        _agree_on_three_parts,
    ),
    (
        "acme",
        Sold(reference="TRV-48431", customer="Paula Vidal", trip=_SLOVENIA, days_ago=25, starts_in=92),
        _leave_a_guide_unplanned,
    ),
    (
        "acme",
        Sold(
            reference="TRV-48440", customer="Callum Fraser", email=f"callum.fraser@{NO_SUCH_DOMAIN}",
            trip=_TUSCANY, days_ago=19, starts_in=101,
        ),
        _write_to_no_domain,
    ),
    (
        "acme",
        Sold(
            reference="TRV-48448", customer="Zofia Nowak", email=FULL_MAILBOX, trip=_MALTA, days_ago=22,
            starts_in=75,
        ),
        _pay_in_cash,
    ),
)  # fmt: skip
