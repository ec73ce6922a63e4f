"""Sources for the tests of bulk reading: folders and web archives of invented pages."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from govreport.bulk.finish import opened, settle
from govreport.bulk.parts import PartWriter
from govreport.bulk.rows import Done, record_key, rows_of
from govreport.bulk.work import commit
from govreport.model import Report
from govreport.query.layout import PLANS, WORK, Manifest, write_json

OTHER = (
    "<html><head><title>通知</title></head><body><p>关于召开会议的通知，请各单位按时参加。</p></body></html>".encode()
)


@cache
def invented(bodies: int = 30, seed: int = 1) -> tuple[tuple[str, bytes], ...]:
    """Names and pages of every third report of a small invented panel, so that all kinds of layouts are met."""
    from govreport.synthetic import panel

    return tuple(panel(bodies, (2021, 2023), seed=seed).pages())[::3]


def write_pages(folder: Path, pages: Iterable[tuple[str, bytes]]) -> Path:
    """A folder of saved pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pages:
        (folder / name).write_bytes(content)
    return folder


def write_warc(path: Path, pages: Iterable[tuple[str, bytes]], *, cut: Sequence[str] = ()) -> Path:
    """A web archive of pages; those named are marked as cut."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, content in pages:
            kind = "text/plain" if url.endswith(".txt") else "text/html"
            headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            dated = {"WARC-Date": "2026-01-01T00:00:00Z"}
            if url in cut:
                dated["WARC-Truncated"] = "length"
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=io.BytesIO(content), http_headers=headers, warc_headers_dict=dated
                )
            )
    return path


def files_of(folder: Path) -> dict[str, str]:
    """Every file of a dataset and the digest of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def dataset_of(reports: Iterable[Report], folder: Path, each: int = 400) -> Path:
    """A dataset of Report objects, without pages: as ``collect_reports`` stores them, in pieces of ``each``."""
    waiting, keys = iter(reports), []
    with opened(folder):
        while batch := list(itertools.islice(waiting, each)):
            key = f"{len(keys):020x}"
            writer, met = PartWriter(folder, key), Counter[str]()
            done = [Done(n, record_key(r.source, r.sha256.encode()), r) for n, r in enumerate(batch, start=1)]
            for start in range(0, len(done), 150):
                for table, year, rows in rows_of(done[start : start + 150], met):
                    writer.add(table, year, rows)
            commit(folder, Manifest(key, f"piece {len(keys)}", len(batch), len(batch), 0, {}, writer.commit()))
            keys.append(key)
        write_json(folder / PLANS / "0000.json", {"pieces": keys, "after": []}, folder / WORK)
        settle(folder)
    return folder
