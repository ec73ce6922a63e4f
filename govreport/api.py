"""From whatever a user has to Frames: files, folders, archives, tables, addresses, bytes, or a list of these."""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from govreport.checks import run_checks
from govreport.errors import GovreportError, ReadError, UsageError
from govreport.frames import Failure, Frames, to_frames
from govreport.model import Document, Page, Report
from govreport.parse import parse_report
from govreport.read import read_document, scanned_words
from govreport.sources import (
    NOT_BY_ITS_WORDS,
    Piece,
    Record,
    candidates,
    damaged_copy,
    is_unseen,
    shows_report,
    tells_of_report,
)
from govreport.sources.listing import entries, kind_of
from govreport.sources.needs import not_installed
from govreport.sources.opening import is_remote
from govreport.sources.planning import pieces_of
from govreport.sources.reading import packed

Source = str | bytes | os.PathLike[str] | Page | Document

_BAR_AFTER = 2.0  # seconds; a bar that comes and goes at once only disturbs
_log = logging.getLogger(__name__)


class _Item(NamedTuple):
    """One thing to read, and the name it goes by.

    ``doubt`` is what is wrong with it though it can be read, ``among`` the archive or table whose records are told
    together where all of them lack the same reader.
    """

    name: str
    what: Source | Piece | GovreportError
    doubt: str = ""
    among: str = ""


def open_reports(
    sources: Source | Iterable[Source],
    *,
    progress: bool | None = None,
    on_error: Literal["collect", "raise"] = "collect",
) -> Frames:
    """Read annual reports into tidy DataFrames, checked one by one and against each other.

    >>> frames = open_reports("saved_pages/")  # doctest: +SKIP
    >>> frames.applications.head()  # doctest: +SKIP
    >>> frames = open_reports("crawl.warc.gz")  # doctest: +SKIP

    Args:
        sources: a file, a folder (with all folders in it), a pattern such as ``"pages/*/2023*.html"``, an http or
            https address, an address for fsspec (``s3://bucket/pages/``), bytes, a fetched ``Page``, a ``Document``,
            or a list of these. The order is kept; files of a folder come sorted by name, and are named by their path
            inside it. The parts of a saved page (scripts, style sheets, fonts, pictures in its ``_files`` folder) and
            hidden files are passed over. Web archives (.warc, .warc.gz, .wet.gz, .wacz) and tables of pages (.jsonl,
            .jsonl.gz, .parquet) are read page by page; of the many pages and files in them, those that have the words
            of an annual report are tried, and the others are counted in the log (level INFO of ``govreport``).
            Pictures in them are passed over, since recognising one takes seconds: name those that you want. Files in
            them whose reader is not installed are one failure with the line that installs it. A dataset that
            ``collect_reports`` wrote is loaded as it is, if it is the only source.
        progress: show a progress bar; by default where somebody looks on, and only after two seconds.
        on_error: "collect" puts a source that cannot be read into ``Frames.failures`` and goes on; "raise" stops.

    Returns:
        ``Frames`` with the findings of ``run_checks``.

    Raises:
        UsageError: nothing to read at these sources, or none of them could be read.
        FetchError, ReadError, ParseError: with ``on_error="raise"``, what was wrong with the first bad source.
    """
    if on_error not in ("collect", "raise"):
        raise UsageError(f"on_error is 'collect' or 'raise', found {on_error!r}")
    if _is_dataset(sources):
        from govreport.query import load_dataset

        return load_dataset(cast("str", sources))
    items = _expand(sources)
    frames = to_frames(_outcomes(_with_bar(items, progress), on_error))
    if frames.reports.empty:
        raise UsageError(_nothing_read(frames.failures.itertuples(index=False)))
    return frames.with_findings(run_checks(frames))


def iter_reports(sources: Source | Iterable[Source], *, progress: bool | None = False) -> Iterator[Report | Failure]:
    """Reports one at a time, in order, in constant memory; a ``Failure`` stands for a source that could not be read.

    The sources are those of ``open_reports``. Each report has the findings of its own page only. Breaking off, also
    with Ctrl-C, loses nothing of what was given before; ``to_frames`` takes what this gives.

    Raises:
        UsageError: nothing to read at these sources; raised at once, before the first report.
    """
    if _is_dataset(sources):
        return _of_dataset(cast("str", sources))
    return _outcomes(_with_bar(_expand(sources), progress), "collect")


def _is_dataset(sources: object) -> bool:
    """Whether this is a folder that ``collect_reports`` wrote."""
    if not isinstance(sources, str | os.PathLike):
        return False
    # unlike Path.is_dir this raises nothing for a name that cannot be a path
    if not os.path.isdir(os.path.expanduser(sources)):  # noqa: PTH111, PTH112
        return False
    from govreport.query import is_dataset

    return is_dataset(sources)


def _of_dataset(folder: str) -> Iterator[Report | Failure]:
    from govreport.query import Dataset

    for part in Dataset(folder):
        yield from part.iter_reports()
        yield from (Failure(*row) for row in part.failures.itertuples(index=False, name=None))


def _outcomes(items: Iterable[_Item], on_error: str) -> Iterator[Report | Failure]:
    lacking: Counter[tuple[str, str]] = Counter()
    for item in items:
        try:
            report = replace(_report(item.what), source=item.name)
            yield replace(report, findings=(*report.findings, damaged_copy(item.doubt))) if item.doubt else report
        except GovreportError as error:
            if on_error == "raise":
                raise
            if item.among and (reason := not_installed(error)):
                lacking[item.among, reason] += 1
            else:
                yield Failure(item.name, error.kind, str(error))
    for (among, reason), count in lacking.items():
        yield Failure(among, ReadError.kind, f"{count:,} files in it were passed over. {reason}")


