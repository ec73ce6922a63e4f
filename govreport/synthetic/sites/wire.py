"""Just enough HTTP on asyncio to answer well, slowly, wrongly or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl

HTML = "text/html; charset=utf-8"
# One date for all answers, so that the same seed gives the same bytes.
_DATE = "Mon, 01 Jul 2024 00:00:00 GMT"
_MAX_FORM = 1_000_000
_TLS = b"\x16"  # the first byte of a client that speaks TLS
_PIECE = 65_536
_LOOK = 0.02  # seconds between two looks whether the client has gone
_NO_BODY = (204, 304)
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends a reset

Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A request as it came. ``turn`` counts earlier requests of the same method and address, from 0."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    turn: int = 0

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.target.partition("?")[0]

    @property
    def fields(self) -> dict[str, str]:
        """Fields of the query and of a posted form together."""
        query = parse_qsl(self.target.partition("?")[2], keep_blank_values=True)
        return dict(query) | dict(parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer is sent.

    Attributes:
        delay: seconds of silence before it.
        pieces: number of pieces the body is sent in, with ``drip`` seconds between two.
        announced: Content-Length to announce; None for the true one, -1 for none.
        sent: bytes of the body that are sent before the connection is closed; None for all.
        reset: "before" or "inside" the answer the connection is reset.
        chunked: send the body in chunks. ``sent`` leaves out the last chunk as well.
        http10: answer as HTTP/1.0 without a length.
        damaged: the body itself is broken, though HTTP delivers it whole.
        times: how often the body is repeated, for large bodies that need no memory.
    """

    delay: float = 0.0
    pieces: int = 1
    drip: float = 0.0
    announced: int | None = None
    sent: int | None = None
    reset: Literal["", "before", "inside"] = ""
    chunked: bool = False
    http10: bool = False
    damaged: bool = False
    times: int = 1

    @property
    def whole(self) -> bool:
        """Whether the answer reaches a patient client as it was meant."""
        return self.sent is None and not self.reset and not self.damaged and self.announced in (None, -1)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: body, status, further headers, type of the content, and how it is sent."""

    body: bytes = b""
    status: int = 200
    headers: Headers = ()
    kind: str = HTML
    manner: Manner = Manner()


Answer = Callable[[Request], tuple[Reply, Callable[[], None]]]
"""Gives the reply to a request, and what to call when it is sent."""


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    """Answer the requests of one connection until either side closes it."""
    # asyncio leaves this to us for sockets it did not make; without it each answer waits for an acknowledgement
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while (request := await _read(reader)) is not None:
            reply, done = answer(request)
            try:
                keep = await _send(reader, writer, request, reply, done)
            finally:
                done()
            if not keep:
                break
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # the client has gone, or does not speak HTTP
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request, None if what comes is none."""
    opening = await reader.readexactly(1)
    if opening == _TLS:
        return None
    head = (opening + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return None
    headers: dict[str, str] = {":version": words[2]}
    for name, _, value in (line.partition(":") for line in lines):
        key = name.strip().lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _MAX_FORM or "transfer-encoding" in headers:
        return None
    return Request(words[0], words[1], headers, await reader.readexactly(int(length)))


async def _send(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request: Request,
    reply: Reply,
    done: Callable[[], None],
) -> bool:
    """Send an answer; gives whether the connection may go on."""
    manner = reply.manner
    await _pause(reader, writer, manner.delay)
    if manner.reset == "before":
        return _reset(writer)
    keep = _keeps(request, manner)
    writer.write(_head(reply, keep))
    if request.method != "HEAD" and reply.status not in _NO_BODY:
        await _send_body(reader, writer, reply, done)
        if manner.reset:
            await asyncio.sleep(_LOOK)  # what was sent arrives before the reset
            return _reset(writer)
    done()
    await writer.drain()
    return keep


def _keeps(request: Request, manner: Manner) -> bool:
    asked = request.headers.get("connection", "").lower()
    endless = manner.http10 or (manner.announced is not None and not manner.chunked)
    return request.headers[":version"] != "HTTP/1.0" and asked != "close" and not endless and manner.whole


def _head(reply: Reply, keep: bool) -> bytes:
    manner = reply.manner
    known = {name.lower() for name, _ in reply.headers}
    headers = [("Date", _DATE)] if "date" not in known else []
    headers += [("Server", "sample")]
    if reply.status not in _NO_BODY:
        headers += [("Content-Type", reply.kind)]
        if manner.chunked:
            headers += [("Transfer-Encoding", "chunked")]
        elif manner.announced != -1 and not manner.http10:
            length = len(reply.body) * manner.times if manner.announced is None else manner.announced
            headers += [("Content-Length", str(length))]
    headers += [*reply.headers, ("Connection", "keep-alive" if keep else "close")]
    status = f"HTTP/1.{0 if manner.http10 else 1} {reply.status} {HTTPStatus(reply.status).phrase}"
    return "\r\n".join([status, *(f"{name}: {value}" for name, value in headers), "", ""]).encode("latin-1")


async def _send_body(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: Reply, done: Callable[[], None]
) -> None:
    manner = reply.manner
    left = len(reply.body) * manner.times if manner.sent is None else manner.sent
    size = max(1, min(_PIECE, -(-len(reply.body) // manner.pieces)))
    for _ in range(manner.times):
        for at in range(0, len(reply.body), size):
            piece = reply.body[at : at + min(size, left)]
            if not piece:
                return
            left -= len(piece)
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if manner.chunked else piece)
            if left == 0 and not manner.chunked:
                done()  # before the client can know that it has all, and ask for the next page
            await writer.drain()
            await _pause(reader, writer, manner.drip)
    if manner.chunked and manner.sent is None:
        writer.write(b"0\r\n\r\n")


async def _pause(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Wait; raises ConnectionError as soon as the client has gone."""
    while seconds > 0:
        await asyncio.sleep(min(seconds, _LOOK))
        seconds -= _LOOK
        if reader.at_eof() or writer.is_closing():
            raise ConnectionAbortedError("the client has gone")


def _reset(writer: asyncio.StreamWriter) -> bool:
    own = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()
    return False
