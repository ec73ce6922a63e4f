"""Figures: what is drawn, in both languages, with n, and never an empty box for a character."""

import csv
import re
import warnings
from dataclasses import replace
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from govreport import plots
from govreport.bundled import Headlines, sample
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.plots import fonts, style
from govreport.plots.magnitude import magnitudes
from govreport.plots.outcomes import outcome_counts, outcome_order
from govreport.plots.report import BOOK, digest

HEADLINE_FIGURES = [
    plots.volumes_by_year,
    plots.volumes_by_kind,
    plots.volumes_by_province,
    plots.requests_received,
    plots.reasons_in_headlines,
    plots.enforcement_magnitude,
    plots.enforcement_by_kind,
    plots.penalties_and_licences,
]
REPORT_FIGURES = [plots.outcomes_of_reports, plots.refusal_reasons, plots.not_held_and_process]


@pytest.fixture(scope="module")
def headlines() -> Headlines:
    return sample("headlines")


def cells_of(report_id: str, totals: dict[str, int | None], edition: str = "2021") -> list[dict[str, object]]:
    rows = [r for r in read_csv("rows") if r["table"] == "applications" and r[f"label_{edition}"]]
    made = []
    for r in rows:
        count = totals.get(r["row"], 0)
        for applicant in ("natural_person", "enterprise", "total"):
            n = {"natural_person": count, "enterprise": 0, "total": count}[applicant]
            made.append({"report_id": report_id, "outcome": r["row"], "outcome_group": r["group"] or None,
                         "applicant": applicant, "count": n, "status": "blank" if n is None else "given"})  # fmt: skip
    return made


@pytest.fixture(scope="module")
def frames() -> SimpleNamespace:
    """Three invented reports: a large one, a small one, and a large one whose row totals are blank."""
    large = {"granted": 120, "partly_granted": 20, "process_information": 4, "third_party_rights": 6, "not_held": 40,
             "administrative_inquiry": 10, "processed": 200, "received": 210, "carried_out": 10}  # fmt: skip
    cells = cells_of("large", large) + cells_of("small", {"not_held": 3, "granted": 1, "processed": 4})
    old = cells_of("old", {"granted": 30, "not_held": 20, "processed": 50}, "2019")
    for cell in old:
        if cell["applicant"] == "enterprise" or (cell["applicant"] == "total" and cell["outcome"] != "processed"):
            cell["count"], cell["status"] = None, "blank"
    applications = pd.DataFrame(cells + old).astype({"count": "Int64", "outcome": "category", "status": "category"})
    reports = pd.DataFrame(
        {"report_id": ["large", "small", "old"], "agency": ["甲市人民政府", "乙街道办事处", "丙市人民政府"],
         "year": [2023, 2023, 2019]}
    )  # fmt: skip
    findings = pd.DataFrame(
        {"report_id": ["large", "large"], "severity": ["error", "info"],
         "cells": ["applications.not_held.total", "applications.granted.total"]}
    )  # fmt: skip
    return SimpleNamespace(reports=reports, applications=applications, findings=findings)


def texts(chart: Figure) -> list[str]:
    chart.draw_without_rendering()
    return [t.get_text() for t in chart.findobj(Text) if t.get_text()]


def printed(chart: Figure) -> list[Text]:
    """Texts but for the marks of number axes, of which matplotlib keeps some beyond the edge without drawing them."""
    made = list(chart.texts)
    for ax in chart.axes:
        made += [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax._left_title, *ax.get_yticklabels()]
        if ax.get_legend():
            made += ax.get_legend().get_texts()
    return [t for t in made if t.get_text()]


def everything(headlines, frames):
    for make in HEADLINE_FIGURES:
        yield make, headlines, {}
    for item in ("licences", "coercive_measures"):
        yield plots.enforcement_magnitude, headlines, {"item": item}
    for make in REPORT_FIGURES:
        yield make, frames, {}
    yield plots.report_form, frames, {"report_id": "large"}
    yield plots.report_form, frames, {"report_id": "old"}


