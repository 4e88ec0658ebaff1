"""Tales of money that goes back online: to a card and to a bank account, after a second person agreed, waiting for one,
failed and open again, still on its way, and money that came twice.
"""

from __future__ import annotations

from datetime import timedelta

from fareledger.config.demo.content.card_holder import GOOD_CARDS, REFUNDS_FAIL, REFUNDS_WAIT
from fareledger.config.demo.content.tale import Sold, Tale, Telling
from fareledger.config.demo.content.trips import ACME_TRIPS, SOLMAR_TRIPS
from fareledger.domain.identity import new_id
from fareledger.usecases.decide_refund import agree_to_refund
from fareledger.usecases.order_refund import RefundForm, order_refund
from fareledger.usecases.show_refunds import RefundView, show_offer, show_refunds

_MADEIRA, _TUSCANY, _FAROES, _MALTA, _SLOVENIA, _TROMSO, _JORDAN = ACME_TRIPS
_MALLORCA = SOLMAR_TRIPS[0]
_JUST_NOW = timedelta(seconds=4)


def order(tale: Tale) -> RefundView:
    """Have finance send back online what is owed, as the Billing page does after it showed the amount."""
    tale.office.both_clocks()
    row = tale.office.open_rows(tale.id, kind="refund")[0]
    operator = tale.office.operator
    offer = show_offer(operator, booking_id=tale.id, transaction_id=row.id)
    form = RefundForm(
        booking_id=tale.id, transaction_id=row.id, shown_minor=offer.online_minor, form_key=new_id()
    )
    return order_refund(operator, form=form, actor=tale.somebody("finance"))


def agree(tale: Tale) -> None:
    """Have a second person agree to the refund that waits."""
    tale.office.both_clocks()
    operator = tale.office.operator
    waiting = next(one for one in show_refunds(operator, booking_id=tale.id) if one.status == "waiting")
    agree_to_refund(operator, booking_id=tale.id, order_id=waiting.id, actor=tale.somebody("approver"))


def _pay_all(tale: Tale, *, card: str) -> None:
    """Pay what is due at once, and the rest a week and a bit later."""
    tale.after(1, do=lambda: tale.pay_by_card(card))
    tale.after(9, do=lambda: tale.pay_by_card(card))


def _back_to_the_card(tale: Tale) -> None:
    """The walks are dropped, and their price goes back to the card it came from."""
    _pay_all(tale, card=GOOD_CARDS[1])
    tale.after(18, do=lambda: tale.drop("Three guided"))
    tale.after(20, do=lambda: order(tale))


def _back_to_the_bank(tale: Tale) -> None:
    """Paid at a bank on the portal; the caves are dropped, and their price goes back to the account."""
    tale.after(1, do=lambda: tale.pay_by_bank("Meridian"))
    tale.after(11, do=lambda: tale.pay_by_bank("Meridian"))
    tale.after(19, do=lambda: tale.drop("Škocjan"))
    tale.after(22, do=lambda: order(tale))


def _back_to_two_cards(tale: Tale) -> None:
    """Cancelled after the balance came in two parts from two cards: both get theirs back, once Sofia has agreed."""
    tale.after(1, do=tale.pay_by_card)
    tale.after(8, do=lambda: tale.pay_amount(120_000))
    tale.after(12, do=lambda: tale.pay_by_card(GOOD_CARDS[3]))
    tale.after(24, do=tale.cancel)
    tale.after(25, do=lambda: order(tale))
    tale.after(26, do=lambda: agree(tale))


def _waits_for_a_second_person(tale: Tale) -> None:
    """Cancelled, and ordered by Marta yesterday; the amount is above what one person sends back."""
    _pay_all(tale, card=GOOD_CARDS[0])
    tale.after(27, do=tale.cancel)
    tale.after(29, do=lambda: order(tale))


def _fails_and_is_open_again(tale: Tale) -> None:
    """The card was closed meanwhile, so the money came back; somebody has to find another way."""
    _pay_all(tale, card=REFUNDS_FAIL)
    tale.after(20, do=lambda: tale.drop("Harbour evening"))
    tale.after(21, do=lambda: order(tale))


def _is_on_its_way(tale: Tale) -> None:
    """Ordered a moment ago to a card that takes its time."""
    _pay_all(tale, card=REFUNDS_WAIT)
    tale.after(15, do=lambda: tale.drop("Dog sledding"))
    tale.lately(_JUST_NOW, do=lambda: order(tale))


def _back_to_a_card_in_italian(tale: Tale) -> None:
    tale.after(1, do=tale.pay_by_card)
    for days in (10, 20, 30):
        tale.after(days, do=lambda: tale.pay_by_card(GOOD_CARDS[2]))
    tale.after(34, do=lambda: tale.drop("Sailing day"))
    tale.after(36, do=lambda: order(tale))


def _pay_twice(tale: Tale) -> None:
    """The balance comes by transfer while its card form is open, and then by card too; what is too much is owed
    back.
    """

    def both() -> None:
        row = tale.open_rows()[0]
        tale.office.pay_on_portal(
            tale.id, row=row, card=GOOD_CARDS[0], meanwhile=lambda: tale.office.commit(
                tale.id, row=row, by="bank_transfer"
            ),
        )  # fmt: skip

    tale.after(1, do=tale.pay_by_card)
    tale.after(14, do=both)


REFUND_TALES: tuple[Telling, ...] = (
    (
        "acme",
        Sold(reference="TRV-48452", customer="Priya Raman", trip=_MADEIRA, days_ago=27, starts_in=88),
        _back_to_the_card,
    ),
    (
        "acme",
        Sold(reference="TRV-48457", customer="Tomasz Kowalski", trip=_SLOVENIA, days_ago=33, starts_in=70),
        _back_to_the_bank,
    ),
    (
        "acme",
        Sold(reference="TRV-48463", customer="Grace Whitfield", trip=_TUSCANY, days_ago=38, starts_in=81),
        _back_to_two_cards,
    ),
    (
        "acme",
        Sold(reference="TRV-48468", customer="Rosa Lindqvist", trip=_JORDAN, days_ago=30, starts_in=97),
        _waits_for_a_second_person,
    ),
    (
        "acme",
        Sold(reference="TRV-48475", customer="Henrik Dahl", trip=_MALTA, days_ago=25, starts_in=66),
        _fails_and_is_open_again,
    ),
    (
        "acme",
        Sold(reference="TRV-48479", customer="Kenji Watanabe", trip=_TROMSO, days_ago=21, starts_in=58),
        _is_on_its_way,
    ),
    (
        "acme",
        Sold(reference="TRV-48483", customer="Siobhan Doyle", trip=_FAROES, days_ago=23, starts_in=105),
        _pay_twice,
    ),
    (
        "solmar",
        Sold(
            reference="SOL-21444", customer="Giulia Ricci", trip=_MALLORCA, days_ago=41, starts_in=99,
            currency="EUR", locale="it-IT",
        ),
        _back_to_a_card_in_italian,
    ),
)  # fmt: skip
