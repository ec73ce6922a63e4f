"""Reports that are files: from archives, folders and crawls into frames and datasets, with every figure."""

from __future__ import annotations

import io
import logging
import random
import shutil
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bulk_sources import OTHER, files_of
from make_pdf import cases
from pandas.testing import assert_frame_equal
from web_archives import answer, digest, packed, record, response

import govreport as gr
from govreport import api
from govreport.bulk import Dataset, collect_reports, work
from govreport.crawl import CrawlSettings, crawl_sites
from govreport.errors import ReadError
from govreport.model import Document, Origin, Page, Paragraph
from govreport.sources import NOT_BY_ITS_WORDS, needs
from govreport.sources.filter import ANSWERS
from govreport.synthetic import invent, render
from govreport.synthetic.sites import LocalWeb, local_web
from tests.loopback import Reply, Site

for package in ("pypdfium2_raw", "lxml", "python_calamine", "scrapy"):
    pytest.importorskip(package)

HERE = Path(__file__).parent
SITE = "http://www.example.gov.cn/"
OFFICE = shutil.which("soffice") is not None
TYPES = ("application/octet-stream", "text/html", "image/jpeg", "application/x-zip-compressed", "application/pdf", "")
TRUTH = {case.name: case.values for case in cases()}
FILES = {
    path.name: path.read_bytes()
    for folder in ("files", "pdf")
    for path in sorted((HERE / "containers" / folder).iterdir())
    if OFFICE or path.suffix not in (".doc", ".rtf", ".odt")
}


def truth(name: str) -> dict[str, Any]:
    """The figures of a file in tests/containers."""
    if name.endswith(".pdf"):
        return dict(TRUTH[name.partition(".")[0]])
    return dict(invent(name[7:11], random.Random(1), 40))


