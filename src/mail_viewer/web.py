"""The pages and the JSON interface of the mailbox.

A mail's HTML is somebody else's page: it is shown in a sandboxed frame without scripts, under a policy of
its own, and its links open in the whole window, as they would from a mail program.
"""

import re
from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mail_viewer.bounces import NobodyToTell, Teller
from mail_viewer.mailbox import Mailbox
from mail_viewer.message import Attachment, Message
from mail_viewer.post import PostOffice

HERE = Path(__file__).parent
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
)
PAGES = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)


class Viewer:
    """Answers requests about one mailbox."""

    def __init__(self, mailbox: Mailbox, *, office: PostOffice, teller: Teller | None = None) -> None:
        """Take the mailbox to show, the post office whose faults can be set, and who is told of bounces."""
        self._teller = teller
        self._mailbox = mailbox
        self._office = office

    async def inbox(self, request: Request) -> Response:
        """Show all mails."""
        return _page("inbox.html", messages=list(self._mailbox.newest_first()))

    async def one(self, request: Request) -> Response:
        """Show one mail."""
        told = request.query_params.get("told", "")
        return _page(
            "message.html",
            message=self._found(request),
            can_bounce=self._teller is not None,
            told=int(told) if told.isdecimal() else None,
        )

    async def html_part(self, request: Request) -> Response:
        """Show the HTML part alone, for the frame."""
        message = self._found(request)
        return HTMLResponse(_for_frame(message), headers={"Content-Security-Policy": MAIL_POLICY})

    async def raw(self, request: Request) -> Response:
        """Show one mail as it came in."""
        raw = self._mailbox.raw(request.path_params["id"])
        if raw is None:
            raise HTTPException(404, "There is no such mail.")
        return Response(raw, media_type="text/plain; charset=utf-8")

    async def attachment(self, request: Request) -> Response:
        """Give one attachment to be saved, or a picture of the mail to be shown."""
        for each in self._found(request).attachments:
            if each.number == request.path_params["number"]:
                return Response(each.content, media_type=each.content_type, headers=_download(each))
        raise HTTPException(404, "This mail has no such part.")

    async def empty(self, request: Request) -> Response:
        """Forget all mails and show the empty list."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise HTTPException(403, "Only this page's own button may empty the mailbox.")
        self._mailbox.clear()
        return RedirectResponse("/", status_code=303)

    async def bounce(self, request: Request) -> Response:
        """Tell the sender that this mail came back, and show the mail again."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise HTTPException(403, "Only this page's own button may bounce a mail.")
        message = self._found(request)
        if self._teller is None:
            raise HTTPException(404, "Nobody is told of bounces here.")
        try:
            told = await self._teller.tell(message)
        except NobodyToTell:
            raise HTTPException(422, "This mail does not say which stream it belongs to.") from None
        return RedirectResponse(f"/messages/{message.id}?told={told}", status_code=303)

    async def list_json(self, request: Request) -> Response:
        """List mails, newest first; `?to=` and `?subject=` narrow by part of the text, `?newest=` by
        number.
        """
        to, subject = (request.query_params.get(name, "").casefold() for name in ("to", "subject"))
        found = (
            message.as_json()
            for message in self._mailbox.newest_first()
            if to in " ".join(message.recipients).casefold() and subject in message.subject.casefold()
        )
        newest = request.query_params.get("newest", "")
        return JSONResponse(list(islice(found, int(newest) if newest.isdecimal() else None)))

    async def clear_json(self, request: Request) -> Response:
        """Forget all mails."""
        return JSONResponse({"deleted": self._mailbox.clear()})

    async def one_json(self, request: Request) -> Response:
        """Give one mail."""
        return JSONResponse(self._found(request).as_json())

    async def system(self, request: Request) -> Response:
        """Play another system of the operator's that is told something: take it, and thank for it."""
        said = await request.json()
        return JSONResponse({"taken": said.get("type"), "booking": said.get("booking")})

    async def faults(self, request: Request) -> Response:
        """Tell, or set, how many of the next mails are put off: `{"refuse": 3}`."""
        if request.method == "POST":
            wanted = (await request.json()).get("refuse")
            if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 0:
                raise HTTPException(422, "refuse must be a whole number, 0 or more.")
            self._office.refuse_next = wanted
        return JSONResponse({"refuse": self._office.refuse_next})

    def _found(self, request: Request) -> Message:
        message = self._mailbox.find(request.path_params["id"])
        if message is None:
            raise HTTPException(404, "There is no such mail.")
        return message


def make_app(viewer: Viewer) -> Starlette:
    """Return the application that answers for this viewer."""
    return Starlette(
        routes=[
            Route("/", viewer.inbox),
            Route("/empty", viewer.empty, methods=["POST"]),
            Route("/messages/{id}", viewer.one),
            Route("/messages/{id}/html", viewer.html_part),
            Route("/messages/{id}/raw", viewer.raw),
            Route("/messages/{id}/bounce", viewer.bounce, methods=["POST"]),
            Route("/messages/{id}/parts/{number:int}", viewer.attachment),
            Route("/api/messages", viewer.list_json, methods=["GET"]),
            Route("/api/messages", viewer.clear_json, methods=["DELETE"]),
            Route("/api/messages/{id}", viewer.one_json),
            Route("/systems/{name}", viewer.system, methods=["POST"]),
            Route("/api/faults", viewer.faults, methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(PolicyMiddleware)],
    )


class PolicyMiddleware(BaseHTTPMiddleware):
    """Puts the page policy on every answer that has none of its own."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Answer, then add the headers."""
        response = await call_next(request)
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-cache"
        return response


def _page(name: str, **values: object) -> Response:
    return HTMLResponse(PAGES.get_template(name).render(**values))


def _for_frame(message: Message) -> str:
    """Return the mail's HTML with its own pictures made reachable and its links aimed at the whole window."""
    html = message.html
    for each in message.attachments:
        if each.content_id:
            html = html.replace(f"cid:{each.content_id}", f"/messages/{message.id}/parts/{each.number}")
    aim = '<base target="_top">'
    head = re.search(r"<head\b[^>]*>", html, re.IGNORECASE)
    return html[: head.end()] + aim + html[head.end() :] if head else aim + html


def _download(attachment: Attachment) -> dict[str, str]:
    if attachment.content_id and attachment.content_type in ("image/png", "image/jpeg", "image/gif"):
        return {}
    name = re.sub(r"[^\w.()-]+", "_", attachment.name, flags=re.ASCII)
    return {"Content-Disposition": f'attachment; filename="{name}"'}
