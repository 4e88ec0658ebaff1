"""Our pages on a port of this process, for tests that look at them in Chromium without starting a whole demo."""

import socketserver
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """A thread for each request: Chromium opens connections that it does not use at once."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve until the end of the block; give the base URL."""
    django = get_wsgi_application()

    def application(environ: dict[str, Any], start_response: Any, /) -> Iterable[bytes]:
        try:
            answer = django(environ, start_response)
            return [b"".join(answer)]
        finally:
            connections.close_all()

    with make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
