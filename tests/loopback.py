"""A small web site on 127.0.0.1 for tests: answers by path, and a log of what was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass(frozen=True)
class Reply:
    """One answer.

    Attributes:
        length: Content-Length to announce; None announces the true one, -1 none (the body ends with the connection).
        delay: seconds of silence before the answer.
        drip: seconds between two bytes of the body.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    delay: float = 0.0
    drip: float = 0.0


class Site:
    """A site that runs while its ``with`` block does.

    ``pages`` maps a path to a reply, or to several that are given in turn, the last again and again. Other paths are
    404, robots.txt among them. ``asked`` holds (path, request headers) of every request in order.
    """

    def __init__(self, pages: Mapping[str, Reply | Sequence[Reply]] | None = None) -> None:
        self.pages = dict(pages or {})
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def count(self, path: str) -> int:
        with self._lock:
            return sum(asked == path for asked, _ in self.asked)

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _reply(self, path: str, headers: dict[str, str]) -> Reply:
        with self._lock:
            turn = sum(asked == path for asked, _ in self.asked)
            self.asked.append((path, headers))
            found = self.pages.get(path, Reply(b"no such page here", 404))
        return found if isinstance(found, Reply) else found[min(turn, len(found) - 1)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                reply = site._reply(self.path, {k.lower(): v for k, v in self.headers.items()})
                try:
                    time.sleep(reply.delay)
                    self.send_response(reply.status)
                    headers = {"Content-Type": "text/html", **reply.headers}
                    if reply.length != -1:
                        headers["Content-Length"] = str(len(reply.body) if reply.length is None else reply.length)
                    if reply.length is not None:
                        headers["Connection"] = "close"
                        self.close_connection = True
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self._send(reply)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client has had enough, as some tests want

            def _send(self, reply: Reply) -> None:
                if not reply.drip:
                    self.wfile.write(reply.body)
                    return
                for number in range(len(reply.body)):
                    self.wfile.write(reply.body[number : number + 1])
                    self.wfile.flush()
                    time.sleep(reply.drip)

            def log_message(self, *message: object) -> None:
                del message  # the log is Site.asked

        return Handler
