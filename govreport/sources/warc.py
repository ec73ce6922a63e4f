"""Web archives: WARC and WET files, and those inside a WACZ. FastWARC reads each record that was cut out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from functools import cache
from typing import IO, TYPE_CHECKING

from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.model import Origin, Page
from govreport.sources.columns import moment
from govreport.sources.cuts import HEAD_END, START, Cut, target
from govreport.sources.files import PASS, file_kind
from govreport.sources.members import MAGIC, borders, cut_members
from govreport.sources.payload import differs, undo
from govreport.sources.plain import cut_plain, plain_borders
from govreport.sources.work import MAX_BYTES, Piece, Record, Repeat

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

_PAGES = ("response", "resource", "conversion")
_SAME_PAYLOAD = "identical-payload-digest"  # the end of a profile, whose beginning changes with the version of WARC
_OPENING = 4096
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}[^\r\n]{0,200}\r\n")


def read_warc(file: IO[bytes], piece: Piece, passed: Counter[str]) -> Iterator[Record]:
    """The pages of a web archive, or of the range of it that the piece names, and revisits of other addresses.

    Args:
        file: the archive, with a position that can be set.
        piece: the range and the name.
        passed: counts what is passed over, by reason.
    """
    _need_fastwarc()
    for cut in _cuts(file, piece):
        record = _record(cut, piece.name, passed)
        if record is not None:
            yield record


def warc_borders(file: IO[bytes], size: int, step: int) -> list[int]:
    """Where an archive may be cut in pieces of about ``step`` bytes; each border is the beginning of a record."""
    file.seek(0)
    compressed = file.read(len(MAGIC)) == MAGIC
    return list((borders if compressed else plain_borders)(file, size, step))


def _cuts(file: IO[bytes], piece: Piece) -> Iterator[Cut]:
    file.seek(piece.start)
    head = file.read(len(START))
    if head.startswith(MAGIC):
        yield from cut_members(file, piece.start, piece.stop)
    elif head:
        yield from cut_plain(file, piece.start, piece.stop)
    else:
        yield Cut(piece.start, b"", "the file is empty")


def _record(cut: Cut, archive: str, passed: Counter[str]) -> Record | None:
    """The page of a record, or what became of it; None, and counted, if it is not for us."""
    from fastwarc.warc import WarcRecord

    name = f"{archive}#{target(cut.content) or f'byte {cut.offset}'}"
    if cut.reason and not cut.large:
        return Record(name, None, f"the record at byte {cut.offset:,} is damaged: {cut.reason}")
    try:
        record = WarcRecord.from_bytes(cut.content)
        other = _not_for_us(record, cut.content)
    except (OSError, ValueError) as error:
        return Record(name, None, f"the record at byte {cut.offset:,} cannot be read: {error}")
    if other:
        passed[other] += 1
        return _revisit(record, name)
    if record.is_http_parsed and not (record.http_headers and record.http_headers.status_code):
        return Record(name, None, f"the record at byte {cut.offset:,} holds no answer of a web server")
    if cut.large:
        return Record(name, None, f"the record at byte {cut.offset:,} was left out: {cut.reason}")
    return _page(record, cut.content, name)


def _not_for_us(record: WarcRecord, content: bytes) -> str:
    """Why a record is passed over; empty for a page. Reads the header of the server's answer."""
    kind = str(record.record_type)
    if kind not in _PAGES:
        return f"{kind} records"
    if (record.headers.get("WARC-Target-URI") or "").strip("<> ").startswith(("urn:", "dns:")):
        return "records that are no web page"
    if kind == "response" and record.is_http:
        record.parse_http(auto_decode="none")
        status = record.http_headers.status_code if record.http_headers else None
        if status is None:
            return ""
        if status != 200:
            return f"status {status}"
    label = _other_type(_content_type(record))
    return "" if label and _is_file(content, record.is_http_parsed) else label


def _is_file(content: bytes, is_http: bool) -> bool:
    """Whether it begins as a file that may be read, whatever the server says of it."""
    at = content.find(HEAD_END)
    at = content.find(HEAD_END, at + len(HEAD_END)) if is_http else at
    head = content[at + len(HEAD_END) :][:_OPENING]
    chunk = _CHUNK_SIZE.match(head)
    kind = file_kind(head[chunk.end() :] if chunk else head)
    return kind is not None and kind.use != PASS


def _revisit(record: WarcRecord, name: str) -> Record | None:
    """The record that says that an address gave what another had given; None for all others."""
    told = record.headers
    of = (told.get("WARC-Refers-To-Target-URI") or "").strip("<> ")
    url = (told.get("WARC-Target-URI") or "").strip("<> ")
    same = str(record.record_type) == "revisit" and (told.get("WARC-Profile") or "").endswith(_SAME_PAYLOAD)
    if not same or not of or of == url:
        return None
    asked = (moment(told.get(header) or "") for header in ("WARC-Date", "WARC-Refers-To-Date"))
    return Record(name, None, "it repeats another address", Repeat(url, next(asked), of, next(asked)))


def _content_type(record: WarcRecord) -> str:
    headers = record.http_headers if record.is_http_parsed and record.http_headers else record.headers
    return (headers.get("Content-Type") or "").strip()


def _other_type(content_type: str) -> str:
    """The label of a kind of file that holds no page; empty for pages and what may be one."""
    kind = content_type.lower()
    if not kind.startswith(tuple(_types())):
        return ""
    return next(label for prefix, label in _types().items() if kind.startswith(prefix))


@cache
def _types() -> dict[str, str]:
    return {row["type"]: row["label"] for row in read_csv("source_types")}


def _page(record: WarcRecord, content: bytes, name: str) -> Record:
    block = content[content.find(HEAD_END) + len(HEAD_END) :]
    raw = record.reader.read() if record.reader else b""
    transfer = coding = ""
    status = 0
    if record.is_http_parsed and record.http_headers:
        transfer = record.http_headers.get("Transfer-Encoding") or ""
        coding = record.http_headers.get("Content-Encoding") or ""
        status = record.http_headers.status_code or 0
    body = undo(raw, transfer, coding)
    if len(body.content) > MAX_BYTES:
        return Record(name, None, f"the page has {len(body.content):,} bytes; at most {MAX_BYTES:,} are read")
    if body.reason and not body.content:
        return Record(name, None, f"the page could not be unpacked: {body.reason}")
    doubts = [body.reason, _truncated(record), *_digests(record, block, (raw, body.dechunked, body.content))]
    return Record(name, Page(body.content, _origin(record, name, status)), "; ".join(filter(None, doubts)))


def _origin(record: WarcRecord, name: str, status: int) -> Origin:
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    date = record.record_date
    retrieved = date.astimezone(UTC).isoformat(timespec="seconds") if date else ""
    return Origin(name, url, retrieved, status, _content_type(record))


def _truncated(record: WarcRecord) -> str:
    why = record.headers.get("WARC-Truncated")
    return f"the archive says that the page was cut ({why})" if why else ""


def _digests(record: WarcRecord, block: bytes, payloads: tuple[bytes, ...]) -> list[str]:
    """Programs differ on whether a payload's digest is made before or after its encodings are undone; any will do."""
    payload = record.headers.get("WARC-Payload-Digest") or ""
    whole = record.headers.get("WARC-Block-Digest") or ""
    return [differs(payload, *payloads) if payload else "", differs(whole, block) if whole else ""]


def _need_fastwarc() -> None:
    try:
        import fastwarc.warc  # noqa: F401
    except ImportError as error:
        raise UsageError("reading web archives needs FastWARC; pip install 'govreport[bulk]'") from error
