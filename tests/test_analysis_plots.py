"""Figures of analysed tables: what is drawn, in both languages, nothing cut or overlapping, never an empty box."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from govreport import plots
from govreport.analysis import OutlierMethod, carry_chains, find_outliers, funnel_limits, rates
from govreport.bundled import sample
from govreport.errors import UsageError
from govreport.frames import Frames
from govreport.plots import fonts
from govreport.plots.analysed import apart, group_words, peers_of, shares_of
from govreport.plots.breaks import mark_breaks
from govreport.plots.page import contrast
from govreport.plots.style import canvas
from govreport.synthetic import panel

Made = Callable[[str], Figure]


@pytest.fixture(scope="module")
def frames() -> Frames:
    return panel(400, (2019, 2024), seed=8, outliers=0.05, errors=0.03).frames


@pytest.fixture(scope="module")
def found(frames: Frames) -> pd.DataFrame:
    loose = OutlierMethod(correction="none", min_peers=10)
    return find_outliers(frames, ["not_held_share", "received"], method=loose, keep="all")


@pytest.fixture(scope="module")
def chains(frames: Frames) -> pd.DataFrame:
    return carry_chains(frames)


@pytest.fixture(scope="module")
def figures(frames: Frames, found: pd.DataFrame, chains: pd.DataFrame) -> dict[str, Made]:
    real, kind = sample(), ["agency_kind", "year"]
    suqian = real.select(agency="宿迁市人民政府", year=2024)
    issued = "normative_documents_issued"
    return {
        "funnel": lambda lang: plots.funnel_plot(found, "not_held_share", lang=lang),
        "ranked": lambda lang: plots.ranked_intervals(found, "not_held_share", lang=lang),
        "flow of one": lambda lang: plots.outcome_flow(suqian, lang=lang),
        "flow of many": lambda lang: plots.outcome_flow(frames, lang=lang),
        "reasons": lambda lang: plots.reasons_by_group(frames, lang=lang),
        "reasons by level": lambda lang: plots.reasons_by_group(frames, "level", lang=lang),
        "reasons of few": lambda lang: plots.reasons_by_group(real, lang=lang),
        "trend": lambda lang: plots.trend_with_breaks(
            rates(frames, "not_held_share"), "not_held_share", synthetic=True, lang=lang
        ),
        "trend of kinds": lambda lang: plots.trend_with_breaks(
            rates(frames, issued, by=kind), issued, synthetic=True, lang=lang
        ),
        "chains": lambda lang: plots.carry_over_chains(chains, lang=lang),
        "stocks": lambda lang: plots.carry_over_chains(chains, "I6", lang=lang),
        "items": lambda lang: plots.carry_over_chains(chains, "I7", "fees", lang=lang),
    }


def every(figures: dict[str, Made]) -> Iterator[tuple[str, str, Figure]]:
    for name, make in figures.items():
        for lang in ("zh", "en"):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                chart = make(lang)
                chart.canvas.draw()
            yield name, lang, chart


def printed(chart: Figure) -> list[Text]:
    made = list(chart.texts)
    for ax in chart.axes:
        made += ax.texts
        if ax.axison:
            made += [ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
        if ax.get_legend():
            made += ax.get_legend().get_texts()
    return [t for t in made if t.get_text() and t.get_visible()]


def said(chart: Figure) -> str:
    return "\n".join(t.get_text() for t in printed(chart)).replace("\n", " ")


def together(chart: Figure) -> str:
    """What is said, without the breaks between lines of Chinese."""
    return "".join(t.get_text() for t in printed(chart)).replace("\n", "")


def ends_in_view(chart: Figure) -> list[Text]:
    """Texts without the tick labels that lie beyond the ends of an axis, which are not drawn."""
    unseen = set()
    for ax in chart.axes:
        for labels, places, limits in (
            (ax.get_xticklabels(), ax.get_xticks(), ax.get_xlim()),
            (ax.get_yticklabels(), ax.get_yticks(), ax.get_ylim()),
        ):
            low, high = sorted(limits)
            unseen |= {id(t) for t, at in zip(labels, places, strict=False) if not low <= at <= high}
    return [text for text in printed(chart) if id(text) not in unseen]


def nothing_of(frames: Frames) -> Frames:
    return Frames(**{name: frame.iloc[:0] for name, frame in frames.items()})


class TestEveryFigure:
    def test_source_n_glyphs_and_contrast(self, figures):
        face = fonts.chinese_face()
        assert face is not None
        for name, lang, chart in every(figures):
            text = said(chart)
            real = name in ("flow of one", "reasons of few")
            source = {("zh", True): "资料来源：", ("en", True): "Source:"}.get((lang, real), "synthetic")
            assert source in text.lower() if not real else source in text, (name, lang)
            assert any(word in text for word in ("份", "reports", "n=", "Circles", "宿迁市人民政府 2024")), (name, lang)
            assert not face.lacks(text), (name, face.lacks(text))
            on_white = [*chart.texts, *(t for ax in chart.axes for t in ax.get_yticklabels())]
            on_white += [
                t for ax in chart.axes for t in ax.texts if name in ("funnel", "ranked", "trend", "trend of kinds")
            ]
            for one in on_white:
                assert contrast(to_hex(one.get_color()), "#ffffff") >= 4.5, (name, one.get_text())

    def test_nothing_is_cut_off_or_overlaps(self, figures):
        for name, lang, chart in every(figures):
            boxes = []
            for text in ends_in_view(chart):
                # The box of an annotation holds its arrow as well.
                box = Text.get_window_extent(text)
                where = (name, lang, text.get_text())
                assert box.x0 >= -1, where
                assert box.y0 >= -1, where
                assert box.x1 <= chart.bbox.width + 1, where
                assert box.y1 <= chart.bbox.height + 1, where
                boxes.append((box, text.get_text()))
            for at, (one, text) in enumerate(boxes):
                for other, its in boxes[at + 1 :]:
                    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
                    high = min(one.y1, other.y1) - max(one.y0, other.y0)
                    least = min(one.height, other.height)
                    assert not (wide > 1 and high > 0.3 * least), (name, lang, text, its)

    def test_the_same_table_gives_the_same_picture_and_settings_stay(self, figures, tmp_path):
        before = dict(mpl.rcParams)
        for name in ("funnel", "chains"):
            pair = [plots.save(figures[name]("zh"), "a", tmp_path / str(k)) for k in (1, 2)]
            # in SVG matplotlib names clip paths by the place of an object in memory, so that only pictures are compared
            first, second = ([p.read_bytes() for p in paths if p.suffix == ".png"] for paths in pair)
            assert first == second, name
            assert len(first) == 1
        assert dict(mpl.rcParams) == before


class TestFunnel:
    def test_limits_are_those_of_the_analysis_and_dots_are_the_reports(self, found):
        rows, measure = shares_of(found, "not_held_share")
        rows, group = peers_of(rows, None)
        ranked = rows[rows["p"].notna()]
        chart = plots.funnel_plot(found, "not_held_share")
        ax = chart.axes[0]
        dots = sum(len(c.get_offsets()) for c in ax.collections if c.get_label()[0] != "9")
        assert (measure.id, dots) == ("not_held_share", len(rows))
        assert group in set(found["peer_group"].dropna())
        low, high = funnel_limits(
            ranked["n"].to_numpy(float), float(ranked["expected"].median()), float(ranked["rho"].median())
        )
        share = ranked["value"].to_numpy(float)
        outside = int(((share < low) | (share > high)).sum())
        assert f"95%界限外{outside}份" in together(chart)
        assert f"{len(ranked)}份报告可比" in together(chart)
        assert f"另有{len(rows) - len(ranked)}份分母太小" in together(chart)

    def test_outliers_are_named_and_small_reports_hollow(self, found):
        outliers = found[found["outlier"] & found["measure"].eq("not_held_share") & found["comparison"].eq("peers")]
        row = outliers.iloc[0]
        chart = plots.funnel_plot(found, "not_held_share", row["peer_group"], lang="en")
        assert row["agency"] in [t.get_text() for t in chart.axes[0].texts]
        small = next(c for c in chart.axes[0].collections if c.get_label() == "too few, not ranked")
        assert to_hex(small.get_facecolor()[0]) == "#ffffff"
        assert small.get_offsets()[:, 0].max() < 30

    def test_wrong_use_and_nothing_ranked(self, found):
        with pytest.raises(UsageError, match="draws one share of find_outliers"):
            plots.funnel_plot(found, "received")
        with pytest.raises(UsageError, match="no peer group is called 'x'"):
            plots.funnel_plot(found, "not_held_share", "x")
        with pytest.raises(UsageError, match=r"found should have the columns .*rho missing"):
            plots.ranked_intervals(found.drop(columns="rho"), "not_held_share")
        none = find_outliers(sample(), ["not_held_share"], keep="all")
        for make in (plots.funnel_plot, plots.ranked_intervals):
            assert "没有可检验的比较" in together(make(none))
            assert "n = 0" in said(make(none, lang="en"))


class TestRanked:
    def test_order_is_that_of_the_shrunken_and_small_ones_are_counted(self, found):
        rows, _ = peers_of(shares_of(found, "not_held_share")[0], None)
        ranked = rows[rows["p"].notna()].sort_values("shrunken", ascending=False)
        chart = plots.ranked_intervals(found, "not_held_share")
        names = [t.get_text() for t in chart.axes[0].get_yticklabels()]
        first = ranked[ranked["shrunken"].eq(ranked["shrunken"].max())]
        assert names[0] in [f"{agency}  n={int(n):,}" for agency, n in zip(first["agency"], first["n"], strict=True)]
        assert len(names) == min(len(ranked), 30)
        assert f"另有{len(rows) - len(ranked)}份分母太小" in together(chart)


class TestFlow:
    def test_suqian_by_hand(self):
        table = plots.flow_table(sample().select(agency="宿迁市人民政府"))
        row = table.loc["9733b98c650894ca"]
        assert row[["received", "carried_in", "carried_out"]].tolist() == [3525, 121, 125]
        assert row[["granted", "unable"]].tolist() == [1431, 941]
        assert table["balanced"].all()
        shown = said(plots.outcome_flow(sample().select(agency="宿迁市人民政府", year=2024), lang="en"))
        assert "3,525 + 121 = 3,521 + 125" in shown
        assert "Carried in  121 (3.3%)" in shown

    def test_reports_that_do_not_balance_are_left_out(self, frames):
        table = plots.flow_table(frames)
        sums = table.drop(columns=["balanced", "received", "carried_in"]).sum(axis=1)
        kept = table["balanced"]
        assert (table["received"] + table["carried_in"] == sums)[kept].all()
        assert 0 < kept.sum() < len(table)
        assert f"另有{(~kept).sum()}份" in together(plots.outcome_flow(frames))

    def test_no_report(self, frames):
        none = nothing_of(frames)
        assert "Not known is not zero" in said(plots.outcome_flow(none, lang="en"))


class TestReasons:
    def test_shares_add_up(self, frames):
        table = plots.reasons_table(frames)
        assert (table.iloc[:, 3:].sum(axis=1) == table["n"]).all()
        assert {"not_held", "process_information"} <= set(table.columns)
        ax = plots.reasons_by_group(frames).axes[0]
        widths = np.array([[p.get_width() for p in c.patches] for c in ax.containers])
        assert widths[:, 0].sum() == pytest.approx(100)

    def test_few_reports_get_no_shares(self):
        chart = plots.reasons_by_group(sample(), lang="en")
        assert "under 5 reports or 30 requests: no shares" in said(chart)
        assert not chart.axes[0].containers

    def test_unknown_column(self, frames):
        with pytest.raises(UsageError, match="by is 'level' or a column of reports"):
            plots.reasons_by_group(frames, "size")


class TestTrend:
    def test_breaks_are_marked_and_lines_stop_at_those_of_the_measure(self, frames):
        issued = plots.trend_with_breaks(rates(frames, "normative_documents_issued"), "normative_documents_issued")
        held = plots.trend_with_breaks(rates(frames, "not_held_share"), "not_held_share")
        for chart in (issued, held):
            shown = said(chart)
            assert "2020／2021 格式更换" in shown
            assert "2023／2024 复议前置" in shown
        spans = {chart: {tuple(line.get_xdata()) for line in chart.axes[0].lines} for chart in (issued, held)}
        assert (2020.0, 2021.0) not in spans[issued]
        assert (2020.0, 2021.0) in spans[held]
        assert (2021.0, 2022.0) in spans[issued]
        assert "粗虚线为口径变化（2021年起）" in together(issued)

    def test_values_are_those_of_rates(self, frames):
        table = rates(frames, "not_held_share")
        ax = plots.trend_with_breaks(table, "not_held_share", lang="en").axes[0]
        dots = np.concatenate([c.get_offsets()[:, 1] for c in ax.collections if len(c.get_offsets()) > 1])
        assert dots.tolist() == pytest.approx(table["value"].astype(float).tolist())

    def test_the_first_break(self):
        _, (ax,) = canvas(8, 4)
        assert [b.year for b in mark_breaks(ax, 2017, 2024, "en")] == [2019, 2021, 2024]
        assert mark_breaks(ax, 2021, 2023, "en") == []

    def test_wrong_use_and_nothing(self, frames):
        with pytest.raises(UsageError, match=r"table should have the columns year.*year missing"):
            plots.trend_with_breaks(rates(frames, "received", by="agency_kind"), "received")
        many = rates(frames, "received", by=["agency_kind", "province", "year"])
        with pytest.raises(UsageError, match="at most one other column"):
            plots.trend_with_breaks(many, "received")
        with pytest.raises(UsageError, match="room for 6 series"):
            plots.trend_with_breaks(rates(frames, "received", by=["province", "year"]), "received")
        empty = rates(nothing_of(frames), "received")
        assert "n = 0" in said(plots.trend_with_breaks(empty, "received", lang="en"))


class TestChains:
    def test_counts_and_breaks(self, chains):
        rows = chains[chains["identity"].eq("I5") & chains["part"].eq("total")]
        chart = plots.carry_over_chains(chains)
        counts = rows["status"].value_counts()
        assert f"n={len(rows):,}对年份" in together(chart)
        assert f"不等{counts['broken']}" in together(chart)
        bars = sum(p.get_height() for p in chart.axes[0].patches)
        assert bars == len(rows)
        gaps = rows.loc[rows["status"].eq("broken"), "difference"]
        numbers = [t.get_text() for t in chart.axes[1].texts]
        assert numbers
        assert not Counter(numbers) - Counter(f"{gap:+,.0f}" for gap in gaps)

    def test_the_worst_part_counts(self, chains):
        rows = chains[chains["identity"].eq("I6")]
        broken = rows[rows["status"].eq("broken")].drop_duplicates(["body_id", "year"])
        assert f"broken {len(broken)}," in said(plots.carry_over_chains(chains, "I6", lang="en"))

    def test_suqian_holds(self):
        chart = plots.carry_over_chains(carry_chains(sample()), lang="en")
        assert "1 bodies, n=1 pairs of years: holds 1." in said(chart)

    def test_wrong_use_and_nothing(self, chains):
        with pytest.raises(UsageError, match="identity is one of I5, I6, I7"):
            plots.carry_over_chains(chains, "I1")
        with pytest.raises(UsageError, match="I6 has the parts rules, normative_documents"):
            plots.carry_over_chains(chains, "I6", "total")
        assert "n = 0" in said(plots.carry_over_chains(chains.iloc[:0]))


class TestHelpers:
    @pytest.mark.parametrize(
        ("group", "lang", "words"),
        [
            ("kind=street level=town year=2023", "zh", "街道，乡级，2023年"),
            ("kind=government years=2019-", "en", "Governments, 2019–"),
        ],
    )
    def test_groups_in_words(self, group: str, lang: Any, words: str):
        assert group_words(group, lang) == words

    def test_labels_are_kept_apart_and_in_order(self):
        wanted = np.array([0.9, 0.1, 0.12, 0.95, 0.11])
        places = apart(wanted, 0.1, 0.0, 1.0)
        assert (np.diff(np.sort(places)) >= 0.1 - 1e-9).all()
        assert (np.argsort(places) == np.argsort(wanted)).all()
        assert places.min() >= 0
        assert places.max() <= 1 + 1e-9
        assert apart(np.zeros(0), 0.1, 0.0, 1.0).tolist() == []
