"""Figures of the explorer: what is drawn, in both languages and both sizes, nothing cut, overlapping or unreadable."""

import io
import warnings
from dataclasses import replace
from itertools import cycle, pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import style as mpl_style
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text
from PIL import Image

from govreport.bundled import sample
from govreport.explore import Board, Selection, View
from govreport.plots import fonts, lettering, style, views
from govreport.plots.lettering import Label, Lettering, clean, fit, lines_of, width
from govreport.plots.page import CHOSEN, SMALL, contrast, ink_on, nice_ticks, page
from govreport.plots.style import BLUE, GROUP_COLOURS, label
from govreport.plots.tilemap import tiles
from govreport.plots.view_ranking import rows_drawn

FIGURES = [
    views.trend_figure,
    views.ranking_figure,
    views.outcomes_figure,
    views.distribution_figure,
    views.tile_map_figure,
]
RATE, COUNT, RATIO = "not_held_share", "received", "dispute_rate"
FACES = fonts.chinese_face()


@pytest.fixture(scope="module")
def board() -> Board:
    return Board(sample())


@pytest.fixture(scope="module")
def body(board: Board) -> str:
    return next(b.key for b in board.bodies() if b.agency == "宿迁市人民政府")


def rich(board: Board, measure: str = RATE, lang: str = "zh", body: bool = True, **changes: object) -> View:
    """An invented view with everything in it: six years with a gap, forty bodies of which eight are small."""
    base = board.view(Selection(measure=measure, lang=lang, years=(2018, 2024)))
    rate, share = base.measure.kind == "rate", base.measure.unit == "share"
    years, k = [2018, 2019, 2020, 2022, 2023, 2024], np.arange(6)
    median = 0.2 + k / 100 if rate else 2.0 + k
    trend = pd.DataFrame({"year": years, "n": [3, 1200, 40, 500, 700, 12], "median": median, "q25": median / 2})
    trend = trend.assign(
        denominator=[900, 40000, 2000, 15000, 22000, 20] if rate else pd.NA, q75=median * 2, n_median=trend["n"],
        pooled=median + 0.05 if rate else [80, 51234, 900, 7000, 128000, 300], body=pd.array([pd.NA] * 6, "Float64"),
    )  # fmt: skip
    if body:
        trend["body"] = pd.array(
            [0.1, 0.12, pd.NA, 0.31, 0.3, 0.32] if rate else [9, 40, pd.NA, 700, 650, 1234], "Float64"
        )
    agencies = ["宿迁市人民政府", "北新桥街道办事处", "泗洪县自然资源和规划局", "江宁区住房和城乡建设局"]
    places = ["江苏省宿迁市", "北京市东城区", "江苏省宿迁市泗洪县", "江苏省南京市江宁区"]
    value = np.linspace(0.9, 0.1, 40) if rate else np.round(np.geomspace(54321, 2, 40))
    ranking = pd.DataFrame(
        {"rank": pd.array(range(1, 41), "Int64"), "key": [f"k{i}" for i in range(40)],
         "agency": [agencies[i % 4] for i in range(40)], "place": [places[i % 4] for i in range(40)],
         "kind": "government", "year": pd.array([2024 - i % 2 for i in range(40)], "Int64"), "value": value,
         "n": pd.array([4000 - 90 * i for i in range(40)] if rate else [pd.NA] * 40, "Int64"), "small": False,
         "report_id": "r", "chosen": False}
    )  # fmt: skip
    if rate:
        ranking.loc[32:, ["rank", "small"]] = [pd.NA, True]
        ranking.loc[32:, "n"] = range(8, 0, -1)
    ranking.loc[20, "chosen"] = body
    outcomes = base.outcomes.copy()
    outcomes["count"] = [4200, 1300, 3, 12, 20, 80, 30, 410, 60, 220, 2600, 90, 110, 640, 120, 15, 8, 9, 70, 2, 300, 0]
    outcomes["share"] = outcomes["count"] / outcomes["count"].sum()
    own = np.r_[60.0, 20, np.zeros(5), 5, 0, 1, 10, np.zeros(11)]
    outcomes["body_count"], outcomes["body_share"] = (own, own / own.sum()) if body else (pd.NA, pd.NA)
    outcomes.attrs = {"processed": 10299, "n_reports": 2455, "n_contradictory": 3, "body_year": 2024}
    outcomes.attrs["body_processed"] = 96 if body else None
    if share:
        edges = np.linspace(0, 1, 21)
        count, small = np.arange(20, 0, -1) * 40, np.arange(20)
    else:
        edges = np.array([s * 10.0**p for p in range(5) for s in (1, 2, 5)])
        count, small = np.r_[430, np.arange(14, 0, -1) * 11], np.zeros(15)
    left, right = (edges[:-1], edges[1:]) if share else (np.r_[0, edges[:-1]], np.r_[0, edges[1:]])
    distribution = pd.DataFrame({"left": left, "right": right, "count": count, "small": small})
    distribution.attrs = {"log": not share, "body_value": (0.32 if share else 1234.0) if body else None}
    names = [t.province for t in tiles() if t.code not in ("TW", "HK", "MO", "QH")]
    provinces = pd.DataFrame({"province": names, "n": [4, *range(5, 34)], "chosen": False})
    provinces["value"] = np.linspace(0.02, 0.98, 30) if rate else np.round(np.geomspace(3, 654321, 30))
    facts = {"n_reports": 2500, "n_bodies": 812, "n_known": 2455, "trend": trend, "ranking": ranking}
    facts |= {"outcomes": outcomes, "distribution": distribution, "provinces": provinces}
    return replace(base, **(facts | changes))


