"""Fills an empty database with the demo: operators, people, accounts at the acquirer, and the simulated past."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from fareledger.config.demo.content.brands import choose_brands
from fareledger.config.demo.content.by_hand import HandKept
from fareledger.config.demo.content.colleagues import colleague, come_and_go
from fareledger.config.demo.content.consent_tales import CONSENT_TALES
from fareledger.config.demo.content.desk_habits import leave_habits
from fareledger.config.demo.content.hero import HeroLife
from fareledger.config.demo.content.history import Past
from fareledger.config.demo.content.life import Life
from fareledger.config.demo.content.mailroom import Mailroom
from fareledger.config.demo.content.merchants import AcquirerDesk
from fareledger.config.demo.content.office import Office
from fareledger.config.demo.content.operators import (
    BANK_DETAILS,
    OPERATORS,
    PASSWORD,
    PORTAL,
    REMINDERS,
    STAFF,
)
from fareledger.config.demo.content.other_systems import OtherSystems
from fareledger.config.demo.content.outside import connect_systems
from fareledger.config.demo.content.past import PastClock
from fareledger.config.demo.content.refund_tales import REFUND_TALES
from fareledger.config.demo.content.stories import HISTORY_DAYS, stories
from fareledger.config.demo.content.tales import TALES, tell_tales
from fareledger.persistence.operators import Operator
from fareledger.usecases.collect_due import collect_due
from fareledger.usecases.payment_settings import PaymentSettings, save_payment_settings
from fareledger.usecases.portal_settings import portal_settings, save_portal_settings
from fareledger.usecases.provision_operator import (
    NewOperator,
    add_staff,
    connect_provider,
    provision_operator,
)
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.run_refund import ask_refund, due_refunds
from fareledger.usecases.send_notices import send_notices
from fareledger.usecases.send_reminders import send_reminders
from fareledger.usecases.watch_cards import watch_cards

_SETTLES_AT = time(6, 30)
# Before that nobody had approved anything, and asking every day would only take time.
_CONSENTS_BEGAN = timedelta(days=85)


def load(*, acquirer_url: str, admin_key: str, seed: int) -> None:
    """Make everything; the database must be migrated and empty, the acquirer running and empty."""
    present = datetime.now(UTC)
    clock = PastClock(acquirer_url, admin_key=admin_key)
    first_day = present - timedelta(days=HISTORY_DAYS)
    clock.set(first_day, acquirer_too=True)
    desk = AcquirerDesk(acquirer_url, admin_key=admin_key)
    offices = {wanted.slug: _open_office(wanted, desk=desk, clock=clock) for wanted in OPERATORS}
    past = Past(clock, present=present)
    _plan(past, offices=offices, clock=clock, seed=seed)
    acme = offices["acme"]
    _stray_payment(past, desk=desk, office=acme, clock=clock)
    come_and_go(past, operator=acme.operator)
    others = OtherSystems(past, operator=acme.operator)
    others.begin()
    mailroom = Mailroom(offices.values(), present=present)

    def meanwhile(moment: datetime) -> None:
        mailroom.pass_by(moment)
        others.deliver(moment)

    _live_with_progress(past, first_day=first_day, meanwhile=meanwhile)
    clock.back_to_the_present()
    others.end()
    connect_systems(acme.operator)
    leave_habits(acme.operator, today=acme.today())
    for office in offices.values():
        send_reminders(office.operator)
    mailroom.empty_the_outbox(datetime.now(UTC))
    with connection.cursor() as cursor:
        # What the past left to do was done above; nothing of it may run again in the present.
        cursor.execute("DELETE FROM procrastinate_jobs")


def _open_office(wanted: NewOperator, *, desk: AcquirerDesk, clock: PastClock) -> Office:
    operator = provision_operator(wanted)
    for person in STAFF[wanted.slug]:
        add_staff(operator.id, email=person.email, name=person.name, role=person.role, password=PASSWORD)
    wanted_settings = PaymentSettings(
        terms=operator.default_terms,
        extra_methods=wanted.extra_methods,
        bank_details=BANK_DETAILS[wanted.slug],
        reminders=REMINDERS[wanted.slug],
    )
    admin = colleague(operator, role="admin")
    operator = save_payment_settings(operator, wanted=wanted_settings, actor=admin)
    operator = save_portal_settings(
        operator, wanted=PORTAL[wanted.slug], seen=portal_settings(operator).seen, actor=admin
    )
    account = desk.open_account(wanted.name)
    connect_provider(operator.id, account=account)
    return Office(
        operator,
        account=account.external_account,
        desk=desk,
        clock=clock,
        base_url=settings.ENVIRONMENT.base_url,
    )


def _plan(past: Past, *, offices: dict[str, Office], clock: PastClock, seed: int) -> None:
    """Put the stories and the acquirer's and the trustee's daily work into the past."""
    for story in stories(past.present.date(), seed=seed):
        Life(story, past=past, office=offices[story.operator]).begin()
    HeroLife(past, office=offices["acme"]).begin()
    HandKept(past, office=offices["acme"]).begin()
    tell_tales(past, offices=offices, tales=(*TALES, *REFUND_TALES, *CONSENT_TALES))
    choose_brands(past, operators={slug: office.operator for slug, office in offices.items()})

    def daily_work(moment: datetime) -> None:
        clock.set(moment, acquirer_too=True)
        for office in offices.values():
            pull_payouts(office.operator)
            release_protected(office.operator)
            send_reminders(office.operator)
            if moment >= past.present - _CONSENTS_BEGAN:
                _collect(office.operator)

    past.plan_regularly(
        (past.present - timedelta(days=HISTORY_DAYS - 1)).date(), at=_SETTLES_AT, happening=daily_work
    )


def _collect(operator: Operator) -> None:
    """Do what the worker does about approved payments and about refunds on their way."""
    send_notices(operator)
    collect_due(operator)
    watch_cards(operator)
    for part_id in due_refunds(operator):
        ask_refund(operator, part_id=part_id)


def _stray_payment(past: Past, *, desk: AcquirerDesk, office: Office, clock: PastClock) -> None:
    """Take one payment at the acquirer that belongs to no booking: its settlement line has to be explained."""

    def take(moment: datetime) -> None:
        clock.set(moment, acquirer_too=True)
        desk.take_at_checkout(
            office.account,
            amount_minor=41500,
            currency="GBP",
            reference="DEMIR/RIDLEY BAL",
            at=moment - timedelta(minutes=1),
        )

    past.plan(past.present - timedelta(days=4, hours=3), happening=take)


def _live_with_progress(past: Past, *, first_day: datetime, meanwhile: Callable[[datetime], None]) -> None:
    whole = (past.present - first_day).total_seconds()
    with Progress(TextColumn("  {task.description}"), BarColumn(), TaskProgressColumn()) as progress:
        task = progress.add_task("nine months of bookings", total=whole)
        for moment in past.live():
            meanwhile(moment)
            progress.update(
                task,
                completed=(moment - first_day).total_seconds(),
                description=f"nine months of bookings, {moment:%d %b %Y}",
            )
        progress.update(task, completed=whole)