def read_back(frames: gr.Frames) -> dict[str, dict[str, Any]]:
    """Name of each file and its figures, blanks left out."""
    given = frames.long().dropna(subset=["value"]).merge(frames.reports[["report_id", "source"]], on="report_id")
    return {
        source.rpartition("/")[2].rpartition("#")[2]: dict(zip(rows["cell"], rows["value"], strict=True))
        for source, rows in given.groupby("source")
    }


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of all files in tests/containers, whatever servers call them, between other pages and files."""
    parts = [
        response(SITE + name, content, content_type=TYPES[n % len(TYPES)])
        for n, (name, content) in enumerate(FILES.items())
    ]
    others = [
        response(SITE + "notice.html", OTHER),
        response(SITE + "budget.pdf", one_line_pdf("Budget of 2023"), content_type="application/pdf"),
        response(SITE + "seal.png", b"\x89PNG\r\n\x1a\n", content_type="image/png"),
    ]
    path = tmp_path_factory.mktemp("files") / "crawl.warc.gz"
    path.write_bytes(packed([*parts, *others]))
    return path


def one_line_pdf(words: str) -> bytes:
    """A PDF file of one page with a line of Latin letters."""
    stream = f"BT /F1 12 Tf 60 780 Td ({words}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    made, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        starts.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    end = f"trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(made)}\n%%EOF\n"
    return made + f"xref\n0 6\n0000000000 65535 f \n{table}{end}".encode()


class Recogniser(ModuleType):
    """Stands in for the reader of pictures: gives the words that it was made with, page by page, and counts."""

    def __init__(self, *words: str) -> None:
        super().__init__("govreport.read.ocr")
        self.words, self.singly, self.whole = words, 0, 0

    def read_image(self, _: Any, *, page: int) -> tuple[list[Any], dict[tuple[int, int, int], float]]:
        self.singly += 1
        return [Paragraph(self.words[page - 1], page)], {}

    def read_images(self, images: Any, *, kind: str, sha256: str, origin: Origin, first_page: int = 1) -> Document:
        self.whole += len(list(images))
        blocks = tuple(Paragraph(text, number) for number, text in enumerate(self.words, first_page))
        return Document(blocks, "ocr", "", "", sha256, origin, kind=kind, engine="made up")


def scanned(pages: int) -> bytes:
    """A PDF file of pictures of empty pages."""
    from PIL import Image

    file = io.BytesIO()
    sheets = [Image.new("L", (60, 80), 250) for _ in range(pages)]
    sheets[0].save(file, "PDF", save_all=True, append_images=sheets[1:])
    return file.getvalue()


# -- files in archives and folders


@pytest.mark.parametrize(
    ("words", "singly", "whole", "read"),
    [
        (("2023年度部门预算", "收入预算表", "支出预算表", "说明", "附表"), 3, 0, 0),
        (("", "某市政府信息公开工作年度报告（2023年度）", "结转下年度继续办理", "尚未审结", "予以公开"), 2, 5, 1),
        (("某市2023年政府信息公开工作年度报告 根据《中华人民共和国政府信息公开条例》，编制本报告", "表"), 1, 2, 1),
    ],
)
def test_a_scanned_file_of_another_subject_is_not_recognised_to_its_end(
    words: tuple[str, ...], singly: int, whole: int, read: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Recogniser(*words)
    monkeypatch.setitem(sys.modules, "govreport.read.ocr", made)
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(packed([response(SITE + "a.pdf", scanned(len(words)), content_type="application/pdf")]))
    count = collect_reports(path, tmp_path / "panel", workers=1, progress=False).summary()
    assert (made.singly, made.whole) == (singly, whole)
    assert count.reports + count.failures == read
    assert count.passed == ({} if read else {NOT_BY_ITS_WORDS: 1})


def test_a_long_scanned_file_is_judged_like_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Recogniser(*["预算"] * 600)
    monkeypatch.setitem(sys.modules, "govreport.read.ocr", made)
    page = Page(scanned(600), Origin(url=SITE + "a.pdf"))
    assert api.read_unseen(page) is None
    assert made.singly == 3
    with pytest.raises(ReadError, match="at most 500 pages"):
        gr.read_document(page)


@pytest.mark.slow
def test_no_file_of_an_archive_is_lost(crawled: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dataset = collect_reports(crawled, tmp_path / "panel", workers=1, progress=False)
    count = dataset.summary()
    assert (count.reports, count.failures) == (len(FILES), 0)
    assert count.passed == {NOT_BY_ITS_WORDS: 2, "pictures": 1}
    frames = dataset.with_copies().load()
    found = read_back(frames)
    assert set(found) == set(FILES)
    for name in FILES:
        assert found[name] == {cell: value for cell, value in truth(name).items() if value is not None}, name
    with caplog.at_level(logging.INFO, logger="govreport"):
        opened = gr.open_reports(crawled)
    assert_frame_equal(opened.reports, frames.reports)
    assert f"{len(FILES)} records tried; passed over: 2 {NOT_BY_ITS_WORDS}, 1 pictures" in caplog.text


def test_files_of_a_folder_are_read(tmp_path: Path) -> None:
    names = ["report-2019.docx", "report-2021.xlsx", "report-2014.xls", "suqian-2023.office.pdf"]
    (tmp_path / "pages").mkdir()
    for name in names:
        (tmp_path / "pages" / name).write_bytes(FILES[name])
    dataset = collect_reports(tmp_path / "pages", tmp_path / "panel", workers=1, progress=False)
    found = read_back(dataset.load())
    for name in names:
        assert found[name] == {cell: value for cell, value in truth(name).items() if value is not None}
    filtered = collect_reports(tmp_path / "pages", tmp_path / "filtered", workers=1, progress=False, prefilter=True)
    assert filtered.summary().reports == len(names)


def test_files_in_a_table_are_read(tmp_path: Path) -> None:
    rows = [
        {"url": SITE + "a", "content": FILES["report-2021.docx"], "mime_type": "application/octet-stream"},
        {"url": SITE + "b", "content": FILES["suqian-2024.bare_header.pdf"], "mime_type": ""},
        {"url": SITE + "c", "content": one_line_pdf("Budget"), "mime_type": "application/pdf"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "dump.parquet")
    frames = gr.open_reports(tmp_path / "dump.parquet")
    assert list(frames.reports["url"]) == [SITE + "a", SITE + "b"]
    assert list(frames.reports["kind"].astype(str)) == ["docx", "pdf"]
    assert frames.failures.empty


def test_a_damaged_file_is_a_failure_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    broken = FILES["report-2021.docx"][:4000]
    half = FILES["suqian-2023.office.pdf"][:9000]
    contents = {"a": broken, "b": half, "c": FILES["report-2021.xlsx"]}
    path.write_bytes(packed(response(SITE + name, content) for name, content in contents.items()))
    dataset = collect_reports(path, tmp_path / "panel", workers=1, progress=False)
    assert (dataset.summary().reports, dataset.summary().failures) == (1, 2)
    assert all(dataset.failures.load()["message"].str.contains("damaged|breaks off"))


# -- readers that are not installed


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "crawl.warc.gz"
    parts = [response(f"{SITE}{n}.docx", FILES["report-2021.docx"] + bytes(n)) for n in range(5)]
    path.write_bytes(packed([*parts, response(SITE + "x.xlsx", FILES["report-2019.xlsx"])]))
    return path


class Lacking:
    """Word files cannot be read until ``install`` is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there = False
        real = api.read_document
        self.asked = 0

        def read_document(source: Any) -> Any:
            content = source.content if hasattr(source, "content") else Path(source).read_bytes()
            self.asked += 1
            if not self.there and b"word/document.xml" in content:
                raise ReadError("Word files need lxml; pip install 'govreport[office]'")
            return real(source)

        monkeypatch.setattr(api, "read_document", read_document)
        monkeypatch.setattr(work, "read_document", read_document)
        monkeypatch.setattr(needs, "find_spec", lambda name: self.there or name != "lxml" or None)


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> Lacking:
    return Lacking(monkeypatch)


