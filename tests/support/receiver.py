"""The operator's own system as webhooks see it: a real HTTP server in a process of its own, which answers as it is
told to by the path.

`python -m tests.support.receiver` listens on a free port and writes a line of JSON for its port, then one for each
request.
"""

import json
import queue
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Call:
    """One request: its path, headers by lower-case name, and raw body."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """The receiver as a test sees it: where it is, and what it has got so far."""

    port: int
    scheme: str
    calls: list[Call] = field(default_factory=list)
    news: "queue.Queue[Call]" = field(default_factory=queue.Queue)

    def url(self, path: str = "/ok") -> str:
        """Return an address of it."""
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def next(self, *, within_s: float = 10) -> Call:
        """Wait for the next request that no test has asked about yet."""
        return self.news.get(timeout=within_s)


@contextmanager
def receiving(*, certificate: Path | None = None) -> Iterator[Receiver]:
    """Start a receiver and end it; with a certificate (key and certificate in one file) it speaks https."""
    command = [sys.executable, "-m", "tests.support.receiver", *([str(certificate)] if certificate else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())
        receiver = Receiver(port=started["port"], scheme="https" if certificate else "http")
        lines = process.stdout

        def listen() -> None:
            for line in lines:
                call = Call(**json.loads(line))
                receiver.calls.append(call)
                receiver.news.put(call)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            process.terminate()
            process.wait(10)
            thread.join(10)


class _Answers(BaseHTTPRequestHandler):
    """Answers by path: /ok, /500, /redirect, /slow, /drip, /close, /long, /garbage."""

    server: "_Server"

    def do_POST(self) -> None:
        """Note the request, then answer."""
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        print(json.dumps({"path": self.path, "headers": headers, "body": body}), flush=True)
        answer = getattr(self, f"_{self.path.strip('/').partition('?')[0]}", self._ok)
        answer()

    def _ok(self) -> None:
        self._say(200, b"thank you")

    def _500(self) -> None:
        self._say(500, b"our database is away")

    def _redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/ok")
        self.end_headers()

    def _slow(self) -> None:
        time.sleep(30)

    def _drip(self) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
            self.wfile.write(bytes([letter]))
            self.wfile.flush()
            time.sleep(0.1)

    def _close(self) -> None:
        self.connection.close()
        self.close_connection = True

    def _long(self) -> None:
        self._say(200, b"x" * 100_000)

    def _garbage(self) -> None:
        self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")

    def _say(self, status: int, text: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """End the connection; the other side may have hung up before."""
        try:
            super().finish()
        except OSError:
            return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers that hung up."""


def main() -> None:
    """Listen until killed."""
    server = _Server(("127.0.0.1", 0), _Answers)
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