class TestEveryFigure:
    def test_both_languages_with_source_and_n_and_no_empty_box(self, headlines, frames):
        face = fonts.chinese_face()
        assert face is not None, f"figures need a Chinese typeface; {fonts.INSTALL}"
        for make, data, options in everything(headlines, frames):
            for lang, source in (("zh", "资料来源："), ("en", "Source:")):
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    shown = texts(make(data, **options, lang=lang))
                assert any(t.startswith(source) for t in shown), make.__name__
                assert not face.lacks("".join(shown)), (make.__name__, face.lacks("".join(shown)))
                whole = "".join(shown).replace("\n", " ")
                assert re.search(r"n=\d|\d份|\d reports|\d格|\d cells", whole), make.__name__

    def test_nothing_is_cut_off_at_the_edge(self, headlines, frames):
        for make, data, options in everything(headlines, frames):
            for lang in ("zh", "en"):
                chart = make(data, **options, lang=lang)
                chart.draw_without_rendering()
                for text in printed(chart):
                    box, at = text.get_window_extent(), (make.__name__, lang, text.get_text())
                    assert box.x0 >= -1, at
                    assert box.y0 >= -1, at
                    assert box.x1 <= chart.bbox.width + 1, at
                    assert box.y1 <= chart.bbox.height + 1, at

    def test_every_letter_is_drawn_in_the_chosen_face(self, headlines):
        chart = plots.volumes_by_kind(headlines)
        chart.draw_without_rendering()
        families = {t.get_fontfamily()[0] for t in chart.findobj(Text) if t.get_text()}
        assert families == {fonts.chinese_face().family}

    def test_matplotlib_is_left_as_it_was(self, headlines):
        before = dict(mpl.rcParams)
        plots.requests_received(headlines)
        assert dict(mpl.rcParams) == before

    def test_the_same_data_give_the_same_picture(self, headlines, tmp_path):
        first = plots.save(plots.volumes_by_kind(headlines), "a", tmp_path / "1")
        second = plots.save(plots.volumes_by_kind(headlines), "a", tmp_path / "2")
        assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]

    @pytest.mark.parametrize("make", HEADLINE_FIGURES)
    def test_nothing_to_draw_is_explained(self, headlines, make):
        none = headlines.where(agency="no such agency")
        assert any("没有见到不等于零" in t for t in texts(make(none)))
        assert any("Not seen is not zero" in t.replace("\n", " ") for t in texts(make(none, lang="en")))

    @pytest.mark.parametrize("make", HEADLINE_FIGURES)
    @pytest.mark.parametrize("chosen", [{"province": "青海省"}, {"agency_kind": "other"}, {"year": 2017}])
    def test_few_reports_are_drawn_or_explained(self, headlines, make, chosen):
        assert texts(make(headlines.where(**chosen)))

    @pytest.mark.parametrize("make", REPORT_FIGURES)
    def test_no_report_is_explained(self, frames, make):
        none = SimpleNamespace(reports=frames.reports[:0], applications=frames.applications[:0])
        assert "n = 0" in texts(make(none))

    @pytest.mark.parametrize("make", REPORT_FIGURES)
    def test_missing_columns_are_named(self, frames, make):
        broken = SimpleNamespace(reports=frames.reports, applications=frames.applications.drop(columns="status"))
        with pytest.raises(UsageError, match=r"applications should have the columns .*status missing"):
            make(broken)

    def test_unknown_language(self, headlines):
        with pytest.raises(UsageError, match='"zh" for Chinese or "en"'):
            plots.volumes_by_kind(headlines, lang="fr")