REASON = "Word files and spreadsheets: their reader is not installed; pip install 'govreport[office]'"


def test_a_missing_reader_is_told_once(mixed: Path, lacking: Lacking) -> None:
    frames = gr.open_reports(mixed)
    assert len(frames) == 1
    (failure,) = frames.failures.itertuples(index=False)
    assert failure == (str(mixed), "read", f"5 files in it were passed over. {REASON}")
    with pytest.raises(ReadError, match="Word files need lxml"):
        gr.open_reports(mixed, on_error="raise")


def test_files_of_a_folder_are_told_by_their_names_and_counted_in_bulk(tmp_path: Path, lacking: Lacking) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.docx").write_bytes(FILES["report-2021.docx"] + bytes(n))
    (folder / "x.xlsx").write_bytes(FILES["report-2019.xlsx"])
    told = {f.source: f.message for f in gr.open_reports(folder).failures.itertuples()}
    assert told == {f"{n}.docx": "Word files need lxml; pip install 'govreport[office]'" for n in range(3)}
    dataset = collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    assert (dataset.summary().failures, dataset.summary().passed) == (0, {REASON: 3})
    assert f"3 of these {REASON}" in repr(dataset)


@pytest.mark.parametrize("kind", ["archive", "folder"])
def test_what_lacked_its_reader_is_read_when_the_reader_is_there(
    tmp_path: Path, mixed: Path, lacking: Lacking, kind: str
) -> None:
    source = mixed
    if kind == "folder":
        source = tmp_path / "pages"
        source.mkdir()
        for n in range(5):
            (source / f"{n}.docx").write_bytes(FILES["report-2021.docx"] + bytes(n))
        (source / "x.xlsx").write_bytes(FILES["report-2019.xlsx"])
    before = collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    assert (before.summary().reports, before.summary().passed) == (1, {REASON: 5})
    asked = lacking.asked
    collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    assert lacking.asked == asked
    lacking.there = True
    after = collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    assert (after.summary().reports, after.summary().failures, after.summary().passed) == (6, 0, {})
    made = files_of(tmp_path / "panel")
    collect_reports(source, tmp_path / "panel", workers=1, progress=False)
    assert files_of(tmp_path / "panel") == made


