"""Carries one message to an address that an operator chose, from inside our network, and trusts nothing on the way.

The name is resolved here, every number it leads to must be public, and the connection goes to a number that was
checked: the name is not asked again, so it cannot lead elsewhere in between. No redirect is followed, no proxy of the
environment is used, the whole call has one deadline, and of the answer no more than the beginning is read. Whether
and when to try again is not decided here.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from fareledger.domain.errors import Refused
from fareledger.domain.outgoing import sign
from fareledger.usecases.deliver_webhooks import LONGEST_EXCERPT, Answered, Outgoing
from fareledger.usecases.outgoing_address import Target, check_number, parse_target

TIMEOUT_S: Final = 10.0
_CONNECT_S: Final = 5.0


def post_webhook(outgoing: Outgoing, *, timeout_s: float = TIMEOUT_S) -> Answered:
    """Make one call and say what came back; raises nothing that the other side can cause."""
    began = time.monotonic()
    status: int | None = None
    excerpt = problem = ""
    try:
        target = parse_target(outgoing.url, loopback=settings.ENVIRONMENT.webhooks_to_loopback)
        status, excerpt = _call(target, outgoing=outgoing, deadline=began + timeout_s)
    except Refused as refusal:
        problem = refusal.message
    except (OSError, http.client.HTTPException, UnicodeError) as trouble:
        problem = _in_words(trouble, late=time.monotonic() - began >= timeout_s, timeout_s=timeout_s)
    if status is not None and 300 <= status < 400:
        problem = "The answer leads to another address; redirects are not followed."
    took_ms = round((time.monotonic() - began) * 1000)
    return Answered(status=status, excerpt=excerpt, problem=problem, took_ms=took_ms)


def _call(target: Target, *, outgoing: Outgoing, deadline: float) -> tuple[int, str]:
    with _connected(target, deadline=deadline) as plain, _hung_up_at(deadline, line=plain):
        line = _encrypted(plain, target=target) if target.secure else plain
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = line
        try:
            return _talk(connection, target=target, outgoing=outgoing)
        finally:
            connection.close()


def _talk(connection: http.client.HTTPConnection, *, target: Target, outgoing: Outgoing) -> tuple[int, str]:
    body = outgoing.body.encode()
    # The real clock, whatever the demo's says: the other side compares with its own.
    signature = sign(body, secrets=outgoing.secrets, timestamp_s=int(time.time()))
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    for name, value in (
        ("Host", target.host_header),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("User-Agent", "fareledger-webhooks/1"),
        ("Fareledger-Event", outgoing.event),
        ("Fareledger-Id", str(outgoing.message_id)),
        ("Fareledger-Delivery", str(outgoing.delivery_id)),
        ("Fareledger-Signature", signature),
        ("Connection", "close"),
    ):
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    excerpt = b""
    # The status is the answer; a text that breaks off takes nothing from it.
    with contextlib.suppress(OSError, http.client.HTTPException):
        excerpt = response.read(LONGEST_EXCERPT)
    return response.status, excerpt.decode("utf-8", "replace")


@contextlib.contextmanager
def _connected(target: Target, *, deadline: float) -> Iterator[socket.socket]:
    """Connect to the first number that answers, after all of them were checked."""
    trouble: OSError = OSError("The name leads nowhere.")
    for number in _numbers(target):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        try:
            line = socket.create_connection((number, target.port), timeout=min(left_s, _CONNECT_S))
        except OSError as failure:
            trouble = failure
            continue
        with line:
            line.settimeout(max(0.1, deadline - time.monotonic()))
            yield line
        return
    raise trouble


def _numbers(target: Target) -> list[str]:
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(address[0]) for *_, address in found))
    for number in numbers:
        check_number(number, loopback=settings.ENVIRONMENT.webhooks_to_loopback)
    return numbers


@contextlib.contextmanager
def _hung_up_at(deadline: float, *, line: socket.socket) -> Iterator[None]:
    """End the line at the deadline: a peer that sends one byte now and then never runs into a timeout of its own."""

    def hang_up() -> None:
        with contextlib.suppress(OSError):
            socket.socket(fileno=duplicate.detach()).shutdown(socket.SHUT_RDWR)

    duplicate = line.dup()
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        duplicate.close()


def _encrypted(line: socket.socket, *, target: Target) -> ssl.SSLSocket:
    """Encrypt the line; the certificate must be good for the name, whatever number it led to."""
    return ssl.create_default_context().wrap_socket(line, server_hostname=target.host)


def _in_words(trouble: Exception, *, late: bool, timeout_s: float) -> str:
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return f"The certificate is not good: {trouble.verify_message}."
    if isinstance(trouble, TimeoutError) or late:
        return f"No whole answer within {timeout_s:g} seconds."
    if isinstance(trouble, socket.gaierror):
        return "The name of the host is not known."
    if isinstance(trouble, ConnectionRefusedError):
        return "The connection was refused."
    if isinstance(trouble, ConnectionError | http.client.RemoteDisconnected | http.client.IncompleteRead):
        return "The connection was closed before an answer."
    if isinstance(trouble, ssl.SSLError):
        return f"No encrypted connection came about: {trouble.reason or 'unknown reason'}."
    if isinstance(trouble, http.client.HTTPException):
        return "The answer is not HTTP."
    return "The host could not be reached."