class TestVolumes:
    def test_one_dot_a_report_and_medians(self, headlines):
        ax = plots.volumes_by_kind(headlines).axes[0]
        rows = headlines.rows("disclosed")
        assert sum(len(c.get_offsets()) for c in ax.collections if c.get_offsets().shape[0] > 1) == len(rows)
        names = [t.get_text() for t in ax.get_yticklabels()]
        assert names[0] == "人民政府  n=96"
        medians = [line.get_xdata()[0] for line in ax.lines]
        assert medians == sorted(medians, reverse=True)
        assert medians[0] == rows.loc[rows["agency_kind"] == "government", "value"].median()

    def test_few_reports_get_no_median(self, headlines):
        ax = plots.volumes_by_province(headlines, lang="en").axes[0]
        names = [t.get_text() for t in ax.get_yticklabels()]
        assert len(names) == 31
        assert names[-2:] == ["Tibet  n=3", "Qinghai  n=1"]
        assert len(ax.lines) == 29

    def test_years_with_few_reports_are_named_in_words(self, headlines):
        chart = plots.volumes_by_year(headlines)
        assert next(t.get_text() for t in chart.axes[0].get_xticklabels()) == "2019\nn=40"
        assert "2012、2014、2015、2017、2018年（每年不足5份，共9份）" in "".join(texts(chart)).replace("\n", "")

    def test_requests_by_magnitude(self, headlines):
        chart = plots.requests_received(headlines)
        departments = chart.axes[1]
        assert departments.get_title(loc="left") == "部门\nn=366"
        assert [p.get_width() for p in departments.patches] == [177, 117, 50, 18, 4, 0]
        assert "未见到 160" in texts(chart)
        assert any("348份为零" in t for t in texts(chart))

    def test_unknown_measure(self, headlines):
        with pytest.raises(UsageError, match="measure is one of"):
            plots.volumes_by_year(headlines, "likes")

    def test_magnitudes_keep_zero_and_not_seen_apart(self):
        counted = magnitudes(pd.Series([0, 0, 1, 9, 10, 12345, pd.NA], dtype="Int64"), "zh")
        assert counted.to_dict() == {"0": 2, "1–9": 2, "10–99": 1, "100–999": 0, "1,000–9,999": 0, "1万至不足10万": 1}