def test_a_list_of_files_is_read_again_beside_new_files(tmp_path: Path, lacking: Lacking) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.docx").write_bytes(FILES["report-2021.docx"])
    (folder / "b.xlsx").write_bytes(FILES["report-2019.xlsx"])
    collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    (folder / "c.xlsx").write_bytes(FILES["report-2014.xlsx"])
    lacking.there = True
    made = collect_reports(folder, tmp_path / "panel", workers=1, progress=False)
    assert (made.summary().reports, made.summary().passed, made.summary().copies) == (3, {}, 0)
    assert sorted(made.load().reports["source"]) == ["a.docx", "b.xlsx", "c.xlsx"]


# -- what a crawl brings


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalWeb, Dataset]:
    """A crawl of the site whose reports are attached files, and of sites whose lists come from an interface."""
    folder = tmp_path_factory.mktemp("crawled")
    settings = CrawlSettings(
        delay_seconds=0.0, backoff_seconds=0.05, depth=8, parallel_hosts=16, contact="tests@example.org"
    )
    with local_web(sites=["attachments", "hanweb", "hanweb_inline"]) as web:
        crawl_sites([site.front_url for site in web.sites], folder / "crawl", settings, progress=False)
    return web, collect_reports(folder / "crawl", folder / "panel", workers=1, progress=False)


def test_a_crawl_gives_every_report_with_its_figures(collected: tuple[LocalWeb, Dataset]) -> None:
    web, dataset = collected
    assert Counter(target.file for target in web.truth if target.kind == "attachment") == {
        "docx": 3, "pdf": 3, "xlsx": 3, "xls": 3,
    }  # fmt: skip
    found = {report.url: report for report in dataset.with_copies().load().iter_reports()}
    for target in web.truth:
        report = found[target.url]
        assert report.values == target.values, target.url
        assert (report.agency, report.year) == (target.agency, target.year)
    assert dataset.failures.load().empty


def test_a_page_that_only_links_to_its_report_is_a_copy_of_it(collected: tuple[LocalWeb, Dataset]) -> None:
    web, dataset = collected
    files = {target.url for target in web.truth if target.kind == "attachment"}
    covers = {url for url in web.site("attachments").list_urls if "/20" in url}
    assert len(covers) == 10
    rows = dataset.with_copies().sql(
        "select c.url, c.same, c.why_kept, k.url as kept, k.agency = a.agency and k.year = a.year as meant, a.n_given "
        "from copies c join reports a using (report_id) join reports k on k.report_id = c.kept_id"
    )
    listed = rows[rows["url"].isin(covers)]
    assert set(listed["url"]) == covers
    assert set(listed["kept"]) <= files
    assert listed["kept"].is_unique
    assert listed["meant"].all()
    assert (listed["n_given"] == 0).all()
    assert set(listed["same"]) == {"attached"}
    assert set(listed["why_kept"]) == {"has_figures"}
    kept = dataset.load()
    assert (kept.reports["n_given"] > 0).all()
    assert not set(kept.findings["rule"]) & {"attachment_only", "duplicate_report"}
    assert {(r.agency, r.year) for r in kept.reports.itertuples()} == {(t.agency, t.year) for t in web.truth}


def test_answers_of_interfaces_are_counted_and_no_failures(collected: tuple[LocalWeb, Dataset]) -> None:
    _, dataset = collected
    count = dataset.summary()
    assert count.passed[ANSWERS] >= 4
    assert count.failures == 0


# -- the same bytes at another address


def revisit(url: str, of: str, body: bytes, *, date: str = "2024-01-20T10:00:00Z", profile: str = "1.1") -> bytes:
    """A record that says that an address gave what another had given."""
    headers = [
        f"WARC-Profile: http://netpreserve.org/warc/{profile}/revisit/identical-payload-digest",
        f"WARC-Refers-To-Target-URI: {of}", f"WARC-Payload-Digest: {digest(body)}",
        *([f"WARC-Refers-To-Date: {date}"] if date else []),
    ]  # fmt: skip
    return record("revisit", url, answer(b""), headers=headers)


def listed(dataset: Dataset) -> list[tuple[Any, ...]]:
    columns = ["url", "same", "why_kept", "host_kind"]
    return [tuple(row) for row in dataset.copies.load()[columns].to_numpy().tolist()]


