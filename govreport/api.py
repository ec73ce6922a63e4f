"""From whatever a user has to Frames: files, folders, patterns, addresses, bytes, or a list of these."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from govreport.checks import run_checks
from govreport.errors import GovreportError, ReadError, UsageError
from govreport.frames import Failure, Frames, to_frames
from govreport.model import Document, Page, Report
from govreport.parse import parse_report
from govreport.read import read_document

Source = str | bytes | os.PathLike[str] | Page | Document

# What a browser saves beside a page; never a report by itself.
_PAGE_PARTS = (
    ".css", ".js", ".mjs", ".map", ".json", ".woff", ".woff2", ".ttf", ".eot", ".otf", ".ico", ".svg", ".gif", ".cur",
    ".swf", ".db", ".ini", ".part", ".crdownload",
)  # fmt: skip
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".warc", ".wacz", ".mhtml", ".mht")
_BAR_AFTER = 2.0  # seconds; a bar that comes and goes at once only disturbs


class _Item(NamedTuple):
    """One thing to read, and the name it goes by."""

    name: str
    what: Source


def open_reports(
    sources: Source | Iterable[Source],
    *,
    progress: bool | None = None,
    on_error: Literal["collect", "raise"] = "collect",
) -> Frames:
    """Read annual reports into tidy DataFrames, checked one by one and against each other.

    >>> frames = open_reports("saved_pages/")  # doctest: +SKIP
    >>> frames.applications.head()  # doctest: +SKIP

    Args:
        sources: a file, a folder (with all folders in it), a pattern such as ``"pages/*/2023*.html"``, an http or
            https address, bytes, a fetched ``Page``, a ``Document``, or a list of these. The order is kept; files of
            a folder come sorted by name, and are named by their path inside it. The parts of a saved page (scripts,
            style sheets, fonts, pictures in its ``_files`` folder) and hidden files are passed over.
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
    return _outcomes(_with_bar(_expand(sources), progress), "collect")


def _outcomes(items: Iterable[_Item], on_error: str) -> Iterator[Report | Failure]:
    for item in items:
        try:
            yield replace(_report(item.what), source=item.name)
        except GovreportError as error:
            if on_error == "raise":
                raise
            yield Failure(item.name, error.kind, str(error))


def _report(what: Source) -> Report:
    if isinstance(what, Document):
        return parse_report(what)
    if isinstance(what, str) and _is_address(what):
        from govreport.fetch import fetch_page

        return parse_report(read_document(fetch_page(what)))
    if isinstance(what, str | os.PathLike) and Path(what).suffix.lower() in _ARCHIVES:
        raise ReadError(f"{what} is an archive, and archives cannot be read yet; unpack it and give the folder")
    return parse_report(read_document(what))


def _is_address(source: str) -> bool:
    return source.strip().lower().startswith(("http://", "https://"))


def _expand(sources: Source | Iterable[Source]) -> list[_Item]:
    """Every single thing to read, in order."""
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
    """A file, the files of a folder, or what a pattern matches; a name that exists is never taken for a pattern."""
    if "\0" in name:
        raise UsageError(f"{name[:80]!r} cannot be a path: it holds a NUL; give bytes if it is a page's text")
    path = Path(name).expanduser()
    if _exists(path):
        yield from _folder(path) if path.is_dir() else [_Item(name, path)]
        return
    # Path.glob takes no absolute patterns
    matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(name) else []  # noqa: PTH207
    if not matches:
        what = "no file matches" if glob.has_magic(name) else "there is no file or folder"
        raise UsageError(f"{what} {name!r}, looked for in {Path.cwd()}; check the path")
    for match in matches:
        if Path(match).is_dir():
            yield from (_Item(f"{match}/{item.name}", item.what) for item in _folder(Path(match), must=False))
        elif not _passed_over(Path(match)):
            yield _Item(match, Path(match))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise UsageError(f"{str(path)[:80]!r} cannot be a path: {error}; give bytes if it is a page's text") from error


def _folder(folder: Path, *, must: bool = True) -> list[_Item]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__MACOSX")))
        found += [Path(place) / f for f in sorted(files) if not _passed_over(Path(place) / f)]
    if must and not found:
        raise UsageError(f"there is nothing to read in the folder {folder}; expected saved pages or text files in it")
    return [_Item(path.relative_to(folder).as_posix(), path) for path in found]


def _passed_over(path: Path) -> bool:
    suffix = path.suffix.lower()
    of_a_page = suffix in _PICTURES and path.parent.name.endswith(("_files", ".files"))
    return path.name.startswith(".") or suffix in _PAGE_PARTS or of_a_page


def _nothing_read(failures: Iterable[Any], most: int = 3) -> str:
    reasons = [f"{f.source}: {f.message}" for f in failures]
    more = f" (and {len(reasons) - most} more)" if len(reasons) > most else ""
    return f"none of {len(reasons)} sources could be read as an annual report. {'; '.join(reasons[:most])}{more}"


def _with_bar(items: Sequence[_Item], progress: bool | None) -> Iterable[_Item]:
    if progress is None:
        progress = sys.stderr.isatty() or "ipykernel" in sys.modules
    if not progress or len(items) < 2:
        return items
    from tqdm.auto import tqdm

    bar: Iterable[_Item] = tqdm(items, delay=_BAR_AFTER, unit="report", desc="Reading reports")
    return bar