class TestOutcomes:
    def test_counts_are_the_printed_totals(self, frames):
        counts = outcome_counts(frames)
        assert counts.loc["large", ["granted", "not_held", "processed", "unknown"]].tolist() == [120, 40, 200, 0]
        assert not counts.loc["large", "summed"]

    def test_blank_totals_are_summed_only_when_they_make_the_printed_sum(self, frames):
        assert outcome_counts(frames).loc["old", "summed"]
        assert outcome_counts(frames).loc["old", "not_held"] == 20
        assert np.isnan(outcome_counts(frames).loc["old", "fee_overdue"]), "not in that edition"
        short = frames.applications.copy()
        row = (
            (short["report_id"] == "old") & (short["outcome"] == "not_held") & (short["applicant"] == "natural_person")
        )
        short.loc[row, "count"] = 19
        counts = outcome_counts(SimpleNamespace(reports=frames.reports, applications=short))
        assert not counts.loc["old", "summed"]
        assert np.isnan(counts.loc["old", "not_held"])
        assert counts.loc["old", "unknown"] == 50
        table = plots.reason_table(SimpleNamespace(reports=frames.reports, applications=short)).iloc[1]
        assert table["n"] == 50
        assert table[["granted", "unable", "not_held", "unable_share"]].isna().all(), "not told apart is not zero"
        chart = plots.outcomes_of_reports(SimpleNamespace(reports=frames.reports, applications=short))
        assert "页面未能区分" in texts(chart)

    def test_shares_add_up_and_small_reports_have_none(self, frames):
        ax = plots.outcomes_of_reports(frames).axes[0]
        widths = np.array([[p.get_width() for p in c.patches] for c in ax.containers])
        assert widths[:, 0].sum() == pytest.approx(100)
        assert widths[0, 0] == pytest.approx(60), "120 of 200 granted"
        assert widths[:, 2].sum() == 0
        assert "予以公开1，无法提供3" in [t.get_text() for t in ax.texts]

    def test_exemptions_and_register_lookups_are_apart(self):
        order = outcome_order()
        assert order["administrative_inquiry"] == "inquiry"
        assert [o for o, g in order.items() if g == "exempt"] == [
            "state_secret", "prohibited_by_law", "endangers_security", "third_party_rights", "internal_affairs",
            "process_information", "enforcement_files",
        ]  # fmt: skip

    def test_reasons_with_denominators(self, frames):
        chart = plots.refusal_reasons(frames, lang="en")
        large = chart.axes[0]
        assert large.get_title(loc="left") == "甲市人民政府 2023\nn=200"
        shown = [t.get_text().strip() for t in large.texts]
        assert "20.0%  40" in shown
        assert "2.0%  4" in shown
        assert len(chart.axes) == 2, "the small report has no panel"
        assert "–" in [t.get_text().strip() for t in chart.axes[1].texts], "a row the old form does not have"
        with pytest.raises(UsageError, match="found small"):
            plots.refusal_reasons(frames, ["small"])

    def test_not_held_beside_process_information(self, frames):
        ax = plots.not_held_and_process(frames).axes[0]
        dots = {c.get_label(): c.get_offsets()[:, 0].tolist() for c in ax.collections}
        assert dots["本机关不掌握"] == pytest.approx([20.0, 40.0])
        assert dots["过程性信息（第6项）"] == pytest.approx([2.0, 0.0])
        assert dots["法定例外合计（第1—7项）"] == pytest.approx([5.0, 0.0])
        assert "4件中：不掌握3，过程性信息0" in [t.get_text() for t in ax.texts]

    def test_tables_behind_the_figures(self, frames):
        table = plots.reason_table(frames)
        assert table["n"].tolist() == [200, 50, 4]
        assert table["not_held_share"].tolist()[:2] == [20.0, 40.0]
        assert table["not_held_share"].isna().tolist() == [False, False, True]
        rates = plots.refusal_rates(frames)
        assert rates.iloc[0].tolist() == [200, 5.0, 30.0, 30.0]

    def test_headline_reasons_are_counts(self, headlines):
        ax = plots.reasons_in_headlines(headlines, lang="en").axes[0]
        names = [t.get_text() for t in ax.get_yticklabels()]
        assert "Not held by the agency  n=19" in names
        assert "Unable to provide (group total)  n=23" in names
        assert not any("%" in t for t in texts(ax.figure))


class TestEnforcement:
    def test_bars_by_magnitude_table_and_prose_apart(self, headlines):
        chart = plots.enforcement_magnitude(headlines, "penalties")
        departments = chart.axes[0]
        assert departments.get_title(loc="left") == "部门\nn=92"
        table, prose = ([p.get_width() for p in c.patches] for c in departments.containers)
        assert (table[0], prose[0]) == (32, 3)
        assert (sum(table), sum(prose)) == (65, 27)
        assert next(t.get_text() for t in departments.texts) == " 35"
        assert "未见到 434" in texts(chart)

    def test_unknown_item(self, headlines):
        with pytest.raises(UsageError, match="item is one of licences, penalties, coercive_measures"):
            plots.enforcement_magnitude(headlines, "fines")

    def test_kinds_side_by_side(self, headlines):
        chart = plots.enforcement_by_kind(headlines)
        penalties = chart.axes[1]
        assert penalties.get_title(loc="left") == "行政处罚  n=160"
        assert "0: 35/92" in [t.get_text() for t in penalties.texts]
        table = headlines.rows("penalties").query("source == 'table' and agency_kind == 'department'")["value"]
        assert table.median() in [line.get_xdata()[0] for line in penalties.lines]

    def test_pairs(self, headlines):
        ax = plots.penalties_and_licences(headlines).axes[0]
        both = headlines.rows("penalties").merge(headlines.rows("licences"), on="report_id")
        assert sum(len(c.get_offsets()) for c in ax.collections) == len(both) == 152


