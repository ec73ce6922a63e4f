"""The web archive of a crawl: WARC 1.1 files (ISO 28500:2017), one gzip member a record, safe against a kill.

One exchange is two records, the response (or a revisit, where the same body is in the archive already) and the
request. Both are written by one call and flushed to the disk before anything else is noted down. Whatever a kill
leaves behind the last exchange that was noted is either whole, and taken over, or torn, and cut off.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from govreport.errors import GovreportError, UsageError

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord  # type: ignore[import-untyped]

_NAME = re.compile(r"crawl-(\d{5,})\.warc\.gz")
_CHUNK = 1 << 20

Headers = tuple[tuple[str, str], ...]


class Exchange(NamedTuple):
    """One request and its whole answer.

    Attributes:
        form: the request's body, empty for GET.
        sent: headers of the request.
        status: status code and words, for example "200 OK".
        headers: headers of the answer; bytes that are no ASCII stand as Latin-1.
        body: the body as received, still packed if the headers say so; None if the archive holds a revisit record
            whose body is elsewhere (see ``Archive.body_at``).
        address: the numeric address that answered, "" if not known.
        when: ISO 8601 in UTC, to the microsecond.
    """

    url: str
    method: str
    form: bytes
    sent: Headers
    status: str
    headers: Headers
    body: bytes | None
    address: str
    when: str
    digest: str = ""

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status[:3])

    def header(self, name: str) -> str:
        """A header of the answer, "" if it is not there; several are joined by commas (RFC 9110, 5.3)."""
        return ", ".join(value for key, value in self.headers if key.lower() == name)


class Place(NamedTuple):
    """Where an exchange stands: the file's name, and from which byte to which."""

    file: str
    start: int
    end: int


class Earlier(NamedTuple):
    """The response record that holds a body already."""

    url: str
    when: str
    record_id: str


class Archive:
    """The archive files of one crawl. Use within ``with``; call ``recover`` first, and to its end.

    Args:
        folder: where the files are.
        about: what a warcinfo record says of the run.
        file_bytes: size at which a file is followed by another.
    """

    def __init__(self, folder: Path, about: Mapping[str, str], file_bytes: int) -> None:
        import warcio  # type: ignore[import-untyped]  # noqa: F401  a missing package shows here, before anything is written

        self.folder, self._about, self._file_bytes = folder, dict(about), file_bytes
        self._descriptor: int | None = None
        self._name, self._size = "", 0

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def files(self) -> list[str]:
        """Names of the files, in order."""
        return sorted((p.name for p in self.folder.iterdir() if _NAME.fullmatch(p.name)), key=_serial)

    def recover(self, noted: Place | None) -> Iterator[tuple[Exchange, Place, str]]:
        """Whole exchanges behind the last one that was noted, with place and record id; what is torn is cut off.

        Raises:
            UsageError: the archive holds less than was noted, or is damaged before its end.
        """
        names = self.files()
        if noted:
            self._check_noted(noted, names)
            names = names[names.index(noted.file) :]
        for name in names:
            last = name == names[-1]
            yield from self._tail(name, noted.end if noted and noted.file == name else 0, last=last)
        if names:
            self._name, self._size = names[-1], (self.folder / names[-1]).stat().st_size

    def append(
        self, exchange: Exchange, earlier: Earlier | None = None, *, fresh_file: bool = False
    ) -> tuple[Place, str]:
        """Add an exchange; when this returns it is on the disk. Gives its place and the id of its response record.

        Args:
            exchange: with its body.
            earlier: where the same body stands already; the record is then a revisit without it.
            fresh_file: begin another file, since ``about`` is another than that of the last one.

        Raises:
            GovreportError: the disk did not take it; nothing of it stays in the file.
        """
        if not self._name or fresh_file or self._size >= self._file_bytes:
            self._next_file()
        if self._size == 0:
            self._write(_info(self._name, self._about))
        data, record_id = _packed(exchange, earlier)
        start = self._size
        self._write(data)
        return Place(self._name, start, self._size), record_id

    def body_at(self, place: Place) -> bytes:
        """The body of the response record at a place.

        Raises:
            GovreportError: there is none.
        """
        with (self.folder / place.file).open("rb") as stream:
            found = _member(stream, place.start)
        record = _record(found[0]) if found else None
        if record is None or record.body is None:
            raise GovreportError(f"{place.file} was expected to hold a response at byte {place.start:,}; it does not")
        return record.body

    def _check_noted(self, noted: Place, names: list[str]) -> None:
        size = (self.folder / noted.file).stat().st_size if noted.file in names else -1
        if size < noted.end:
            found = f"it has {size:,}" if size >= 0 else "it is not there"
            raise UsageError(
                f"{self.folder / noted.file} was expected to have at least {noted.end:,} bytes, as the state of the "
                f"crawl says; {found}. Put the file back, or crawl into another folder"
            )

    def _tail(self, name: str, start: int, *, last: bool) -> Iterator[tuple[Exchange, Place, str]]:
        path = self.folder / name
        good = start
        with path.open("rb") as stream:
            size, at, pending = os.fstat(stream.fileno()).st_size, start, None
            while at < size:
                found = _member(stream, at)
                record = _record(found[0]) if found else None
                if found is None or record is None or (record.kind == "warcinfo") != (at == 0):
                    break
                at = found[1]
                if record.kind == "request" and pending:
                    exchange = pending.joined(record)
                    yield exchange, Place(name, good, at), pending.record_id
                    good, pending = at, None
                elif record.kind == "warcinfo":
                    good = at
                elif record.kind == "response" and not pending:
                    pending = record
                else:
                    break
        if good == size:
            return
        if not last:
            raise UsageError(
                f"{path} is damaged at byte {good:,}, and other files follow it; crawl into another folder"
            )
        _cut(path, good)

    def _next_file(self) -> None:
        number = _serial(self._name) + 1 if self._name else 1
        self.__exit__()
        self._name, self._size = f"crawl-{number:05}.warc.gz", 0

    def _write(self, data: bytes) -> None:
        path = self.folder / self._name
        try:
            if self._descriptor is None:
                self._descriptor = os.open(
                    path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644
                )
                _flush_folder(self.folder)
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fsync(self._descriptor)
        except OSError as error:
            if path.exists() and path.stat().st_size > self._size:
                _cut(path, self._size)
            raise GovreportError(
                f"{path} cannot be written ({error}); free the disk and start the crawl again"
            ) from error
        self._size += len(data)


