"""open_reports: what counts as a source, what becomes of bad ones, and the whole way from page to frames."""

from __future__ import annotations

import json
import logging
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import web_archives
from make_reports import consistent_numbers, make_report

import govreport as gr
from govreport import api, synthetic
from govreport.api import iter_reports, open_reports
from govreport.errors import FetchError, GovreportError, ParseError, ReadError, UsageError
from govreport.frames import Failure
from govreport.model import Origin, Page, Report

SITE = "http://www.example.gov.cn/"


def fake_report(what: Any) -> Report:
    """Stands for read and parse: a file holds a year, or the kind of trouble it makes."""
    text = Path(what).read_text(encoding="utf-8") if isinstance(what, Path) else str(what)
    if text.startswith("http"):
        raise FetchError(f"no answer from {text}")
    if not text.isdigit():
        raise ParseError(f"not an annual report: {text}")
    return make_report(year=int(text))


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_report", fake_report)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "b.html": "2022", "a.html": "2021", "sub/c.txt": "2023", "sub/bad.htm": "a list page", ".hidden.html": "2001",
        "style.css": "x", "b_files/logo.png": "x", "b_files/app.js": "x", ".git/d.html": "2002", "page?id=7": "2024",
    }  # fmt: skip
    for name, text in files.items():
        path = tmp_path / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "pages"


def names(outcomes: Any) -> list[str]:
    return [outcome.source for outcome in outcomes]


@pytest.mark.usefixtures("faked")
def test_a_folder_comes_sorted_without_the_parts_of_pages(folder: Path) -> None:
    frames = open_reports(folder)
    assert list(frames.reports.source) == ["a.html", "b.html", "page?id=7", "sub/c.txt"]
    assert list(frames.reports.year) == [2021, 2022, 2024, 2023]
    assert frames.failures.values.tolist() == [["sub/bad.htm", "parse", "not an annual report: a list page"]]


@pytest.mark.usefixtures("faked")
def test_order_is_kept_and_names_are_as_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    given = ["sub/c.txt", folder / "a.html", "http://127.0.0.1:9/x", "*.html", "./sub"]
    assert names(iter_reports(given)) == [
        "sub/c.txt", str(folder / "a.html"), "http://127.0.0.1:9/x", "a.html", "b.html", "bad.htm", "c.txt",
    ]  # fmt: skip
    assert names(iter_reports(str(folder / "**" / "*.t*t"))) == [str(folder / "sub" / "c.txt")]
    assert names(iter_reports("su*")) == ["sub/bad.htm", "sub/c.txt"]
    assert names(iter_reports("page?id=7")) == ["page?id=7"]


@pytest.mark.usefixtures("faked")
def test_a_name_that_exists_is_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "report[1].html").write_text("2023")
    assert names(iter_reports(tmp_path / "report[1].html")) == [str(tmp_path / "report[1].html")]


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ("nowhere.html", "there is no file or folder 'nowhere.html'"),
        ("nowhere/*.html", r"no file matches 'nowhere/\*.html'"),
        ([], "the list of sources is empty"),
        (7, "found int"),
        ([b"x", 7], "as source 2, found int"),
        ("a\0b", "cannot be a path"),
        ("某" * 5000, "cannot be a path"),
    ],
)
def test_nothing_to_read_is_told_at_once(
    sources: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message):
        iter_reports(sources)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "only.css").write_text("x")
    with pytest.raises(UsageError, match="nothing to read in the folder"):
        open_reports(tmp_path)


@pytest.mark.usefixtures("faked")
def test_nothing_readable_lists_the_first_reasons(folder: Path) -> None:
    for n in range(5):
        (folder / f"sub/bad{n}.html").write_text(f"page {n}")
    with pytest.raises(
        UsageError, match=r"none of 6 sources .*bad\.htm: not an annual report: a list page;.*and 3 more"
    ):
        open_reports([folder / "sub" / "bad*"])


@pytest.mark.usefixtures("faked")
def test_on_error(folder: Path) -> None:
    with pytest.raises(ParseError, match="a list page"):
        open_reports(folder, on_error="raise")
    with pytest.raises(UsageError, match="'collect' or 'raise', found 'ignore'"):
        open_reports(folder, on_error="ignore")  # type: ignore[arg-type]


@pytest.mark.usefixtures("faked")
def test_reports_come_one_at_a_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = iter_reports(folder)
    first = next(stream)
    assert isinstance(first, Report)
    assert first.year == 2021

    def broken_off(_: object) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "_report", broken_off)
    with pytest.raises(KeyboardInterrupt):
        next(stream)


