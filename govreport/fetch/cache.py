"""Fetched pages kept on disk: the body under its digest, a small JSON file beside it under the digest of the address.

Both are written whole and then moved into place. An entry that is not exactly as written is not used: the page is
fetched again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from govreport.errors import FetchError
from govreport.model import Origin, Page

_FORMAT = 1
_log = logging.getLogger(__name__)


class PageCache:
    """Pages kept in a folder. Several processes may share it.

    Args:
        folder: made on the first write.
        fresh_days: an entry older than this is not given.
    """

    def __init__(self, folder: Path, fresh_days: float) -> None:
        self.folder = folder
        self.fresh = timedelta(days=fresh_days)

    def get(self, url: str) -> Page | None:
        """The page kept for this address, or None if there is none, it is too old, or it is damaged."""
        entry = self._entry(url)
        try:
            page = self._load(entry, url)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("the kept copy of %s is not used, since it is damaged (%s); fetching again", url, error)
            return None
        age = datetime.now(UTC) - datetime.fromisoformat(page.origin.retrieved)
        return page if timedelta(0) <= age < self.fresh else None

    def put(self, url: str, page: Page) -> None:
        """Keep a page.

        Raises:
            FetchError: the folder cannot be written to.
        """
        digest = hashlib.sha256(page.content).hexdigest()
        about = {"format": _FORMAT, "asked": url, "sha256": digest, "size": len(page.content), **page.origin._asdict()}
        try:
            _write(self._body(digest), page.content)
            _write(self._entry(url), json.dumps(about, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise FetchError(
                f"{url} was fetched but could not be kept in the cache {self.folder} ({error}); free the folder, "
                "or set FetchSettings(cache=...) to another folder or to False"
            ) from error

    def _load(self, entry: Path, url: str) -> Page:
        about = json.loads(entry.read_bytes())
        if about["format"] != _FORMAT or about["asked"] != url:
            raise ValueError("its description is of another page or format")
        content = self._body(str(about["sha256"])).read_bytes()
        if len(content) != about["size"] or hashlib.sha256(content).hexdigest() != about["sha256"]:
            raise ValueError("its body is not the one that was kept")
        origin = Origin(**{name: about[name] for name in Origin._fields})
        if not isinstance(origin.status, int) or datetime.fromisoformat(origin.retrieved).tzinfo is None:
            raise ValueError("its date or status cannot be read")
        return Page(content, origin)

    def _entry(self, url: str) -> Path:
        key = hashlib.sha256(url.encode()).hexdigest()
        return self.folder / "pages" / key[:2] / f"{key}.json"

    def _body(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError("its digest is none")  # a damaged entry must not lead outside the folder
        return self.folder / "bodies" / digest[:2] / digest


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
