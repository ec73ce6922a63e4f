"""Files here and elsewhere, opened alike: paths of this machine, and addresses that fsspec knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from govreport.errors import UsageError

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+(?:::|://)", re.IGNORECASE)


def is_remote(name: str) -> bool:
    r"""Whether a name is an address for fsspec: ``s3://bucket/x``, ``memory://x``, ``zip://x::file://y``.

    >>> is_remote("s3://bucket/crawl.warc.gz"), is_remote("saved/page.html"), is_remote("C:\\pages")
    (True, False, False)
    """
    return bool(_SCHEME.match(name)) and not name.lower().startswith("file://")


def local_path(name: str) -> str:
    """The path behind ``file://``; any other name as it is."""
    return unquote(urlsplit(name).path) if name.lower().startswith("file://") else name


def filesystem(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it.

    Raises:
        UsageError: fsspec or the package for this kind of address is missing, or nobody knows the kind.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"addresses such as {address} need fsspec; pip install 'govreport[bulk]'") from error
    try:
        found, path = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{address} cannot be reached: {error}") from error
    return found, str(path)


def open_bytes(address: str) -> IO[bytes]:
    """A file open for reading, with a position that can be set.

    Raises:
        OSError: it cannot be opened.
        UsageError: this kind of address cannot be reached.
    """
    if not is_remote(address):
        return Path(address).open("rb")
    found, path = filesystem(address)
    opened: IO[bytes] = found.open(path, "rb")
    return opened


def size_and_stamp(address: str) -> tuple[int, str]:
    """Bytes of a file, and a text that changes when the file does.

    Raises:
        OSError: there is no such file.
        UsageError: this kind of address cannot be reached.
    """
    if not is_remote(address):
        found = Path(address).stat()
        return found.st_size, f"{found.st_size}-{found.st_mtime_ns}"
    system, path = filesystem(address)
    info = system.info(path)
    size = int(info.get("size") or 0)
    told = next((str(info[key]) for key in ("ETag", "etag", "mtime", "LastModified", "created") if info.get(key)), "")
    return size, f"{size}-{told}"
