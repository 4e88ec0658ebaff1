"""What is printed once everything answers: addresses, sign-ins, and a tour of three minutes."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

STEPS = (
    "[bold]What needs you today.[/] Sign in at the back office with the words above. Charges that got stuck are "
    "there, overdue payments, an email that bounced, and a refund that waits for a second person.",
    "[bold]A booking.[/] Find TRV-48213 in the list and leave it open. + PAYMENT plans what is not planned; Change "
    "booking shows the plan before and after, and the email, before anything is saved.",
    "[bold]Pay as the customer.[/] Open the magic link above in a private window and press Pay £1,240.00: card "
    "4242 4242 4242 4242, any expiry to come, any three digits. 4000 0027 6000 3184 asks for 3-D Secure, "
    "4000 0000 0000 0002 is declined. The tab you left open shows the money arrive.",
    "[bold]Or another way.[/] Other amount or method offers any amount from £50.00, and Bank payment: choose a bank, "
    "sign in there with one button, approve.",
    "[bold]Approve the rest, once.[/] Press Approve all. This link came from staff, so a six-digit code goes to the "
    "mail viewer first. Tick the box, enter a card; nothing is taken today.",
    "[bold]Move the clock,[/] at the foot of every back office page, to the next due date, a few days at a time: three "
    "days before, the customer is told; on the day the card is charged and the receipt is in the mail viewer. "
    "Payouts come in too, and after the trip the protected money is released.",
    "[bold]When a charge fails:[/] TRV-48498 waits for its owner, TRV-48501 for another card, TRV-48494 is tried again "
    "by itself. View as customer shows each as its customer sees it.",
    "[bold]Send money back.[/] Sign in as sofia.brandt@acmetravel.example, same password, and agree to the refund of "
    "TRV-48468. The one of TRV-48475 failed and is open again; TRV-48457's went to a bank account.",
    "[bold]Who may do what, and how it looks.[/] As priya.nair@acmetravel.example open Settings: users, branding with "
    "a draft beside its preview, the access log, API keys, webhooks. The API's documentation is at the address above.",
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
