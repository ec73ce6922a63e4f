"""Evidence cards: what they show is what the reports hold, and nothing of a page is live on them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd
import pytest
from make_reports import consistent_numbers, doubt, make_report

from govreport.analysis import OutlierMethod, find_measure, find_outliers, load_indices, load_measures
from govreport.bundled import sample
from govreport.errors import UsageError
from govreport.evidence import EvidenceCard, evidence, words
from govreport.evidence import picture as pictures
from govreport.evidence.words import points, say
from govreport.forms import read_csv
from govreport.frames import Frames, to_frames
from govreport.model import Report, Statement, Value
from govreport.plots.lettering import Lettering
from govreport.plots.peers import peers_figure
from govreport.show import tables_html

SUQIAN = "9733b98c650894ca"
NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
NOT_HELD = "applications.not_held.total"


def body(n: int, not_held: int, of: int = 100, **changes: Any) -> Report:
    """A department with so many requests not held of so many processed."""
    numbers = consistent_numbers(granted=of - not_held, not_held=not_held)
    numbers["disclosure.licences.decisions"] = 5 + 7 * n
    fields = {"agency": f"青河县第{n}示例局", "url": f"https://www.example.gov.cn/{n}.html"}
    return make_report(numbers, **(fields | changes))


def panel(*more: Report) -> Frames:
    """Twenty-five departments of which 10 to 34 of 100 requests are not held, and others."""
    return to_frames([*(body(n, 10 + n) for n in range(25)), *more])


@pytest.fixture(scope="module")
def frames() -> Frames:
    return panel(body(99, 90))


@pytest.fixture(scope="module")
def card(frames: Frames) -> EvidenceCard:
    return evidence(frames, key_of(frames, "青河县第99示例局"), "not_held_share")


def key_of(frames: Frames, agency: str, year: int = 2023) -> str:
    found = frames.reports.query("agency == @agency and year == @year")
    return str(found["report_id"].item())


class Page(HTMLParser):
    """Tags with their attributes; refuses tags that are closed out of turn."""

    VOID = frozenset({"meta", "input", "img", "source", "br", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closed out of turn"

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


# The figure and its cells


def test_the_worked_value_of_suqian() -> None:
    made = evidence(sample(), SUQIAN, "not_held_share")
    assert made.figure == ("25.5% (897/3521)", "25.5% (897/3521)")
    assert [(c.name, c.role, c.number, c.raw) for c in made.cells] == [
        (NOT_HELD, "numerator", 897, "897"),
        ("applications.processed.total", "denominator", 3521, "3521"),
    ]
    assert made.cells[0].place == "table 2, row 16, column 10"
    assert made.cells[0].label == ("1.本机关不掌握相关政府信息 · 总计", "Not held by the agency · Total")
    assert [(y.year, y.numerator, y.n, y.own) for y in made.years] == [
        (2023, 1047, 3486, False),
        (2024, 897, 3521, True),
    ]


def test_other_worked_values() -> None:
    assert evidence(sample(), SUQIAN, "carried_in").figure == ("121件", "121 requests")
    decided = evidence(sample(), SUQIAN, "review_correction_rate_decided")
    whole = evidence(sample(), SUQIAN, "review_correction_rate")
    assert decided.numerator == whole.numerator
    assert decided.n == whole.n - next(c.number for c in decided.cells if c.sign < 0)  # type: ignore[operator]


def test_the_table_is_filled_in_and_its_cells_are_framed(card: EvidenceCard) -> None:
    marked = re.findall(r'<td class="[^"]*gr-marked"[^>]*title="([^;"]+)', card.to_html())
    assert marked == [NOT_HELD, "applications.processed.total"]
    assert len(re.findall(r'<td[^>]*title="applications\.', card.to_html())) == 175


def test_a_measure_over_two_tables_shows_both(frames: Frames) -> None:
    made = evidence(frames, key_of(frames, "青河县第1示例局"), "dispute_rate")
    titles = re.findall(r'<td[^>]*title="(\w+)\.', made.to_html())
    assert dict.fromkeys(titles) == {"applications": None, "litigation": None}


def test_tables_alone() -> None:
    report = make_report()
    text = tables_html(report, ["litigation"], marked={"litigation.direct_suit.total"})
    assert text.count("<td") == 15
    assert text.count('gr-marked"') == 1
    assert tables_html(make_report(edition=None), ["litigation"]) == ""


# Peers


def test_the_body_among_its_peers(card: EvidenceCard) -> None:
    compared = card.comparison
    assert compared.state == "ranked"
    assert compared.row is not None
    assert compared.row["outlier"]
    assert len(compared.peers) == compared.row["peers"] == 25
    assert compared.position(0.9) == (0, 25, 0)
    assert compared.quantiles()["q50"] == pytest.approx(0.22)
    assert (compared.quantiles()["least"], compared.quantiles()["most"]) == (0.10, 0.34)
    assert compared.group == ("2023年县级部门", "2023, county level, departments")
    assert "99示例局" not in " ".join(compared.peers["agency"])
    assert card.peers_table()["value"].is_monotonic_decreasing
    assert card.sentences[0].en == compared.row["text_en"]


def test_peers_are_those_of_the_comparison_in_every_row() -> None:
    made = panel(*(body(n, 20 + n, agency_kind="street") for n in range(30, 52)), body(98, 5, 12), body(97, 40, 400))
    rows = find_outliers(made, ["not_held_share", "licences"], keep="ranked")
    rows = rows[rows["comparison"] == "peers"]
    assert set(rows["peers"]) == {21, 25, 26}
    for row in rows.iloc[::9].itertuples():
        one = evidence(made, row.report_id, row.measure, outliers=rows)
        assert len(one.comparison.peers) == row.peers, row


def test_p_values_are_those_of_the_run_that_is_given(frames: Frames, card: EvidenceCard) -> None:
    run = find_outliers(frames, ["not_held_share", "exempt_share", "licences"], keep="ranked", level=0.01)
    given = evidence(frames, card.report_id, "not_held_share", outliers=run)
    mine = run[(run["report_id"] == card.report_id) & (run["measure"] == "not_held_share")].iloc[0]
    assert given.comparison.row is not None
    assert given.comparison.row["p_adjusted"] == mine["p_adjusted"]
    assert given.comparison.tested == run.attrs["tested"] > card.comparison.tested == 26
    assert given.comparison.level == 0.01
    assert "99%" in given.to_markdown("en")


def test_the_facts_of_a_comparison(card: EvidenceCard) -> None:
    text = card.to_markdown("en")
    row = card.comparison.row
    assert row is not None
    assert f"Level of the peers: {100 * row['expected']:.1f}%" in text
    assert f"Usual range: {100 * row['low']:.1f}% to {100 * row['high']:.1f}%" in text
    assert f"Shrunken estimate: {100 * row['shrunken']:.1f}%" in text
    assert row["p_adjusted"] < 0.001
    assert "Adjusted p: &lt; 0.001 (adjusted over 26 comparisons)" in text
    assert "Above this body: 0; below it 25, equal 0" in text
    assert "| 10.0% | 12.4% | 16.0% | 22.0% | 28.0% | 31.6% | 34.0% | 90.0% |" in text


def test_a_wider_group_is_told() -> None:
    made = to_frames([body(n, 10 + n, year=2022 + n % 2) for n in range(30)])
    one = evidence(made, made.reports["report_id"].iloc[0], "not_held_share")
    assert one.comparison.step is not None
    assert one.comparison.step.step == "all_years"
    assert one.comparison.group == ("2019年以来县级部门", "since 2019, county level, departments")
    assert "Too few bodies in that year" in one.to_markdown("en")
    assert any("widened" in point.text.en for point in one.caveats)


def test_no_peers_is_explained() -> None:
    made = evidence(sample(), SUQIAN, "not_held_share")
    assert made.comparison.state == "none"
    assert made.comparison.peers.empty
    html = made.to_html()
    assert "可比的同类机关报告不足20份" in html
    assert "<img" not in html
    assert any("too few reports" in point.text.en for point in made.caveats)


def test_a_small_denominator_is_observed_only() -> None:
    made = panel(body(98, 5, 12))
    one = evidence(made, key_of(made, "青河县第98示例局"), "not_held_share")
    assert one.comparison.state == "unranked"
    assert len(one.comparison.peers) == 25
    assert one.figure.en == "41.7% (5/12)"
    assert "observed only" in one.to_markdown("en")
    assert "Adjusted p" not in one.to_markdown("en")


@pytest.mark.parametrize(
    ("raw", "status", "said"), [("", "blank", "空白"), ("/", "dash", "横线"), ("无此项", "text", "文字")]
)
def test_an_unknown_figure_is_explained(raw: str, status: Any, said: str) -> None:
    cells = {
        NOT_HELD: Value(status, None, raw, "grid 2 row 16 column 8"),
        "applications.not_held.natural_person": Value(status, None, raw, "grid 2 row 16 column 2"),
        "applications.processed.total": Value("given", 200, "200", "grid 2 row 27 column 8"),
    }
    made = panel(body(98, 20, cells=cells))
    one = evidence(made, key_of(made, "青河县第98示例局"), "not_held_share")
    assert (one.value, one.status, one.comparison.state) == (None, status, "unknown")
    html = one.to_html()
    assert "没有数字不等于零" in html
    assert said in html
    assert "<img" in html  # where the peers stand is shown all the same
    assert one.figure.en == "No figure"
    assert "No figure" in one.to_markdown("en")


def test_a_zero_of_a_duty_is_explained() -> None:
    made = panel()
    one = evidence(made, key_of(made, "青河县第3示例局"), "penalties")
    assert one.comparison.state == "zero"
    assert one.figure == ("0件", "0 decisions")
    assert "多半表示没有这项职责" in one.to_html()


def test_a_report_without_year_or_table() -> None:
    made = panel(body(98, 20, year=None), make_report(edition=None, agency="青河县无表示例局"))
    undated = evidence(made, made.reports["report_id"].iloc[25], "not_held_share")
    assert undated.comparison.state == "undated"
    assert "year unknown" in undated.title.en
    assert "the year is unknown" in undated.to_markdown("en").lower()
    tableless = evidence(made, key_of(made, "青河县无表示例局"), "not_held_share")
    assert tableless.status == "absent"
    assert "未识别出这份报告的法定表格" in tableless.to_html()


def test_jumps_are_told_beside_the_peers() -> None:
    now = [body(n, 20, 200 if n else 3000) for n in range(30)]
    before = [body(n, 20, 190 + n, year=2022) for n in range(30)]
    made = to_frames([*before, *now])
    one = evidence(made, key_of(made, "青河县第0示例局"), "received")
    assert one.comparison.past is not None
    assert one.comparison.past["outlier"]
    assert "went from 190" in one.sentences[1].en
    assert any("against the year before" in q.text.en for q in one.questions)


# The body's own years


def test_breaks_are_marked_between_years() -> None:
    old = make_report(edition="2019", year=2020, agency="青河县第1示例局")
    made = panel(old, body(1, 12, year=2021))
    one = evidence(made, key_of(made, "青河县第1示例局"), "normative_documents_issued")
    assert [(y.year, [b.en for b in y.breaks]) for y in one.years] == [
        (2020, []), (2021, ["2020/2021 new form"]), (2023, []),
    ]  # fmt: skip
    assert "gc-break" in one.to_html()
    assert "| — | 2020/2021 new form |  |  |" in one.to_markdown("en")
    assert any("break of the series" in point.text.en for point in one.caveats)
    share = evidence(made, one.report_id, "not_held_share")
    assert all(not y.breaks for y in share.years)


def test_links_tie_a_renamed_body() -> None:
    made = panel(body(70, 12, year=2022, agency="青河县旧名局"))
    now, old = key_of(made, "青河县第1示例局"), key_of(made, "青河县旧名局", 2022)
    assert len(evidence(made, now, "not_held_share").years) == 1
    links = pd.DataFrame({"report_id": [now, old], "body_id": ["one", "one"]}, dtype="string")
    tied = evidence(made, now, "not_held_share", links=links)
    assert [y.year for y in tied.years] == [2022, 2023]


def test_what_link_agencies_gives_is_taken_as_it_is() -> None:
    from govreport.analysis.agencies import link_agencies

    real = sample()
    one = evidence(real, SUQIAN, "not_held_share", links=link_agencies(real))
    assert [y.year for y in one.years] == [2023, 2024]


# Doubts, prose, the report itself


def test_doubts_about_these_cells_come_first() -> None:
    findings = (
        doubt("I4", "error", "litigation.direct_suit.total", message="elsewhere, grave"),
        doubt("blank_unknown", "info", NOT_HELD, message="here, slight"),
        doubt("I2", "error", NOT_HELD, message="here, grave"),
        doubt("short_section", "info", "applications.received.total", message="elsewhere, slight"),
    )
    made = panel(body(98, 20, findings=findings))
    one = evidence(made, key_of(made, "青河县第98示例局"), "not_held_share")
    assert [f.message for f in one.findings] == ["here, grave", "here, slight", "elsewhere, grave", "elsewhere, slight"]
    assert one.about == 2
    assert one.to_markdown("en").count("**about these cells**") == 2
    assert any("doubts about these very cells" in point.text.en for point in one.caveats)
    marks = re.search(rf'<td[^>]*title="{re.escape(NOT_HELD)};[^>]*>([^<]*)<sup>([^<]*)</sup>', one.to_html())
    assert marks is not None
    assert marks.groups() == ("20", "1,2")


def test_no_doubts_is_no_proof(card: EvidenceCard) -> None:
    assert "does not mean that there are no mistakes" in card.to_markdown("en")


def test_many_doubts_are_folded_and_cut() -> None:
    findings = tuple(doubt("I4", "error", "litigation.direct_suit.total", message=f"doubt {n}") for n in range(130))
    made = panel(body(98, 20, findings=findings))
    html = evidence(made, key_of(made, "青河县第98示例局"), "not_held_share").to_html()
    assert "doubt 99" in html
    assert "doubt 100<" not in html
    assert "另有30条未列出" in html


def test_a_figure_of_prose_is_quoted() -> None:
    told = (Statement("disclosed_total", 1234, True, "全年主动公开1234余条", "line 7"),)
    made = panel(body(98, 20, statements=told))
    one = evidence(made, key_of(made, "青河县第98示例局"), "disclosed")
    assert (one.status, one.cells[0].raw, one.cells[0].place) == ("approximate", "全年主动公开1234余条", "line 7")
    assert "全年主动公开1234余条" in one.to_html()
    assert "这项指标不在法定表格中" in one.to_html()
    assert any("round one" in point.text.en for point in one.caveats)


def test_a_figure_about_the_report_itself() -> None:
    made = panel(body(98, 20, published="2024-02-10"))
    one = evidence(made, key_of(made, "青河县第98示例局"), "days_after_deadline")
    assert one.figure == ("10天", "10 days")
    assert (one.cells[0].number, one.cells[0].label.en) == (10, "Days between the legal deadline and publication")
    assert any("Regulations, art. 49" in point.cited.en for point in one.questions)


def test_synthetic_figures_are_called_so() -> None:
    made = panel(body(98, 20, agency="青河县合成局（合成）"))
    one = evidence(made, key_of(made, "青河县合成局（合成）"), "not_held_share")
    assert any("synthetic data" in point.text.en for point in one.caveats)


# Source and citation


def test_source_and_citation() -> None:
    fields = {"retrieved": "2024-03-01T08:00:00Z", "published": "2024-01-20", "title": "示例局2023年报告"}
    made = panel(body(98, 20, **fields))
    one = evidence(made, key_of(made, "青河县第98示例局"), "not_held_share")
    report, figure = one.citation()
    for part in ("青河县第98示例局", "示例局2023年报告", "2024-01-20", "https://www.example.gov.cn/98.html",
                 "2024-03-01T08:00:00Z", one.report.sha256):  # fmt: skip
        assert part in report.zh
        assert part in report.en
    assert NOT_HELD in figure.en
    assert "20.0% (20/100)" in figure.en
    assert "compared with 25 reports (2023, county level, departments)" in figure.en
    page = Page(one.to_html())
    assert [a["href"] for a in page.named("a")] == ["https://www.example.gov.cn/98.html"]
    assert "2021年版" in one.to_html()


# Languages and safety


def test_a_page_without_scripts_in_both_languages(card: EvidenceCard) -> None:
    page = Page(card.to_html())
    switch = page.named("input")
    assert [a["type"] for a in switch] == ["radio"] * 3
    assert len({a["name"] for a in switch}) == 1
    assert ["checked" in a for a in switch] == [True, False, False]
    assert ["checked" in a for a in Page(card.to_html("both")).named("input")] == [False, False, True]
    assert not page.named("script")
    assert not page.named("link")
    assert all(str(a["src"]).startswith("data:image/png;base64,") for a in page.named("img"))
    assert len(page.named("img")) == len(page.named("source")) == 2
    html = card.to_html()
    for word in ("caveats", "questions", "cite", "peers"):
        assert say(word).zh in html
        assert say(word).en in html
    assert '<html lang="en">' in card.to_html("en")


def test_a_part_of_a_notebook_is_no_page(card: EvidenceCard) -> None:
    text = card._repr_html_()
    Page(text)
    assert text.startswith("<style>")
    assert "<html" not in text
    assert "body{" not in text


def test_nothing_of_a_page_is_live() -> None:
    nasty = body(
        98, 20, agency=NASTY, title=NASTY, url="javascript:alert(1)", source=NASTY, retrieved=NASTY, published=NASTY,
        reader="html", cells={NOT_HELD: Value("text", None, NASTY, NASTY)},
        findings=(doubt("I2", "error", NOT_HELD, message=NASTY),),
    )  # fmt: skip
    made = panel(nasty, body(97, 20, agency=NASTY, year=2022))
    for measure in ("not_held_share", "licences"):
        one = evidence(made, made.reports["report_id"].iloc[25], measure)
        html = one.to_html("both")
        page = Page(html)
        assert not page.named("script")
        assert not page.named("a")
        assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
        assert all(str(a["src"]).startswith("data:") for a in page.named("img"))
        text = one.to_markdown("both")
        assert "<script" not in text
        assert "<img" not in text


def test_names_of_peers_are_escaped() -> None:
    made = panel(body(98, 20, agency=NASTY))
    html = evidence(made, key_of(made, "青河县第1示例局"), "not_held_share").to_html()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_saving(card: EvidenceCard, tmp_path: Path) -> None:
    assert card.save(tmp_path / "card.html").read_text(encoding="utf-8") == card.to_html()
    assert card.save(str(tmp_path / "card.md"), "en").read_text(encoding="utf-8") == card.to_markdown("en")
    with pytest.raises(UsageError, match=r"expected a name in \.html, \.htm, \.md; found \.docx"):
        card.save(tmp_path / "card.docx")
    with pytest.raises(UsageError, match="there is no folder"):
        card.save(tmp_path / "nowhere" / "card.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(UsageError, match="there is a folder of that name"):
        card.save(tmp_path / "folder.html")
    with pytest.raises(UsageError, match="lang is one of zh, en, both; found 'fr'"):
        card.to_html("fr")  # type: ignore[arg-type]


def test_markdown_in_both_languages(card: EvidenceCard) -> None:
    text = card.to_markdown("both")
    assert "## 它不能证明什么" in text
    assert "## What it does not prove" in text
    assert "\n---\n" in text
    assert "What it does not prove" not in card.to_markdown("zh")


def test_without_matplotlib_quantiles_are_left(card: EvidenceCard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "find_spec", lambda _: None)
    html = card.to_html()
    assert "<img" not in html
    assert "22.0%" in html


def test_the_card_in_a_line(card: EvidenceCard) -> None:
    assert repr(card) == (
        "<EvidenceCard 青河县第99示例局 2023 · Not held by the agency, share of processed: 90.0% (90/100); ranked>"
    )


# Wrong use


def test_wrong_use_is_told(frames: Frames, card: EvidenceCard) -> None:
    with pytest.raises(UsageError, match=r"no report has the key 'nobody'.* has 26: .*青河县第0示例局, 2023"):
        evidence(frames, "nobody", "not_held_share")
    with pytest.raises(UsageError, match="which has 0: none"):
        evidence(to_frames([]), "nobody", "not_held_share")
    with pytest.raises(UsageError, match="no measure is called 'not_held_rate'"):
        evidence(frames, card.report_id, "not_held_rate")
    with pytest.raises(
        UsageError, match=r"rules_made_public is a figure of edition 2019 .* this report has edition 2021"
    ):
        evidence(frames, card.report_id, "rules_made_public")
    with pytest.raises(UsageError, match="evidence works on Frames"):
        evidence(frames.reports, card.report_id, "not_held_share")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="outliers should be what find_outliers gives; missing"):
        evidence(frames, card.report_id, "not_held_share", outliers=frames.reports)
    with pytest.raises(UsageError, match="report_id and body_id"):
        evidence(frames, card.report_id, "not_held_share", links=frames.sections)


def test_other_options_of_the_comparison(frames: Frames, card: EvidenceCard) -> None:
    strict = evidence(frames, card.report_id, "not_held_share", method=OutlierMethod(min_peers=30))
    assert strict.comparison.state == "none"
    assert "fewer than 30 reports" in strict.to_markdown("en")


# The texts


def test_every_measure_has_caveats_and_questions_of_its_own() -> None:
    for measure in (*load_measures(), *load_indices()):
        special = {"all"}
        for use in ("caveat", "question"):
            rows = [r for r in read_csv("evidence") if r["use"] == use]
            own = [r for r in rows if set(r["scope"].split()) & {measure.id, f"topic:{measure.topic}"}]
            assert own, (measure.id, use)
            assert len(points(use, measure, ())) > len([r for r in rows if set(r["scope"].split()) <= special])


def test_the_texts_name_what_there_is_and_accuse_nobody() -> None:
    measures = [*load_measures(), *load_indices()]
    known = {m.id for m in measures} | {"all"} | {f"if:{case}" for case in words.CASES}
    known |= {f"{k}:{getattr(m, k)}" for m in measures for k in ("topic", "kind", "unit")}
    rows = read_csv("evidence")
    accusing = re.compile("违法办理|隐瞒了|造假|舞弊|掩盖|illegal|conceal|cover-up|fraud|corrupt|guilty", re.IGNORECASE)
    for row in rows:
        assert row["use"] in ("caveat", "question")
        assert set(row["scope"].split()) <= known, row["scope"]
        assert re.fullmatch(r"(\d+(\(\d\))?( \d+(\(\d\))?)*)?", row["article"]), row["article"]
        assert row["zh"]
        assert row["en"]
        assert not accusing.search(row["zh"] + row["en"])
        if row["use"] == "question":
            assert "？" in row["zh"]
            assert "?" in row["en"]
    assert len({r["zh"] for r in rows}) == len({r["en"] for r in rows}) == len(rows)
    used = {token for row in rows for token in row["scope"].split() if token.startswith("if:")}
    assert used == {f"if:{case}" for case in words.CASES}


def test_fixed_words_have_the_same_placeholders_in_both_languages() -> None:
    rows = read_csv("evidence_words")
    assert len({row["word"] for row in rows}) == len(rows)
    code = "".join(p.read_text(encoding="utf-8") for p in Path(words.__file__).parent.glob("*.py"))
    prefixes = ("state.", "severity.", "about.", "expected_")
    for row in rows:
        assert fields(row["zh"]) == fields(row["en"]), row["word"]
        name = row["word"]
        made_up = name.startswith(prefixes) or name in ("numerator", "denominator", "whole", "zh", "en", "both")
        assert made_up or re.search(rf"[\"']{re.escape(name)}[\"']", code), f"{name} is used nowhere"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_unknown_texts_are_refused() -> None:
    with pytest.raises(UsageError, match="no word is called 'nothing'"):
        say("nothing")
    with pytest.raises(UsageError, match="no note is called"):
        words.note("nothing")
    with pytest.raises(UsageError, match="points knows caveat and question"):
        points("answer", find_measure("received"), ())
    assert words.rule_meaning("not_a_rule").zh == "not_a_rule"


# The figure


def written(chart: Any) -> list[str]:
    return [label.text for art in [*chart.artists, *(a for ax in chart.axes for a in ax.get_children())]
            if isinstance(art, Lettering) for label in art.labels]  # fmt: skip


def values_of(numbers: Iterable[float]) -> pd.DataFrame:
    return pd.DataFrame({"value": pd.array(list(numbers), dtype="Float64")})


def test_the_figure_marks_the_body(card: EvidenceCard) -> None:
    row = card.comparison.row
    assert row is not None
    zh, en = (written(peers_figure(row, card.peers_table(), group="x", lang=lang)) for lang in ("zh", "en"))
    assert "本机关 90.0%" in zh
    assert "This body 90.0%" in en
    assert any(text.startswith("◆ 青河县第99示例局 2023") and "90.0% (90/100)" in text for text in en)
    assert any("Band: usual range" in text for text in en)
    assert {"0%", "25%", "50%", "75%"} <= set(en)


@pytest.mark.parametrize("compact", [False, True])
def test_counts_far_apart_stand_on_a_logarithmic_scale(compact: bool) -> None:
    row = {"measure": "penalties", "value": 0, "agency": None, "year": pd.NA, "low": 0.0, "high": 5000.0}
    chart = peers_figure(row, values_of([0, 0, 1, 3, 50, 900, 20000]), lang="en", compact=compact)
    texts = written(chart)
    assert {"0", "1", "10,000" if "10,000" in texts else "10k", "This body 0"} <= set(texts)
    assert any("logarithmic scale" in text for text in texts)


def test_small_whole_numbers_keep_classes_of_one() -> None:
    chart = peers_figure({"measure": "failed_sums", "value": 3}, values_of([0, 0, 0, 1, 2]), lang="en")
    assert {"0", "1", "2", "3", "This body 3"} <= set(written(chart))
    negative = peers_figure({"measure": "days_after_deadline"}, values_of([-20, -3, 4, 60]), lang="en")
    assert {"0", "25", "50"} <= set(written(negative))
    assert not any(text.startswith("This body") for text in written(negative))


def test_a_figure_without_peers_says_so() -> None:
    assert "没有可比的同类机关。" in written(peers_figure({"measure": "received"}, values_of([])))


def test_wrong_use_of_the_figure() -> None:
    with pytest.raises(UsageError, match="no measure is called 'x'"):
        peers_figure({"measure": "x"}, values_of([1]))
    with pytest.raises(UsageError, match="name its measure"):
        peers_figure({}, values_of([1]))
    with pytest.raises(UsageError, match="should have the columns value"):
        peers_figure({"measure": "received"}, pd.DataFrame({"a": [1]}))
    with pytest.raises(UsageError, match="lang is"):
        peers_figure({"measure": "received"}, values_of([1]), lang="fr")  # type: ignore[arg-type]