def _report(what: Any) -> Report:
    if isinstance(what, GovreportError):
        raise what
    if isinstance(what, Document):
        return parse_report(what)
    if isinstance(what, str) and _is_address(what):
        from govreport.fetch import fetch_page

        return parse_report(read_document(fetch_page(what)))
    if isinstance(what, os.PathLike) and kind_of(str(what)) == "archive":
        raise ReadError(packed(str(what)))
    return parse_report(read_document(what))


def _is_address(source: str) -> bool:
    return source.strip().lower().startswith(("http://", "https://"))


def _expand(sources: Source | Iterable[Source]) -> list[_Item]:
    """Every single thing to read, in order; an archive or table is one."""
    if isinstance(sources, str | bytes | bytearray | os.PathLike | Page | Document):
        sources = [sources]
    if not isinstance(sources, Iterable):
        raise UsageError(f"expected a file, a folder, an address, bytes or a list of these, found {_kind(sources)}")
    items = [item for number, source in enumerate(sources, start=1) for item in _items(source, number)]
    if not items:
        raise UsageError("there is nothing to read: the list of sources is empty")
    return items


def _items(source: Any, number: int) -> Iterator[_Item]:
    if isinstance(source, bytes | bytearray):
        yield _Item(f"bytes {number}", bytes(source))
    elif isinstance(source, Page | Document):
        yield _Item(source.origin.source or source.origin.url or f"page {number}", source)
    elif isinstance(source, str) and _is_address(source):
        yield _Item(source.strip(), source.strip())
    elif isinstance(source, str | os.PathLike):
        yield from _files(os.fspath(source))
    else:
        raise UsageError(f"expected a file, a folder, an address or bytes as source {number}, found {_kind(source)}")


def _kind(source: object) -> str:
    return type(source).__name__


def _files(name: str) -> Iterator[_Item]:
    """A file, the files of a folder, or what a pattern matches; what is no file of this machine is a piece."""
    for entry in entries(name):
        if entry.kind in ("page", "archive") and not is_remote(entry.address):
            yield _Item(entry.name, Path(entry.address))
        else:
            yield from (_Item(entry.name, piece) for piece in pieces_of([entry], None))


def _opened(items: Iterable[_Item]) -> Iterator[_Item]:
    """The single pages: archives and tables are opened one after the other."""
    for item in items:
        if isinstance(item.what, Piece):
            yield from _pages(item.name, item.what)
        else:
            yield item


def _pages(name: str, piece: Piece) -> Iterator[_Item]:
    passed: Counter[str] = Counter()
    tried = 0
    for record in candidates(piece, passed):
        item = _judged(_item(record, name)) if piece.mixed else _item(record, "")
        if item is None:
            passed[NOT_BY_ITS_WORDS] += 1
        else:
            tried += 1
            yield item
    if not piece.mixed:
        return
    told = ", ".join(f"{count:,} {reason}" for reason, count in sorted(passed.items(), key=lambda p: (-p[1], p[0])))
    _log.info("%s: %s records tried; passed over: %s", piece.label, f"{tried:,}", told or "nothing")
    if not tried:
        message = f"{piece.label} holds no page that could be an annual report; passed over: {told or 'nothing'}"
        yield _Item(name, ReadError(message))


def _item(record: Record, among: str) -> _Item:
    if record.page is None:
        return _Item(record.name, ReadError(f"{record.name}: {record.reason}" if among else record.reason))
    return _Item(record.name, record.page, record.reason, among)


def _judged(item: _Item) -> _Item | None:
    """The same with what was read, for a file whose words the pre-filter cannot see; None if they are no report's."""
    if not isinstance(item.what, Page) or not is_unseen(item.what.content):
        return item
    try:
        document = read_unseen(item.what)
    except GovreportError as error:
        return item._replace(what=error)
    return item._replace(what=document) if document else None


def read_unseen(page: Page) -> Document | None:
    """A file whose words the pre-filter cannot see, read; None if they are not those of a report.

    Raises:
        ReadError: it cannot be read.
    """
    words = scanned_words(page.content)
    if words is not None and not any(tells_of_report(text) for text in accumulate(words, "{}\n{}".format)):
        return None
    document = read_document(page)
    return document if shows_report(document) else None


def _nothing_read(failures: Iterable[Any], most: int = 3) -> str:
    reasons = [f"{f.source}: {f.message}" for f in failures]
    more = f" (and {len(reasons) - most} more)" if len(reasons) > most else ""
    return f"none of {len(reasons)} sources could be read as an annual report. {'; '.join(reasons[:most])}{more}"


def _with_bar(items: Sequence[_Item], progress: bool | None) -> Iterable[_Item]:
    """The single pages, with a bar; how many there are in an archive is not known before its end."""
    if progress is None:
        progress = sys.stderr.isatty() or "ipykernel" in sys.modules
    mixed = any(isinstance(item.what, Piece) for item in items)
    pages = _opened(items) if mixed else items
    if not progress or (len(items) < 2 and not mixed):
        return pages
    from tqdm.auto import tqdm

    total = None if mixed else len(items)
    bar: Iterable[_Item] = tqdm(pages, total=total, delay=_BAR_AFTER, unit="report", desc="Reading reports")
    return bar
