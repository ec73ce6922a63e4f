"""Invented pages with planted damage, and the figures that show findings, joined years and small numbers."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import govreport as gr
from govreport import plots
from govreport.course import agencies_of_one_rate
from govreport.errors import UsageError
from govreport.plots import fonts
from govreport.plots.quality import source_line
from govreport.synthetic.damaged import damaged_pages, linked_years, puzzle_page


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    return pd.DataFrame(damaged_pages(folder)), gr.open_reports(folder)


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("linked")
    return pd.DataFrame(linked_years(folder)), gr.open_reports(folder)


@pytest.fixture(scope="module")
def sample():
    return gr.sample()


def found_rules(frames) -> dict[str, set[str]]:
    rows = frames.findings.merge(frames.reports[["report_id", "source"]], on="report_id")
    return rows.groupby("source")["rule"].agg(lambda rules: set(map(str, rules))).to_dict()


class TestDamage:
    def test_each_planted_rule_is_found_on_its_page(self, planted):
        table, frames = planted
        found = found_rules(frames)
        for row in table[table["rule"] != ""].itertuples():
            assert row.rule in found[row.file], row.file

    def test_whole_and_unseen_pages_have_nothing_but_an_unknown_region(self, planted):
        table, frames = planted
        found = found_rules(frames)
        for row in table[table["rule"] == ""].itertuples():
            assert found[row.file] == {"region_unknown"}

    def test_the_damaged_cell_is_named(self, planted):
        table, frames = planted
        rows = frames.findings.merge(frames.reports[["report_id", "source"]], on="report_id")
        for row in table[(table["rule"] != "") & (table["cell"] != "")].itertuples():
            mine = rows[(rows["source"] == row.file) & (rows["rule"] == row.rule)]
            assert any(row.cell in cells.split() for cells in mine["cells"]), row.file

    def test_lost_tables_give_no_number(self, planted):
        _, frames = planted
        lost = frames.reports[frames.reports["source"].str.contains("removed|pictures")]
        assert len(lost) == 2
        told = {
            cell
            for cells in frames.findings.loc[frames.findings["rule"] == "from_prose", "cells"]
            for cell in cells.split()
        }
        cells = frames.long()
        cells = cells[cells["report_id"].isin(lost["report_id"]) & cells["value"].notna()]
        assert set(cells["cell"]) <= told  # what the sentences of the page say is all that is left

    def test_everything_says_that_it_is_invented(self, planted):
        table, frames = planted
        assert table["file"].str.startswith("synthetic-").all()
        assert table["agency"].str.endswith("（合成）").all()
        assert set(frames.reports["agency"]) == set(table["agency"])

    def test_the_same_bytes_again(self, tmp_path):
        damaged_pages(tmp_path)
        with tempfile.TemporaryDirectory() as other:
            again = damaged_pages(other)
            assert all((tmp_path / p.file).read_bytes() == (Path(other) / p.file).read_bytes() for p in again)

    def test_years_join_up_but_where_they_were_broken(self, linked):
        table, frames = linked
        found = found_rules(frames)
        for row in table.itertuples():
            assert found[row.file] - {"region_unknown"} == ({row.rule} - {""}), row.file
        numbers = frames.long()["value"].dropna()
        assert (numbers >= 0).all()

    def test_the_puzzle_has_one_solution(self):
        report = gr.parse_report(gr.read_document(puzzle_page()))
        marked = [set(f.cells) for f in report.findings if f.severity == "error"]
        assert set.intersection(*marked) == {"applications.duplicate.enterprise"}


def texts(chart: Figure) -> str:
    chart.draw_without_rendering()
    return "\n".join(t.get_text() for t in chart.findobj(Text) if t.get_text())


def inside(chart: Figure) -> None:
    chart.draw_without_rendering()
    for text in [*chart.texts, *(t for ax in chart.axes for t in (*ax.texts, *ax.get_yticklabels(), ax._left_title))]:
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= chart.bbox.width + 1, text.get_text()
            assert box.y1 <= chart.bbox.height + 1, text.get_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
class TestFigures:
    def figures(self, planted, linked, sample, lang):
        yield plots.findings_matrix(planted[1], lang=lang), True
        yield plots.findings_matrix(sample, lang=lang), False
        yield plots.cells_by_status(planted[1], lang=lang), True
        yield plots.cells_by_status(sample, lang=lang), False
        yield plots.years_joined(linked[1], lang=lang), True
        yield plots.years_joined(sample.select(agency="宿迁市人民政府"), lang=lang), False
        yield plots.years_joined(sample.select(agency="宿迁市人民政府"), "rules", lang=lang), False
        yield plots.shares_by_size(agencies_of_one_rate(heavy=True), lang=lang), True

    def test_source_n_edges_and_characters(self, planted, linked, sample, lang):
        face = fonts.chinese_face()
        for chart, invented in self.figures(planted, linked, sample, lang):
            shown = texts(chart)
            mark = {"zh": ("资料来源", "虚构数据"), "en": ("Source:", "Synthetic:")}[lang][invented]
            assert mark in shown
            assert any(word in shown for word in ("n=", "份报告", "reports"))
            assert not face.lacks(shown)
            inside(chart)

    def test_numbers_drawn(self, linked, sample, lang):
        real = texts(plots.years_joined(sample.select(agency="宿迁市人民政府"), lang=lang))
        for number in ("121", "125", "597 + 50 − 227", "420"):
            assert number in real
        assert "12" in texts(plots.years_joined(linked[1], lang=lang))
        broken = texts(plots.years_joined(linked[1], lang=lang))
        assert {"zh": "相差-12", "en": "differs by -12"}[lang] in broken
        assert {"zh": "相差", "en": "differs"}[lang] not in real


class TestCases:
    def test_statuses_add_up_to_the_form(self, sample):
        made = plots.cell_statuses(sample)
        edition = sample.reports.set_index("report_id")["edition"].astype(str)
        assert (made.sum(axis=1) == edition.map({"2021": 200, "2019": 198})).all()
        given = sample.reports.set_index("report_id")["n_given"]
        assert (made["number"] + made["zero"] == given).all()

    def test_no_findings_say_so(self, sample):
        clean = sample.select(agency="宿迁市人民政府")
        assert "没有发现疑点" in texts(plots.findings_matrix(clean))

    def test_notes_can_be_left_out(self, planted):
        assert "无法确定所属地区" in texts(plots.findings_matrix(planted[1]))
        assert "无法确定所属地区" not in texts(plots.findings_matrix(planted[1], info=False))

    def test_of_many_reports_the_gravest(self, planted):
        _, frames = planted
        parts = [replace(frames, reports=frames.reports.assign(report_id=frames.reports["report_id"] + str(n)),
                         findings=frames.findings.assign(report_id=frames.findings["report_id"] + str(n)))
                 for n in range(3)]  # fmt: skip
        many = replace(frames, reports=pd.concat([p.reports for p in parts], ignore_index=True),
                       findings=pd.concat([p.findings for p in parts], ignore_index=True))  # fmt: skip
        shown = texts(plots.findings_matrix(many))
        assert "36份报告" in shown
        assert "只画疑点最重的24份" in shown

    def test_mixed_sources_name_both(self, planted, sample):
        both = pd.concat([planted[1].reports, sample.reports])
        assert source_line(both, "en").startswith("Source:")
        assert "Synthetic:" in source_line(both, "en")

    def test_years_refuse_what_they_cannot_draw(self, planted):
        with pytest.raises(UsageError, match=r"room for 4 agencies, found 12"):
            plots.years_joined(planted[1])
        with pytest.raises(UsageError, match="normative_documents, rules"):
            plots.years_joined(planted[1], "laws")

    def test_a_missing_year_joins_nothing(self, sample):
        one = sample.select(agency="宿迁市人民政府", year=2024)
        assert "597" not in texts(plots.years_joined(one))

    def test_no_agencies(self):
        assert "没有机关" in texts(plots.shares_by_size(agencies_of_one_rate().head(0)))