def test_a_revisit_is_listed_as_a_copy(tmp_path: Path) -> None:
    one, other = FILES["report-2021.docx"], FILES["report-2019.docx"]
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(
        packed(
            [
                response(SITE + "1.docx", one),
                response(SITE + "2.docx", other),
                response(SITE + "notice.html", OTHER),
                revisit(SITE + "again.docx", SITE + "1.docx", one),
                revisit("http://m.example.com/2.docx", SITE + "2.docx", other, date="", profile="1.0"),
                revisit(SITE + "1.docx", SITE + "1.docx", one),  # the same address at another time
                revisit(SITE + "later.docx", SITE + "1.docx", one, date="2025-01-01T00:00:00Z"),  # another capture
                revisit(SITE + "n2.html", SITE + "notice.html", OTHER),
                record("revisit", SITE + "old.docx", answer(b"", 304), headers=["WARC-Profile: x/server-not-modified"]),
            ]
        )
    )
    dataset = collect_reports(path, tmp_path / "panel", workers=1, progress=False)
    assert listed(dataset) == [
        (SITE + "again.docx", "bytes", "stored_once", "official"),
        ("http://m.example.com/2.docx", "bytes", "stored_once", "unknown"),
    ]
    rows = dataset.copies.load()
    assert (rows["report_id"] == rows["kept_id"]).all()
    urls = dataset.load().reports.set_index("report_id")["url"]
    assert [urls[key] for key in rows["kept_id"]] == [SITE + "1.docx", SITE + "2.docx"]
    count = dataset.summary()
    assert (count.reports, count.copies, count.failures) == (2, 0, 0)
    assert count.passed == {"revisit records": 6, NOT_BY_ITS_WORDS: 1}
    made = files_of(tmp_path / "panel")
    assert files_of(Path(collect_reports(path, tmp_path / "panel", workers=1, progress=False).folder)) == made
    assert gr.open_reports(path).failures.empty


def test_a_revisit_of_a_copy_names_the_copy_and_what_is_kept(tmp_path: Path) -> None:
    one = FILES["report-2021.docx"]
    path = tmp_path / "crawl.warc.gz"
    mirror = "http://web.archive.org/web/2024/http://www.example.gov.cn/1.docx"
    path.write_bytes(
        packed([response(mirror, one), response(SITE + "1.docx", one), revisit(SITE + "x.docx", mirror, one)])
    )
    dataset = collect_reports(path, tmp_path / "panel", workers=1, progress=False).with_copies()
    names = dataset.load().reports.set_index("report_id")["url"]
    rows = [(names[row.report_id], names[row.kept_id], row.url) for row in dataset.copies.load().itertuples()]
    assert rows == [(mirror, SITE + "1.docx", mirror), (mirror, SITE + "1.docx", SITE + "x.docx")]
    assert dataset.summary().copies == 1


def test_addresses_that_give_the_same_bytes_in_a_crawl_are_listed(tmp_path: Path) -> None:
    title = "样例县水务局2023年政府信息公开工作年度报告"
    page = render(invent("2021", random.Random(1), 40), "2021", "html_word", agency="样例县水务局", year=2023)
    links = f"<li><a href='/nb/1.html'>{title}</a></li><li><a href='/nb/2.html'>{title}</a></li>"
    pages = {"/": f"<title>政府信息公开年报</title><ul>{links}</ul>".encode(), "/nb/1.html": page, "/nb/2.html": page}
    settings = CrawlSettings(delay_seconds=0.0, contact="tests@example.org")
    with Site({path: Reply(body) for path, body in pages.items()}) as site:
        crawl_sites(site.url(), tmp_path / "crawl", settings, progress=False)
        first, second = site.url("/nb/1.html"), site.url("/nb/2.html")
    dataset = collect_reports(tmp_path / "crawl", tmp_path / "panel", workers=1, progress=False)
    assert list(dataset.load().reports["url"]) == [first]
    assert listed(dataset) == [(second, "bytes", "stored_once", "unknown")]
