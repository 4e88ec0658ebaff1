"""The command `fareledger clock`: tells a demo's time and moves it forward."""

from datetime import datetime
from typing import Annotated

import typer

from fareledger.domain.errors import Refused
from fareledger.usecases.move_demo_clock import DemoTime, demo_time, move_demo_clock


def clock(
    days: Annotated[int | None, typer.Option(help="Move forward by so many days.")] = None,
    *,
    to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Move forward to this date (YYYY-MM-DD).")
    ] = None,
) -> None:
    """Show the demo's clock, or move it forward, so that instalments fall due and trips end before your
    eyes.
    """
    if days is not None and to is not None:
        typer.echo("Give either --days or --to.", err=True)
        raise typer.Exit(2)
    try:
        shown = demo_time() if days is None and to is None else _moved(days, to=to)
    except Refused as refusal:
        typer.echo(refusal.message, err=True)
        raise typer.Exit(1) from refusal
    if shown is None:
        typer.echo("This is no demo: its clock is the wall clock.")
        return
    typer.echo(f"{shown.now:%A, %d %B %Y, %H:%M} UTC, {shown.days_ahead} days ahead of the wall clock.")


def _moved(days: int | None, *, to: datetime | None) -> DemoTime:
    return move_demo_clock(days=days) if to is None else move_demo_clock(to=to.date())
