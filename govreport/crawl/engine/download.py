"""The download handler: one request on the wire, its answer whole and as received, or the trouble that came instead.

Scrapy's own handler does not check certificates by default, follows the environment's proxies, and cannot tell a body
that was reset from one that ended. This one is put together from Twisted's public parts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.error import ConnectError, ConnectionClosed, ConnectionDone
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import (
    Agent,
    HTTPConnectionPool,
    RequestGenerationFailed,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
)
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer
from zope.interface import implementer  # type: ignore[import-untyped]

from govreport.crawl.archive import Exchange
from govreport.crawl.engine.connect import SECURE_ERRORS, Endpoints, is_a, loop, secure_trouble
from govreport.crawl.guard import Target, target_of
from govreport.crawl.judge import NoAnswerError

if TYPE_CHECKING:
    from govreport.crawl.frontier import Task

_WRAPPED = (RequestGenerationFailed, RequestTransmissionFailed)
_IDLE_SECONDS = 30  # a connection that is not used for so long is closed


class Downloads:
    """Scrapy's handler for http and https. The spider brings guard and settings; ``request.meta["task"]`` the request.

    The answer is put into ``request.meta["exchange"]``.
    """

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._endpoints: Endpoints | None = None
        self._pool: HTTPConnectionPool | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Downloads:
        """As Scrapy makes it."""
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """The answer to a request.

        Raises:
            NoAnswerError: there is no whole answer.
        """
        task: Task = request.meta["task"]
        if self._endpoints is None:
            self._open()
        assert self._endpoints is not None
        target = target_of(task.url)
        refusal = self._endpoints.guard.refusal(task.url)
        if refusal or isinstance(target, str):  # the last look before the wire; the spider has judged it already
            raise NoAnswerError("closed", refusal)
        exchange = await _Fetch(self, request, task, target).run()
        request.meta["exchange"] = exchange
        return Response(task.url, status=exchange.code, body=exchange.body or b"", request=request)

    async def close(self) -> None:
        """Close what is open."""
        if self._pool is not None:
            self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]

    def _open(self) -> None:
        keeper = cast(Any, self._crawler.spider).keeper
        self._endpoints = Endpoints(keeper.guard, keeper.settings)
        self._pool = HTTPConnectionPool(loop(), persistent=True)  # type: ignore[no-untyped-call]
        self._pool.maxPersistentPerHost = 1
        self._pool.cachedConnectionTimeout = _IDLE_SECONDS
        # A second try is ours to make, after a pause, and counted.
        self._pool.retryAutomatically = False

    @property
    def endpoints(self) -> Endpoints:
        """Where connections come from."""
        assert self._endpoints is not None
        return self._endpoints

    @property
    def pool(self) -> HTTPConnectionPool:
        """Connections kept open."""
        assert self._pool is not None
        return self._pool


class _Fetch:
    """One request and its answer."""

    def __init__(self, downloads: Downloads, request: Request, task: Task, target: Target) -> None:
        self._downloads, self._request, self._task, self._target = downloads, request, task, target
        self._settings = downloads.endpoints.settings
        self._key = (target.host, target.port)
        self._late = False

    async def run(self) -> Exchange:
        begun = self._ask()
        timer = loop().callLater(self._settings.page_seconds, self._too_late, begun)
        try:
            return await maybe_deferred_to_future(begun)
        except (ConnectError, ConnectionClosed, CancelledError, ResponseFailed, *_WRAPPED, *SECURE_ERRORS) as error:
            raise self._trouble(error) from error
        finally:
            if timer.active():
                timer.cancel()

    def _ask(self) -> Deferred[Exchange]:
        agent: Any = Agent.usingEndpointFactory(  # type: ignore[no-untyped-call]
            loop(), self._downloads.endpoints, self._downloads.pool
        )
        headers = Headers(dict(self._request.headers.items()))
        producer = _Form(self._request.body) if self._request.body else None
        start = monotonic()
        asked = agent.request(self._task.method.encode(), self._task.url.encode("ascii"), headers, producer)

        def answered(response: Any) -> Any:
            self._request.meta["download_latency"] = monotonic() - start
            return self._body(response).addCallback(lambda body: self._exchange(response, body))

        return cast("Deferred[Exchange]", asked.addCallback(answered))

    def _body(self, response: Any) -> Deferred[bytes]:
        limit = self._settings.page_bytes
        if response.length != UNKNOWN_LENGTH and response.length > limit:
            self._abort()
            raise NoAnswerError("size", f"larger than {limit:,} bytes ({response.length:,} announced)")
        if response.length == 0:
            return succeed(b"")
        done: Deferred[bytes] = Deferred(lambda _: self._abort())
        response.deliverBody(_Body(done, limit, self._abort, self._ended))
        return done

    def _ended(self) -> bool:
        """Has the connection been closed in order? What TLS servers leave out is not held against them."""
        reason = self._downloads.endpoints.lost.get(self._key)
        return reason is None or self._target.scheme == "https" or is_a(reason, ConnectionDone)

    def _abort(self) -> None:
        protocol = self._downloads.endpoints.live.get(self._key)
        if protocol is not None and protocol.transport is not None:
            protocol.transport.abortConnection()

    def _exchange(self, response: Any, body: bytes) -> Exchange:
        peer = self._downloads.endpoints.peers.get(self._key, "")
        if peer and self._downloads.endpoints.guard.closed(*self._key, peer):
            raise NoAnswerError("closed", f"not on the public internet: {self._target.slot} answered from {peer}")
        phrase = response.phrase.decode("latin-1").strip()
        received = [(n, v) for n, values in response.headers.getAllRawHeaders() for v in values]
        if response.length != UNKNOWN_LENGTH:
            received.append((b"Content-Length", str(response.length).encode()))
        sent = [(name, value) for name, values in self._request.headers.items() for value in values]
        if self._request.body:
            sent.append((b"Content-Length", str(len(self._request.body)).encode()))
        host = self._target.origin.partition("://")[2]
        return Exchange(
            url=self._task.url,
            method=self._task.method,
            form=self._request.body,
            sent=(("Host", host), *((n.decode("latin-1"), v.decode("latin-1")) for n, v in sent)),
            status=f"{response.code:03} {phrase}".strip(),
            headers=tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in received),
            body=body,
            address=peer,
            when=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )

    def _too_late(self, begun: Deferred[Exchange]) -> None:
        self._late = True
        begun.cancel()

    def _trouble(self, error: Exception) -> NoAnswerError:
        if self._late:
            cause = "transfer" if self._key in self._downloads.endpoints.live else "connection"
            return NoAnswerError(cause, f"no whole answer within {self._settings.page_seconds:g} seconds")
        if isinstance(error, ConnectError):
            return NoAnswerError("connection", f"no connection: {error}")
        reasons = _reasons(error)
        secure = secure_trouble(reasons) if self._target.scheme == "https" else None
        if secure:
            return secure
        last = reasons[-1]
        return NoAnswerError("transfer", f"broken: {str(last).strip() or type(last).__name__}")


class _Body(Protocol):
    """Collects a body; fails if it is too large or not whole."""

    def __init__(self, done: Deferred[bytes], limit: int, abort: Any, ended: Any) -> None:
        self._done, self._limit, self._abort, self._ended = done, limit, abort, ended
        self._content = bytearray()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  the names that Twisted asks for
        if self._done.called:
            return
        self._content += data
        if len(self._content) > self._limit:
            self._content.clear()
            self._done.errback(NoAnswerError("size", f"larger than {self._limit:,} bytes (stopped there)"))
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        if self._done.called:
            return
        if is_a(reason, ResponseDone) or (is_a(reason, PotentialDataLoss) and self._ended()):
            self._done.callback(bytes(self._content))
        else:
            self._done.errback(NoAnswerError("transfer", "broken: the answer ended before it was whole"))


@implementer(IBodyProducer)
class _Form:
    """The body of a request."""

    def __init__(self, body: bytes) -> None:
        self._body, self.length = body, len(body)

    def startProducing(self, consumer: Any) -> Deferred[None]:  # noqa: N802
        consumer.write(self._body)
        return succeed(None)

    def pauseProducing(self) -> None:  # noqa: N802
        pass

    def stopProducing(self) -> None:  # noqa: N802
        pass


def _reasons(error: BaseException) -> list[BaseException]:
    """What stands behind an error of Twisted, outermost first."""
    made: list[BaseException] = []
    todo: list[BaseException] = [error]
    while todo and len(made) < 20:
        one = todo.pop(0)
        made.append(one)
        todo.extend(f.value for f in getattr(one, "reasons", []) if isinstance(f, Failure) and f.value is not None)
        if one.__cause__ is not None:
            todo.append(one.__cause__)
    return made
