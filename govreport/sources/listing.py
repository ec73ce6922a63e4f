"""What stands behind a source: the files of a folder, what a pattern matches, here or at an fsspec address."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from govreport.errors import FormError, UsageError
from govreport.forms import read_csv
from govreport.sources.opening import filesystem, is_remote, local_path

_KINDS = ("warc", "wacz", "jsonl", "parquet", "archive", "part", "picture")
_PASSED_OVER = ("part", "picture")
_UNPACKED = (".", "__MACOSX")  # folders of other programs


class Entry(NamedTuple):
    """A file to read. ``kind`` is "page", "warc", "wacz", "jsonl", "parquet", or "archive" for one to be unpacked."""

    name: str
    address: str
    kind: str


def kind_of(name: str) -> str:
    """What a file is by its name; "page" for all that is not known otherwise.

    >>> kind_of("crawl-00001.warc.gz"), kind_of("c4-train.json.gz"), kind_of("2023.html"), kind_of("all.tar.gz")
    ('warc', 'jsonl', 'page', 'archive')
    """
    base = name.rsplit("/", 1)[-1].lower()
    parts = base.split(".")[1:]
    for count in (2, 1):
        found = _suffixes().get("." + ".".join(parts[-count:])) if len(parts) >= count else None
        if found:
            return found
    return "page"


def is_report_file(name: str) -> bool:
    """Whether a file in a folder or archive is looked at: no hidden one, no part of a saved page, no archive.

    >>> is_report_file("年报/2023.docx"), is_report_file("__MACOSX/._2023.docx"), is_report_file("a_files/logo.png")
    (True, False, False)
    """
    return not _hidden(name) and not _passed_over(name) and kind_of(name) != "archive"


def entries(name: str) -> Iterator[Entry]:
    """The files behind a path, a pattern or an fsspec address, in order. A file that is named is never left out.

    Files of a folder come sorted by name and are named by their path inside it; hidden files and the parts of saved
    pages are passed over. A name that exists is never taken for a pattern.

    Raises:
        UsageError: nothing is there.
    """
    if is_remote(name):
        yield from _remote(name)
        return
    given, name = name, local_path(name)
    if "\0" in name:
        raise UsageError(f"{name[:80]!r} cannot be a path: it holds a NUL; give bytes if it is a page's text")
    path = Path(name).expanduser()
    if _exists(path):
        yield from _folder(path) if path.is_dir() else [_entry(given, str(path))]
        return
    # Path.glob takes no absolute patterns
    matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(name) else []  # noqa: PTH207
    if not matches:
        what = "no file matches" if glob.has_magic(name) else "there is no file or folder"
        raise UsageError(f"{what} {given!r}, looked for in {Path.cwd()}; check the path")
    for match in matches:
        if Path(match).is_dir():
            found = _folder(Path(match), must=False)
            yield from (entry._replace(name=f"{match}/{entry.name}") for entry in found)
        elif not _passed_over(match):
            yield _entry(match, match)


def _entry(name: str, address: str) -> Entry:
    kind = kind_of(address)
    return Entry(name, address, "page" if kind in _PASSED_OVER else kind)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise UsageError(f"{str(path)[:80]!r} cannot be a path: {error}; give bytes if it is a page's text") from error


def _folder(folder: Path, *, must: bool = True) -> list[Entry]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(_UNPACKED))
        found += [Path(place) / f for f in sorted(files) if not _passed_over(f"{place}/{f}")]
    if must and not found:
        raise UsageError(
            f"there is nothing to read in the folder {folder}; expected saved pages, text files or archives in it"
        )
    return [_entry(path.relative_to(folder).as_posix(), str(path)) for path in found]


def _passed_over(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    kind = kind_of(path.name)
    of_a_page = kind == "picture" and path.parent.name.endswith(("_files", ".files"))
    return path.name.startswith(".") or kind == "part" or of_a_page


def _remote(name: str) -> Iterator[Entry]:
    system, path = filesystem(name)
    try:
        if system.isfile(path):
            yield _entry(name, name)
        elif glob.has_magic(path):
            yield from _remote_matches(system, path, name)
        else:
            yield from _remote_folder(system, path, name)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error}; check the address and your rights to it") from error


def _remote_matches(system: Any, path: str, name: str) -> Iterator[Entry]:
    full = system.unstrip_protocol
    matches = sorted(map(str, system.glob(path)))
    if not matches:
        raise UsageError(f"no file matches {name!r}; check the address")
    for match in matches:
        if system.isdir(match):
            found = _remote_folder(system, match, name, must=False)
            yield from (entry._replace(name=f"{full(match)}/{entry.name}") for entry in found)
        elif not _passed_over(match):
            yield _entry(full(match), full(match))


def _remote_folder(system: Any, path: str, name: str, *, must: bool = True) -> Iterator[Entry]:
    found = sorted(map(str, system.find(path)))
    root = path.rstrip("/") + "/"
    inside = [(file, file.split(root, 1)[-1] if root in file else file) for file in found]
    kept = [(file, rest) for file, rest in inside if not _hidden(rest) and not _passed_over(rest)]
    if must and not kept:
        raise UsageError(f"there is nothing to read at {name}; expected a file, or a folder with pages or archives")
    full = system.unstrip_protocol
    yield from (_entry(rest, full(file)) for file, rest in kept)


def _hidden(path: str) -> bool:
    return any(part.startswith(_UNPACKED) for part in path.split("/")[:-1])


@cache
def _suffixes() -> dict[str, str]:
    rows = read_csv("source_kinds")
    if strange := {row["kind"] for row in rows} - set(_KINDS):
        raise FormError(f"forms/source_kinds.csv: there is no kind {', '.join(sorted(strange))}")
    return {row["suffix"]: row["kind"] for row in rows}
