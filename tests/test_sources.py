"""plan and read_piece: what stands behind a source, here and elsewhere, and how the work is cut."""

from __future__ import annotations

import pickle
import sys
from collections import Counter
from pathlib import Path

import fsspec
import pytest
from web_archives import packed, response

from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.sources import NOT_BY_ITS_WORDS, Piece, candidates, looks_like_report, plan, read_piece
from govreport.sources.listing import entries, kind_of

URL = "http://www.example.gov.cn/"
REPORT = "<p>四、结转下年度继续办理</p><td>尚未审结</td><td>予以公开</td>".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "b.html": b"b", "a.html": b"a", "sub/c.txt": b"c", "z.warc.gz": packed([response(URL, b"w")]),
        "d.jsonl": b'{"text": "j"}', ".hidden.html": b"", "b_files/x.js": b"", "b_files/x.png": b"", "s.sqlite": b"",
        ".git/x.html": b"", "old.rar": b"Rar!",
    }  # fmt: skip
    for name, content in files.items():
        path = tmp_path / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "pages"


@pytest.fixture
def memory(folder: Path) -> str:
    """The same folder in memory."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    for path in folder.rglob("*"):
        if path.is_file():
            system.pipe(f"/bucket/{path.relative_to(folder).as_posix()}", path.read_bytes())
    yield "memory://bucket"
    system.store.clear()


def contents(pieces: list[Piece]) -> list[tuple[str, bytes | None]]:
    return [(one.name, one.page and one.page.content) for piece in pieces for one in read_piece(piece)]


EXPECTED = [
    ("a.html", b"a"), ("b.html", b"b"), ("d.jsonl#byte 0", b"j"), ("old.rar", None), (f"z.warc.gz#{URL}", b"w"),
    ("sub/c.txt", b"c"),
]  # fmt: skip


class TestHere:
    def test_a_folder_comes_in_order(self, folder):
        assert contents(plan(folder)) == EXPECTED
        assert contents(plan(folder.as_uri())) == EXPECTED

    def test_a_file_of_a_list_says_where_it_came_from(self, folder):
        (found,) = read_piece(plan(folder / "a.html")[0])
        assert (found.name, found.page.origin.source) == (str(folder / "a.html"), str(folder / "a.html"))

    def test_files_to_be_unpacked_are_told(self, folder):
        (found,) = read_piece(plan(folder / "old.rar")[0])
        assert "unpack it" in found.reason

    def test_a_file_that_goes_away_is_told(self, folder):
        pieces = plan(folder / "a.html")
        (folder / "a.html").unlink()
        (found,) = read_piece(pieces[0])
        assert "cannot be opened" in found.reason

    def test_a_file_too_large_is_told(self, folder, monkeypatch):
        monkeypatch.setattr("govreport.sources.reading.MAX_FILE", 0)
        (found,) = read_piece(plan(folder / "a.html")[0])
        assert "at most 0 are looked at" in found.reason

    def test_plans_are_the_same_again_and_change_when_a_file_does(self, folder):
        pieces = plan([folder, folder / "b.html"])
        assert pieces == plan([folder, folder / "b.html"]) == pickle.loads(pickle.dumps(pieces))
        (folder / "z.warc.gz").write_bytes(b"changed")
        changed = plan([folder, folder / "b.html"])
        assert [a == b for a, b in zip(pieces, changed, strict=True)].count(False) == 1

    def test_a_file_more_changes_one_list_only(self, tmp_path):
        for n in range(1500):
            (tmp_path / f"{n:04}.html").write_bytes(b"x")
        before = plan(tmp_path)
        (tmp_path / "0700b.html").write_bytes(b"x")
        after = plan(tmp_path)
        assert len(before) > 5
        assert len(set(after) - set(before)) <= 2
        assert [one.name for piece in after for one in read_piece(piece)] == sorted(p.name for p in tmp_path.iterdir())
        assert max(len(piece.files) for piece in after) <= 512

    @pytest.mark.parametrize(
        ("sources", "message"),
        [
            ("nowhere", "there is no file or folder 'nowhere'"), ("no*where", "no file matches"), ([], "is empty"),
            (b"<p>", "found bytes"), ([7], "as source 1, found int"), (7, "found int"), ("a\0b", "holds a NUL"),
            ("https://www.example.gov.cn/", "govreport crawl"), ("nokind://x/y", "cannot be reached"),
        ],
    )  # fmt: skip
    def test_nothing_there(self, sources, message, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UsageError, match=message):
            plan(sources)

    def test_labels_are_for_people(self, folder):
        assert plan(folder / "z.warc.gz")[0].label.endswith("z.warc.gz")
        assert plan(folder / "a.html")[0].label.endswith("a.html")
        assert Piece("warc", "a.warc.gz", start=5, stop=9).label == "a.warc.gz, bytes 5 to 9"
        assert Piece("files", files=(("a", "/a"), ("b", "/b"))).label == "2 files from a"


class TestElsewhere:
    def test_a_folder(self, memory):
        assert contents(plan(memory)) == sorted(EXPECTED)

    def test_a_pattern(self, memory):
        found = contents(plan(memory + "/*.html"))
        assert found == [("memory:///bucket/a.html", b"a"), ("memory:///bucket/b.html", b"b")]
        assert [name for name, _ in contents(plan(memory + "/su*"))] == ["memory:///bucket/sub/c.txt"]

    def test_files_and_archives(self, memory):
        sources = [memory + "/a.html", memory + "/z.warc.gz", memory + "/d.jsonl"]
        assert [content for _, content in contents(plan(sources))] == [b"a", b"w", b"j"]

    def test_parquet_and_cutting(self, memory):
        import pyarrow as pa
        import pyarrow.parquet as pq

        with fsspec.open(memory + "/t.parquet", "wb") as file:
            pq.write_table(pa.table({"text": ["a", "b", "c"]}), file, row_group_size=1)
        pieces = plan(memory + "/t.parquet", piece_bytes=1)
        assert [content for _, content in contents(pieces)] == [b"a", b"b", b"c"]
        assert len(pieces) == 3

    def test_nothing_there(self, memory):
        with pytest.raises(UsageError, match="no file matches"):
            plan(memory + "/*.nothing")
        with pytest.raises(UsageError, match=r"nothing to read at|cannot be read"):
            plan(memory + "/nowhere")

    def test_the_same_bytes_give_the_same_records(self, memory, folder):
        here = [one.page for one in read_piece(plan(folder / "z.warc.gz")[0])]
        there = [one.page for one in read_piece(plan(memory + "/z.warc.gz")[0])]
        assert [page.content for page in here] == [page.content for page in there]

    def test_a_missing_package_says_how_to_get_it(self, monkeypatch, folder):
        monkeypatch.setitem(sys.modules, "fsspec.core", None)
        with pytest.raises(UsageError, match=r"pip install 'govreport\[bulk\]'"):
            plan("s3://bucket/x")
        monkeypatch.setitem(sys.modules, "fastwarc.warc", None)
        with pytest.raises(UsageError, match=r"pip install 'govreport\[bulk\]'"):
            list(read_piece(plan(folder / "z.warc.gz")[0]))


class TestCandidates:
    def test_the_filter_holds_for_archives_and_not_for_loose_files(self, tmp_path):
        (tmp_path / "a.html").write_bytes(b"no report")
        (tmp_path / "b.warc.gz").write_bytes(packed([response(URL + "1", b"no report"), response(URL + "2", REPORT)]))
        passed: Counter[str] = Counter()
        found = [one.name for piece in plan(tmp_path) for one in candidates(piece, passed)]
        assert found == ["a.html", f"b.warc.gz#{URL}2"]
        assert passed == {NOT_BY_ITS_WORDS: 1}
        assert looks_like_report(REPORT)

    def test_no_filter_lets_all_through(self, tmp_path):
        path = tmp_path / "b.warc.gz"
        path.write_bytes(packed([response(URL, b"no report")]))
        assert len(list(candidates(plan(path)[0], prefilter=False))) == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.warc", "warc"), ("CRAWL.WARC.GZ", "warc"), ("CC-MAIN-x-00001.warc.wet.gz", "warc"), ("s.wacz", "wacz"),
        ("a.jsonl", "jsonl"), ("a.v2.jsonl.zst", "jsonl"), ("c4.00001.json.gz", "jsonl"), ("a.parquet", "parquet"),
        ("a.tar.gz", "archive"), ("a.gz", "archive"), ("a.html", "page"), ("a", "page"), ("t_1.shtml", "page"),
        ("x.json", "part"), ("dir.warc/a.html", "page"), ("2023.1.html", "page"), ("年报.txt", "page"),
    ],
)  # fmt: skip
def test_kinds_by_name(name, kind):
    assert kind_of(name) == kind


def test_a_file_that_is_named_is_never_left_out(tmp_path):
    (tmp_path / "page.json").write_bytes(b"x")
    assert [entry.kind for entry in entries(str(tmp_path / "page.json"))] == ["page"]


def test_suffixes_and_types_are_unique():
    for table, column in (("source_kinds", "suffix"), ("source_types", "type")):
        names = [row[column] for row in read_csv(table)]
        assert len(set(names)) == len(names)
        assert all(name == name.lower() for name in names)