@pytest.fixture(scope="module")
def all_views(board: Board, body: str) -> list[View]:
    long = {"province": "江苏省", "city": "宿迁市", "kinds": ("government", "department", "street"), "body": body}
    made = []
    for lang in ("zh", "en"):
        made += [rich(board, m, lang, b) for m, b in ((RATE, True), (COUNT, True), (RATIO, True), (COUNT, False))]
        chosen = (
            {}, {"measure": RATE}, {"measure": RATE, "body": body}, {"province": "上海市"}, {"years": (1990, 1991)},
            {"measure": RATE, "min_n": 10**6}, {"measure": RATIO}, {"measure": "fees"}, {"measure": "disclosed"}, long,
            {"measure": RATE, "years": (2020, 2020)}, {"kinds": ("street",), "body": body},
        )  # fmt: skip
        made += [board.view(Selection(lang=lang, **options)) for options in chosen]
    return made


def letters(chart: Figure) -> list[tuple[Label, object]]:
    """Everything that is written, with its box in pixels."""
    made = chart.findobj(Lettering)
    return [pair for part in made for pair in zip(part.labels, part.boxes(), strict=True) if pair[0].text]


def texts(chart: Figure) -> list[str]:
    return [one.text for one, _ in letters(chart)]


def said(chart: Figure) -> str:
    return " ".join(texts(chart))


def boxes(ax: Axes) -> list[tuple[float, float, float, float, str]]:
    """Bars of some axes: left, bottom, right, top in data coordinates, and colour; the ground is left out."""
    made = []
    for part in ax.findobj(PolyCollection):
        if part.get_transform() == ax.transData:
            for path, colour in zip(part.get_paths(), cycle(part.get_facecolors())):
                low, high = path.vertices.min(axis=0), path.vertices.max(axis=0)
                made.append((*low.tolist(), *high.tolist(), to_hex(colour)))
    return made


def lines(ax: Axes, colour: str) -> list[np.ndarray]:
    return [
        s for part in ax.findobj(LineCollection) if to_hex(part.get_color()[0]) == colour for s in part.get_segments()
    ]


def dots(ax: Axes) -> list[tuple[float, float]]:
    parts = [p for p in ax.findobj(PathCollection) if not isinstance(p, Lettering)]
    return [tuple(at) for p in parts for at in np.asarray(p.get_offsets(), dtype=float).tolist()]


