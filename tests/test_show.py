"""The HTML that Jupyter shows: the form as printed, doubts marked, nothing of the page live."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from make_reports import doubt, make_report

from govreport.forms import load_form
from govreport.frames import Failure, to_frames
from govreport.model import Finding, Region, Report, Section, Statement, Value
from govreport.show import frames_html, number_text, report_html

NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """Tags, their attributes, and tables as rows of (text, rowspan, colspan, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.tables: list[list[list[dict[str, str]]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append({"tag": tag, "text": ""} | {k: v or "" for k, v in attrs})

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closed out of turn"

    def handle_data(self, data: str) -> None:
        if "table" in self.open and self.open[-1] in ("td", "th", "sup"):
            self.tables[-1][-1][-1]["text"] += data

    def cell(self, name: str) -> dict[str, str]:
        (found,) = [
            c for t in self.tables for r in t for c in r if re.match(rf"{re.escape(name)}(;|$)", c.get("title", ""))
        ]
        return found


def widths(table: list[list[dict[str, str]]]) -> list[int]:
    """Columns that each row covers, cells that reach down from above included."""
    reach: dict[int, int] = {}
    made = []
    for number, row in enumerate(table):
        width = sum(1 for last in reach.values() if last >= number)
        column = 0
        for cell in row:
            for _ in range(int(cell.get("colspan", 1))):
                while reach.get(column, -1) >= number:
                    column += 1
                reach[column] = number + int(cell.get("rowspan", 1)) - 1
                width += 1
        made.append(width)
    return made


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_every_cell_stands_once_in_whole_tables(edition: str) -> None:
    page = Page(report_html(make_report(edition=edition)))
    titles = [c["title"].split(";")[0] for t in page.tables for r in t for c in r if c["tag"] == "td"]
    assert titles == list(load_form(edition).cells)
    assert [set(widths(table)) for table in page.tables] == [{7}, {10}, {15}]
    assert page.open == []


def test_the_headings_of_the_form() -> None:
    disclosure, applications, litigation = Page(report_html(make_report())).tables
    assert [r[0]["text"] for r in disclosure if len(r) == 1] == [f"第二十条第（{n}）项" for n in "一五六八"]
    assert [c["text"] for c in applications[0]][1] == "申请人情况"
    assert [(c["text"], c.get("colspan")) for c in applications[1]][1] == ("法人或其他组织", "5")
    assert [c["text"] for c in applications[2]] == ["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"]
    groups = {c["text"]: c["rowspan"] for r in applications[3:] for c in r if "rowspan" in c}
    assert groups == {"三、本年度办理结果": "22", "（三）不予公开": "8", "（四）无法提供": "3", "（五）不予处理": "5",
                      "（六）其他处理": "3"}  # fmt: skip
    assert [c["text"] for c in litigation[0]] == ["行政复议", "行政诉讼"]
    assert [c["text"] for c in litigation[1]] == ["未经复议直接起诉", "复议后起诉"]
    old = Page(report_html(make_report(edition="2019"))).tables[1]
    assert {c["text"]: c["rowspan"] for r in old[3:] for c in r if "rowspan" in c}["三、本年度办理结果"] == "20"


def test_statuses_are_visible() -> None:
    cells = {
        "applications.granted.natural_person": Value("given", 1234, "１，２３４", "grid 2 row 6 column 2"),
        "applications.granted.enterprise": Value("blank", None, "", "grid 2 row 6 column 3"),
        "applications.granted.research_institution": Value("dash", None, "——", ""),
        "applications.granted.other_org": Value("text", None, "由区政府办公室统一填报，本机关不另行填写", ""),
        "litigation.direct_suit.total": Value("lost"),
        "litigation.direct_suit.other": Value("absent"),
        "disclosure.fees.amount_10k_yuan": Value("given", 12.5, "12.5万元", "grid 1 row 12 column 2"),
    }
    page = Page(report_html(make_report(cells=cells)))
    given = page.cell("applications.granted.natural_person")
    assert given["text"] == "1234"
    assert given["title"].endswith("at grid 2 row 6 column 2; printed '１，２３４'")
    assert page.cell("applications.granted.enterprise")["class"] == "gr-blank"
    assert page.cell("applications.granted.research_institution")["text"] == "–"
    assert page.cell("applications.granted.other_org")["text"] == "由区政府办公室统一填报，本机关不另行填写"
    assert (page.cell("litigation.direct_suit.total")["text"], page.cell("litigation.direct_suit.other")["text"]) == (
        "?",
        "",
    )
    assert page.cell("litigation.direct_suit.other")["class"] == "gr-absent"
    assert page.cell("disclosure.fees.amount_10k_yuan")["text"] == "12.5"


def test_doubtful_cells_are_marked_with_the_reason() -> None:
    findings = (
        doubt("unknown_label", "info", "applications.received.total", message="a row of its own"),
        doubt(
            "I3", "error", "applications.received.total", "applications.received.enterprise", message="does not add up"
        ),
        Finding("missing_section", "warning", (), "six", "five", "section six was not found"),
    )
    html = report_html(make_report(findings=findings))
    page = Page(html)
    cell = page.cell("applications.received.total")
    assert cell["class"] == "gr-error"
    assert cell["text"] == "51,2"
    assert cell["title"].endswith("a row of its own; does not add up")
    assert page.cell("applications.received.natural_person").get("class") is None
    assert page.cell("applications.received.enterprise")["class"] == "gr-zero gr-error"
    assert "Findings 疑点 (3)" in html
    assert html.index("a row of its own</li>") < html.index("section six was not found</li>")


def test_a_note_on_a_whole_table_does_not_colour_it() -> None:
    blank = {c: Value("blank") for c in load_form("2021").cells if c.startswith("applications.granted.")}
    blank |= {c: Value("blank") for c in load_form("2021").cells if c.startswith("applications.not_held.")}
    page = Page(
        report_html(make_report(cells=blank, findings=(doubt("blank_unknown", "info", *blank, message="zero?"),)))
    )
    cell = page.cell("applications.granted.total")
    assert (cell["class"], cell["text"]) == ("gr-blank", "")
    assert cell["title"] == "applications.granted.total; blank; zero?"


def nasty_report() -> Report:
    finding = Finding("I3", "error", ("applications.received.total",), NASTY, NASTY, NASTY)
    return make_report(
        agency=NASTY, title=NASTY, source=NASTY, url="javascript:alert(1)", published=NASTY, encoding=NASTY,
        region=Region(NASTY, NASTY, NASTY, NASTY), findings=(finding,),
        cells={"applications.granted.total": Value("text", None, NASTY, NASTY)},
        sections=(Section(1, NASTY, NASTY),), statements=(Statement(NASTY, 5, True, NASTY, NASTY),),
    )  # fmt: skip


def test_nothing_of_the_page_is_live() -> None:
    report = nasty_report()
    frames = to_frames([report, Failure(NASTY, "read", NASTY)])
    for html in (report_html(report), frames_html(frames), frames.show(report.report_id)._repr_html_()):
        page = Page(html)
        assert {tag for tag, _ in page.tags} <= {
            "style", "div", "table", "tr", "td", "th", "small", "sup", "span", "b", "h4", "ol", "ul", "li", "p",
            "details", "summary",
        }  # fmt: skip
        assert not {key for _, attributes in page.tags for key in attributes if key.startswith("on")}
        assert html.count("&lt;script&gt;") >= 2


def test_links_go_to_http_only() -> None:
    links = [a["href"] for t, a in Page(report_html(make_report())).tags if t == "a"]
    assert links == ["https://www.example.gov.cn/zfxxgk/report.html"]
    assert "<a " not in report_html(make_report(url=None, source="data:text/html,x"))
    assert 'href="http://e.cn/a?b=1&amp;c=2"' in report_html(make_report(url=None, source="http://e.cn/a?b=1&c=2"))


def test_a_report_without_tables_says_so() -> None:
    html = report_html(make_report(edition=None, agency=None, year=None))
    assert "No statutory table was recognised" in html
    assert "agency unknown 机关未知 · year unknown 年度未知" in html
    assert Page(html).tables == []


def test_very_long_text_is_cut_and_says_so() -> None:
    html = report_html(make_report(sections=(Section(1, "一、总体情况", "长" * 50_000),), findings=(doubt(),) * 500))
    assert "30,000 more characters" in html
    assert "and 400 more" in html


def test_frames_at_a_glance() -> None:
    frames = to_frames(
        [
            make_report(findings=(doubt(), doubt("year_conflict", "warning"))),
            make_report(year=None),
            Failure("x", "read", "why"),
        ]
    )
    html = frames_html(frames)
    assert "2023: 1, unknown: 1" in html
    assert "示例省: 2" in html
    assert "error: 1, warning: 1<" in html
    assert html.index("error I3") < html.index("warning year_conflict")
    assert "青河县示例局 2023" in html
    assert "x: why" in html
    assert "No errors or warnings" in frames_html(to_frames([]))


def test_numbers_as_printed() -> None:
    assert [number_text(n) for n in (0, 1192, 385.0, 12.5, 0.0001)] == ["0", "1192", "385", "12.5", "0.0001"]