class TestReportForm:
    def test_numbers_blanks_and_doubts(self, frames):
        chart = plots.report_form(frames, "large")
        ax = chart.axes[0]
        shown = [t.get_text() for t in ax.texts]
        assert shown.count("200") == 2, "natural persons and total"
        assert len(ax.patches) == 1, "one cell in doubt; info is not a doubt"
        assert "·" in [t.get_text() for t in plots.report_form(frames, "old").axes[0].texts]

    def test_which_report(self, frames):
        with pytest.raises(UsageError, match=r"one of the 3 in frames.reports: large, small, old; found None"):
            plots.report_form(frames)
        one = SimpleNamespace(reports=frames.reports[:1], applications=frames.applications, findings=frames.findings)
        assert plots.report_form(one).axes


class TestFonts:
    def test_a_face_with_simplified_glyphs(self):
        face = fonts.chinese_face()
        assert face is not None
        assert not face.lacks("龙门发展办复议诉讼")
        assert face.lacks("\ue000") == {"\ue000"}

    def test_without_a_face_labels_are_english_and_say_what_to_install(self, headlines, monkeypatch):
        monkeypatch.setattr(fonts, "chinese_face", lambda: None)
        monkeypatch.setattr(style, "chinese_face", lambda: None)
        with pytest.warns(UserWarning, match="pip install noto-cjk-sans-otc"):
            chart = plots.volumes_by_kind(headlines)
        assert not [t for t in texts(chart) if any("一" <= c <= "鿿" for c in t)]
        assert any(t.startswith("Source:") for t in texts(chart))

    def test_without_a_face_reports_go_by_their_ids(self, frames, monkeypatch):
        monkeypatch.setattr(style, "chinese_face", lambda: None)
        shown = texts(plots.outcomes_of_reports(frames, lang="en"))
        assert "large 2023" in shown
        assert not [t for t in shown if any("一" <= c <= "鿿" for c in t)]


class TestLabels:
    def test_every_row_column_and_kind_has_a_short_label(self):
        for r in read_csv("rows"):
            if r["table"] == "applications":
                assert style.label("outcome", r["row"], "zh") != r["row"]
        for c in read_csv("columns"):
            if c["table"] == "applications":
                assert style.label("applicant", c["column"], "en") != c["column"]
        for kind in style.KIND_COLOURS:
            assert style.label("kind", kind, "zh") != kind

    def test_numbers(self):
        shown = [style.number(v, "zh") for v in (0, 1, 1000, 10000, 125000, 1e8)]
        assert shown == ["0", "1", "1,000", "1万", "12.5万", "1亿"]
        assert [style.number(v, "en") for v in (1000, 10000, 2.5e6)] == ["1,000", "10,000", "2.5 million"]

    def test_lines_break_before_no_closing_sign(self):
        lines = style.wrap("各年报告不同，不能看作趋势。", 6)
        assert "".join(lines) == "各年报告不同，不能看作趋势。"
        assert not any(line[0] in "，。）" for line in lines)
        assert style.wrap("one two three", 4) == ["one two", "three"]


class TestSave:
    @pytest.mark.slow
    def test_files_and_index(self, headlines, frames, tmp_path):
        made = plots.save_all(frames, headlines, tmp_path, langs=("en",))
        assert len(made) == 2 * len(BOOK) + 1
        with made[-1].open(encoding="utf-8", newline="") as file:
            index = list(csv.DictReader(file))
        assert {r["file"] for r in index} == {p.name for p in made[:-1]}
        assert {r["n_reports"] for r in index} == {"3", "1041"}
        assert index[0]["function"] == "volumes_by_year"
        assert all(p.stat().st_size > 3000 for p in made[:-1])

    def test_the_digest_follows_the_data(self, headlines):
        changed = replace(headlines, reports=headlines.reports.assign(agency="x"))
        assert digest(headlines.reports) == digest(sample("headlines").reports)
        assert digest(headlines.reports) != digest(changed.reports)

    @pytest.mark.parametrize("name", ["", "a/b", "a.png"])
    def test_names(self, headlines, tmp_path, name):
        with pytest.raises(UsageError, match="plain file name"):
            plots.save(plots.volumes_by_kind(headlines), name, tmp_path)
