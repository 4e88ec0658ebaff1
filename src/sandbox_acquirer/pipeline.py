"""The way of one API request: who is it, what fault is due, which key, do it once, answer.

Handlers get a `Call` and return an `Answer`; they see neither HTTP nor threads.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sandbox_acquirer import faults, idempotency
from sandbox_acquirer.errors import Answer, ApiError, InvalidRequest, Unauthorised, failure_answer
from sandbox_acquirer.faults import Fault
from sandbox_acquirer.fields import parse_body
from sandbox_acquirer.merchants import Merchant, by_secret_key
from sandbox_acquirer.sandbox import Sandbox
from sandbox_acquirer.work import Work

LOG = logging.getLogger("sandbox_acquirer")
# The bulk history is the largest body there is.
MOST_BYTES = 16 * 1024 * 1024
DROP_CONNECTION = "sandbox_acquirer.drop_connection"

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Call:
    """One authenticated request."""

    sandbox: Sandbox
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: dict[str, object]
    merchant: Merchant | None = None

    @property
    def merchant_id(self) -> str:
        """The id of the merchant that calls."""
        if self.merchant is None:
            raise Unauthorised("api_key_invalid", message="The secret key is missing or unknown.")
        return self.merchant.id


Reader = Callable[[Call], Answer]
Writer = Callable[[Work, Call], Answer]


class AnswerDropped(Exception):
    """The work is done and the answer shall get lost on the way back."""


async def read_body(request: Request) -> bytes:
    """Return the body.

    Raises InvalidRequest (413) as soon as it is larger than any request needs.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            raise InvalidRequest("body_too_large", message="The body is too large.", status=413)
        chunks.append(chunk)
    return b"".join(chunks)


def respond(answer: Answer, *, fault: Fault | None = None) -> Response:
    """Turn an answer into a response.

    Raises AnswerDropped when it shall get lost.
    """
    if fault is not None and fault.kind == "drop_answer":
        raise AnswerDropped
    headers = {"Cache-Control": "no-store", **answer.headers}
    return Response(answer.text(), status_code=answer.status, headers=headers, media_type="application/json")


def merchant_reads(place: str, *, handler: Reader) -> Endpoint:
    """Make an endpoint for a merchant that changes nothing."""

    def perform(request: Request, raw: bytes, /) -> Response:
        sandbox = sandbox_of(request)
        call = _merchant_call(request, raw=raw)
        fault = faults.take_for_request(sandbox.storage, place=place)
        faults.wait(fault, stopping=sandbox.stopping)
        answer = faults.error_before(fault) or handler(call)
        if fault is not None and fault.kind == "error_after_success":
            answer = failure_answer()
        return respond(answer, fault=fault)

    return threaded(perform)


def merchant_writes(place: str, *, handler: Writer) -> Endpoint:
    """Make an endpoint for a merchant whose effect happens once per idempotency key."""

    def perform(request: Request, raw: bytes, /) -> Response:
        call = _merchant_call(request, raw=raw)
        fault = faults.take_for_request(call.sandbox.storage, place=place)
        early = faults.error_before(fault)
        if early is not None:
            return respond(early)
        key = request.headers.get("Idempotency-Key")
        if key is None:
            faults.wait(fault, stopping=call.sandbox.stopping)
            with call.sandbox.work() as work:
                answer = handler(work, call)
            answer = failure_answer() if _fails_after(fault) else answer
            return respond(answer, fault=fault)
        asked = idempotency.identify(call.merchant_id, key=key, path=request.url.path, body=call.body)
        with call.sandbox.running.hold(asked):
            faults.wait(fault, stopping=call.sandbox.stopping)
            return respond(
                _once(call, handler=handler, asked=asked, fails_after=_fails_after(fault)), fault=fault
            )

    return threaded(perform)


def admin_reads(handler: Reader) -> Endpoint:
    """Make an endpoint for an admin; it opens its own transactions when it needs one."""

    def perform(request: Request, raw: bytes, /) -> Response:
        sandbox = sandbox_of(request)
        # Compared as bytes: a header may hold letters that the text comparison refuses.
        if not hmac.compare_digest(_bearer(request).encode(), sandbox.admin_key.encode()):
            raise Unauthorised("admin_key_invalid", message="The admin key is missing or wrong.")
        return respond(handler(Call(sandbox, request.path_params, request.query_params, parse_body(raw))))

    return threaded(perform)


def admin_writes(handler: Writer) -> Endpoint:
    """Make an endpoint for an admin that does its work in one transaction."""

    def in_transaction(call: Call) -> Answer:
        with call.sandbox.work() as work:
            return handler(work, call)

    return admin_reads(in_transaction)


def threaded(perform: Callable[[Request, bytes], Response]) -> Endpoint:
    """Read the body, perform in a worker thread and turn errors into answers."""

    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(perform, request, await read_body(request))
        except ClientDisconnect:
            return Response()
        except AnswerDropped:
            request.scope["extensions"][DROP_CONNECTION]()
            # The server notices that the connection is closed; what is returned goes nowhere.
            await asyncio.sleep(0)
            return Response()
        except ApiError as error:
            return respond(error.answer())
        except Exception:
            LOG.exception("request failed: %s %s", request.method, request.url.path)
            return respond(failure_answer())

    return endpoint


def sandbox_of(request: Request) -> Sandbox:
    """Return the sandbox this request is served by."""
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


def _once(call: Call, *, handler: Writer, asked: idempotency.Request, fails_after: bool) -> Answer:
    with call.sandbox.work() as work:
        saved = idempotency.recall(work, request=asked)
        if saved is not None:
            return saved
        work.tx.execute("SAVEPOINT effect")
        try:
            answer = handler(work, call)
        except ApiError as error:
            work.tx.execute("ROLLBACK TO effect")
            if not error.saved:
                raise
            answer = error.answer()
        if fails_after:
            answer = failure_answer()
        idempotency.remember(work, request=asked, answer=answer)
        return answer


def _fails_after(fault: Fault | None) -> bool:
    return fault is not None and fault.kind == "error_after_success"


def _merchant_call(request: Request, *, raw: bytes) -> Call:
    sandbox = sandbox_of(request)
    merchant = by_secret_key(sandbox.storage.reader(), secret_key=_bearer(request))
    return Call(sandbox, request.path_params, request.query_params, parse_body(raw), merchant)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