class TestEveryFigure:
    @pytest.mark.parametrize("make", FIGURES)
    @pytest.mark.parametrize("compact", [False, True])
    def test_nothing_cut_or_overlapping_and_all_readable(self, all_views, make, compact):
        for view in all_views:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                chart = make(view, compact=compact)
                chart.canvas.draw()
            where = (make.__name__, view.selection, compact)
            written = letters(chart)
            assert written, where
            at = np.array([[box.x0, box.y0, box.x1, box.y1] for _, box in written])
            cut = (at[:, :2] < 0).any(axis=1) | (at[:, 2] > chart.bbox.width) | (at[:, 3] > chart.bbox.height)
            assert not cut.any(), (where, [one for (one, _), is_cut in zip(written, cut, strict=True) if is_cut])
            wide = np.minimum.outer(at[:, 2], at[:, 2]) - np.maximum.outer(at[:, 0], at[:, 0])
            high = np.minimum.outer(at[:, 3], at[:, 3]) - np.maximum.outer(at[:, 1], at[:, 1])
            size = np.minimum.outer(at[:, 3] - at[:, 1], at[:, 3] - at[:, 1])
            # a box is an em high, a letter less
            met = np.argwhere(np.triu((wide > 0.5) & (high > 0.25 * size), 1))
            assert not met.size, (where, [(written[i][0], written[j][0]) for i, j in met])

    @pytest.mark.parametrize("make", FIGURES)
    def test_every_letter_has_a_glyph_and_enough_contrast(self, all_views, make):
        for view in all_views:
            chart = make(view)
            chart.canvas.draw()
            assert FACES is not None
            assert not FACES.lacks(said(chart))
            fills = filled(chart)
            for one, box in letters(chart):
                middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
                ground = [colour for path, colour in fills if path.contains_point(middle)]
                assert contrast(one.colour, ground[-1] if ground else "#ffffff") >= 4.5, (make.__name__, one, ground)

    @pytest.mark.parametrize("make", FIGURES)
    @pytest.mark.parametrize(("lang", "source"), [("zh", "资料来源："), ("en", "Source: annual reports")])
    def test_source_number_of_reports_and_language(self, board, make, lang, source):
        for compact in (False, True):
            whole = said(make(rich(board, lang=lang), compact=compact))
            assert source in whole
            assert ("份报告" if lang == "zh" else " reports") in whole
            if lang == "en" and make is not views.ranking_figure:  # which names agencies
                assert not [
                    t for t in texts(make(rich(board, lang="en", body=False), compact=compact)) if has_chinese(t)
                ]

    @pytest.mark.parametrize("make", FIGURES)
    def test_an_empty_selection_says_so(self, board, make):
        for lang, words in (("zh", "没有报告"), ("en", "No report")):
            view = board.view(Selection(years=(1990, 1991), lang=lang))
            for compact in (False, True):
                chart = make(view, compact=compact)
                assert words in said(chart)
                assert not chart.axes

    @pytest.mark.parametrize("make", FIGURES)
    def test_the_note_is_passed_on(self, board, make):
        assert "无法比较" in said(make(board.view(Selection(province="上海市"))))

    @pytest.mark.parametrize("make", FIGURES)
    def test_marks_are_told_from_white(self, board, make):
        chart = make(rich(board))
        chart.canvas.draw()
        for part in chart.findobj(PolyCollection):
            edges = part.get_edgecolors()
            for i, fill in enumerate(part.get_facecolors()):
                shown = edges[i % len(edges)] if len(edges) and part.get_linewidths()[0] else fill
                if to_hex(shown) not in (style.FAINT, style.STRIP) and not is_key(part):
                    assert contrast(to_hex(shown), "#ffffff") >= 3, to_hex(shown)

    @pytest.mark.parametrize("make", FIGURES)
    def test_settings_of_the_user_neither_matter_nor_change(self, board, make):
        view = rich(board)
        plain = views.view_png(make(view))
        with mpl_style.context("dark_background"), mpl.rc_context({"savefig.bbox": "tight", "axes.grid": True}):
            before = dict(mpl.rcParams)
            assert views.view_png(make(view)) == plain
            assert dict(mpl.rcParams) == before

    @pytest.mark.parametrize("make", FIGURES)
    def test_few_artists_and_no_text_that_is_shaped_anew(self, board, make):
        chart = make(rich(board))
        assert not [t.get_text() for t in chart.findobj(Text) if t.get_text()]
        assert len(chart.axes) <= 3
        assert len(chart.findobj(lambda a: isinstance(a, PathCollection | PolyCollection | LineCollection))) <= 25

    def test_synthetic_data_are_called_so(self, board):
        view = rich(board)
        made = view.ranking.assign(agency=view.ranking["agency"] + "（合成）")
        for make in FIGURES:
            whole = said(make(replace(view, ranking=made)))
            assert "合成数据" in whole
            assert "资料来源" not in whole

    def test_words_from_pages_are_cleaned_and_cut(self, board):
        view = rich(board)
        hostile = view.ranking.assign(agency="<img src=x onerror=alert(1)>\n\u202e甲\u200b\x00𠮷" + "乙" * 60)
        for make in FIGURES:
            for compact in (False, True):
                chart = make(replace(view, ranking=hostile), compact=compact)
                assert not [t for t in texts(chart) if set(t) & set("\n\u202e\u200b\x00")]
                assert all(box.x1 <= chart.bbox.width for _, box in letters(chart))
        assert "<img src=x onerror=alert(1)> 甲" in said(views.ranking_figure(replace(view, ranking=hostile)))


