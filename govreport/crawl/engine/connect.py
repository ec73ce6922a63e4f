"""Connections to addresses that were checked, with certificates that were checked."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, cast

from OpenSSL import SSL
from service_identity.exceptions import VerificationError
from twisted.internet import threads
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.ssl import Certificate, CertificateOptions, optionsForClientTLS, trustRootFromCertificates
from twisted.python.failure import Failure
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer  # type: ignore[import-untyped]

from govreport.crawl.guard import Guard, is_unverified
from govreport.crawl.judge import NoAnswerError
from govreport.crawl.settings import CrawlSettings
from govreport.fetch.net import resolve

# Answers of the name service that another try will not change; not every system has the second one.
_NO_SUCH_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
SECURE_ERRORS = (VerificationError, SSL.Error, ssl.SSLError)
_MOST_ADDRESSES = 4
_PEM_END = "-----END CERTIFICATE-----"


@implementer(IAgentEndpointFactory)
class Endpoints:
    """Gives the endpoint for an address, and remembers the connection to each (host, port), its peer, and its end.

    Args:
        guard: judges the numeric addresses.
        settings: time limit, hosts whose certificates are not checked.
    """

    def __init__(self, guard: Guard, settings: CrawlSettings) -> None:
        self.guard, self.settings = guard, settings
        self.live: dict[tuple[str, int], Any] = {}
        self.peers: dict[tuple[str, int], str] = {}
        self.lost: dict[tuple[str, int], Failure] = {}
        self._trust: Any = None

    def endpointForURI(self, uri: URI) -> Any:  # noqa: N802  the name that Twisted asks for, as those below
        """The endpoint for an address (Twisted's interface)."""
        host = uri.host.decode("ascii")
        plain: Any = _Checked(self, host, uri.port)
        if uri.scheme != b"https":
            return plain
        if is_unverified(host, self.settings.unverified_hosts):
            return wrapClientTLS(cast(Any, _Unverified(host)), plain)
        if self._trust is None:
            self._trust = _trusted()
        return wrapClientTLS(optionsForClientTLS(host, trustRoot=self._trust), plain)


@implementer(IStreamClientEndpoint)
class _Checked:
    """Resolves a name, refuses if any of its addresses is closed, and connects to one of those that were checked."""

    def __init__(self, endpoints: Endpoints, host: str, port: int) -> None:
        self._endpoints, self._host, self._port = endpoints, host, port

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        made: Coroutine[Any, Any, Any] = self._connect(factory)
        return Deferred.fromCoroutine(made)

    async def _connect(self, factory: IProtocolFactory) -> Any:
        failure = _no_connection(f"{self._host} has no address")
        for address, port in (await self._addresses())[:_MOST_ADDRESSES]:
            kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
            try:
                protocol = await kind(loop(), address, port, self._endpoints.settings.connect_seconds).connect(factory)
            except ConnectError as error:
                failure = error
            else:
                self._watch(protocol, address)
                return protocol
        raise failure

    async def _addresses(self) -> list[tuple[str, int]]:
        try:
            found: list[tuple[str, int]] = await threads.deferToThread(resolve, self._host, self._port)
        except (OSError, UnicodeError) as error:
            if getattr(error, "errno", None) in _NO_SUCH_NAME:
                raise NoAnswerError("name", f"no host of the internet is called {self._host}") from error
            raise _no_connection(f"the name {self._host} cannot be resolved: {error}") from error
        for address, _ in found:
            if self._endpoints.guard.closed(self._host, self._port, address):
                raise NoAnswerError("closed", f"not on the public internet: {self._host} stands for {address}")
        return found

    def _watch(self, protocol: Any, address: str) -> None:
        """Note how the connection ends: a body without a length may end with it, but not with a reset."""
        key, ends, told = (self._host, self._port), self._endpoints, protocol.connectionLost
        ends.lost.pop(key, None)
        ends.live[key], ends.peers[key] = protocol, address

        def ended(reason: Failure) -> None:
            ends.lost[key] = reason
            if ends.live.get(key) is protocol:
                del ends.live[key]
            told(reason)

        protocol.connectionLost = ended


@implementer(IOpenSSLClientConnectionCreator)
class _Unverified:
    """TLS without a look at the certificate, for hosts that the user has named."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._context = CertificateOptions(verify=False).getContext()

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:  # noqa: N802
        """TLS for a connection (Twisted's interface)."""
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(protocol)
        if not self._host.rpartition(".")[2].isdecimal() and ":" not in self._host:
            connection.set_tlsext_host_name(self._host.encode("ascii"))
        return connection


def loop() -> Any:
    """Twisted's reactor, which knows its own methods only when it runs."""
    from twisted.internet import reactor

    return reactor


def is_a(failure: Failure, kind: type[BaseException]) -> bool:
    """Is this the error that a failure carries?"""
    return isinstance(failure.value, kind)


def _no_connection(reason: str) -> ConnectError:
    return ConnectError(string=reason)  # type: ignore[no-untyped-call]


def _trusted() -> Any:
    """The certificate authorities that ``fetch_page`` trusts: SSL_CERT_FILE, or those of certifi."""
    import certifi

    path = os.environ.get("SSL_CERT_FILE") or certifi.where()
    text = Path(path).read_text(encoding="ascii", errors="ignore")
    blocks = [block + _PEM_END for block in text.split(_PEM_END) if "BEGIN CERTIFICATE" in block]
    return trustRootFromCertificates(  # type: ignore[no-untyped-call]
        [Certificate.loadPEM(block[block.index("-----BEGIN") :].encode()) for block in blocks]
    )


def secure_trouble(reasons: list[BaseException]) -> NoAnswerError | None:
    """What TLS said among the reasons of a failure, None if nothing."""
    for error in reasons:
        if isinstance(error, VerificationError):
            return NoAnswerError("certificate", "certificate: not for this host")
        if isinstance(error, SECURE_ERRORS):
            words = _words(error)
            if "certificate verify failed" in words:
                return NoAnswerError(
                    "certificate", "certificate: not valid (expired, self-made or of an unknown authority)"
                )
            if words and "unexpected eof" not in words.lower():
                return NoAnswerError("tls", f"no secure connection could be agreed on: {words}")
    return None


def _words(error: BaseException) -> str:
    told = error.args[0] if error.args else ""
    if isinstance(told, list):
        return "; ".join(str(entry[-1]) for entry in told if entry)
    return str(error)
