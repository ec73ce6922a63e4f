"""Copies in traditional characters and pages of spam mirrors: read where they can be, reported always."""

import random
import time
import timeit

import pytest
from opencc import OpenCC

import govreport as gr
from govreport.parse.cleaning import clean
from govreport.synthetic import LAYOUTS, invent, render

VALUES = {edition: invent(edition, random.Random(4), 40) for edition in ("2014", "2019", "2021")}
YEARS = {"2014": 2016, "2019": 2020, "2021": 2023}


def page_of(edition: str, layout: str = "html_word", agency: str = "北京市东城区水务局") -> str:
    page = render(VALUES[edition], edition, layout, agency=agency, year=YEARS[edition])
    return page.decode(LAYOUTS[layout].encoding)


def read(text: str) -> gr.Report:
    return gr.parse_report(gr.read_document(text.encode()))


def rules(report: gr.Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize("way", ["s2twp", "s2t", "s2hk"])
@pytest.mark.parametrize("layout", ["html_word", "text_pipes", "text_cell_lines"])
@pytest.mark.parametrize("edition", VALUES)
def test_a_copy_in_traditional_characters_gives_the_same_cells(edition: str, layout: str, way: str) -> None:
    report = read(OpenCC(way).convert(page_of(edition, layout)))
    assert report.values == VALUES[edition]
    assert (report.agency, report.edition, report.year) == ("北京市东城区水务局", edition, YEARS[edition])
    assert report.region.adcode == "110101"
    assert "traditional_characters" in rules(report)


def test_taiwan_wording_without_traditional_characters_is_met_by_the_labels() -> None:
    report = read(page_of("2021").replace("行政规范性文件", "規範性檔案"))
    assert report.values == VALUES["2021"]
    assert "traditional_characters" not in rules(report)


def test_ordinary_pages_are_not_touched() -> None:
    document = gr.read_document(page_of("2021").encode())
    cleaned, findings = clean(document)
    assert cleaned is document
    assert findings == []


def test_pinyin_in_brackets_is_taken_out_and_reported() -> None:
    noisy = (
        page_of("2021")
        .replace("政府", "政(zheng)府(fǔ)")
        .replace("总计", "总（zǒng）计")
        .replace("行政", "行政(zhèng)")
    )
    report = read(noisy)
    assert report.values == VALUES["2021"]
    assert [f.found for f in report.findings if f.rule == "spam_mirror"] == ["pinyin"]


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("<p>某某体育投注平台，注册即送</p>", "betting"),
        ("<p>国产精品成人视频在线</p>", "adult"),
        ("<p>" + "一，，二" * 9 + "</p>", "commas"),
    ],
)
def test_words_of_spam_mirrors_are_an_error(line: str, mark: str) -> None:
    report = read(page_of("2021").replace("<body>", "<body>" + line, 1))
    assert [(f.severity, f.found) for f in report.findings if f.rule == "spam_mirror"] == [("error", mark)]


def test_a_few_brackets_or_doubled_signs_are_no_spam() -> None:
    page = page_of("2021").replace("</p>", "联系人邮箱(a)，，见附件。</p>", 1)
    assert "spam_mirror" not in rules(read(page))


def test_ordinary_pages_lose_no_time() -> None:
    document = gr.read_document(page_of("2021").encode())
    once = min(timeit.repeat(lambda: clean(document), timer=time.process_time, number=20, repeat=5)) / 20
    whole = min(timeit.repeat(lambda: gr.parse_report(document), timer=time.process_time, number=5, repeat=3)) / 5
    assert once < 0.1 * whole