def has_chinese(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)


def filled(chart: Figure) -> list[tuple[Path, str]]:
    """Filled shapes in pixels in the order they are drawn, with their colours."""
    made = []
    for part in sorted(chart.findobj(PolyCollection), key=lambda p: p.get_zorder()):
        fills = part.get_facecolors()
        for i, path in enumerate(part.get_paths() if len(fills) else []):
            made.append((part.get_transform().transform_path(path), to_hex(fills[i % len(fills)])))
    return made


def is_key(part: PolyCollection) -> bool:
    """The strip of shades beside the map, whose ends carry numbers."""
    return len(part.get_paths()) == 24 and not part.get_linewidths()[0]


class TestTrend:
    def test_bars_medians_lines_and_gap(self, board):
        ax = views.trend_figure(rich(board)).axes[0]
        bars = [b for b in boxes(ax) if b[4] == style.FAINT]
        assert [round((b[0] + b[2]) / 2) for b in bars] == [2019, 2020, 2022, 2023, 2024]
        assert (bars[0][1], bars[0][3]) == pytest.approx((10.5, 42.0))
        medians = [s[0][1] for s in lines(ax, style.INK)]
        assert medians == pytest.approx([21, 22, 23, 24, 25])
        pooled = lines(ax, BLUE)
        assert [s[:, 0].tolist() for s in pooled] == [[2019, 2020], [2022, 2023], [2018, 2019], [2023, 2024]]
        assert pooled[0][:, 1].tolist() == pytest.approx([26, 27])
        own = lines(ax, CHOSEN)
        assert [s[:, 0].tolist() for s in own] == [[2018, 2019], [2022, 2023], [2023, 2024]]
        assert own[-1][:, 1].tolist() == pytest.approx([30, 32])

    def test_numbers_below_the_years_and_ends_of_lines(self, board):
        shown = texts(views.trend_figure(rich(board)))
        assert [t for t in shown if t in ("2018", "2021", "2024")] == ["2018", "2021", "2024"]
        for expected in ("1,200", "4万", "2,000", "–", "所选机关 32.0%", "合并 30.0%", "报告", "分母"):
            assert expected in shown, expected
        assert "128k" in texts(views.trend_figure(rich(board, COUNT, "en")))

    def test_few_reports_are_hollow(self, board):
        chart = views.trend_figure(rich(board, COUNT, body=False))
        hollow = [p for p in chart.axes[0].findobj(PathCollection)
                  if not isinstance(p, Lettering) and to_hex(p.get_facecolors()[0]) == "#ffffff"]  # fmt: skip
        assert [p.get_offsets().tolist() for p in hollow] == [[[2018.0, 2.0]]]
        assert "空心：不足5份报告的中位数" in said(chart)

    def test_counts_that_span_magnitudes_stand_on_a_logarithmic_scale(self, board):
        assert views.trend_figure(rich(board, COUNT)).axes[0].get_yscale() == "symlog"
        assert views.trend_figure(rich(board, RATE)).axes[0].get_yscale() == "linear"
        assert views.trend_figure(rich(board, COUNT, body=False)).axes[0].get_yscale() == "linear"

    def test_breaks_of_series(self, board):
        view = board.view(Selection(measure=RATIO, lang="en"))
        chart = views.trend_figure(view)
        assert [b.year for b in view.breaks] == [2024]
        assert [s[0][0] for s in lines(chart.axes[0], style.MUTED) if s[0][0] == s[1][0]] == [2023.5]
        assert view.breaks[0].name("en") in said(chart)
        assert "dotted: break of series" in said(chart)

    def test_years_without_figures_at_both_ends_are_left_out(self, board):
        view = rich(board, body=False)
        unknown = view.trend.assign(n=[0, 1200, 40, 500, 700, 0])
        shown = texts(views.trend_figure(replace(view, trend=unknown)))
        assert "2019" in shown
        assert "2018" not in shown
        assert "2024" not in shown


