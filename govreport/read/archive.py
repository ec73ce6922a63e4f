"""Zip archives that hold reports. One report inside is read as if it stood alone; several are listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from govreport.errors import ReadError
from govreport.model import Document, Origin, Page
from govreport.read.zips import Zip

_READ = (".html", ".htm", ".shtml", ".mht", ".mhtml", ".txt", ".doc", ".docx", ".wps", ".rtf", ".odt", ".pdf", ".xls",
         ".xlsx", ".et", ".ods", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")  # fmt: skip


def members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file in a zip archive that a reader may know, in the order of their names.

    Names that Windows programs wrote in GBK are read as such.

    Raises:
        ReadError: the archive is damaged, protected by a password, or unpacks without end.
    """
    package = Zip(content, "a zip archive")
    wanted = [name for name in package.names if _is_wanted(name)]
    for name in sorted(wanted, key=_readable):
        yield _readable(name), package.read(name)


def read(content: bytes, *, kind: str, sha256: str, origin: Origin) -> Document:
    """The one report of a zip archive.

    Raises:
        ReadError: the archive holds no file that can be read, or several; also what a reader raises.
    """
    from govreport.read import read_document

    found = list(members(content))
    if len(found) == 1:
        name, body = found[0]
        inside = origin._replace(source=f"{origin.source}#{name}" if origin.source else name)
        return replace(read_document(Page(body, inside)), sha256=sha256)
    names = ", ".join(name for name, _ in found[:5])
    if not found:
        raise ReadError(f"a {kind} archive with a report was expected; it holds no file that can be read")
    raise ReadError(f"the zip archive holds {len(found)} files ({names}); unpack it and give open_reports the folder")


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in _READ and not hidden


def _readable(name: str) -> str:
    """The name in Chinese: zip knows UTF-8 and an American code page; Chinese programs write GBK into the latter."""
    try:
        return name.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name
