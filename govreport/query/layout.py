"""What a dataset is on disk: its folders, part files, manifests and plans; reading knows nothing else of it.

::

    govreport.json                      what this folder is, and the version of its format
    plans/0000.json                     the pieces of one call of collect_reports, in order, before they are worked
    manifests/<piece>.json              written last for each piece: its counts and its part files
    reports/year=2023/<piece>-<digest>.parquet      and likewise for every other table, and for revisits
    across/<name>-<digest>.parquet      what needs all reports: copies, moved keys, findings across reports
    index.json                          which of these belong to which state of the manifests
    .lock, .work                        held and used by the run that is writing

Only what a manifest lists belongs to the dataset, so that a run may be broken off at any moment. The name of a part
holds the piece it came from and the digest of its bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from govreport.errors import ReadError, UsageError
from govreport.frames import Frames

FORMAT, VERSION = "govreport dataset", 1
MARK, INDEX, PLANS, MANIFESTS, ACROSS = "govreport.json", "index.json", "plans", "manifests", "across"
WORK, LOCK = ".work", ".lock"
TABLES = (*Frames.names(), "wide")
"""Tables that come in parts: the frames, and ``wide`` with one row a report and one column a cell."""
REVISITS = "revisits"
"""Parts that no table shows: addresses that gave what another had given, for the table of copies."""
UNKNOWN = "unknown"
PIECE_DIGITS, PART_DIGITS = 20, 16


class Part(NamedTuple):
    """A part file of a piece. ``memory`` is what its rows take when they are read, in bytes."""

    table: str
    year: str
    name: str
    rows: int
    size: int
    memory: int

    @property
    def path(self) -> str:
        """Where it stands in the dataset's folder."""
        return f"{self.table}/year={self.year}/{self.name}"


class Manifest(NamedTuple):
    """What became of a piece: ``records`` = ``reports`` + ``failures`` + all ``passed``.

    ``files`` has a digest of name and stamp of each file of a list.
    ``trouble`` is empty, or the reason why the whole piece was set apart; such a piece is tried again by the next run.
    """

    piece: str
    source: str
    records: int
    reports: int
    failures: int
    passed: dict[str, int]
    parts: tuple[Part, ...]
    files: tuple[str, ...] = ()
    trouble: str = ""


class Snapshot(NamedTuple):
    """A dataset at one moment: manifests in the order of the plans, and what the last index says."""

    folder: Path
    manifests: tuple[Manifest, ...]
    state: dict[str, Any]

    @property
    def settled(self) -> bool:
        """Whether the index covers exactly these manifests; it does not after a run that was broken off."""
        return bool(self.state) and self.state["state"] == state_of(self.manifests)

    def parts(self, table: str, years: frozenset[str] | None = None) -> list[Part]:
        """Parts of a table, in order, for these years or for all."""
        chosen = (p for m in self.manifests for p in m.parts if p.table == table)
        return [p for p in chosen if years is None or p.year in years or table == "failures"]

    def paths(self, table: str, years: frozenset[str] | None = None) -> list[str]:
        """The same as names of files."""
        return [str(self.folder / part.path) for part in self.parts(table, years)]

    def across(self, name: str) -> Path | None:
        """A file that needs all reports; None where there is none in this state."""
        file = self.state.get("across", {}).get(name) if self.settled else None
        return self.folder / ACROSS / file if file else None

    def passed(self) -> dict[str, int]:
        """Records that were passed over, by reason."""
        total: Counter[str] = Counter()
        for manifest in self.manifests:
            total.update(manifest.passed)
        return dict(sorted(total.items()))


def is_dataset(path: str | os.PathLike[str]) -> bool:
    """Whether a folder holds a dataset that ``collect_reports`` wrote. Raises nothing."""
    try:
        return bool(_json(Path(path).expanduser() / MARK).get("format") == FORMAT)
    except (OSError, ValueError, AttributeError):
        return False


def snapshot(path: str | os.PathLike[str]) -> Snapshot:
    """The dataset in a folder as it is now.

    Raises:
        UsageError: there is no dataset, or a newer version of govreport wrote it.
        ReadError: one of its files is damaged.
    """
    folder = Path(path).expanduser()
    if not is_dataset(folder):
        raise UsageError(f"{folder} is no dataset: expected a folder that collect_reports wrote, with {MARK} in it")
    version = _read(folder / MARK)["version"]
    if version != VERSION:
        raise UsageError(f"{folder} has format {version}, this govreport reads format {VERSION}; update govreport")
    index = _read(folder / INDEX) if (folder / INDEX).exists() else {}
    return Snapshot(folder, tuple(manifests(folder)), index)


def manifests(folder: Path) -> list[Manifest]:
    """All manifests, in the order of the plans.

    Raises:
        ReadError: one of them is damaged.
    """
    order: dict[str, int] = {}
    for plan in plans(folder):
        for piece in plan["pieces"]:
            order.setdefault(piece, len(order))
    read = [_manifest(_read(path)) for path in sorted((folder / MANIFESTS).glob("[0-9a-f]*.json"))]
    return sorted(read, key=lambda m: (order.get(m.piece, len(order)), m.piece))


def plans(folder: Path) -> list[dict[str, Any]]:
    """The plans, oldest first.

    Raises:
        ReadError: one of them is damaged.
    """
    return [_read(path) for path in sorted((folder / PLANS).glob("[0-9]*.json"))]


def _manifest(data: dict[str, Any]) -> Manifest:
    parts = tuple(Part(*part) for part in data["parts"])
    return Manifest(**(data | {"parts": parts, "files": tuple(data["files"])}))


def manifest_json(manifest: Manifest) -> dict[str, Any]:
    """A manifest as it is written. Raises nothing."""
    return manifest._asdict() | {"parts": [list(part) for part in manifest.parts]}


def state_of(manifests: Iterable[Manifest]) -> str:
    """A digest of the order and the content of all pieces. Raises nothing."""
    digest = hashlib.sha256()
    for manifest in manifests:
        digest.update("\n".join((manifest.piece, *(part.name for part in manifest.parts), "")).encode())
    return digest.hexdigest()


def write_json(path: Path, data: dict[str, Any], work: Path) -> None:
    """Write beside and move: the file is whole or not there; the same data give the same bytes.

    Raises:
        OSError: no place to write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    temporary = work / f"{path.stem}-{uuid4().hex}.json"
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(data, file, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(_json(path))
    except (OSError, ValueError, TypeError) as error:
        raise ReadError(f"{path} of the dataset cannot be read: {error}; delete it and collect again") from error