class TestRanking:
    def test_bars_ranks_and_denominators(self, board):
        view = rich(board, body=False)
        chart = views.ranking_figure(view)
        bars = boxes(chart.axes[0])
        shown = view.ranking.iloc[rows_drawn(view.ranking, len(bars))]
        assert [b[2] for b in bars] == pytest.approx((shown["value"] * 100).tolist())
        assert [b[4] for b in bars] == [SMALL if small else BLUE for small in shown["small"]]
        assert {"1", "90.0%", "n=4,000", "–", "2023", "北京市东城区 北新桥街道办事处"} <= set(texts(chart))
        assert "灰色：分母不足30，不排名" in said(chart)

    def test_the_chosen_body_is_always_there(self, board):
        for compact in (False, True):
            chart = views.ranking_figure(rich(board), compact=compact)
            chosen = [b for b in boxes(chart.axes[0]) if b[4] == CHOSEN]
            assert len(chosen) == 1
            assert chosen[0][2] == pytest.approx(100 * np.linspace(0.9, 0.1, 40)[20])
            assert "21" in texts(chart)
            assert any(t.startswith("◆ 宿迁市") for t in texts(chart))

    def test_rows_drawn(self, board):
        ranking = rich(board).ranking
        assert rows_drawn(ranking, 12) == [0, 1, 2, 3, 4, 5, 6, 7, 20, 32, 33, 34]
        assert rows_drawn(ranking.assign(chosen=ranking.index == 39), 12) == [*range(8), 32, 33, 34, 39]
        assert rows_drawn(ranking.head(5), 12) == [0, 1, 2, 3, 4]
        assert rows_drawn(ranking.assign(small=True, chosen=ranking.index == 30), 4) == [0, 1, 2, 30]
        assert rows_drawn(ranking.assign(small=False), 3) == [0, 1, 20]

    def test_all_small(self, board):
        chart = views.ranking_figure(board.view(Selection(measure=RATE, min_n=10**6)))
        assert {b[4] for b in boxes(chart.axes[0])} == {SMALL}
        assert "不排名" in said(chart)

    def test_counts_have_no_denominator(self, board):
        assert not [t for t in texts(views.ranking_figure(rich(board, COUNT))) if t.startswith("n=")]

    def test_real_values(self, board):
        shown = texts(views.ranking_figure(board.view(Selection(measure=COUNT))))
        assert {"宿迁市人民政府", "3,525", "859"} <= set(shown)


