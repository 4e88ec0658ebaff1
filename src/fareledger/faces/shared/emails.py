"""Draws the emails of the outbox, and shows how one would look before it is sent.

Every kind has one template, `email/<kind>.j2`, drawn twice: with the parts of `email/parts.html` for mail programs,
and with those of `email/parts.txt` for the text that goes with it, so that both say the same. Templates work from the
facts that were queued; nothing but the logo is read anew. Handing an email to a server is `mail_delivery.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import jinja2
from django.template import engines

from fareledger.faces.shared.email_facts import email_context
from fareledger.faces.shared.email_logo import by_itself, logos_of
from fareledger.faces.shared.pdf.invoice import invoice_file_name, invoice_logo, invoice_pdf
from fareledger.faces.shared.pdf.papers import receipt_file_name, receipt_pdf
from fareledger.faces.shared.staff_emails import is_for_staff, staff_parts
from fareledger.faces.shared.translation import speaking
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.portal_tokens import code_of, link_token
from fareledger.usecases.send_email import Attachment, QueuedEmail, RenderedEmail
from fareledger.usecases.send_portal_link import link_url

# Emails that carry a one-time link.
_LINKED: Final = ("portal_link", "charge_needs_you", "charge_failed")
_SPARE_LINES: Final = re.compile(r"\n{3,}")


def render_email(email: QueuedEmail) -> RenderedEmail:
    """Draw one email in the customer's language and formats and in the operator's colours."""
    if is_for_staff(email.kind):
        return _drawn(email.operator, kind=email.kind, **staff_parts(email))
    secret = _secret_of(email.payload)
    logos, pictures = logos_of(email.operator)
    link = _link_of(email.operator, facts=email.payload, token=secret)
    files = _files(email)
    facts = {**email.payload, "attached": bool(files), "logos": logos}
    rendered = _drawn(email.operator, kind=email.kind, facts=facts, link=link, hidden=secret)
    return replace(rendered, attachments=files, pictures=pictures)


def preview_email(
    operator: Operator, *, kind: str, about: Mapping[str, object], facts: Mapping[str, object]
) -> RenderedEmail:
    """Draw an email that is not queued: nothing is stored, a link in it opens nothing, and its logo is in its HTML.

    `about` is what `about_booking()` gives, `facts` the payload of this kind, as `change_payload()` gives it.
    """
    link = link_url(operator, token="0" * 43) if kind in _LINKED else ""
    logos, pictures = logos_of(operator)
    drawn = _drawn(operator, kind=kind, facts={**about, **facts, "logos": logos}, link=link)
    return replace(drawn, html=by_itself(drawn.html, pictures=pictures))


def _secret_of(facts: Mapping[str, Any]) -> str:
    """Return what the outbox keeps only the seed of: a link's token or a code."""
    if "code_seed" in facts:
        return code_of(str(facts["code_seed"]))
    return link_token(str(facts["link_seed"])) if "link_seed" in facts else ""


def _link_of(operator: Operator, *, facts: Mapping[str, Any], token: str) -> str:
    if "link_seed" not in facts:
        return ""
    return link_url(operator, token=token, wanted=str(facts.get("wanted", "")))


def _drawn(
    operator: Operator, *, kind: str, facts: Mapping[str, Any], link: str, hidden: str = ""
) -> RenderedEmail:
    context = {**email_context(operator, facts=facts), "link": link, "code": hidden or "0" * 6}
    with speaking(str(context["locale"])):
        subject, _, body = _text(kind, context=context).partition("\n")
        html = _template(kind, part="html").render({**context, "part": "html"})
    return RenderedEmail(
        subject=" ".join(subject.split()),
        text=body.strip() + "\n",
        html=html,
        hidden=(hidden,) if hidden else (),
    )


def _files(email: QueuedEmail) -> tuple[Attachment, ...]:
    """Draw what goes with an email: an invoice from its own facts, a receipt as the portal gives it."""
    facts, receipt = email.payload, email.receipt
    if email.kind == "invoice":
        return (
            _pdf(
                invoice_file_name(facts),
                content=invoice_pdf(facts, logo=invoice_logo(email.operator, facts=facts)),
            ),
        )
    if receipt is None:
        return ()
    content = receipt_pdf(email.operator, receipt=receipt, locale=str(facts["locale"]))
    return (_pdf(receipt_file_name(receipt), content=content),)


def _pdf(name: str, *, content: bytes) -> Attachment:
    return Attachment(name=name, content=content, content_type="application/pdf")


def _text(kind: str, *, context: Mapping[str, object]) -> str:
    drawn = _template(kind, part="txt").render({**context, "part": "txt"})
    lines = "\n".join(line.strip() for line in drawn.strip().splitlines())
    return _SPARE_LINES.sub("\n\n", lines)


def _template(kind: str, *, part: str) -> jinja2.Template:
    return _environment(part).get_template(f"email/{kind}.j2")


@lru_cache(maxsize=2)
def _environment(part: str) -> jinja2.Environment:
    """Return the pages' environment; for the text part one that writes an ampersand as it is."""
    engine: Any = engines["jinja2"]
    pages: jinja2.Environment = engine.env
    return pages if part == "html" else pages.overlay(autoescape=False)
