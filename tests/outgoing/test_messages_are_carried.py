"""One call to another system: what is sent, what is kept of the answer, and where no call is made at all."""

import datetime
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from fareledger.faces.worker import webhook_post
from fareledger.faces.worker.webhook_post import post_webhook
from fareledger.usecases.deliver_webhooks import Answered, Outgoing
from tests.support.outgoing import loopback_allowed
from tests.support.processes import free_port
from tests.support.receiver import Receiver, receiving

SECRETS = ("whsec_new", "whsec_old")


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """The operator's system, in a process of its own."""
    with receiving() as started:
        yield started


def message(url: str) -> Outgoing:
    """A message on its way."""
    return Outgoing(
        delivery_id=uuid4(),
        message_id=uuid4(),
        url=url,
        secrets=SECRETS,
        body='{"booking":"TRV-1","data":{"café":"Ünïcode"}}',
        event="booking.changed",
    )


def posted(outgoing: Outgoing, *, timeout_s: float = 5) -> Answered:
    """Post where calling this machine is allowed."""
    with loopback_allowed():
        return post_webhook(outgoing, timeout_s=timeout_s)


def test_the_bytes_are_signed_with_both_secrets(receiver: Receiver) -> None:
    outgoing = message(receiver.url())
    answered = posted(outgoing)
    assert (answered.status, answered.excerpt, answered.problem) == (200, "thank you", "")
    assert answered.well
    call = receiver.next()
    assert call.body == outgoing.body
    assert json.loads(call.body)["data"] == {"café": "Ünïcode"}
    assert call.headers["fareledger-id"] == str(outgoing.message_id)
    assert call.headers["fareledger-delivery"] == str(outgoing.delivery_id)
    assert call.headers["fareledger-event"] == "booking.changed"
    assert call.headers["content-type"] == "application/json"
    assert call.headers["host"] == f"127.0.0.1:{receiver.port}"
    stamp, *signatures = call.headers["fareledger-signature"].split(",")
    assert abs(time.time() - int(stamp.removeprefix("t="))) < 5
    signed = stamp.removeprefix("t=").encode() + b"." + call.body.encode()
    assert signatures == [
        "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in SECRETS
    ]


def test_an_error_is_told_with_what_was_said(receiver: Receiver) -> None:
    answered = posted(message(receiver.url("/500")))
    assert (answered.status, answered.excerpt) == (500, "our database is away")
    assert not answered.well
    receiver.next()


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    answered = posted(message(receiver.url("/redirect")))
    assert answered.status == 302
    assert "redirects are not followed" in answered.problem
    assert not answered.well
    assert receiver.next().path == "/redirect"
    assert receiver.news.empty()


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_a_slow_answer_is_not_waited_for(receiver: Receiver, path: str) -> None:
    began = time.monotonic()
    answered = posted(message(receiver.url(path)), timeout_s=1)
    assert time.monotonic() - began < 4
    assert (answered.status, answered.problem) == (None, "No whole answer within 1 seconds.")
    receiver.next()


def test_a_connection_that_closes_is_told(receiver: Receiver) -> None:
    answered = posted(message(receiver.url("/close")))
    assert (answered.status, answered.problem) == (None, "The connection was closed before an answer.")
    receiver.next()


def test_an_answer_that_is_not_http_is_told(receiver: Receiver) -> None:
    answered = posted(message(receiver.url("/garbage")))
    assert (answered.status, answered.problem) == (None, "The answer is not HTTP.")
    receiver.next()


def test_no_more_than_the_beginning_of_an_answer_is_kept(receiver: Receiver) -> None:
    assert posted(message(receiver.url("/long"))).excerpt == "x" * 1024
    receiver.next()


def test_nobody_there_is_told() -> None:
    answered = posted(message(f"http://127.0.0.1:{free_port()}/"))
    assert (answered.status, answered.problem) == (None, "The connection was refused.")


def test_a_certificate_that_nobody_vouches_for_ends_the_call(tmp_path: Path) -> None:
    with receiving(certificate=a_certificate(tmp_path)) as secure:
        answered = posted(message(secure.url()))
        assert answered.status is None
        assert answered.problem.startswith("The certificate is not good: self")
        assert secure.calls == []


def a_certificate(folder: Path) -> Path:
    """Make a certificate for this machine that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "self-signed.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_this_machine_is_not_called_in_earnest(receiver: Receiver) -> None:
    for url in (
        receiver.url(),
        f"https://127.0.0.1:{receiver.port}/ok",
        f"https://localhost:{receiver.port}/",
    ):
        answered = post_webhook(message(url), timeout_s=2)
        assert answered.status is None
        assert answered.problem
    assert receiver.news.empty()


class Names:
    """A name service of one line: it tells another number each time it is asked."""

    def __init__(self, *numbers: str) -> None:
        self.numbers = list(numbers)
        self.asked = 0

    def __call__(self, host: str, port: int, /, **options: object) -> list[tuple[object, ...]]:
        """Answer as getaddrinfo does."""
        self.asked += 1
        number = self.numbers[min(self.asked, len(self.numbers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in number.split(" ")]


@pytest.mark.parametrize("number", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "93.184.216.34 192.168.0.7"])
def test_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(number))
    monkeypatch.setattr(socket, "create_connection", nobody_may)
    answered = post_webhook(message("https://hooks.example.com/"), timeout_s=2)
    assert (answered.status, answered.problem) == (None, "The address is not on the public internet.")


def nobody_may(*called: object, **options: object) -> None:
    """Stand where a call would be made."""
    raise AssertionError("a call was made")


def test_the_call_goes_to_the_number_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names("93.184.216.34", "127.0.0.1")
    called: list[object] = []

    def connect(address: object, *, timeout: float) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(socket, "create_connection", connect)
    answered = post_webhook(message("https://hooks.example.com/"), timeout_s=2)
    assert called == [("93.184.216.34", 443)]
    assert names.asked == 1
    assert answered.problem == "The connection was refused."


def test_a_name_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*asked: object, **options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert post_webhook(message("https://gone.example/")).problem == "The name of the host is not known."


def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert posted(message(receiver.url())).status == 200
    receiver.next()
    assert webhook_post.TIMEOUT_S == 10