class TestOutcomes:
    def test_bars_of_100_percent(self, board):
        ax = views.outcomes_figure(rich(board)).axes[0]
        bars = boxes(ax)
        for row in (0, 1):
            part = [b for b in bars if round((b[1] + b[3]) / 2) == row]
            assert part[0][0] == 0
            assert part[-1][2] == pytest.approx(100)
            assert [b[4] for b in part] == [GROUP_COLOURS[g] for g in GROUP_COLOURS if g != "unknown"]
        assert bars[0][2] == pytest.approx(100 * 4200 / 10299)

    def test_every_outcome_with_share_and_count(self, board):
        chart = views.outcomes_figure(rich(board))
        shown = texts(chart)
        for outcome in ("granted", "not_held", "other", "fee_overdue"):
            assert label("outcome", outcome, "zh") in shown
        assert {"40.8%", "4,200", "25.2%", "2,600", "<0.1%"} <= set(shown)
        left, right = chart.axes[1:]
        assert [b[2] for b in boxes(left)][:2] == pytest.approx([100 * 4200 / 10299, 100 * 1300 / 10299])
        own = [s[0][0] for s in lines(left, CHOSEN)]
        assert own[0] == pytest.approx(100 * 60 / 96)
        assert len(own) + len(lines(right, CHOSEN)) == 22 - 1

    def test_a_phone_shows_the_most_frequent(self, board):
        shown = texts(views.outcomes_figure(rich(board), compact=True))
        assert label("outcome", "not_held", "zh") in shown
        assert label("outcome", "state_secret", "zh") not in shown
        assert "只列最多的10项" in "".join(shown)

    def test_what_pages_leave_untold_is_a_group(self, board):
        view = rich(board)
        view.outcomes.loc[21, ["count", "share"]] = [500, 0.05]
        assert label("group", "unknown", "zh") in texts(views.outcomes_figure(view))

    def test_few_requests_have_counts_alone(self, board):
        view = rich(board)
        view.outcomes.attrs["body_processed"] = 29
        chart = views.outcomes_figure(view)
        assert any(t.endswith("（办理29件，不作百分比）") for t in texts(chart))
        assert not lines(chart.axes[1], CHOSEN)
        assert len({b[1] for b in boxes(chart.axes[0])}) == 1, "no bar of 100 percent for the body"
        view.outcomes.attrs["processed"] = 29
        chart = views.outcomes_figure(view)
        assert "不足30件，不作百分比" in said(chart)
        assert not [t for t in texts(chart) if t.endswith("%")]

    def test_headline_figures_have_counts_alone(self):
        view = Board.from_headlines(sample("headlines")).view(Selection(lang="en"))
        chart = views.outcomes_figure(view)
        assert "not mentioned, which is not zero" in said(chart)
        assert not [t for t in texts(chart) if t.endswith("%")]
        granted = int(view.outcomes["count"].iloc[0])
        assert max(b[2] for b in boxes(chart.axes[0])) == pytest.approx(granted)


class TestDistribution:
    def test_heights_and_small_on_top(self, board):
        view = rich(board)
        bars = boxes(views.distribution_figure(view).axes[0])
        large = [b for b in bars if b[4] == BLUE]
        assert [b[3] for b in large] == view.distribution["count"].tolist()
        grey = [b for b in bars if b[4] == SMALL]
        assert [b[3] - b[1] for b in grey] == view.distribution["small"].tolist()[1:]
        assert "分母不足30（190份）" in said(views.distribution_figure(view))

    @pytest.mark.parametrize(("measure", "place"), [(RATE, 6.4), (COUNT, 10.25 + np.log(1.234) / np.log(2))])
    def test_the_chosen_body_is_marked(self, board, measure, place):
        chart = views.distribution_figure(rich(board, measure))
        assert dots(chart.axes[0])[0][0] == pytest.approx(place)
        assert lines(chart.axes[0], CHOSEN)[0][0][0] == pytest.approx(place)
        assert ("所选机关 32.0%" if measure == RATE else "所选机关 1,234") in texts(chart)
        assert not dots(views.distribution_figure(rich(board, measure, body=False)).axes[0])

    def test_zeros_stand_apart(self, board):
        chart = views.distribution_figure(rich(board, COUNT, "en"))
        first, second = boxes(chart.axes[0])[:2]
        assert first[3] == 430
        assert second[0] > 1.2
        assert "Shaded: zero (430)" in said(chart)
        assert {"0", "1", "10", "100", "1,000", "10k"} <= set(texts(chart))

    def test_labels_of_many_magnitudes_are_thinned_out(self, board):
        view = rich(board, "fees")
        edges = np.array([s * 10.0**p for p in range(-3, 10) for s in (1, 2, 5)])
        wide = pd.DataFrame({"left": np.r_[0, edges[:-1]], "right": np.r_[0, edges[1:]], "count": 5, "small": 0})
        wide.attrs = {"log": True, "body_value": 0.004}
        for compact in (False, True):
            chart = views.distribution_figure(replace(view, distribution=wide), compact=compact)
            written = sorted((box.x0, box.x1) for one, box in letters(chart) if one.dy < 0)
            assert all(a[1] + 3 < b[0] for a, b in pairwise(written))
            assert 5 <= len(written) <= 13

    def test_shares_have_percent_at_the_axis(self, board):
        assert {"0%", "10%", "100%"} <= set(texts(views.distribution_figure(rich(board))))
        assert "10%" not in texts(views.distribution_figure(rich(board), compact=True))


