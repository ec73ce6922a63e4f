"""Tables of pages: JSON lines and Parquet, their columns, damage, and cutting."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govreport.forms import read_csv
from govreport.sources import Record, plan, read_piece
from govreport.sources.columns import moment
from govreport.sources.work import MAX_BYTES

URL = "http://www.example.gov.cn/"


def read(path: Path | str, piece_bytes: int | None = None) -> tuple[list[Record], Counter[str]]:
    passed: Counter[str] = Counter()
    return [one for piece in plan(path, piece_bytes=piece_bytes) for one in read_piece(piece, passed)], passed


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: Any, name: str = "dump.jsonl", ensure_ascii: bool = False) -> Path:
        path = tmp_path / name
        texts = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=ensure_ascii) for row in rows]
        path.write_bytes("".join(text + "\n" for text in texts).encode("utf-8", "surrogatepass"))
        return path

    return write


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: list[dict[str, Any]], name: str = "dump.parquet", group: int = 1000) -> Path:
        path = tmp_path / name
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
        return path

    return write


ROWS = [
    # the shapes of public dumps: Common Crawl extracts, C4, RedPajama, OSCAR, Dolma, HPLT
    ({"url": URL, "html": "<p>公开</p>", "warc_date": "2024-01-20T10:00:00Z"}, "2024-01-20T10:00:00+00:00"),
    ({"url": URL, "text": "公开", "timestamp": "2019-04-25T12:57:54Z"}, "2019-04-25T12:57:54+00:00"),
    ({"url": URL, "raw_content": "公开", "date_download": "2023-02-01T05:40:11Z"}, "2023-02-01T05:40:11+00:00"),
    (
        {"content": "公开", "warc_headers": {"warc-target-uri": URL, "warc-date": "2022-07-01T00:00:00Z"}},
        "2022-07-01T00:00:00+00:00",
    ),
    ({"id": "x", "text": "公开", "metadata": {"url": URL}, "added": "2023-05-06"}, "2023-05-06T00:00:00+00:00"),
    ({"u": URL, "text": "公开", "ts": "20230105000000"}, "2023-01-05T00:00:00+00:00"),
    ({"URL": URL, "Content": "公开", "status": "200"}, ""),
]


class TestColumns:
    @pytest.mark.parametrize(("row", "when"), ROWS)
    @pytest.mark.parametrize("kind", ["lines", "parquet"])
    def test_dumps_as_they_are_met(self, lines, parquet, row, when, kind):
        path = lines(row) if kind == "lines" else parquet([row])
        ((found,), _) = read(path)
        assert "公开" in found.page.content.decode()
        assert (found.page.origin.url, found.page.origin.retrieved) == (URL, when)
        assert found.name.endswith(f"{path.name}#{URL}")
        expected = "text/html; charset=utf-8" if "html" in row else "text/plain; charset=utf-8"
        assert found.page.origin.content_type == expected

    def test_html_comes_before_text(self, lines):
        ((found,), _) = read(lines({"text": "words", "url": URL, "html": "<p>words</p>"}))
        assert found.page.content == b"<p>words</p>"

    def test_a_column_of_bytes_keeps_its_encoding(self, parquet):
        ((found,), _) = read(parquet([{"html": "公开".encode("gbk"), "url": URL, "mime_type": "text/html"}]))
        assert found.page.content == "公开".encode("gbk")
        assert found.page.origin.content_type == "text/html"

    def test_rows_without_an_address_are_named_by_their_place(self, lines, parquet):
        rows = [{"text": "a"}, {"text": "b"}]
        assert [one.name.partition("#")[2] for one in read(lines(*rows))[0]] == ["byte 0", "byte 14"]
        assert [one.name.partition("#")[2] for one in read(parquet(rows))[0]] == ["row 0", "row 1"]

    def test_what_is_no_page_is_counted(self, lines):
        path = lines({"text": "", "url": URL}, {"text": None}, {"text": "x", "status": 404}, {"text": "y"}, "")
        records, passed = read(path)
        assert [one.page.content for one in records] == [b"y"]
        assert passed == {"rows without content": 2, "status 404": 1}

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ({"title": "x", "score": 1}, "a column with pages was expected .* found title, score"),
            ({"text": ["a", "b"]}, "text was expected in its column of pages, found list"),
            (["a"], "an object was expected, found list"),
            ('{"text": "a"', "the line is no JSON"),
            ("\x00", "the line is no JSON"),
            ("[" * 100_000, "the line is no JSON"),
        ],
    )
    def test_a_bad_row_is_told_and_the_next_one_read(self, lines, row, reason):
        bad, good = read(lines(row, {"text": "good"}))[0]
        assert bad.page is None
        assert re.search(reason, bad.reason)
        assert good.page.content == b"good"

    def test_half_characters_do_not_stop_the_reading(self, lines):
        ((found,), _) = read(lines({"text": "a\ud800b"}, ensure_ascii=True))
        assert found.page.content == b"a?b"

    def test_a_page_too_large_is_told(self, parquet):
        ((found,), _) = read(parquet([{"text": "x" * (MAX_BYTES + 1)}]))
        assert found.page is None
        assert "at most" in found.reason

    @pytest.mark.parametrize(
        ("value", "iso"),
        [
            ("2023-01-05 08:00:00+08:00", "2023-01-05T00:00:00+00:00"),
            (1672876800, "2023-01-05T00:00:00+00:00"),
            (1672876800123, "2023-01-05T00:00:00+00:00"),
            (datetime(2023, 1, 5), "2023-01-05T00:00:00+00:00"),
            (datetime(2023, 1, 5, tzinfo=UTC), "2023-01-05T00:00:00+00:00"),
            (date(2023, 1, 5), "2023-01-05T00:00:00+00:00"),
            *((odd, "") for odd in ("", "soon", None, True, 10**30, float("nan"), "99999999999999", [1])),
        ],
    )
    def test_times(self, value, iso):
        assert moment(value) == iso

    def test_column_names_are_unique_and_plain(self):
        names = [(row["role"], row["column"]) for row in read_csv("source_columns")]
        assert len(set(names)) == len(names)
        assert all(name == name.lower().replace("-", "_") for _, name in names)


class TestLines:
    @pytest.mark.parametrize(
        ("suffix", "pack"),
        [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstd)],
    )
    def test_packed_lines_are_read(self, tmp_path, suffix, pack):
        rows = [{"text": f"{n} 公开" * 50, "url": f"{URL}{n}"} for n in range(300)]
        path = tmp_path / f"dump.jsonl{suffix}"
        path.write_bytes(pack("".join(json.dumps(row) + "\n" for row in rows).encode()))
        for step in (None, 1000):
            records, passed = read(path, step)
            assert [one.page.content.decode() for one in records] == [row["text"] for row in rows]
            assert not passed

    @pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd), (".xz", lzma.compress)])
    def test_a_cut_file_is_told_after_what_could_be_read(self, tmp_path, suffix, pack):
        rng = random.Random(1)
        rows = "".join(json.dumps({"text": rng.randbytes(500).hex()}) + "\n" for _ in range(2000))
        path = tmp_path / f"dump.jsonl{suffix}"
        packed = pack(rows.encode())
        path.write_bytes(packed[: len(packed) // 2])
        records, _ = read(path)
        assert len(records) > 300
        assert all(one.page for one in records[:-2])
        assert records[-1].page is None
        assert "could not be read to its end" in records[-1].reason or "no JSON" in records[-1].reason

    def test_a_line_without_end_costs_no_memory(self, lines, monkeypatch):
        monkeypatch.setattr("govreport.sources.tables._MAX_LINE", 1000)
        path = lines({"text": "a"}, {"text": "x" * 5000}, {"text": "b"})
        records, _ = read(path)
        assert [bool(one.page) for one in records] == [True, False, True]
        assert "more than 1,000 bytes" in records[1].reason

    def test_a_byte_order_mark_is_no_fault(self, tmp_path):
        path = tmp_path / "a.jsonl"
        path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\r\n\r\n{"text": "b"}')
        assert [one.page.content for one in read(path)[0]] == [b"a", b"b"]

    @given(sizes=st.lists(st.integers(0, 400), max_size=40), step=st.integers(1, 3000), ends=st.booleans())
    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_pieces_of_any_size_give_each_line_once_and_in_order(self, tmp_path, sizes, step, ends):
        path = tmp_path / "a.jsonl"
        text = "\n".join(json.dumps({"text": f"{n}:" + "字" * size}) for n, size in enumerate(sizes))
        path.write_text(text + ("\n" if ends else ""), encoding="utf-8")
        whole, _ = read(path)
        assert [one.page.content.decode().partition(":")[0] for one in whole] == [str(n) for n in range(len(sizes))]
        assert read(path, step)[0] == whole


class TestParquet:
    @given(rows=st.integers(0, 60), group=st.integers(1, 70), step=st.integers(1, 4000))
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_pieces_of_any_size_give_each_row_once_and_in_order(self, parquet, rows, group, step):
        table = [{"text": f"{n} " + "x" * (7 * n), "other": n} for n in range(rows)] or [{"text": None, "other": 0}]
        path = parquet(table, group=group)
        whole, _ = read(path)
        assert [one.page.content.decode().split()[0] for one in whole] == [str(n) for n in range(rows)]
        assert [one.name.partition("#")[2] for one in whole] == [f"row {n}" for n in range(rows)]
        assert read(path, step)[0] == whole

    def test_row_groups_are_shared(self, parquet):
        path = parquet([{"text": random.Random(n).randbytes(500).hex()} for n in range(100)], group=10)
        assert len(plan(path, piece_bytes=20_000)) == 5

    def test_a_table_without_pages_says_what_it_found(self, parquet):
        ((found,), _) = read(parquet([{"title": "a", "score": 1}]))
        assert "found title, score" in found.reason

    @pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 10, b"nothing of the kind"])
    def test_what_is_no_parquet_file_is_told(self, tmp_path, content):
        path = tmp_path / "a.parquet"
        path.write_bytes(content)
        ((found,), _) = read(path, 10)
        assert "no Parquet file" in found.reason

    def test_a_broken_row_group_is_told_and_the_next_one_read(self, tmp_path):
        path = tmp_path / "a.parquet"
        rows = [{"text": random.Random(n).randbytes(300).hex()} for n in range(30)]
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=10, compression="gzip", use_dictionary=False)
        column = pq.ParquetFile(path).metadata.row_group(1).column(0)
        content = bytearray(path.read_bytes())
        at = column.data_page_offset + 200
        content[at : at + 500] = bytes(500)
        path.write_bytes(content)
        records, _ = read(path)
        assert [one.name.partition("#")[2] for one in records if one.page][:10] == [f"row {n}" for n in range(10)]
        assert [one.name.partition("#")[2] for one in records if one.page][-10:] == [f"row {n}" for n in range(20, 30)]
        assert [one.name.partition("#")[2] for one in records if not one.page] == ["row group 1"]
