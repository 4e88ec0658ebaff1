"""The command `fareledger invite-admin`: an operator's first administrator, whom nobody there can invite yet."""

from typing import Annotated

import typer

from fareledger.domain.access import own_actor
from fareledger.domain.errors import Refused
from fareledger.usecases.find_operator import OperatorNotFound, operator_by_slug
from fareledger.usecases.invite_staff import invite_staff


def invite_admin(
    operator: Annotated[str, typer.Argument(help="The operator's slug, as in the address of its portal.")],
    *,
    email: Annotated[str, typer.Option(help="Where the invitation goes.")],
    name: Annotated[str, typer.Option(help="Whom it is for.")],
) -> None:
    """Email somebody an invitation to administer an operator's back office; it stands in the access log."""
    try:
        found = operator_by_slug(operator)
        expires_at = invite_staff(
            found, email=email, name=name, role="admin", actor=own_actor("Command line")
        )
    except OperatorNotFound as missing:
        typer.echo(f"There is no operator called {missing.wanted}.", err=True)
        raise typer.Exit(2) from missing
    except Refused as refusal:
        typer.echo(f"{refusal.message}.".replace("..", "."), err=True)
        raise typer.Exit(2) from refusal
    local = expires_at.astimezone(found.time_zone)
    typer.echo(
        f"{email} is invited to {found.name}, until {local:%d %B %Y, %H:%M}. The worker sends the email."
    )
