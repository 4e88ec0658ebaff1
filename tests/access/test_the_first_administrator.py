"""Whoever runs the installation invites an operator's first administrator from the command line."""

import pytest
import typer
from typer.testing import CliRunner

from fareledger.faces.cli.invite_admin import invite_admin
from fareledger.persistence.models import AccessEvent, EmailMessage, StaffInvitation
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction

EMAIL = "iris.novak@acmetravel.example"


@pytest.fixture
def command() -> typer.Typer:
    """The command by itself."""
    app = typer.Typer()
    app.command()(invite_admin)
    return app


def test_an_invitation_is_mailed_and_logged(operator: Operator, command: typer.Typer) -> None:
    said = CliRunner().invoke(command, [operator.slug, "--email", EMAIL, "--name", "Iris Novak"])
    assert said.exit_code == 0
    assert f"{EMAIL} is invited to {operator.name}, until" in said.output
    with operator_transaction(operator.id):
        (invitation,) = StaffInvitation.objects.filter(operator_id=operator.id)
        (letter,) = EmailMessage.objects.filter(operator_id=operator.id, kind="staff_invitation")
        (logged,) = AccessEvent.objects.filter(operator_id=operator.id, kind="invited")
    assert (invitation.email, invitation.role, invitation.invited_by) == (EMAIL, "admin", "Command line")
    assert letter.to_email == EMAIL
    assert logged.payload["role"] == "admin"


@pytest.mark.parametrize(
    ("slug", "email", "name", "words"),
    [
        ("nobody-here", EMAIL, "Iris", "There is no operator called nobody-here."),
        ("", "not an address", "Iris", "Enter an email address, such as name@company.com."),
        ("", EMAIL, " ", "."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_sent(
    operator: Operator, command: typer.Typer, slug: str, email: str, name: str, words: str
) -> None:
    said = CliRunner().invoke(command, [slug or operator.slug, "--email", email, "--name", name])
    assert said.exit_code == 2
    assert words in said.output
    with operator_transaction(operator.id):
        assert not StaffInvitation.objects.filter(operator_id=operator.id).exists()
