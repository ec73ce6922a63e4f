"""Word files, spreadsheets, old Office, single-file web archives, zip archives: same document, same parser."""

import io
import random
import shutil
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

import govreport as gr
from govreport.errors import ReadError
from govreport.model import Grid, Page, Paragraph
from govreport.read import zips
from govreport.read.archive import members
from govreport.read.kinds import kind_of_file
from govreport.synthetic import invent, render

FILES = Path(__file__).parent / "containers" / "files"
YEARS = {"2014": 2016, "2019": 2020, "2021": 2023}
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def figures(edition: str) -> dict:
    """Those of the files in containers/files, which tests/make_files.py made."""
    return invent(edition, random.Random(1), 40)


def read(content: bytes) -> gr.Report:
    return gr.parse_report(gr.read_document(content))


def zipped(**files: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


def docx(body: str) -> bytes:
    return zipped(word__document_xml=f"<w:document {W}><w:body>{body}</w:body></w:document>")


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:r>{properties}<w:t>{text}</w:t></w:r></w:p>"


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def tr(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def tbl(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


SUFFIXES = ("docx", "xlsx", "xls", "ods", "odt", "doc", "rtf")
THROUGH_OFFICE = {"odt", "doc", "rtf"}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("edition", YEARS)
def test_files_of_real_programs_give_every_cell(edition: str, suffix: str) -> None:
    if suffix in THROUGH_OFFICE and shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    if suffix in THROUGH_OFFICE and edition != "2021":
        pytest.skip("one of a kind is enough: each takes LibreOffice some seconds")
    report = read((FILES / f"report-{edition}.{suffix}").read_bytes())
    assert report.values == figures(edition)
    assert (report.edition, report.year, report.layout) == (edition, YEARS[edition], "table")
    assert report.kind == suffix
    assert report.reader == ("sheet" if suffix in ("xlsx", "xls", "ods") else "docx")
    assert report.engine
    assert report.encoding == ""


class TestWord:
    def test_merges_both_ways(self) -> None:
        restart, go_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
        body = tbl(
            tr(tc("甲", restart), tc("乙", '<w:gridSpan w:val="2"/>')),
            tr(tc("", go_on), tc("1"), tc("2")),
            tr(tc("丙"), tc("3"), tc("4")),
        )
        (grid,) = gr.read_document(docx(body)).grids
        assert [(c.text, c.row, c.column, c.rowspan, c.colspan) for c in grid.cells] == [
            ("甲", 1, 1, 2, 1), ("乙", 1, 2, 1, 2), ("1", 2, 2, 1, 1), ("2", 2, 3, 1, 1), ("丙", 3, 1, 1, 1),
            ("3", 3, 2, 1, 1), ("4", 3, 3, 1, 1),
        ]  # fmt: skip
        assert grid.exact
        assert grid.shape == (3, 3)

    def test_rows_that_begin_later_and_old_merges(self) -> None:
        body = tbl(
            tr(tc("甲"), tc("乙", '<w:hMerge w:val="restart"/>'), tc("", "<w:hMerge/>")),
            tr(tc("1"), tc("2"), properties='<w:gridBefore w:val="1"/>'),
        )
        (grid,) = gr.read_document(docx(body)).grids
        assert [(c.text, c.column, c.colspan) for c in grid.cells] == [
            ("甲", 1, 1),
            ("乙", 2, 2),
            ("1", 2, 1),
            ("2", 3, 1),
        ]

    def test_revisions_are_accepted(self) -> None:
        body = (
            "<w:p><w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins><w:r><w:t>新</w:t></w:r></w:ins>"
            "<w:moveFrom><w:r><w:t>走</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>来</w:t></w:r></w:moveTo></w:p>"
        ) + tbl(tr(tc("留")), tr(tc("删"), properties="<w:del/>"), tr(tc("并", "<w:cellDel/>"), tc("存")))
        document = gr.read_document(docx(body))
        assert [q.text for q in document.paragraphs] == ["新来"]
        assert [c.text for c in document.grids[0].cells] == ["留", "存"]

    def test_fields_hidden_text_bookmarks_and_breaks(self) -> None:
        body = (
            '<w:p><w:bookmarkStart w:name="_GoBack"/><w:r><w:instrText>PAGE</w:instrText></w:r>'
            "<w:r><w:t>第一行</w:t><w:br/><w:t>第二</w:t><w:tab/><w:t>行</w:t></w:r></w:p>"
        ) + p("看不见", "<w:rPr><w:vanish/></w:rPr>")
        assert [q.text for q in gr.read_document(docx(body)).paragraphs] == ["第一行", "第二 行"]

    def test_boxes_are_read_once_and_frames_of_tables_are_taken_apart(self) -> None:
        box = f"<w:txbxContent>{p('框中')}</w:txbxContent>"
        mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        choices = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        twice = f"<mc:AlternateContent {mc}>{choices}</mc:AlternateContent>"
        body = f"<w:p><w:r><w:t>外</w:t></w:r><w:r>{twice}</w:r></w:p>"
        body += tbl(tr(f"<w:tc>{p('框架')}{tbl(tr(tc('内'), tc('7')))}{p('尾')}</w:tc>"))
        blocks = gr.read_document(docx(body)).blocks
        texts = [b.text if isinstance(b, Paragraph) else [c.text for c in b.cells] for b in blocks]
        assert texts == ["外", "框中", "框架", ["内", "7"], "尾"]

    def test_a_number_in_pieces_is_one_and_two_paragraphs_are_two(self) -> None:
        cell = "<w:tc><w:p><w:r><w:t>1</w:t></w:r><w:r><w:t>2</w:t></w:r></w:p></w:tc>"
        two = f"<w:tc>{p('3')}{p('4')}</w:tc>"
        label = f"<w:tc>{p('商业')}{p('企业')}</w:tc>"
        (grid,) = gr.read_document(docx(tbl(tr(cell, two, label)))).grids
        assert [c.text for c in grid.cells] == ["12", "3 4", "商业企业"]

    def test_pictures_are_counted(self) -> None:
        assert gr.read_document(docx(p("图") + "<w:p><w:r><w:drawing/></w:r></w:p>")).images == 1


class TestSheets:
    def test_rows_of_one_text_are_paragraphs(self) -> None:
        document = gr.read_document((FILES / "report-2021.xlsx").read_bytes())
        assert document.paragraphs[0].text.startswith("样例县水利局2023年")
        assert len(document.grids) >= 3

    def test_an_empty_book_is_refused(self) -> None:
        from openpyxl import Workbook

        buffer = io.BytesIO()
        Workbook().save(buffer)
        with pytest.raises(ReadError, match="all 1 sheets are empty"):
            gr.read_document(buffer.getvalue())

    def test_hidden_sheets_are_left_out_unless_nothing_else_is_there(self) -> None:
        from openpyxl import Workbook

        book = Workbook()
        book.active.append(["甲", 1])
        hidden = book.create_sheet("底稿")
        hidden.append(["乙", 2.5, True])
        hidden.sheet_state = "hidden"
        buffer = io.BytesIO()
        book.save(buffer)
        document = gr.read_document(buffer.getvalue())
        assert [c.text for c in document.grids[0].cells] == ["甲", "1"]
        assert "1 hidden sheets were not read: 底稿" in document.notes


class TestArchives:
    def test_a_page_inside_a_web_archive(self) -> None:
        values = figures("2021")
        page = render(values, "2021", "html_word", agency="样例县水利局", year=2023)
        message = EmailMessage()
        message["Snapshot-Content-Location"] = "http://slj.example.gov.cn/1.html"
        message.set_content("frame")
        message.make_related()
        message.add_related(page, "text", "html", headers=["Content-Location: http://slj.example.gov.cn/1.html"])
        content = bytes(message).replace(b"multipart/related", b"multipart/related", 1)
        assert kind_of_file(content) == "mhtml"
        report = read(content)
        assert report.values == values
        assert (report.kind, report.url) == ("mhtml", "http://slj.example.gov.cn/1.html")

    def test_one_report_in_a_zip_file_is_read_and_several_are_named(self) -> None:
        page = render(figures("2021"), "2021", "text_pipes", agency="样例县水利局", year=2023)
        one = zipped(**{"年报/2023.txt": page, "__MACOSX/._2023.txt": b"x", "style.css": b"y"})
        report = read(one)
        assert report.values == figures("2021")
        with pytest.raises(ReadError, match=r"holds 2 files \(a.txt, b.txt\)"):
            read(zipped(**{"b.txt": page, "a.txt": page}))
        with pytest.raises(ReadError, match="no file that can be read"):
            read(zipped(**{"style.css": b"y"}))

    def test_names_in_gbk_are_read(self) -> None:
        raw = zipped(**{"ABCD.txt": "x"}).replace(b"ABCD", "年报".encode("gbk"))
        assert [name for name, _ in members(raw)] == ["年报.txt"]


class TestJoined:
    def test_attached_files_are_read_with_the_page(self) -> None:
        html = (
            "<title>样例县水利局2023年政府信息公开工作年度报告</title><p>样例县水利局2023年政府信息公开工作年度报告</p>"
            "<p>年报见附件。本页为虚构样例。</p><a href='a.docx'>附件</a>"
        )
        attached = (FILES / "report-2021.docx").read_bytes()
        page = Page(
            html.encode(), gr.read_document(html.encode()).origin._replace(url="http://a.example.gov.cn/1.html")
        )
        document = gr.read_document(page, files={"a.docx": attached})
        report = gr.parse_report(document)
        assert report.values == figures("2021")
        assert (report.reader, report.kind) == ("html+docx", "html+docx")
        assert "attachment_only" not in {f.rule for f in report.findings}
        assert any("a.docx was read with the page" in f.message for f in report.findings)
        numbers = [grid.number for grid in document.blocks if isinstance(grid, Grid)]
        assert numbers == list(range(1, len(numbers) + 1))


class TestHostile:
    def test_a_zip_bomb_is_cut_short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zips, "MOST_BYTES", 1_000_000)
        bomb = docx("<w:p/>" + " " * 30_000_000)
        assert len(bomb) < 100_000
        with pytest.raises(ReadError, match="unpacks to more than 1,000,000 bytes"):
            gr.read_document(bomb)
        sheet = zipped(xl__workbook_xml=" " * 30_000_000)
        with pytest.raises(ReadError, match="unpacks to more than"):
            gr.read_document(sheet)

    @pytest.mark.parametrize(
        "prologue",
        [
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        ],
    )
    def test_entities_are_refused(self, prologue: str) -> None:
        body = f"{prologue}<w:document {W}><w:body>{p('&b;')}</w:body></w:document>"
        with pytest.raises(ReadError, match="declares entities"):
            gr.read_document(zipped(word__document_xml=body))

    def test_nesting_without_end(self) -> None:
        with pytest.raises(ReadError, match=r"deep|no valid XML"):
            gr.read_document(docx("<w:sdt><w:sdtContent>" * 5_000 + p("甲") + "</w:sdtContent></w:sdt>" * 5_000))

    def test_spans_without_end(self) -> None:
        wide = '<w:gridSpan w:val="999999"/>'
        with pytest.raises(ReadError, match="places or"):
            gr.read_document(docx(tbl(*[tr(tc("甲", wide), tc("乙", wide))] * 200)))

    @pytest.mark.parametrize("suffix", ["docx", "xlsx", "xls", "ods"])
    @pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
    def test_truncated_files(self, suffix: str, share: float) -> None:
        content = (FILES / f"report-2021.{suffix}").read_bytes()
        with pytest.raises(ReadError, match=r"damaged|cut|expected"):
            gr.read_document(content[: int(len(content) * share)])

    @pytest.mark.parametrize("suffix", ["docx", "xlsx", "xls", "ods"])
    def test_bytes_changed_at_random_end_in_a_document_or_a_typed_error(self, suffix: str) -> None:
        content = (FILES / f"report-2021.{suffix}").read_bytes()
        rng = random.Random(suffix)
        for _ in range(25):
            broken = bytearray(content)
            for _ in range(rng.choice((1, 5, 200))):
                broken[rng.randrange(8, len(broken))] = rng.randrange(256)
            try:
                gr.read_document(bytes(broken))
            except ReadError:
                continue

    def test_a_password_is_named(self) -> None:
        page = zipped(**{"a.txt": b"x"})
        flagged = bytearray(page)
        at = flagged.index(b"PK\x01\x02") + 8
        flagged[at] |= 1
        flagged[6] |= 1
        with pytest.raises(ReadError, match="protected by a password"):
            gr.read_document(bytes(flagged))

    def test_old_office_without_libreoffice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: None)
        with pytest.raises(ReadError, match="apt-get install libreoffice-writer"):
            gr.read_document((FILES / "report-2021.doc").read_bytes())