class TestTileMap:
    def test_34_tiles_without_a_gap(self):
        made = tiles()
        places = {(t.column, t.row) for t in made}
        assert len(made) == len(places) == 34
        assert {t.province for t in made} >= {name for domain, name in style._labels() if domain == "province"}
        assert all(t.zh == label("province", t.province, "zh") for t in made if t.code not in ("TW", "HK", "MO"))
        assert all({(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)} & places for x, y in places)

    @pytest.mark.parametrize(("west", "east"), [("XJ", "BJ"), ("SC", "SH"), ("GX", "GD"), ("QH", "SD")])
    def test_west_and_east(self, west, east):
        column = {t.code: t.column for t in tiles()}
        assert column[west] < column[east]

    @pytest.mark.parametrize(("north", "south"), [("HL", "JL"), ("BJ", "SH"), ("SN", "SC"), ("GD", "HI"), ("NM", "HN")])
    def test_north_and_south(self, north, south):
        row = {t.code: t.row for t in tiles()}
        assert row[north] < row[south]

    def test_values_shades_and_what_is_missing(self, board):
        view = rich(board, body=False)
        chart = views.tile_map_figure(view)
        drawn = boxes(chart.axes[0])[:34]
        fill = {t.province: b[4] for t, b in zip(tiles(), drawn, strict=True)}
        first, second, *_, last = view.provinces["province"]
        assert fill["青海省"] == fill["台湾省"] == "#ffffff"
        assert fill[first] == "#f0f0f0"
        assert contrast(fill[last], "#ffffff") > contrast(fill[second], "#ffffff") > 1.1
        assert {"98.0%", "2.0%", "北京", "新疆", "青海"} <= set(texts(chart))
        assert "灰色：不足5份报告（1个）。白色：没有数字（4个）" in said(chart)
        assert "各省555份报告有此数" in said(chart)

    def test_names_in_english(self, board):
        view = rich(board, lang="en")
        assert {"Inner Mongolia", "Heilongjiang", "Hong Kong"} <= set(texts(views.tile_map_figure(view)))
        assert {"NM", "HL", "HK"} <= set(texts(views.tile_map_figure(view, compact=True)))

    def test_the_selected_province_is_framed(self, board):
        chart = views.tile_map_figure(board.view(Selection(province="上海市")))
        framed = [p for p in chart.findobj(PolyCollection) if len(p.get_edgecolors())
                  and to_hex(p.get_edgecolors()[0]) == CHOSEN]  # fmt: skip
        assert len(framed) == 1
        shanghai = next(t for t in tiles() if t.code == "SH")
        assert framed[0].get_paths()[0].vertices.min(axis=0).round().tolist() == [shanghai.column, shanghai.row]

    def test_sums_that_span_magnitudes_are_shaded_by_their_logarithm(self, board):
        assert "件（对数）" in texts(views.tile_map_figure(rich(board, COUNT)))
        assert "%" in texts(views.tile_map_figure(rich(board)))


