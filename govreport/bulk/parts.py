"""The part files of one piece: rows gathered in memory up to a bound, written beside, then moved into their places.

The same rows in the same order give the same bytes: settings are fixed, nothing holds a time or a name of the machine.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import sys
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from govreport.query.columns import stored
from govreport.query.layout import PART_DIGITS, WORK, Part

ROWS_HELD = 100_000
"""Rows of all tables together that wait in memory, some 450 reports; more are written out."""
_COMPRESSION, _LEVEL = "zstd", 3


class PartWriter:
    """Writes the parts of one piece; nothing stands in the dataset before ``commit``."""

    def __init__(self, folder: Path, piece: str) -> None:
        self._folder, self._piece = folder, piece
        self._beside = folder / WORK / f"{piece}-{uuid4().hex}"
        self._beside.mkdir(parents=True)
        self._waiting: dict[tuple[str, str], list[pa.Table]] = {}
        self._writers: dict[tuple[str, str], pq.ParquetWriter] = {}
        self._sizes: dict[tuple[str, str], tuple[int, int]] = {}
        self._held = 0

    def add(self, table: str, year: str, rows: pa.Table) -> None:
        """Rows of a table, in order."""
        if not len(rows):
            return
        self._waiting.setdefault((table, year), []).append(rows)
        self._held += len(rows)
        count, memory = self._sizes.get((table, year), (0, 0))
        self._sizes[table, year] = (count + len(rows), memory + rows.nbytes)
        while self._held > ROWS_HELD:
            self._write(max(self._waiting, key=lambda key: (sum(map(len, self._waiting[key])), key)))

    def _write(self, key: tuple[str, str]) -> None:
        rows = pa.concat_tables(self._waiting.pop(key)).combine_chunks()
        self._held -= len(rows)
        if key not in self._writers:
            path = self._beside / f"{key[0]}-{key[1]}.parquet"
            self._writers[key] = pq.ParquetWriter(
                path, stored(key[0]), compression=_COMPRESSION, compression_level=_LEVEL, version="2.6"
            )
        self._writers[key].write_table(rows, row_group_size=max(len(rows), 1))

    def commit(self) -> tuple[Part, ...]:
        """Move everything into its place; what is there already has the same bytes and is replaced.

        Raises:
            OSError: no place to write.
        """
        for key in sorted(self._waiting):
            self._write(key)
        made = []
        for key in sorted(self._writers):
            self._writers[key].close()
            made.append(self._moved(*key))
        self.drop()
        return tuple(made)

    def _moved(self, table: str, year: str) -> Part:
        path = self._beside / f"{table}-{year}.parquet"
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        rows, memory = self._sizes[table, year]
        name = f"{self._piece}-{digest[:PART_DIGITS]}.parquet"
        part = Part(table, year, name, rows, path.stat().st_size, memory)
        target = self._folder / part.path
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        return part

    def drop(self) -> None:
        """Leave nothing behind. Raises nothing."""
        for writer in self._writers.values():
            writer.close()
        shutil.rmtree(self._beside, ignore_errors=True)


def give_back() -> None:
    """Memory that is not needed goes back to the system: allocators keep it, and over many pieces it adds up."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None  # only glibc has it
    if trim is not None:
        trim(0)


def write_whole(folder: Path, name: str, rows: pa.Table) -> str:
    """One small table as a file named by its content; gives the name.

    Raises:
        OSError: no place to write.
    """
    beside = folder.parent / WORK / f"{name}-{uuid4().hex}.parquet"
    beside.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, beside, compression=_COMPRESSION, compression_level=_LEVEL, version="2.6")
    digest = hashlib.sha256(beside.read_bytes()).hexdigest()
    file = f"{name}-{digest[:PART_DIGITS]}.parquet"
    beside.replace(folder / file)
    return file
