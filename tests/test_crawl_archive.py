"""The archive of a crawl: what is written, what other programs read of it, and what a kill leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from govreport.crawl.archive import Archive, Earlier, Exchange, Place, payload_digest
from govreport.errors import GovreportError, UsageError

pytest.importorskip("warcio")
pytest.importorskip("fastwarc")

ABOUT = {"software": "govreport/test", "format": "WARC File Format 1.1"}
BIG = 10**9


def exchange(name: str, body: bytes = b"<p>report</p>", **more: object) -> Exchange:
    made = Exchange(
        url=f"http://a.gov.cn/{name}?x=1",
        method="GET",
        form=b"",
        sent=(("Host", "a.gov.cn"), ("User-Agent", "govreport/test")),
        status="200 OK",
        headers=(("Content-Type", "text/html"), ("X-Note", "\xd6\xd0\xce\xc4")),
        body=body,
        address="127.0.0.1",
        when="2024-01-02T03:04:05.678901Z",
    )
    return made._replace(**more)  # type: ignore[arg-type]


def write(folder: Path, *exchanges: Exchange, file_bytes: int = BIG) -> list[Place]:
    with Archive(folder, ABOUT, file_bytes) as archive:
        assert list(archive.recover(None)) == []
        return [archive.append(one)[0] for one in exchanges]


def whole_by_warcio(path: Path) -> bool:
    """Whether warcio's own checker finds nothing wrong."""
    from argparse import Namespace

    from warcio.checker import Checker

    checker = Checker(Namespace(inputs=[str(path)], verbose=False))
    checker.process_all()
    return int(checker.exit_value) == 0


def kinds_by_fastwarc(path: Path) -> list[str]:
    """Kinds of the records, each with its digest checked by another reader."""
    from fastwarc import ArchiveIterator

    made = []
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False):
            assert record.verify_block_digest()
            made.append(str(record.record_type).rpartition(".")[2])
    return made


def test_what_is_written_is_read_by_others(tmp_path: Path) -> None:
    write(tmp_path, exchange("1"), exchange("2", method="POST", form=b"col=1&page=2"))
    path = tmp_path / "crawl-00001.warc.gz"
    assert whole_by_warcio(path)
    assert kinds_by_fastwarc(path) == ["warcinfo", "response", "request", "response", "request"]


def test_records_say_what_was_asked_and_received(tmp_path: Path) -> None:
    from warcio.archiveiterator import ArchiveIterator

    write(tmp_path, exchange("1", body=b"abc", method="POST", form=b"a=1"))
    with (tmp_path / "crawl-00001.warc.gz").open("rb") as stream:
        info, response, request = (
            (record.rec_headers, record.http_headers, record.raw_stream.read()) for record in ArchiveIterator(stream)
        )
    assert info[0].protocol == "WARC/1.1"
    assert b"software: govreport/test" in info[2]
    assert response[0].get_header("WARC-Target-URI") == "http://a.gov.cn/1?x=1"
    assert response[0].get_header("WARC-IP-Address") == "127.0.0.1"
    assert response[0].get_header("WARC-Date") == "2024-01-02T03:04:05.678901Z"
    assert response[0].get_header("WARC-Payload-Digest") == payload_digest(b"abc")
    assert response[0].get_header("WARC-Payload-Digest") == "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5"
    assert response[0].get_header("WARC-Block-Digest").startswith("sha1:")
    assert response[2] == b"abc"
    assert request[0].get_header("WARC-Concurrent-To") == response[0].get_header("WARC-Record-ID")
    assert (request[1].protocol, request[1].statusline) == ("POST", "/1?x=1 HTTP/1.1")
    assert request[2] == b"a=1"


def test_headers_stay_byte_for_byte(tmp_path: Path) -> None:
    import gzip

    write(tmp_path, exchange("1"))
    assert b"X-Note: \xd6\xd0\xce\xc4\r\n" in gzip.decompress((tmp_path / "crawl-00001.warc.gz").read_bytes())


def test_the_same_body_is_written_once(tmp_path: Path) -> None:
    with Archive(tmp_path, ABOUT, BIG) as archive:
        list(archive.recover(None))
        first, record_id = archive.append(exchange("1"))
        earlier = Earlier("http://a.gov.cn/1?x=1", "2024-01-02T03:04:05.678901Z", record_id)
        archive.append(exchange("2"), earlier)
        assert archive.body_at(first) == b"<p>report</p>"
    path = tmp_path / "crawl-00001.warc.gz"
    assert whole_by_warcio(path)
    assert kinds_by_fastwarc(path) == ["warcinfo", "response", "request", "revisit", "request"]
    with Archive(tmp_path, ABOUT, BIG) as archive:
        again = [one for one, _, _ in archive.recover(first)]
    assert [(one.url, one.body, one.digest) for one in again] == [
        ("http://a.gov.cn/2?x=1", None, payload_digest(b"<p>report</p>"))
    ]


