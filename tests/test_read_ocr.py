"""Pictures of reports: those of real programs, used sheets, odd formats, and files made to harm."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import govreport as gr
from govreport.errors import ReadError
from govreport.model import Cell, Document, Grid, Origin, Paragraph, Report, texts_of

pytest.importorskip("rapidocr")
pytest.importorskip("cv2")

import make_pdf
import make_pictures as pictures
import numpy as np
from make_pdf import CHROMIUM, OFFICE
from PIL import Image, ImageDraw, ImageFont

from govreport.cli import main
from govreport.parse.confidence import LOW, likely_figure
from govreport.read import ocr
from govreport.read.ocr import engine, figures, opening, rules
from govreport.read.ocr import ink as ocr_ink
from govreport.read.ocr import text as ocr_text
from govreport.sources import tells_of_report

TIFF = pictures.FOLDER / "suqian-2023.office.150.tif"
PAGE = pictures.FOLDER / "suqian-2023.page-2.png"
TABLES = [pictures.FOLDER / f"huaian-2024.table-{number}.png" for number in (1, 2, 3)]
WORN = pictures.FOLDER / "seed-000.worn.jpg"


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def read_pages(images: Iterable[Image.Image]) -> Document:
    return ocr.read_images(images, kind="png", sha256="0" * 64, origin=Origin())


def compared(report: Report, case: str) -> tuple[list[str], list[str]]:
    """Cells that do not come back, and those with a wrong number or a wrong blank that no finding names."""
    named = {cell for finding in report.findings if finding.severity != "info" for cell in finding.cells}
    missed, silent = [], []
    for name, value in pictures.CASES[case].values.items():
        cell = report.cells[name]
        if (cell.status, cell.number) == (("blank", None) if value is None else ("given", value)):
            continue
        missed.append(name)
        if cell.status in ("given", "blank", "dash") and name not in named:
            silent.append(name)
    return missed, silent


# -- the kept files ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page() -> Document:
    return gr.read_document(PAGE)


def test_a_page_gives_its_table_with_merged_cells(page: Document) -> None:
    table = next(b for b in page.blocks if isinstance(b, Grid) and b.number == 2)
    assert table.exact
    assert table.shape == (21, 10)
    head = {c.text: (c.rowspan, c.colspan) for c in table.cells if c.row <= 3}
    assert head["申请人情况"] == (1, 7)
    assert head["自然人"] == (2, 1)
    assert head["法人或其他组织"] == (1, 5)
    assert {c.line for c in table.cells} == {1}


def test_a_page_gives_its_figures(page: Document) -> None:
    report = gr.parse_report(page)
    values = pictures.CASES["suqian-2023"].values
    read = {n: c for n, c in report.cells.items() if n.startswith("applications.") and c.status == "given"}
    assert len(read) == 18 * 7
    assert {n: c.number for n, c in read.items()} == {n: values[n] for n in read}


def test_a_document_says_how_it_was_read(page: Document) -> None:
    assert (page.kind, page.reader, page.encoding) == ("png", "ocr", "")
    assert page.engine.startswith("rapidocr ")
    assert [p.text for p in page.paragraphs if "收到和处理" in p.text] == ["三、收到和处理政府信息公开申请情况"]


def test_every_cell_has_a_confidence(page: Document) -> None:
    cells = {(g.number, c.row, c.column): c for g in page.grids for c in g.cells}
    assert page.confidence.keys() == cells.keys()
    assert all(0 <= sure <= 1 for sure in page.confidence.values())
    assert all(page.confidence[place] == 1 for place, cell in cells.items() if not cell.text)


def test_confidence_goes_into_report_places_and_findings(page: Document) -> None:
    report = gr.parse_report(page)
    name = "applications.received.total"
    assert report.confidence[name] > LOW
    assert report.cells[name].place.startswith("page 1, table 2, row ")
    assert report.cells[name].place.endswith(" (confidence 0.99)")
    (told,) = [f for f in report.findings if f.rule == "recognised"]
    assert told.severity == "info"
    assert name in told.cells


def test_a_worn_sheet_is_read_without_a_silent_mistake() -> None:
    report = gr.parse_report(gr.read_document(WORN))
    values = pictures.CASES["seed-000"].values
    named = {cell for finding in report.findings for cell in finding.cells if finding.severity != "info"}
    given = {n: c.number for n, c in report.cells.items() if c.status == "given" and n not in named}
    assert len(given) > 100
    assert given == {n: values[n] for n in given}


@pytest.mark.slow
def test_the_pages_of_a_file_become_one_report() -> None:
    document = gr.read_document(TIFF)
    assert document.kind == "tiff"
    assert any("was put together" in note for note in document.notes)
    assert {c.line for g in document.grids for c in g.cells} == {1, 2, 3}
    report = gr.parse_report(document)
    assert compared(report, "suqian-2023") == ([], [])
    (told,) = [f for f in report.findings if f.rule == "recognised"]
    assert "all hold" in told.message
    assert (report.agency, report.year) == ("宿迁市人民政府", 2023)


# -- small pictures ---------------------------------------------------------------------------------------------------

FACE = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


def sheet(rows: list[list[str]], *, ruled: bool = True, size: int = 24, wide: int = 150) -> Image.Image:
    """A table drawn by Pillow."""
    if not Path(FACE).exists():
        pytest.skip("the picture needs a Chinese face")
    face = ImageFont.truetype(FACE, size)
    high = 2 * size
    image = Image.new("RGB", (80 + wide * len(rows[0]), 80 + high * len(rows)), "white")
    pen = ImageDraw.Draw(image)
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            x, y = 40 + c * wide, 40 + r * high
            if ruled:
                pen.rectangle((x, y, x + wide, y + high), outline="black", width=2)
            pen.text((x + wide / 2, y + high / 2), text, fill="black", font=face, anchor="mm")
    return image


SIGNS = [
    ["信息内容", "制发件数", "废止件数"],
    ["规章", "0", "1"],
    ["规范性文件", "11", "100"],
    ["行政许可", "1,192", "385.25"],
    ["行政处罚", "/", "—"],
    ["行政强制", "", "无"],
]


def texts(document: Document) -> list[list[str]]:
    return [row for grid in document.grids for row in grid.rows()]


def test_small_figures_dashes_and_blanks() -> None:
    document = read_pages([sheet(SIGNS)])
    assert texts(document) == SIGNS
    sure = {text: document.confidence[1, r, c] for r, row in enumerate(SIGNS, 1) for c, text in enumerate(row, 1)}
    assert min(sure[text] for text in ("0", "1", "11", "100", "1,192", "/", "—")) > 0.9


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_pages_are_put_upright(degrees: int) -> None:
    document = read_pages([sheet(SIGNS).rotate(degrees, expand=True)])
    assert texts(document) == SIGNS
    assert document.notes == (f"page 1 was turned by {(360 - degrees) % 360} degrees to be read",)


def test_slant_is_put_right() -> None:
    leaning = sheet(SIGNS).rotate(-2.5, resample=Image.Resampling.BICUBIC, fillcolor="white")
    assert ocr_ink.slant(ocr_ink.ink_of(np.asarray(leaning.convert("L")))[0]) == pytest.approx(2.5, abs=0.15)
    assert texts(read_pages([leaning])) == SIGNS


def test_a_dark_heading_is_read() -> None:
    assert texts(read_pages([pictures.dark_header(sheet(SIGNS), 40, 40, 491, 89)]))[0] == SIGNS[0]


def test_ink_that_says_nothing_is_neither_blank_nor_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    real = engine.recognise

    def blind(crops: list[Any]) -> list[engine.Read]:
        return [engine.Read("", 0.0, 0.0, []) if r.text == "100" else r for r in real(crops)]

    monkeypatch.setattr(engine, "recognise", blind)
    document = read_pages([sheet(SIGNS)])
    assert texts(document)[2] == ["规范性文件", "11", "?"]
    assert document.confidence[1, 3, 3] == 0.0
    assert document.confidence[1, 6, 2] == 1.0  # blank: there is no ink


def test_letters_too_small_are_said_and_doubted() -> None:
    document = read_pages([sheet(SIGNS).resize((212, 147), Image.Resampling.LANCZOS)])
    assert "pixels large" in document.notes[0]
    assert max(sure for (g, r, c), sure in document.confidence.items() if texts(document)[r - 1][c - 1]) < LOW


def test_a_seal_over_a_table_is_taken_off() -> None:
    image = sheet([[f"第{r}行", str(r * 7), str(r * 13)] for r in range(1, 12)])
    assert texts(read_pages([pictures.sealed(image)])) == texts(read_pages([image]))


@pytest.mark.parametrize("press", [False, True])
def test_figures_in_red_are_read(press: bool) -> None:
    sheet_ = np.asarray(sheet(SIGNS)).astype(np.float64)
    part = sheet_[95:130, 200:330]
    sheet_[95:130, 200:330] = 255 - (255 - part) * (np.array([35, 235, 235]) / 255)
    image = Image.fromarray(sheet_.astype(np.uint8))
    assert texts(read_pages([pictures.pressed(image) if press else image]))[1] == ["规章", "0", "1"]


def test_broken_and_dotted_rules_still_part_cells() -> None:
    sheet_ = np.asarray(sheet(SIGNS)).copy()
    sheet_[:, 189:193][::9] = 255
    sheet_[174:180] = 255  # a tear through the whole sheet, between a line of text and the rule below it
    assert texts(read_pages([Image.fromarray(sheet_)])) == SIGNS


# -- parts ------------------------------------------------------------------------------------------------------------


def word(columns: list[int], high: int = 20, text: str = "") -> ocr_text.Word:
    """A word whose ink stands in some columns."""
    ink = np.zeros((high, max(columns) + 1), np.uint8)
    ink[:, columns] = 255
    spot = ocr_text.Spot(0, 0, ink.shape[1], high)
    return ocr_text.Word(spot, spot, text=text, ink=ink)


def test_a_swallowed_digit_is_noticed() -> None:
    two = word([0, 1, 2, 15, 16, 17])
    assert figures.fits(two, "11")
    assert not figures.fits(two, "1")
    three = word([0, 1, 2, *range(13, 25), *range(28, 40)])
    assert figures.fits(three, "100")
    assert not figures.fits(three, "10")


def with_point() -> ocr_text.Word:
    """12.3 as blocks of ink."""
    made = word([*range(10), *range(14, 24), *range(27, 30), *range(34, 44)], text="123")
    made.ink[:16, 27:30] = 0
    return made


def test_a_lost_or_invented_point_is_noticed() -> None:
    point = with_point()
    assert figures.fits(point, "12.3")
    assert not figures.fits(point, "123")
    none = word([*range(10), *range(14, 24), *range(28, 38)])
    assert figures.fits(none, "123")
    assert not figures.fits(none, "12.3")


def test_a_point_taken_off_with_the_dust_is_doubted() -> None:
    figure = word([*range(10), *range(14, 24), *range(34, 44)], text="123")
    grains = np.zeros((30, 60), np.uint8)
    for grain, sure in (((5, 28), 0.99), ((18, 5), 0.99), ((18, 28), 0.5)):
        figure.sure = 0.99
        grains[:] = 0
        grains[grain] = 255
        figures.doubt_lost_points([figure], grains)
        assert figure.sure == sure


@pytest.mark.parametrize(
    ("shift", "read", "text", "sure"), [(8, "1", "/", 0.97), (5, "1", "1", 0.5), (0, "1", "1", 0.9)]
)
def test_leaning_strokes(shift: int, read: str, text: str, sure: float) -> None:
    ink = np.zeros((21, shift + 3), np.uint8)
    for row in range(21):
        at = round(shift * (20 - row) / 20)
        ink[row, at : at + 3] = 255
    spot = ocr_text.Spot(0, 0, ink.shape[1], 21)
    stroke = ocr_text.Word(spot, spot, text=read, sure=0.9, ink=ink)
    figures._named(stroke, 25.0)
    assert (stroke.text, stroke.sure) == (text, sure)


def test_rows_of_one_sign_stay_together() -> None:
    ink = np.zeros((60, 30), np.uint8)
    for y in (10, 20, 30):  # 三
        ink[y : y + 3, 5:25] = 255
    assert len(ocr_text.words_in(ink, ocr_text.Spot(0, 0, 30, 60), 22.0)) == 1


def test_lines_of_a_table_are_found_and_strokes_are_not() -> None:
    page = ocr_ink.prepared(np.asarray(sheet(SIGNS)))
    lines, _ = rules.lines_of(page)
    assert (sum(n.flat for n in lines), sum(not n.flat for n in lines)) == (7, 4)


@pytest.mark.parametrize(
    ("text", "figure"),
    [("O", "0"), ("l", "1"), ("1O", "10"), ("日", "8"), ("5", ""), ("无", ""), ("0I", ""), ("|4", "")],
)
def test_likely_figures(text: str, figure: str) -> None:
    assert likely_figure(text) == figure


ROWS = [
    ["第二十条第（五）项", "信息内容", "本年处理决定数量"],
    ["", "行政许可", "O"],
    ["", "行政处罚", "7"],
    ["", "行政强制", "0"],
]


def recognised(sure: float = 0.99) -> Report:
    cells = [Cell(text, r, c, 1, 1, 1) for r, row in enumerate(ROWS, 1) for c, text in enumerate(row, 1)]
    blocks = (Paragraph("样例市水务局2023年政府信息公开工作年度报告", 1), Grid(tuple(cells), 1, 1, True))
    confidence = {(1, c.row, c.column): sure if c.text == "7" else 0.995 for c in cells}
    return gr.parse_report(Document(blocks, "ocr", "", "", "0" * 64, kind="png", confidence=confidence))


def test_a_letter_like_a_digit_is_named_and_not_taken_for_it() -> None:
    report = recognised()
    name = "disclosure.licences.decisions"
    assert (report.cells[name].status, report.cells[name].raw, report.cells[name].number) == ("text", "O", None)
    (doubt,) = [f for f in report.findings if f.rule == "low_confidence"]
    assert (doubt.cells, doubt.expected, doubt.found) == ((name,), "0", "O")


def test_unsure_figures_are_kept_and_doubted() -> None:
    report = recognised(0.61)
    name = "disclosure.penalties.decisions"
    assert report.cells[name].number == 7
    assert report.cells[name].place.endswith("(confidence 0.61)")
    assert name in {cell for f in report.findings if f.rule == "low_confidence" for cell in f.cells}


def test_documents_that_were_read_have_no_confidence() -> None:
    text = make_pdf.page(pictures.CASES["seed-000"], pictures.BY_NAME["collapsed"])
    report = gr.parse_report(gr.read_document(text))
    assert report.confidence == {}
    assert not {f.rule for f in report.findings} & {"recognised", "low_confidence"}


def test_figures_outside_tables_are_doubted() -> None:
    lines = ["样例市水务局2023年政府信息公开工作年度报告", "第二十条第（五）项", "本年处理决定数量",
             "行政许可", "3", "行政处罚", "7", "行政强制", "0"]  # fmt: skip
    blocks = tuple(Paragraph(line, 1) for line in lines)
    report = gr.parse_report(Document(blocks, "ocr", "", "", "0" * 64, kind="png", engine="rapidocr 0"))
    given = {name for name, cell in report.cells.items() if cell.status == "given"}
    assert "disclosure.penalties.decisions" in given
    assert {name: sure for name, sure in report.confidence.items() if name in given} == dict.fromkeys(given, 0.5)
    assert given <= {cell for f in report.findings if f.rule == "low_confidence" for cell in f.cells}


# -- pages with pictures in place of tables ---------------------------------------------------------------------------

WITH_PICTURES = """<html><head><title>淮安市2024年政府信息公开工作年度报告</title></head><body>
<h1>淮安市人民政府2024年政府信息公开工作年度报告</h1>
<h2>一、总体情况</h2><p>样例文字：本年按照要求公开政府信息。</p>
<h2>二、主动公开政府信息情况</h2><p><img src="1.png"></p>
<h2>三、收到和处理政府信息公开申请情况</h2><p><img src="2.png"></p>
<h2>四、政府信息公开行政复议、行政诉讼情况</h2><p><img src="3.png"></p>
<h2>五、存在的主要问题及改进情况</h2><p>样例文字：更新偏慢。</p>
<h2>六、其他需要报告的事项</h2><p>样例文字：无。</p></body></html>"""


@pytest.fixture(scope="module")
def joined() -> Report:
    files = {path.name: path for path in TABLES}
    return gr.parse_report(gr.read_document(WITH_PICTURES.encode(), files=files))


def test_pictures_of_a_page_give_its_tables(joined: Report) -> None:
    alone = gr.parse_report(gr.read_document(WITH_PICTURES.encode()))
    assert "pictures" in {f.rule for f in alone.findings}
    assert not {f.rule for f in joined.findings} & {"pictures", "missing_table", "edition_unknown"}
    assert joined.reader == "html+ocr"
    assert compared(joined, "huaian-2024") == ([], [])
    assert (joined.year, joined.edition) == (2024, "2021")


def test_figures_of_pictures_name_their_table_and_confidence(joined: Report) -> None:
    assert joined.confidence.keys() == joined.cells.keys()
    for number, table in enumerate(("disclosure", "applications", "litigation"), 1):
        for name, cell in joined.cells.items():
            if name.startswith(table):
                assert re.fullmatch(rf"table {number}, row \d+, column \d+ \(confidence 0\.\d\d\)", cell.place), name
    (told,) = [f for f in joined.findings if f.rule == "recognised"]
    assert "all hold" in told.message


def test_text_of_the_page_itself_bears_no_confidence() -> None:
    page = make_pdf.page(pictures.CASES["huaian-2024"], pictures.BY_NAME["collapsed"])
    report = gr.parse_report(gr.read_document(page, files={"seal.png": saved(sheet([["印", "章"]]), "PNG")}))
    assert report.reader == "html+ocr"
    assert report.confidence == {}
    assert compared(report, "huaian-2024") == ([], [])


def test_inspect_with_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(WITH_PICTURES, encoding="utf-8")
    assert main(["inspect", str(page), "--with", str(TABLES[2])]) == 0
    shown = capsys.readouterr().out
    assert "read by html+ocr" in shown
    assert re.search(r"litigation\.reconsideration +<- .*table 1, row 4, column 1 \(confidence 0\.9\d\)", shown)
    assert "[178] | [37] | [351]" in shown
    assert "recognised from a picture" in " ".join(shown.split())


# -- scanned files ----------------------------------------------------------------------------------------------------


def scanned(*images: Image.Image) -> bytes:
    return saved(images[0], "PDF", save_all=True, append_images=images[1:], resolution=150.0)


def test_an_empty_sheet_in_a_scanned_file_is_counted() -> None:
    pytest.importorskip("pypdfium2")
    image = sheet(SIGNS[:3])
    document = gr.read_document(scanned(image, Image.new("L", (300, 400), 255), image))
    assert [{cell.line for cell in grid.cells} for grid in document.grids] == [{1}, {3}]
    assert texts(document) == [*SIGNS[:3], *SIGNS[:3]]
    assert document.engine.startswith("pypdfium2 ")
    assert "rapidocr" in document.engine


def test_a_seal_on_a_scanned_page_makes_no_other_figure() -> None:
    image = sheet([[f"第{r}行", str(r * 7), str(r * 13)] for r in range(1, 12)])
    sealed, plain = (texts(gr.read_document(scanned(made))) for made in (pictures.sealed(image), image))
    assert [len(row) for row in sealed] == [len(row) for row in plain]
    other = [pair for rows in zip(sealed, plain, strict=True) for pair in zip(*rows, strict=True) if pair[0] != pair[1]]
    assert len(other) <= 6
    assert not any(found.isdigit() for found, _ in other), "what the seal leaves is no figure of its own"


def test_a_scanned_file_has_a_limit_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypdfium2")
    from govreport.read import pdf

    class Recogniser(ModuleType):
        def read_images(self, images: Any, **_: Any) -> Document:
            count = sum(1 for _ in images)
            return Document((Paragraph(f"{count} pages", 1),), "ocr", "", "", "0" * 64)

    monkeypatch.setitem(sys.modules, "govreport.read.ocr", Recogniser("govreport.read.ocr"))
    assert pdf._MOST_PICTURES == 100
    monkeypatch.setattr(pdf, "_MOST_PICTURES", 2)
    page = Image.new("L", (60, 80), 90)
    assert gr.read_document(scanned(page, page)).paragraphs == [Paragraph("2 pages", 1)]
    with pytest.raises(ReadError, match=r"3 pages must be read by OCR, .*page 1 is a picture.*at most 2"):
        gr.read_document(scanned(page, page, page))


# -- formats and limits -----------------------------------------------------------------------------------------------


def grey16(image: Image.Image) -> bytes:
    return saved(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG")


def see_through(image: Image.Image) -> bytes:
    made = Image.new("RGBA", image.size, (0, 0, 0, 0))
    made.putalpha(Image.fromarray(255 - np.asarray(image.convert("L"))))
    return saved(made, "PNG")


def camera(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    return saved(image.rotate(90, expand=True), "JPEG", exif=exif, quality=95)


FORMATS = {
    "grey of 16 bits": grey16,
    "inks of print": lambda image: saved(image.convert("CMYK"), "JPEG", quality=95),
    "see-through": see_through,
    "moving": lambda image: saved(image, "GIF", save_all=True, append_images=[Image.new("RGB", image.size)]),
    "webp": lambda image: saved(image, "WEBP", quality=90),
    "bmp": lambda image: saved(image, "BMP"),
    "fax": lambda image: saved(image.convert("1"), "TIFF", compression="group4"),
    "camera": camera,
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name: str) -> None:
    document = gr.read_document(FORMATS[name](sheet(SIGNS[:3])))
    assert texts(document) == SIGNS[:3]
    assert len(document.notes) == (name == "moving")


def png(wide: int, high: int, content: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def marks() -> bytes:
    fields = np.indices((2400, 2400)).sum(axis=0) % 2 * 255
    return saved(Image.fromarray(fields.astype(np.uint8)), "PNG")


def lattice() -> bytes:
    image = Image.new("L", (2000, 2000), 255)
    pen = ImageDraw.Draw(image)
    for at in range(0, 2000, 30):
        pen.line((at, 0, at, 2000), fill=0)
        pen.line((0, at, 2000, at), fill=0)
        for other in range(0, 2000, 30):
            pen.text((at + 10, other + 9), "8", fill=0)
    return saved(image, "PNG")


HOSTILE = {
    "20 000 x 20 000": (lambda: png(20_000, 20_000, zlib.compress(bytes(2501 * 20_000))), "too large"),
    "8 990 x 8 990": (lambda: png(8_990, 8_990), r"8,990 x 8,990 pixels; at most 80,000,000"),
    "no width": (lambda: png(0, 10), "damaged"),
    "widest": (lambda: png(2**31 - 1, 2**31 - 1), "too large"),
    "no image": (lambda: png(100, 100, b"no stream"), "damaged"),
    "cut png": (lambda: saved(sheet(SIGNS), "PNG")[:3000], "damaged"),
    "cut jpeg": (lambda: saved(sheet(SIGNS), "JPEG")[:3000], "damaged"),
    "cut tiff": (lambda: saved(sheet(SIGNS), "TIFF", compression="tiff_lzw")[:3000], "damaged"),
    "head alone": (lambda: b"\x89PNG\r\n\x1a\n", "damaged"),
    "stripe": (lambda: saved(Image.new("L", (60_000, 20), 255), "PNG"), "stripe"),
    "white": (lambda: saved(Image.new("L", (1000, 1400), 255), "PNG"), "none was found"),
    "black": (lambda: saved(Image.new("L", (1000, 1400), 0), "PNG"), "none was found"),
    "dot": (lambda: saved(Image.new("L", (1, 1), 0), "GIF"), "none was found"),
    "chequered": (marks, "none was found"),
    "4 489 cells": (lattice, "separate marks"),
    "200 pages": (
        lambda: saved(Image.new("1", (9, 9)), "TIFF", save_all=True, append_images=[Image.new("1", (9, 9))] * 199),
        "more than 100 pages",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_hostile_files(name: str) -> None:
    make, reason = HOSTILE[name]
    with pytest.raises(ReadError, match=reason):
        gr.read_document(make())


def test_many_pictures_in_a_file_are_not_counted_one_by_one() -> None:
    one = saved(Image.new("P", (2, 2)), "GIF")
    frame = one[one.index(b",") : -1]
    with pytest.raises(ReadError, match="none was found"):
        gr.read_document(one[:-1] + 100_000 * frame + b";")


def test_large_pictures_are_scaled_down() -> None:
    sizes = [opening.upright(Image.new("L", size)).size for size in ((4000, 5000), (1200, 15_000), (1500, 24_000))]
    assert [wide * high <= 10.01e6 for wide, high in sizes] == [True, False, False]
    assert sizes[1] == (1200, 15_000)
    assert max(wide * high for wide, high in sizes) < 20.1e6


def test_the_limit_of_pillow_is_left_alone() -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(ReadError):
        gr.read_document(png(20_000, 20_000))
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("name", ["rapidocr", "cv2", "PIL", "onnxruntime"])
def test_a_missing_package_gives_the_line_that_installs_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ocr.import_module

    def refused(wanted: str) -> Any:
        if wanted.partition(".")[0] == name:
            raise ImportError(wanted)
        return real(wanted)

    monkeypatch.setattr(ocr, "import_module", refused)
    with pytest.raises(ReadError, match=rf"pictures need {name}; pip install 'govreport\[ocr\]'"):
        gr.read_document(PAGE)


def test_nothing_is_fetched_and_nothing_is_printed() -> None:
    code = (
        "import socket, sys\n"
        "def closed(*_): raise OSError('no network')\n"
        "socket.socket.connect = closed; socket.getaddrinfo = closed\n"
        "import numpy as np\n"
        "from govreport.read.ocr import engine\n"
        "print(len(engine.recognise([np.full((48, 96, 3), 255, np.uint8)])))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("1\n", "")


def test_a_missing_model_is_an_error_and_no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_loaded", [])
    monkeypatch.setitem(engine._MODELS, "Rec", "no_such_model.onnx")
    with pytest.raises(ReadError, match="lacks no_such_model"):
        engine.engine()


# -- the proof through real programs ----------------------------------------------------------------------------------

TOOLS = pytest.mark.skipif(
    not (CHROMIUM and OFFICE and pictures.PDFTOPPM), reason="chromium, soffice or pdftoppm is missing"
)
REPORTS = [name for name in pictures.CASES if not name.startswith("made")]
LOOKS = [("office", 150, True), ("collapsed", 150, False), ("ruled", 150, True), ("collapsed", 200, False),
         ("office", 200, True)]  # fmt: skip


@TOOLS
@pytest.mark.slow
@pytest.mark.parametrize(("number", "case"), list(enumerate(REPORTS)))
def test_bundled_reports_as_pictures(number: int, case: str) -> None:
    for way, dpi, press in (LOOKS[number % len(LOOKS)], LOOKS[(number + 1) % len(LOOKS)]):
        images = pictures.printed(case, way, dpi)
        document = read_pages(map(pictures.pressed, images) if press else images)
        report = gr.parse_report(document)
        missed, silent = compared(report, case)
        assert silent == []
        first = [text for block in document.blocks if block.line == 1 for text in texts_of(block)]
        assert tells_of_report("\n".join(first)), "archives are searched by the first pages of scanned files"
        assert len(missed) <= len(report.cells) // 100, missed


ODD_LOOKS = {
    "photographed": (200, lambda pages: pictures.photographed(pages[1], 1)),
    "faxed": (150, lambda pages: pictures.faxed(pages[1], 1)),
    "stamped": (150, lambda pages: pictures.pressed(pictures.sealed(pages[1]))),
    "stamped, in grey": (200, lambda pages: pictures.sealed(pages[1]).convert("L")),
    "side by side": (150, lambda pages: pictures.side_by_side(pages[1], pages[2])),
}


@TOOLS
@pytest.mark.slow
@pytest.mark.parametrize("look", ODD_LOOKS)
def test_odd_pages_are_never_read_wrongly_in_silence(look: str) -> None:
    dpi, make = ODD_LOOKS[look]
    report = gr.parse_report(read_pages([make(pictures.printed("huaian-2024", "collapsed", dpi))]))
    assert compared(report, "huaian-2024")[1] == []
    assert sum(cell.status == "given" for cell in report.cells.values()) > 130
