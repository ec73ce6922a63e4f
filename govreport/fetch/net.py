"""One request on the wire: addresses checked, time and size limited, broken answers told from whole ones.

This module imports httpx, so it is itself imported only when a page is asked for.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from types import TracebackType
from typing import NamedTuple

import httpcore
import httpx

from govreport.errors import FetchError
from govreport.fetch.answers import PACKED, PLAIN, unpacked
from govreport.fetch.settings import FetchSettings

_ERROR_BODY = 65_536
# Answers of the name service that another try will not change; not every system has the second one.
_NO_SUCH_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits


class ConnectError(FetchError):
    """No connection to the server."""


class TransferError(FetchError):
    """The connection broke, fell silent, or the answer ended before it was whole."""


class Answer(NamedTuple):
    """Status, headers and unpacked body of one answer. The body of a redirect is not read."""

    status: int
    headers: httpx.Headers
    content: bytes


class Deadline:
    """The moment a call must be done."""

    def __init__(self, seconds: float, url: str) -> None:
        self.seconds, self.url = seconds, url
        self.at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left.

        Raises:
            FetchError: none are left.
        """
        left = self.at - time.monotonic()
        if left <= 0:
            raise self.over()
        return left

    def over(self, why: str = "") -> FetchError:
        """The error that says so."""
        return FetchError(
            f"{self.url} was not fetched within {self.seconds:g} seconds{why}; try later, "
            "or raise FetchSettings.total_seconds"
        )


class Client:
    """Requests of one call of ``fetch_page``: they share connections, cookies and a deadline."""

    def __init__(self, settings: FetchSettings, deadline: Deadline) -> None:
        self._settings = settings
        backend = _Backend(settings, deadline)
        self._pool = httpcore.ConnectionPool(ssl_context=_tls(), network_backend=backend)
        headers = {
            "User-Agent": settings.agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
            # Only what is unpacked below: httpx takes a cut-off gzip stream for a whole one.
            "Accept-Encoding": "gzip",
        }
        timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
        self._client = httpx.Client(
            transport=_Transport(self._pool), headers=headers, timeout=timeout, follow_redirects=False, trust_env=False
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(self, url: str, max_bytes: int, *, cut: bool = False) -> Answer:
        """One request, no redirects and no retries.

        Args:
            url: an http or https address.
            max_bytes: a longer body is an error, or cut there if ``cut`` is true.
            cut: see above. The body of an error status is always cut.

        Raises:
            ConnectError: no connection.
            TransferError: the answer did not come, or not to its end.
            FetchError: refused address, certificate trouble, too large, or over time.
        """
        try:
            response = self._client.send(self._client.build_request("GET", url), stream=True)
            try:
                return self._read(response, url, max_bytes, cut)
            finally:
                response.close()
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise _connect_error(url, error) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.RemoteProtocolError, zlib.error) as error:
            raise TransferError(
                f"{url}: the answer did not arrive whole ({_cause(error)}); nothing of it is used, try again later"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
            raise FetchError(f"{url}: the request or its answer is not valid HTTP ({_cause(error)})") from error

    def _read(self, response: httpx.Response, url: str, max_bytes: int, cut: bool) -> Answer:
        status, headers = response.status_code, response.headers
        if 300 <= status < 400:
            return Answer(status, headers, b"")
        if status >= 400:
            max_bytes, cut = min(max_bytes, _ERROR_BODY), True
        content = bytearray()
        if not cut and headers.get("content-length", "").isdecimal() and int(headers["content-length"]) > max_bytes:
            raise _too_large(url, max_bytes, f"{int(headers['content-length']):,} bytes announced")
        for part in _unpack(response.iter_raw(), headers.get("content-encoding", ""), url):
            content += part
            if len(content) > max_bytes:
                if not cut:
                    raise _too_large(url, max_bytes, "stopped there")
                break
        return Answer(status, headers, bytes(content[:max_bytes]))


def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Addresses of a host, in the order to try them.

    Raises:
        OSError: the name cannot be resolved.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(entry[4][0]), int(entry[4][1])) for entry in found))


