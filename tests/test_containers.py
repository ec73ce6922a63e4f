"""The nine bundled reports as Word and Excel files made by LibreOffice: every cell comes back."""

import json
import shutil
from pathlib import Path

import pytest
from make_files import convert

import govreport as gr
from govreport.bundled import sample
from govreport.synthetic import render

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")]


@pytest.fixture(scope="module")
def reports() -> list[gr.Report]:
    return list(sample().iter_reports())


def page_of(report: gr.Report) -> bytes:
    """The report as an HTML page: numbers as numbers, blanks as blanks."""
    assert report.edition is not None
    assert report.year is not None
    values = {cell: value.number for cell, value in report.cells.items()}
    return render(values, report.edition, "html_word", agency=report.agency or "", year=report.year, prose=False)


@pytest.mark.parametrize("number", range(9))
def test_every_cell_of_a_real_report_comes_back(reports: list[gr.Report], number: int, tmp_path: Path) -> None:
    report = reports[number]
    page = tmp_path / "report.html"
    page.write_bytes(page_of(report))
    truth = {cell: value.number for cell, value in report.cells.items()}
    text = convert(page, "odt:writer8", "--infilter=HTML (StarWriter)")
    sheet = convert(page, "ods:calc8", "--infilter=HTML (StarCalc)")
    for file in (convert(text, "docx"), convert(sheet, "xlsx"), convert(sheet, "xls"), sheet):
        again = gr.parse_report(gr.read_document(file))
        wrong = {cell for cell, number_ in truth.items() if again.cells[cell].number != number_}
        assert not wrong, f"{file.suffix}: {json.dumps(sorted(wrong)[:5])}"
        assert (again.edition, again.year) == (report.edition, report.year)