def payload_digest(body: bytes) -> str:
    """The digest of a body as archives write it: sha1 in base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


class _Record(NamedTuple):
    """What a record of ours says."""

    kind: str
    url: str
    when: str
    record_id: str
    address: str
    digest: str
    line: str
    headers: Headers
    body: bytes | None

    def joined(self, request: _Record) -> Exchange:
        """The exchange of this response and its request."""
        method = request.line.partition(" ")[0]
        return Exchange(
            self.url, method, request.body or b"", request.headers, self.line, self.headers, self.body, self.address,
            self.when, self.digest,
        )  # fmt: skip


def _serial(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match.group(1)) if match else 0


def _packed(exchange: Exchange, earlier: Earlier | None) -> tuple[bytes, str]:
    """Both records of an exchange as they are written, and the id of the first."""
    from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
    from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

    class AsReceived(StatusAndHeaders):  # type: ignore[misc]
        """Headers byte for byte: warcio would write those that are no ASCII in an encoding of its own."""

        def compute_headers_buffer(self, header_filter: object = None) -> None:
            del header_filter
            self.headers_buff = self.to_bytes(encoding="latin-1")

    body = exchange.body if exchange.body is not None else b""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    answered = AsReceived(exchange.status, list(exchange.headers), "HTTP/1.1")
    extra = {"WARC-Date": exchange.when}
    if exchange.address:
        extra["WARC-IP-Address"] = exchange.address
    if earlier:
        extra["WARC-Refers-To"] = earlier.record_id
        response = writer.create_revisit_record(
            exchange.url, payload_digest(body), earlier.url, earlier.when, answered, warc_headers_dict=extra
        )
    else:
        response = writer.create_warc_record(
            exchange.url, "response", io.BytesIO(body), http_headers=answered, warc_headers_dict=extra
        )
    asked = StatusAndHeaders(_request_line(exchange), list(exchange.sent), is_http_request=True)
    request = writer.create_warc_record(exchange.url, "request", io.BytesIO(exchange.form), http_headers=asked)
    writer.write_request_response_pair(request, response)
    return out.getvalue(), str(response.rec_headers.get_header("WARC-Record-ID"))


def _request_line(exchange: Exchange) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(exchange.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{exchange.method} {path} HTTP/1.1"


def _info(name: str, about: Mapping[str, str]) -> bytes:
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    writer.write_record(writer.create_warcinfo_record(name, about))
    return out.getvalue()


def _member(stream: IO[bytes], start: int) -> tuple[bytes, int] | None:
    """What the gzip member at this byte holds, and where it ends; None if it is torn or is none."""
    stream.seek(start)
    unpacker, made, at = zlib.decompressobj(31), bytearray(), start
    while chunk := stream.read(_CHUNK):
        try:
            made += unpacker.decompress(chunk)
        except zlib.error:
            return None
        at += len(chunk)
        if unpacker.eof:
            return bytes(made), at - len(unpacker.unused_data)
    return None


def _record(data: bytes) -> _Record | None:
    """The one record in these bytes, None if they are no whole record with right digests."""
    from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
    from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]

    try:
        for record in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
            return _read_record(record)
    except (ArchiveLoadFailed, ValueError, EOFError):
        return None
    return None


def _read_record(record: ArcWarcRecord) -> _Record:
    body = record.raw_stream.read()
    head, http = record.rec_headers, record.http_headers
    kind = "response" if record.rec_type == "revisit" else record.rec_type
    return _Record(
        kind=kind,
        url=head.get_header("WARC-Target-URI") or "",
        when=head.get_header("WARC-Date") or "",
        record_id=head.get_header("WARC-Record-ID") or "",
        address=head.get_header("WARC-IP-Address") or "",
        digest=head.get_header("WARC-Payload-Digest") or "",
        line=(f"{http.protocol} {http.statusline}" if kind == "request" else http.statusline) if http else "",
        headers=tuple(http.headers) if http else (),
        body=None if record.rec_type == "revisit" else body,
    )


def _cut(path: Path, size: int) -> None:
    with path.open("r+b") as stream:
        stream.truncate(size)
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """A new file's name is on the disk only when its folder is; Windows cannot and need not do this."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
