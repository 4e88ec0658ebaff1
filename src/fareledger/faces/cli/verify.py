"""The command `fareledger verify`: checks the books and says what was checked."""

from typing import Annotated

import typer

from fareledger.usecases.find_operator import OperatorNotFound, operator_by_slug
from fareledger.usecases.verify_ledger import Verdict, verify_ledger


def verify(
    operator: Annotated[
        list[str] | None, typer.Option(help="Check only the operator with this slug; may be repeated.")
    ] = None,
) -> None:
    """Check everything that the books promise; exit with 1 and name the first broken link when one does
    not hold.
    """
    try:
        chosen = [operator_by_slug(slug) for slug in operator] if operator else None
    except OperatorNotFound as missing:
        typer.echo(f"There is no operator called {missing.wanted}.", err=True)
        raise typer.Exit(2) from missing
    broken: list[Verdict] = []
    for verdict in verify_ledger(chosen):
        _show(verdict)
        if not verdict.holds:
            broken.append(verdict)
    if broken:
        typer.echo(f"\nFirst broken link: {broken[0].first}", err=True)
        raise typer.Exit(1)
    typer.echo("\nEverything holds.")


def _show(verdict: Verdict) -> None:
    mark = "ok    " if verdict.holds else "BROKEN"
    typer.echo(f"{mark}  {verdict.checked:>9,} {verdict.unit:<13} {verdict.promise}")
    if not verdict.holds:
        typer.echo(f"        {verdict.broken:>9,} broken. First: {verdict.first}")