@pytest.mark.usefixtures("faked")
def test_checks_across_reports_are_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {2021: consistent_numbers(granted=1, carried_out=1), 2022: consistent_numbers(granted=1, carried_in=3)}
    monkeypatch.setattr(api, "_report", lambda p: make_report(made[int(p.read_text())], year=int(p.read_text())))
    frames = open_reports([folder / "a.html", folder / "b.html"])
    assert list(frames.findings.rule) == ["I5"]
    assert list(frames.reports.n_findings) == [0, 1]


@pytest.mark.parametrize("name", ["pages.rar", "pages.tar.gz", "pages.7z"])
def test_archives_of_files_are_told(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    for source in (tmp_path, tmp_path / name):
        (outcome,) = iter_reports(source)
        assert isinstance(outcome, Failure)
        assert outcome.kind == "read"
        assert "unpack it" in outcome.message


def test_a_bar_only_where_somebody_looks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    items = [api._Item(str(n), b"") for n in range(3)]
    assert api._with_bar(items, None) is items
    assert api._with_bar(items[:1], True) == items[:1]
    assert list(api._with_bar(items, True)) == items
    assert capsys.readouterr().err == ""  # within two seconds nothing is drawn


# The whole way, with pages as they are found on the web.


@pytest.fixture
def page() -> Callable[..., bytes]:
    def make(layout: str, *, year: int = 2023, agency: str = "样例市水务局", edition: str = "2021") -> bytes:
        return synthetic.render(
            synthetic.invent(edition, random.Random(year)), edition, layout, agency=agency, year=year
        )

    return make


def test_from_page_to_frames(page: Callable[..., bytes], tmp_path: Path) -> None:
    layouts = [name for name in synthetic.LAYOUTS if name.startswith(("html", "text"))][:1] + list(synthetic.LAYOUTS)[
        -1:
    ]
    for n, layout in enumerate(layouts):
        (tmp_path / f"{n}.html").write_bytes(page(layout, year=2022 + n))
    (tmp_path / "x.html").write_bytes(b"\x00\x01\x02 not a page")
    frames = gr.open_reports(tmp_path)
    assert list(frames.reports.source) == ["0.html", "1.html"]
    assert list(frames.reports.year) == [2022, 2023]
    assert set(frames.failures.source) == {"x.html"}
    for n in range(len(layouts)):
        numbers = synthetic.invent("2021", random.Random(2022 + n))
        rows = frames.select(year=2022 + n).long().set_index("cell")["value"]
        assert {cell: rows[cell] for cell in numbers} == numbers


def test_bytes_and_pages_are_sources(page: Callable[..., bytes]) -> None:
    layout = next(iter(synthetic.LAYOUTS))
    content = page(layout)
    origin = Origin(source="https://www.example.gov.cn/1.html", url="https://www.example.gov.cn/1.html", status=200)
    frames = open_reports([content, Page(content, origin), gr.read_document(content)])
    assert list(frames.reports.source) == ["bytes 1", "https://www.example.gov.cn/1.html", "page 3"]
    assert list(frames.findings.query("rule == 'same_content'").report_id) == list(frames.reports.report_id[1:])
    assert frames.reports.report_id[2].endswith("-3")


def test_an_address_is_fetched(page: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    content = page(next(iter(synthetic.LAYOUTS)))
    asked: list[str] = []

    def fetch_page(url: str) -> Page:
        asked.append(url)
        return Page(content, Origin(source=url, url=url, status=200))

    monkeypatch.setattr("govreport.fetch.fetch_page", fetch_page)
    frames = open_reports(" HTTPS://www.example.gov.cn/1.html ")
    assert asked == list(frames.reports.source) == ["HTTPS://www.example.gov.cn/1.html"]


# Archives and tables: many pages behind one name.


@pytest.fixture
def archive(page: Callable[..., bytes], tmp_path: Path) -> Path:
    """Two reports among other pages, one that only looks like a report, one with a wrong digest, one cut."""
    layouts = list(synthetic.LAYOUTS)
    bare = "<title>样例市水务局2023年政府信息公开工作年度报告</title>"
    wrong = web_archives.response(SITE + "3.html", page(layouts[2], year=2021))
    parts = [
        web_archives.response(SITE + "1.html", page(layouts[-1], year=2023)),
        web_archives.response(SITE + "list.html", "<a>政府信息公开年报</a>".encode()),
        web_archives.response(SITE + "logo.png", b"\x89PNG", content_type="image/png"),
        web_archives.response(SITE + "bare.html", bare.encode()),
        web_archives.response(SITE + "2.html", page(layouts[1], year=2022)),
        wrong.replace(b"WARC-Payload-Digest: sha1:", b"WARC-Payload-Digest: sha1:2"),
        web_archives.response(SITE + "4.html", page(layouts[3], year=2020)),
    ]
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(web_archives.packed(parts)[:-100])
    return path


def test_a_web_archive_is_read_page_by_page(archive: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="govreport"):
        frames = open_reports(archive)
    assert list(frames.reports.source) == [f"{archive}#{SITE}{n}.html" for n in (1, 2, 3)]
    assert list(frames.reports.url) == [f"{SITE}{n}.html" for n in (1, 2, 3)]
    assert list(frames.reports.retrieved.astype(str)) == ["2024-01-20T10:00:00+00:00"] * 3
    assert list(frames.reports.year) == [2023, 2022, 2021]
    failed = {f.source.partition("#")[2]: (f.kind, f.message) for f in frames.failures.itertuples()}
    assert set(failed) == {SITE + "bare.html", SITE + "4.html"}
    assert failed[SITE + "bare.html"][0] == "parse"
    assert "the file ends inside it" in failed[SITE + "4.html"][1]
    (logged,) = caplog.messages
    assert "5 records tried; passed over: 1 no annual report by their words, 1 pictures" in logged


def test_a_wrong_digest_is_a_finding(archive: Path) -> None:
    third = [outcome for outcome in iter_reports(archive) if isinstance(outcome, Report)][2]
    assert third.values
    (finding,) = [f for f in third.findings if f.rule == "damaged_copy"]
    assert (finding.severity, "digest" in finding.message) == ("warning", True)


def test_tables_and_other_places_are_read(page: Callable[..., bytes], tmp_path: Path) -> None:
    content = page(list(synthetic.LAYOUTS)[-1], year=2022)
    row = {"url": SITE + "1.html", "html": content.decode(), "warc_date": "2023-02-01T00:00:00Z"}
    other = {"url": SITE + "2.html", "html": "<p>公告</p>"}
    (tmp_path / "dump.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(other), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist([row | {"warc_date": None}, other]), tmp_path / "dump.parquet")
    (tmp_path / "page.html").write_bytes(content)
    system = fsspec.filesystem("memory")
    for path in tmp_path.iterdir():
        system.pipe(f"/api/{path.name}", path.read_bytes())
    for place in (str(tmp_path), "memory://api"):
        frames = open_reports(place)
        assert list(frames.reports.source) == [f"dump.jsonl#{SITE}1.html", f"dump.parquet#{SITE}1.html", "page.html"]
        assert list(frames.reports.url.fillna("")) == [SITE + "1.html", SITE + "1.html", ""]
        assert list(frames.reports.year) == [2022] * 3
        assert frames.failures.empty
    (only,) = iter_reports("memory://api/page.html")
    assert isinstance(only, Report)
    system.rm("/api", recursive=True)


def test_an_archive_without_a_report_is_told(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(web_archives.packed([web_archives.response(SITE, b"<p>hello</p>")]))
    (outcome,) = iter_reports(path)
    assert isinstance(outcome, Failure)
    assert "no page that could be an annual report; passed over: 1 no annual report by their words" in outcome.message
    with pytest.raises(UsageError, match="none of 1 sources could be read"):
        open_reports(path)


def test_a_bar_counts_the_pages_of_an_archive(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(iter_reports(archive, progress=True))) == 5
    assert capsys.readouterr().err == ""


def test_one_page_of_an_archive_is_in_memory_at_a_time(tmp_path: Path) -> None:
    """Ten times the pages take no more memory."""
    title = "<title>某局2023年政府信息公开工作年度报告</title>".encode()
    peaks = []
    for count in (20, 200):
        path = tmp_path / f"{count}.warc.gz"
        body = title + b"<!-- " + b"x" * 300_000 + b" -->"
        path.write_bytes(web_archives.packed(web_archives.response(f"{SITE}{n}", body) for n in range(count)))
        tracemalloc.start()
        assert sum(1 for _ in iter_reports(path)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_the_first_lines_of_the_documentation() -> None:
    assert issubclass(GovreportError, Exception)
    reports = gr.sample()
    assert len(reports.reports) == 9
    assert reports.applications.head().shape == (5, 8)
    assert set(reports.findings.columns) >= {"rule", "severity", "cells", "message"}
    assert isinstance(reports.show(reports.reports.report_id[0])._repr_html_(), str)
    assert isinstance(ReadError("x"), GovreportError)