def is_public(address: str) -> bool:
    """Is this a unicast address of the public internet? An IPv4 address inside an IPv6 one counts as itself.

    >>> is_public("219.142.101.1"), is_public("192.168.1.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def own_machine(url: str) -> tuple[str, int] | None:
    """Host and port of an address that plainly names this machine, such as a local server of the user's own.

    Whoever types it means it; a redirect, or a name that merely stands for such an address, is not covered.

    >>> own_machine("http://127.0.0.1:8000/a.html"), own_machine("http://example.org/"), own_machine("http://10.0.0.8/")
    (('127.0.0.1', 8000), None, None)
    """
    parts = httpx.URL(url)
    if parts.host != "localhost" and parts.host != "::1" and not parts.host.startswith("127."):
        return None
    return parts.host, parts.port or (443 if parts.scheme == "https" else 80)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, so that a name cannot change its address after the check."""

    def __init__(self, settings: FetchSettings, deadline: Deadline) -> None:
        self._private, self._deadline = settings.allow_private, deadline
        self._own = own_machine(deadline.url)
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address, number in self._checked(host, port)[:4]:
            try:
                stream = self._inner.connect_tcp(
                    address, number, _least(timeout, self._deadline.left()), local_address, socket_options
                )
                return _Stream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def _checked(self, host: str, port: int) -> list[tuple[str, int]]:
        try:
            found = resolve(host, port)
        except (OSError, UnicodeError) as error:
            if getattr(error, "errno", None) in _NO_SUCH_NAME:
                raise FetchError(f"no host of the internet is called {host} ({error}); check the address") from error
            raise httpcore.ConnectError(f"the name {host} cannot be resolved: {error}") from error
        closed = [address for address, _ in found if not is_public(address)]
        if closed and not self._private and (host, port) != self._own:
            raise FetchError(
                f"{host} stands for {closed[0]}, which is not on the public internet, and was not asked; set "
                "FetchSettings(allow_private=True) if it is meant (some proxy programs give every name such an address)"
            )
        return found


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline: a server cannot hold us with a byte now and then."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline.left()
        try:
            return self._inner.read(max_bytes, _least(timeout, left))
        except httpcore.ReadTimeout:
            self._deadline.left()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _least(timeout, self._deadline.left()))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _least(timeout, self._deadline.left())
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _Transport(httpx.BaseTransport):
    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        answer = self._pool.handle_request(
            httpcore.Request(request.method, target, headers=request.headers.raw, extensions=request.extensions)
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _unpack(raw: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """The body without its packing, in parts of bounded size."""
    encoding = encoding.strip().lower()
    if encoding not in (*PLAIN, *PACKED):
        raise FetchError(f"{url}: the server packed the page as {encoding!r}, though only gzip was offered")
    try:
        yield from raw if encoding in PLAIN else unpacked(raw)
    except EOFError as error:
        raise TransferError(
            f"{url}: the gzip stream ends before its end; nothing of it is used, try again later"
        ) from error


def _connect_error(url: str, error: Exception) -> FetchError:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return FetchError(
            f"{url}: the certificate of the server is not valid ({cause.verify_message}), so nothing shows that the "
            "page comes from it; certificates are always checked. Save the page with a browser, or give the site's "
            "certificate authority in the variable SSL_CERT_FILE"
        )
    if isinstance(cause, ssl.SSLError):
        return FetchError(
            f"{url}: no secure connection could be agreed on ({_cause(cause)}); the server may speak only an outdated "
            "version of TLS, or none on this port. Save the page with a browser, or try the http address"
        )
    return ConnectError(f"{url}: no connection ({_cause(error)}); check the address, or try again later")


def _cause(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__


def _too_large(url: str, max_bytes: int, found: str) -> FetchError:
    return FetchError(
        f"{url}: the page is larger than {max_bytes:,} bytes ({found}); raise FetchSettings.max_bytes if it is meant"
    )


def _least(timeout: float | None, left: float) -> float:
    return left if timeout is None else min(timeout, left)
