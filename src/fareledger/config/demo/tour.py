"""What is printed once everything answers: addresses, sign-ins, and a tour of three minutes."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

STEPS = (
    "[bold]What needs you today.[/] Sign in at the back office with the words above. Give an overdue payment to "
    "Joel, or let it rest; the email that bounced and the refund that waits are there too.",
    "[bold]The Billing page.[/] Open TRV-48402 from the list of bookings. + PAYMENT plans what is not planned; "
    "Commit with less than planned leaves the rest open; Reverse takes it back, for a reason.",
    "[bold]A change.[/] On TRV-48213 choose Change booking, cancel a component, move the dates, and press "
    "Preview the change: the plan before and after, and the email, before anything is saved.",
    "[bold]Pay as the customer.[/] Open the magic link above and pay with card 4242 4242 4242 4242, any expiry to "
    "come, any three digits. 4000 0027 6000 3184 asks for 3-D Secure, 4000 0000 0000 0002 is declined. "
    "TRV-48213, if you left it open, shows the money arrive by itself.",
    "[bold]Read the mail.[/] The receipt is in the mail viewer. Press Bounce this, and the booking says so.",
    "[bold]The list.[/] Filter and search, keep the view, export it to Excel; Imports shows a file of which two "
    "lines were refused.",
    "[bold]Who may do what.[/] Sign out, and in as priya.nair@acmetravel.example with the same password: "
    "Settings has users and roles, the access log, API keys, and webhooks with what was sent and answered.",
    "[bold]The API[/] has its documentation at the address above; paste the key at Authorize and try it.",
    "[bold]Move the clock,[/] at the foot of every back office page, by a few days: payouts come in, "
    "reminders go out, and at the end of travel the protected money is released.",
    "[bold]Make trouble.[/] The acquirer's console can delay, lose, repeat and forge what it sends. The books "
    "stay right, and the command below proves it.",
)


def print_addresses(console: Console, *, facts: Mapping[str, object]) -> None:
    """Print where everything answers and how to sign in."""
    staff = facts["staff"]
    assert isinstance(staff, Mapping)  # noqa: S101 -- made by run.py a moment ago
    console.print()
    for name, value in (
        ("Back office", f"{facts['base_url']}/office/"),
        ("  sign in with", f"{staff['email']}  {staff['password']}"),
        ("Customer's magic link", facts["magic_link"]),
        ("API", f"{facts['base_url']}/api/v1/docs"),
        ("  key", facts["api_key"]),
        ("Mail viewer", facts["mail_url"]),
        ("Acquirer's console", facts["acquirer_url"]),
    ):
        # One line each, never wrapped: an address that is cut in two cannot be clicked.
        console.print(Text(f"{name:<23}", style="bold") + Text(str(value), style="default"), soft_wrap=True)


def print_tour(console: Console, *, verify_command: str) -> None:
    """Print the tour; `verify_command` checks the books of this demo."""
    console.print("\n[bold]A tour of three minutes[/]")
    for number, step in enumerate(STEPS, start=1):
        console.print(f"{number}. {step}", highlight=False)
    console.print(verify_command, highlight=False, markup=False, soft_wrap=True, style="dim")
    console.print(
        "\nCtrl-C stops all of it; the data stays. `make demo RESET=1` begins anew.", highlight=False
    )