def test_files_follow_each_other(tmp_path: Path) -> None:
    places = write(tmp_path, *(exchange(str(n), body=bytes([n]) * 400) for n in range(5)), file_bytes=1_300)
    assert [place.file[6:11] for place in places] == ["00001", "00001", "00002", "00002", "00003"]
    for path in sorted(tmp_path.glob("*.warc.gz")):
        assert kinds_by_fastwarc(path)[0] == "warcinfo"
        assert whole_by_warcio(path)
    with Archive(tmp_path, ABOUT, 1_300) as archive:
        assert [place for _, place, _ in archive.recover(None)] == places
        assert archive.append(exchange("9"))[0] == Place(places[-1].file, places[-1].end, archive._size)


def test_other_settings_begin_another_file(tmp_path: Path) -> None:
    write(tmp_path, exchange("1"))
    with Archive(tmp_path, ABOUT, BIG) as archive:
        list(archive.recover(None))
        assert archive.append(exchange("2"), fresh_file=True)[0].file == "crawl-00002.warc.gz"


def test_a_cut_at_every_byte_is_mended(tmp_path: Path) -> None:
    """Whatever a kill leaves of the last two exchanges: what is whole is given, what is torn is gone."""
    places = write(tmp_path, exchange("1"), exchange("2", body=b"two"), exchange("3", body=b""))
    source = tmp_path / "crawl-00001.warc.gz"
    whole = source.read_bytes()
    folder = tmp_path / "cut"
    for size in range(places[0].end, len(whole) + 1):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        path = folder / source.name
        path.write_bytes(whole[:size])
        with Archive(folder, ABOUT, BIG) as archive:
            found = list(archive.recover(places[0]))
            expected = [place for place in places[1:] if place.end <= size]
            assert [place for _, place, _ in found] == expected, size
            assert path.stat().st_size == (expected or places)[-1 if expected else 0].end
            if size % 50 == 0:
                archive.append(exchange("4"))
                assert whole_by_warcio(path)
                assert len(kinds_by_fastwarc(path)) == 5 + 2 * len(expected)


@pytest.mark.parametrize("size", [0, 1, 100, 250])
def test_a_cut_in_the_first_record_is_mended(tmp_path: Path, size: int) -> None:
    write(tmp_path, exchange("1"))
    path = tmp_path / "crawl-00001.warc.gz"
    path.write_bytes(path.read_bytes()[:size])
    with Archive(tmp_path, ABOUT, BIG) as archive:
        assert list(archive.recover(None)) == []
        archive.append(exchange("1"))
    assert kinds_by_fastwarc(path) == ["warcinfo", "response", "request"]


def test_zeros_behind_the_end_are_cut(tmp_path: Path) -> None:
    """What some file systems leave after the machine lost its power."""
    (place,) = write(tmp_path, exchange("1"))
    path = tmp_path / "crawl-00001.warc.gz"
    path.write_bytes(path.read_bytes() + bytes(5_000))
    with Archive(tmp_path, ABOUT, BIG) as archive:
        assert list(archive.recover(place)) == []
    assert path.stat().st_size == place.end


def test_a_changed_byte_is_found_by_the_digest(tmp_path: Path) -> None:
    import zlib

    first, second = write(tmp_path, exchange("1"), exchange("2", body=b"second body"))
    path = tmp_path / "crawl-00001.warc.gz"
    data = path.read_bytes()
    unpacker = zlib.decompressobj(31)
    record = unpacker.decompress(data[second.start :])
    forged = zlib.compressobj(9, zlib.DEFLATED, 31)
    member = forged.compress(record.replace(b"second body", b"sec0nd body")) + forged.flush()
    path.write_bytes(data[: second.start] + member + unpacker.unused_data)
    with Archive(tmp_path, ABOUT, BIG) as archive:
        assert list(archive.recover(first)) == []
    assert path.stat().st_size == first.end


def test_an_archive_that_lacks_what_was_noted_is_refused(tmp_path: Path) -> None:
    (place,) = write(tmp_path, exchange("1"))
    path = tmp_path / place.file
    path.write_bytes(path.read_bytes()[:-1])
    with Archive(tmp_path, ABOUT, BIG) as archive, pytest.raises(UsageError, match=r"at least .* Put the file back"):
        list(archive.recover(place))
    path.unlink()
    with Archive(tmp_path, ABOUT, BIG) as archive, pytest.raises(UsageError, match="it is not there"):
        list(archive.recover(place))


def test_damage_before_other_files_is_not_cut_away(tmp_path: Path) -> None:
    places = write(tmp_path, *(exchange(str(n), body=bytes([n]) * 600) for n in range(4)), file_bytes=1_000)
    first = tmp_path / places[0].file
    first.write_bytes(first.read_bytes()[:-3])
    with Archive(tmp_path, ABOUT, 1_000) as archive, pytest.raises(UsageError, match="files follow"):
        list(archive.recover(None))


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    (place,) = write(tmp_path, exchange("1"))
    real = os.write
    calls = []

    def full(descriptor: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(descriptor, bytes(data[:50]))

    with Archive(tmp_path, ABOUT, BIG) as archive:
        list(archive.recover(place))
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(GovreportError, match="No space left"):
            archive.append(exchange("2"))
    monkeypatch.undo()
    assert (tmp_path / place.file).stat().st_size == place.end