class TestBytes:
    @pytest.mark.parametrize(("compact", "size"), [(False, (750, 420)), (True, (400, 440))])
    def test_png(self, board, compact, size):
        view = rich(board)
        data = views.view_png(views.trend_figure(view, compact=compact))
        image = Image.open(io.BytesIO(data))
        assert image.size == size
        assert image.convert("RGB").getpixel((1, 1)) == (255, 255, 255)
        assert len(data) < 250_000
        assert views.view_png(views.trend_figure(view, compact=compact)) == data

    def test_png_for_sharp_screens(self, board):
        data = views.view_png(views.tile_map_figure(rich(board)), dpi=200)
        assert Image.open(io.BytesIO(data)).size == (1500, 840)

    def test_svg(self, board):
        view = rich(board)
        data = views.view_svg(views.ranking_figure(view))
        assert views.view_svg(views.ranking_figure(view)) == data
        kinds = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(data).iter()}
        assert "path" in kinds
        assert not kinds & {"text", "script", "image"}


class TestWithoutAChineseFace:
    def test_english_and_keys_instead_of_names(self, board, monkeypatch):
        view = rich(board)
        monkeypatch.setattr(fonts, "chinese_face", lambda: None)
        monkeypatch.setattr(style, "chinese_face", lambda: None)
        for make in FIGURES:
            with pytest.warns(UserWarning, match="pip install noto-cjk-sans-otc"):
                chart = make(view)
            assert not [t for t in texts(chart) if has_chinese(t)], make.__name__
        with pytest.warns(UserWarning, match="no typeface with Chinese glyphs"):
            assert "k0" in texts(views.ranking_figure(view))


class TestLettering:
    def test_width_is_that_of_the_outlines(self):
        for text in ("宿迁市人民政府", "Heilongjiang", "1,234.5%"):
            path = lettering._outline(Label(0, 0, text, 10, "#000000"))
            wide = path.vertices[:, 0].max() - path.vertices[:, 0].min()
            assert wide == pytest.approx(width(text, 10), abs=2.5)
        assert width("政府", 10) == pytest.approx(20)

    def test_alignment(self):
        for align, share in (("left", 0.0), ("center", 0.5), ("right", 1.0)):
            x0, _, x1, _ = lettering._extent(Label(0, 0, "政府信息", 10, "#000000", align, dx=3))
            assert (x0, x1) == pytest.approx((3 - 40 * share, 43 - 40 * share), abs=0.01)

    def test_fit(self):
        assert fit("政府信息公开", 10, 60) == "政府信息公开"
        assert fit("政府信息公开", 10, 45) == "政府信…"
        assert width(fit("政府信息公开" * 9, 10, 101), 10) <= 101
        assert fit("政府", 10, 1) == "…"

    def test_lines_keep_to_the_room_and_to_the_rules_of_punctuation(self):
        text = "各年报告不同（n=30），不能看作趋势。分母不足30，不排名。Reports of 2023/2024 only."
        for room in (60, 75, 90, 130):
            lines_made = lines_of(text, 10, room)
            assert all(width(line, 10) <= room for line in lines_made)
            assert not [line for line in lines_made if line[0] in "，。）" or line[-1] in "（"]
            assert "".join(lines_made).replace(" ", "") == text.replace(" ", "")

    def test_a_sign_without_a_glyph_is_replaced(self):
        assert lettering._glyph("\ue000") is lettering._glyph("〓")
        assert clean("a\u202eb\nc\x00\u200b d") == "a b c d"

    def test_a_page_cuts_what_has_no_room(self):
        made = page("题" * 100, ["行" * 1000], "源" * 1000, "zh", compact=True)
        assert made.room.top - made.room.bottom > 100
        assert sum(one.text.endswith("…") for one in made.labels) == 3

    def test_ticks(self):
        assert nice_ticks(0.87, 4) == [0.0, 0.25, 0.5, 0.75, 1.0]
        assert nice_ticks(1230, 4) == [0.0, 500.0, 1000.0, 1500.0]

    def test_ink(self):
        for fill in [*GROUP_COLOURS.values(), BLUE, SMALL, CHOSEN, "#3b88bd", "#777777"]:
            assert contrast(ink_on(fill), fill) >= 4.5
        assert contrast("#000000", "#ffffff") == pytest.approx(21)
