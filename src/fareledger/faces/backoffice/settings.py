"""The settings of an operator: one page that leads to all the others, each for those who may see it.

A page of settings decides for itself what it shows and changes; here stands only where it is and whose business it is.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.domain.access import Permission
from fareledger.faces.backoffice.pages import Staff, page, staff_page


@dataclass(frozen=True)
class SettingsPage:
    """One page of settings; without a permission everybody may open it."""

    permission: Permission | None
    url_name: str
    title: str
    sentence: str


SETTINGS_PAGES: tuple[SettingsPage, ...] = (
    SettingsPage(None, "office_account", "Your account", "Your password and your second step at sign-in."),
    SettingsPage(
        Permission.VIEW_ACCESS,
        "office_users",
        "Users and roles",
        "Who works here, and what each of them may do.",
    ),
    SettingsPage(
        Permission.VIEW_ACCESS,
        "office_second_step_policy",
        "Second step at sign-in",
        "Whose sign-in needs more than a password.",
    ),
    SettingsPage(
        Permission.VIEW_ACCESS,
        "office_access_log",
        "Access log",
        "Sign-ins, and every change of who may do what.",
    ),
    SettingsPage(
        Permission.MANAGE_SETTINGS,
        "office_payment_settings",
        "Payment settings",
        "Terms, methods, bank details and reminders.",
    ),
    SettingsPage(
        Permission.MANAGE_SETTINGS,
        "office_portal_settings",
        "Portal, collecting and refunds",
        "What customers may pay, when cards are charged, and what one person may send back.",
    ),
    SettingsPage(
        Permission.MANAGE_SETTINGS,
        "office_branding",
        "Branding",
        "Logo, colour, font, sender and address of what customers see.",
    ),
    SettingsPage(
        None,
        "office_email_samples",
        "Emails",
        "What customers are written, every kind in every language.",
    ),
    SettingsPage(
        Permission.MANAGE_KEYS,
        "office_api_keys",
        "API keys",
        "Which of your systems may use the Booking API, and for what.",
    ),
    SettingsPage(
        Permission.MANAGE_KEYS,
        "office_webhooks",
        "Webhooks",
        "Which of your systems are told what happens, and what they answered.",
    ),
)


@require_safe
@staff_page
def index(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """List the pages of settings this person may open."""
    context: dict[str, object] = {
        "section": "settings",
        "pages": [one for one in SETTINGS_PAGES if one.permission is None or staff.actor.may(one.permission)],
    }
    return page(request, staff=staff, template="office/settings.html", context=context)
