"""Web archives: what is read, what is passed over, what damage does, and that any cutting gives the same records."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import pickle
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from web_archives import answer, chunked, deflated, digest, packed, record, response

from govreport.errors import UsageError
from govreport.read.sniff import MAX_BYTES as MAX_BYTES_OF_READERS
from govreport.sources import Piece, Record, plan, read_piece
from govreport.sources.payload import differs, undo
from govreport.sources.warc import warc_borders
from govreport.sources.work import MAX_BYTES

URL = "http://www.example.gov.cn/"


def read(path: Path | str, piece_bytes: int | None = None) -> tuple[list[Record], Counter[str]]:
    passed: Counter[str] = Counter()
    pieces = plan(path, piece_bytes=piece_bytes)
    return [one for piece in pieces for one in read_piece(piece, passed)], passed


def told(records: Iterable[Record]) -> list[str]:
    """Addresses of the pages, reasons of what is none."""
    return [one.page.origin.url.removeprefix(URL) if one.page else one.reason for one in records]


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    def write(*parts: bytes, name: str = "crawl.warc.gz", level: int = 6) -> Path:
        path = tmp_path / name
        path.write_bytes(packed(parts, level) if name.endswith("gz") else b"".join(parts))
        return path

    return write


def pages(count: int, size: int = 300) -> list[bytes]:
    """Responses with bodies that no packing makes small."""
    rng = random.Random(count)
    return [response(f"{URL}{n}", f"<p>{n}</p>".encode() + rng.randbytes(size)) for n in range(count)]


class TestReading:
    @pytest.mark.parametrize("name", ["crawl.warc.gz", "crawl.warc"])
    def test_a_page_says_where_it_came_from(self, archive, name):
        (found,), passed = read(archive(response(URL + "1.html", b"<p>hello</p>"), name=name))
        assert found.name.endswith(f"{name}#{URL}1.html")
        assert found.page.content == b"<p>hello</p>"
        origin = found.page.origin
        assert (origin.source, origin.url, origin.status) == (found.name, URL + "1.html", 200)
        assert (origin.retrieved, origin.content_type) == ("2024-01-20T10:00:00+00:00", "text/html")
        assert (found.reason, passed) == ("", Counter())

    def test_what_is_no_page_is_passed_over_and_counted(self, archive):
        path = archive(
            record("warcinfo", "", b"software: x\r\n", content_type="application/warc-fields"),
            record("request", URL, b"GET / HTTP/1.1\r\n\r\n", content_type="application/http; msgtype=request"),
            record("metadata", URL, b"fetchTimeMs: 5\r\n", content_type="application/warc-fields"),
            record("revisit", URL + "old", answer(b"")),
            record("response", "dns:example.gov.cn", b"x", content_type="text/dns"),
            record("resource", "urn:text:" + URL, b"words", content_type="text/plain"),
            response(URL + "a.png", b"\x89PNG", content_type="image/png"),
            response(URL + "a.css", b"p{}", content_type="text/css"),
            response(URL + "a.rar", b"Rar!\x1a\x07", content_type="application/x-rar-compressed"),
            response(URL + "gone", b"gone", 404),
            response(URL + "moved", b"", 302, "Location: /"),
            response(URL + "page", b"<p>1</p>"),
        )
        records, passed = read(path)
        assert told(records) == ["page"]
        assert passed == {
            "warcinfo records": 1, "request records": 1, "metadata records": 1, "revisit records": 1,
            "records that are no web page": 2, "pictures": 1, "style sheets and scripts": 1, "packed files": 1,
            "status 404": 1, "status 302": 1,
        }  # fmt: skip

    def test_extracts_and_resources_are_pages(self, archive):
        text = "年度报告".encode()
        path = archive(
            record("conversion", URL + "wet", text, content_type="text/plain"),
            record("resource", URL + "saved", b"<p>1</p>", content_type="text/html"),
            name="extract.warc.wet.gz",
        )
        records, _ = read(path)
        assert [one.page.content for one in records] == [text, b"<p>1</p>"]
        assert [one.page.origin.content_type for one in records] == ["text/plain", "text/html"]

    def test_archives_of_warcio_are_read(self, tmp_path):
        path = tmp_path / "a.warc.gz"
        with path.open("wb") as file:
            writer = WARCWriter(file, gzip=True)
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
            body = io.BytesIO("<p>规章</p>".encode("gbk"))
            writer.write_record(writer.create_warc_record(URL + "x", "response", payload=body, http_headers=headers))
        ((found,), _) = read(path)
        assert (found.page.content.decode("gbk"), found.reason) == ("<p>规章</p>", "")

    def test_times_are_given_in_utc(self, archive):
        zoned = record("response", URL, answer(b"x")).replace(b"2024-01-20T10:00:00Z", b"2024-01-20T10:00:00.25+08:00")
        ((found,), _) = read(archive(zoned))
        assert found.page.origin.retrieved == "2024-01-20T02:00:00+00:00"

    def test_one_member_may_hold_many_records_and_many_members_one(self, tmp_path):
        whole = b"".join(pages(20, 5000))
        one = tmp_path / "one.warc.gz"
        one.write_bytes(gzip.compress(whole))
        many = tmp_path / "many.warc.gz"
        many.write_bytes(b"".join(gzip.compress(whole[at : at + 4096]) for at in range(0, len(whole), 4096)))
        for path in (one, many):
            for size in (None, 3000):
                assert told(read(path, size)[0]) == [str(n) for n in range(20)]

    def test_addresses_stay_as_they_are(self, archive):
        records, _ = read(archive(response("http://例.gov.cn/某 页?a=<1>", b"x"), response("<http://a.gov.cn/>", b"y")))
        assert [one.page.origin.url for one in records] == ["http://例.gov.cn/某 页?a=<1", "http://a.gov.cn/"]


class TestBodies:
    @pytest.mark.parametrize(
        ("coding", "pack"),
        [
            ("gzip", gzip.compress), ("x-gzip", gzip.compress), ("br", brotli.compress), ("deflate", deflated),
            ("identity", bytes), ("gzip, br", lambda body: brotli.compress(gzip.compress(body))),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("in_chunks", [False, True])
    def test_encodings_are_undone(self, archive, coding, pack, in_chunks):
        body = "<p>公开</p>".encode() * 500
        sent = chunked(pack(body)) if in_chunks else pack(body)
        extra = ["Transfer-Encoding: chunked"] if in_chunks else []
        ((found,), _) = read(archive(response(URL, sent, 200, f"Content-Encoding: {coding}", *extra)))
        assert (found.page.content, found.reason) == (body, "")

    def test_a_header_may_outlive_its_encoding(self):
        for coding in ("gzip", "br"):
            assert undo(b"<p>plain</p>", "chunked", coding)[::2] == (b"<p>plain</p>", "")

    def test_an_unknown_encoding_is_told(self, archive):
        ((found,), _) = read(archive(response(URL, b"x", 200, "Content-Encoding: snappy")))
        assert "snappy" in found.reason

    @pytest.mark.parametrize(
        ("coding", "pack"), [("gzip", lambda b: gzip.compress(b, 1)), ("br", lambda b: brotli.compress(b, quality=1))]
    )
    def test_a_body_that_unpacks_without_end_is_refused(self, coding, pack):
        bomb = pack(b"\0" * (MAX_BYTES + 10))
        assert len(bomb) < 200_000
        found = undo(bomb, "", coding)
        assert found.content == b""
        assert f"{MAX_BYTES:,}" in found.reason

    def test_a_cut_body_is_kept_with_a_reason(self, archive):
        body = random.Random(1).randbytes(5000)
        ((found,), _) = read(archive(response(URL, gzip.compress(body)[:3000], 200, "Content-Encoding: gzip")))
        assert body.startswith(found.page.content)
        assert len(found.page.content) > 2000
        assert found.reason == "its compressed data break off"

    def test_a_body_that_cannot_be_unpacked_at_all_is_no_page(self, archive):
        ((found,), _) = read(archive(response(URL, b"\x1f\x8b" + b"\xff" * 50, 200, "Content-Encoding: gzip")))
        assert found.page is None
        assert "could not be unpacked" in found.reason

    @pytest.mark.parametrize(
        ("sent", "content", "reason"),
        [
            (b"3\r\nabc\r\n0\r\n\r\n", b"abc", ""),
            (b"3;x=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde", ""),
            (b"no chunks", b"no chunks", ""),
            (b"3\r\nabc\r\nzz\r\n", b"abc", "its chunks break off"),
            (b"9\r\nabc", b"abc", "its last chunk is cut"),
            (b"ffffffffffffffff\r\nabc", b"ffffffffffffffff\r\nabc", ""),
        ],
    )
    def test_chunks(self, sent, content, reason):
        assert undo(sent, "chunked", "")[::2] == (content, reason)

    def test_the_limit_is_that_of_the_readers(self):
        assert MAX_BYTES == MAX_BYTES_OF_READERS


class TestDigests:
    def test_a_wrong_digest_is_kept_with_the_page(self, archive):
        block = answer(b"<p>changed</p>")
        wrong = record("response", URL, block, headers=[f"WARC-Payload-Digest: {digest(b'<p>old</p>')}"])
        whole = record("response", URL, block, headers=[f"WARC-Block-Digest: {digest(b'other')}"])
        for (found,) in (read(archive(wrong))[0], read(archive(whole))[0]):
            assert found.page.content == b"<p>changed</p>"
            assert found.reason.startswith("the digest sha1:")

    def test_a_payload_digest_may_be_of_the_sent_or_of_the_unpacked_body(self, archive):
        body = b"<p>x</p>" * 100
        sent = chunked(gzip.compress(body, mtime=0))
        for hashed in (sent, gzip.compress(body, mtime=0), body):
            block = answer(sent, 200, "Content-Encoding: gzip", "Transfer-Encoding: chunked")
            made = record("response", URL, block, headers=[f"WARC-Payload-Digest: {digest(hashed)}"])
            ((found,), _) = read(archive(made))
            assert (found.page.content, found.reason) == (body, "")

    def test_ways_to_write_a_digest(self):
        sha256 = hashlib.sha256(b"x")
        assert not differs(f"sha256:{sha256.hexdigest()}", b"x")
        assert not differs(f"sha-256:{sha256.hexdigest().upper()}", b"x")
        assert not differs(digest(b"x").lower(), b"y", b"x")
        assert not differs(f"sha1:{base64.b64encode(hashlib.sha1(b'x').digest()).decode()}", b"x")
        assert not differs("blake3:00", b"x")
        assert differs("sha1:" + "é" * 32, b"x")
        assert differs("sha1:" + "0" * 32, b"x")
        assert differs("sha1:" + "+" * 28, b"x")
        assert not differs(f"sha256:{base64.b32encode(sha256.digest()).decode()}", b"x")
        assert differs("md5:00", b"x")

    def test_the_archive_may_say_that_it_cut_the_page(self, archive):
        made = record("response", URL, answer(b"<p>x"), headers=["WARC-Truncated: length"])
        ((found,), _) = read(archive(made))
        assert found.page.content == b"<p>x"
        assert "the page was cut (length)" in found.reason


class TestDamage:
    def test_a_cut_file_tells_its_last_record_wherever_it_is_cut(self, tmp_path):
        first, second = packed(pages(1)), packed(pages(2)[1:])
        path = tmp_path / "cut.warc.gz"
        for end in range(1, len(second)):
            path.write_bytes(first + second[:end])
            records, _ = read(path)
            assert told(records)[0] == "0"
            assert len(records) == 2, end
            assert records[1].page is None
            assert "the file ends inside it" in records[1].reason

    def test_a_cut_plain_file_tells_its_last_record(self, tmp_path):
        first, second = pages(2)
        path = tmp_path / "cut.warc"
        for end in range(1, len(second) - 4):
            path.write_bytes(first + second[:end])
            records, _ = read(path)
            assert told(records)[0] == "0"
            assert [one.page for one in records[1:]] == [None], end
        path.write_bytes(first + second[:-3])
        assert told(read(path)[0]) == ["0", "1"]

    @pytest.mark.parametrize("harm", ["flip", "zeros", "missing", "junk"])
    @pytest.mark.parametrize("piece_bytes", [None, 2000])
    def test_a_broken_member_is_told_and_the_next_one_read(self, tmp_path, harm, piece_bytes):
        parts = [gzip.compress(one, mtime=0) for one in pages(9, 3000)]
        at = len(parts[4]) // 2
        harmed = bytearray(parts[4])
        if harm == "flip":
            harmed[at] ^= 0xFF
        elif harm == "zeros":
            harmed[at : at + 300] = bytes(300)
        elif harm == "missing":
            del harmed[at : at + 100]
        else:
            harmed = bytearray(b"junk" * 50) + harmed
        parts[4] = bytes(harmed)
        path = tmp_path / "harmed.warc.gz"
        path.write_bytes(b"".join(parts))
        records, _ = read(path, piece_bytes)
        good = told(one for one in records if one.page)
        bad = [one for one in records if not one.page]
        assert good == [str(n) for n in range(9) if n != 4 or harm == "junk"]
        assert len(bad) == 1
        assert "gzip data are broken" in bad[0].reason
        assert f"byte {sum(map(len, parts[:4])):,}" in bad[0].reason
        assert bad[0].name.endswith("#" + URL + "4" if harm != "junk" else f"#byte {sum(map(len, parts[:4]))}")

    @pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
    @pytest.mark.parametrize(
        ("said", "reason"),
        [(5, "longer|no record begins"), (900, "before its length|no record"), (10**15, "before its length")],
    )
    def test_a_wrong_length_costs_one_record(self, archive, name, said, reason):
        first, second, third = pages(3)
        wrong = record("response", URL + "wrong", answer(b"<p>hello</p>" * 9), length=said)
        records, _ = read(archive(first, wrong, second, third, name=name))
        assert told(one for one in records if one.page) == ["0", "1", "2"]
        bad = [one for one in records if not one.page]
        assert bad
        assert bad[0].name.endswith("#" + URL + "wrong")
        assert re.search(reason, bad[0].reason)

    @pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
    def test_a_header_without_length_or_end_costs_one_record(self, archive, name):
        first, second = pages(2)
        for wrong in (
            first.replace(b"Content-Length", b"Content-Longth"),
            b"WARC/1.1\r\n" + b"X" * 70_000 + b"\r\n",
        ):
            records, _ = read(archive(first, wrong, second, name=name))
            assert told(one for one in records if one.page) == ["0", "1"]
            assert len(records) == 3

    def test_what_is_no_answer_is_told(self, archive):
        ((found,), _) = read(archive(record("response", URL, b"junk")))
        assert "holds no answer of a web server" in found.reason

    @pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"<html>", b"\x1f\x8b", b"\x1f\x8b\x08" + b"\0" * 50, b"PK"])
    @pytest.mark.parametrize("name", ["a.warc.gz", "a.warc", "a.wacz"])
    def test_what_is_no_archive_is_told(self, tmp_path, name, content):
        path = tmp_path / name
        path.write_bytes(content)
        records, _ = read(path, 10)
        assert all(one.page is None and one.reason for one in records)
        assert bool(records) == (content != b"\r\n\r\n" or name == "a.wacz")

    def test_a_record_too_large_is_told_if_it_is_a_page_and_counted_if_not(self, archive):
        large = b"\0" * (MAX_BYTES + 300_000)
        for name in ("a.warc.gz", "a.warc"):
            path = archive(
                response(URL + "film", large, content_type="video/mp4"),
                response(URL + "page", large),
                *pages(1),
                name=name,
            )
            records, passed = read(path)
            assert passed == {"films and sound": 1}
            assert [one.name.partition("#")[2] for one in records] == [URL + "page", URL + "0"]
            assert "at most" in records[0].reason

    def test_any_damage_is_survived(self, tmp_path):
        whole = packed(pages(6))
        rng = random.Random(7)
        path = tmp_path / "a.warc.gz"
        for _ in range(150):
            harmed = bytearray(whole)
            for _ in range(rng.randint(1, 5)):
                at = rng.randrange(len(harmed))
                harmed[at : at + rng.randint(0, 200)] = rng.randbytes(rng.randint(0, 200))
            path.write_bytes(harmed)
            records, _ = read(path)
            assert all(one.page or one.reason for one in records)
            assert [*map(str, read(path, 700)[0])] == [*map(str, records)]


class TestCutting:
    @given(sizes=st.lists(st.integers(0, 4000), min_size=1, max_size=40), step=st.integers(1, 30_000), gz=st.booleans())
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_pieces_of_any_size_give_each_record_once_and_in_order(self, tmp_path, sizes, step, gz):
        rng = random.Random(len(sizes))
        parts = [response(f"{URL}{n}", rng.randbytes(size)) for n, size in enumerate(sizes)]
        path = tmp_path / ("a.warc.gz" if gz else "a.warc")
        path.write_bytes(packed(parts) if gz else b"".join(parts))
        whole, _ = read(path)
        assert told(whole) == [str(n) for n in range(len(sizes))]
        assert read(path, step)[0] == whole
        pieces = plan(path, piece_bytes=step)
        assert pieces == plan(path, piece_bytes=step)
        assert pieces == pickle.loads(pickle.dumps(pieces))
        assert [a.stop for a in pieces[:-1]] == [b.start for b in pieces[1:]]

    @pytest.mark.parametrize("level", [0, 9])
    def test_an_archive_inside_a_page_is_no_part_of_the_archive(self, tmp_path, level):
        inner = packed(pages(60, 900), 9)
        plain_inner = b"".join(pages(60, 900))
        parts = [
            *pages(3), response(URL + "inner.gz", inner, content_type="text/html"),
            response(URL + "inner", plain_inner), *pages(2, 100_000),
        ]  # fmt: skip
        for name in ("a.warc.gz", "a.warc"):
            path = tmp_path / name
            path.write_bytes(packed(parts, level) if name.endswith("gz") else b"".join(parts))
            whole, _ = read(path)
            assert told(whole) == ["0", "1", "2", "inner.gz", "inner", "0", "1"]
            for step in (500, 3000, 20_000, 70_000, 150_000):
                assert read(path, step)[0] == whole

    def test_a_large_archive_is_cut_about_evenly(self, tmp_path):
        path = tmp_path / "a.warc.gz"
        path.write_bytes(packed(pages(200, 5000)))
        pieces = plan(path, piece_bytes=200_000)
        sizes = [(piece.stop if piece.stop >= 0 else path.stat().st_size) - piece.start for piece in pieces]
        assert len(pieces) == 6
        assert all(100_000 < size < 300_000 for size in sizes[:-1])

    def test_a_file_that_cannot_be_cut_stays_whole(self, tmp_path):
        path = tmp_path / "a.warc.gz"
        path.write_bytes(gzip.compress(b"".join(pages(50, 2000))))
        with path.open("rb") as file:
            assert warc_borders(file, path.stat().st_size, 1000) == []
        assert len(plan(path, piece_bytes=1000)) == 1

    def test_sizes_are_checked(self, archive):
        with pytest.raises(UsageError, match="above 0"):
            plan(archive(*pages(1)), piece_bytes=0)


class TestWacz:
    @pytest.fixture
    def wacz(self, tmp_path) -> Callable[[int], Path]:
        def write(method: int) -> Path:
            path = tmp_path / "site.wacz"
            with zipfile.ZipFile(path, "w", method) as made:
                made.writestr("datapackage.json", "{}")
                made.writestr("archive/b.warc.gz", packed(pages(30, 2000)[20:]))
                made.writestr("archive/a.warc.gz", packed(pages(30, 2000)[:20]))
                made.writestr("pages/pages.jsonl", '{"url": "x"}')
            return path

        return write

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_the_archives_inside_are_read(self, wacz, method):
        path = wacz(method)
        for step in (None, 1000, 7000):
            records, _ = read(path, step)
            assert sorted(map(int, told(records))) == list(range(30))
            assert records[0].name.endswith("site.wacz#" + URL + "0")

    def test_ranges_of_the_zip_file_are_shared(self, wacz):
        assert len(plan(wacz(zipfile.ZIP_STORED), piece_bytes=5000)) > 8

    def test_a_wacz_without_an_archive_is_told(self, tmp_path):
        path = tmp_path / "a.wacz"
        with zipfile.ZipFile(path, "w") as made:
            made.writestr("datapackage.json", "{}")
        ((found,), _) = read(path)
        assert found.page is None
        assert "no WARC" in found.reason


def test_a_missing_archive_is_told_by_its_piece(tmp_path):
    (found,) = read_piece(Piece("warc", "gone.warc.gz", str(tmp_path / "gone.warc.gz")))
    assert found.page is None
    assert "No such file" in found.reason
