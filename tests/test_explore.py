"""The explorer without its controls: selections, places, bodies, views, and what they say in words."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from make_reports import consistent_numbers, make_report

import govreport as gr
from govreport.errors import UsageError
from govreport.explore import Board, Selection, View, pinyin
from govreport.frames import Frames, to_frames
from govreport.model import Region, Report, Value

SUQIAN_2024 = "9733b98c650894ca"
SUQIAN = "810580fecbb8ef90"


@pytest.fixture(scope="module")
def board() -> Board:
    return Board(gr.sample())


@pytest.fixture(scope="module")
def headlines() -> Board:
    return Board.from_headlines(gr.sample("headlines"))


def report(place: str = "青河县", year: int | None = 2023, received: int = 5, **changes: Any) -> Report:
    """An invented report with that many requests, all granted."""
    region = {
        "青河县": Region("示例省", "示例市", "青河县", "990101"),
        "白河县": Region("示例省", "示例市", "白河县", "990102"),
        "省里": Region("示例省", None, None, "990000"),
        "": Region(),
    }[place]
    changes.setdefault("agency", f"{place or '某地'}示例局")
    return make_report(consistent_numbers(granted=received), year=year, region=region, **changes)


def test_view_of_a_province_by_hand(board: Board) -> None:
    view = board.view(Selection(province="江苏省", measure="not_held_share"))
    assert (view.n_reports, view.n_bodies, view.n_known, view.n_small, view.note) == (3, 2, 3, 0, "")
    trend = view.trend.set_index("year")
    assert trend.loc[2023, "pooled"] == pytest.approx(1047 / 3486)
    assert trend.loc[2024, "pooled"] == pytest.approx((897 + 769) / (3521 + 3050))
    assert trend.loc[2024, "median"] == pytest.approx((897 / 3521 + 769 / 3050) / 2)
    assert list(trend.loc[2024, ["n", "denominator", "n_median"]]) == [2, 6571, 2]
    assert trend["body"].isna().all()
    assert list(view.ranking["agency"]) == ["宿迁市人民政府", "淮安市人民政府"]
    assert list(view.ranking["rank"]) == [1, 2]
    assert list(view.ranking["n"]) == [3521, 3050]
    assert list(view.ranking["place"]) == ["江苏省宿迁市", "江苏省淮安市"]


def test_outcomes_of_a_view_by_hand(board: Board) -> None:
    view = board.view(Selection(province="江苏省", body=SUQIAN))
    rows = view.outcomes.set_index("outcome")
    assert rows.loc["not_held", "count"] == 897 + 1047 + 769
    assert rows.loc["not_held", "share"] == pytest.approx((897 + 1047 + 769) / (3521 + 3486 + 3050))
    assert rows.loc["not_held", "body_count"] == 897
    assert rows.loc["not_held", "body_share"] == pytest.approx(897 / 3521)
    assert rows.loc["administrative_inquiry", "group"] == "inquiry"
    assert rows["share"].sum() == pytest.approx(1)
    assert rows.loc["unknown", "count"] == 0
    assert view.outcomes.attrs == {
        "processed": 10057, "n_reports": 3, "n_contradictory": 0, "body_processed": 3521, "body_year": 2024,
    }  # fmt: skip


def test_small_denominators_are_shown_and_not_ranked(board: Board) -> None:
    view = board.view(Selection(measure="not_held_share", lang="en"))
    assert (view.n_known, view.n_small) == (7, 3)
    small = view.ranking[view.ranking["small"]]
    assert list(small["n"]) == [5, 3, 1]
    assert small["rank"].isna().all()
    assert list(view.ranking["rank"].dropna()) == [1, 2, 3]
    assert (view.distribution["count"].sum(), view.distribution["small"].sum()) == (4, 3)
    counts = board.view(Selection(measure="not_held"))
    assert not counts.ranking["small"].any()
    assert counts.ranking["n"].isna().all()
    assert counts.n_small == 0
    assert board.view(Selection(measure="not_held_share", min_n=4)).n_small == 2


def test_a_body_is_the_same_over_the_years(board: Board) -> None:
    body = board.body(SUQIAN)
    assert (body.agency, body.place, body.kind, body.n_reports) == ("宿迁市人民政府", "江苏省宿迁市", "government", 2)
    again = Board(gr.sample().select(year=2023)).bodies(Selection(), "宿迁")
    assert [b.key for b in again] == [SUQIAN]
    assert list(board.body_reports(SUQIAN)["year"]) == [2024, 2023]
    assert board.body_reports(SUQIAN)["report_id"].iloc[0] == SUQIAN_2024
    view = board.view(Selection(measure="received", body=SUQIAN))
    assert list(view.trend["body"].dropna()) == [3511, 3525]
    assert view.distribution.attrs["body_value"] == 3525
    assert view.ranking.loc[view.ranking["chosen"], "report_id"].tolist() == [SUQIAN_2024]
    assert list(view.table["report_id"][:2]) == ["71b41747c44c4260", SUQIAN_2024]


def test_the_chosen_body_outside_the_selection_is_shown_for_comparison(board: Board) -> None:
    view = board.view(Selection(province="浙江省", body=SUQIAN))
    assert (view.n_reports, view.n_bodies) == (1, 1)
    chosen = view.ranking[view.ranking["chosen"]].iloc[0]
    assert pd.isna(chosen["rank"])
    assert chosen["value"] == 3525
    assert "所选机关不在当前范围内" in view.note
    early = board.view(Selection(years=(2019, 2020), body=SUQIAN))
    assert not early.ranking["chosen"].any()
    assert early.distribution.attrs["body_value"] is None


def test_map_shows_the_chosen_province_among_the_others(board: Board) -> None:
    provinces = board.view(Selection(province="江苏省", measure="received")).provinces
    assert list(provinces["province"]) == ["北京市", "河北省", "吉林省", "上海市", "江苏省", "浙江省"]
    assert list(provinces["value"]) == [8, 0, 0, 859, 10155, 1]
    assert list(provinces.loc[provinces["chosen"], "province"]) == ["江苏省"]


def test_bins_for_counts_and_for_shares(board: Board) -> None:
    counts = board.view(Selection(measure="received")).distribution
    bins = {(r.left, r.right): r.count for r in counts.itertuples(index=False, name="Bin")}
    assert bins[0, 0] == 2
    assert bins[1, 2] == 1
    assert bins[500, 1000] == 1
    assert bins[2000, 5000] == 3
    assert counts["count"].sum() == 9
    assert counts.attrs["log"] is True
    shares = board.view(Selection(measure="not_held_share", min_n=0)).distribution
    assert list(shares.loc[shares["count"] > 0, "left"].round(2)) == [0.0, 0.25, 0.3, 0.65, 0.8]
    assert not shares.attrs["log"]


@pytest.mark.parametrize(("n", "k", "left"), [(20, 3, 0.15), (100, 35, 0.35), (1, 1, 0.95), (100, 29, 0.25)])
def test_a_share_on_the_edge_falls_into_its_bin(n: int, k: int, left: float) -> None:
    frames = to_frames([make_report(consistent_numbers(granted=k, not_held=n - k))])
    rows = Board(frames).view(Selection(measure="granted_share", min_n=0)).distribution
    assert rows.loc[rows["count"] == 1, "left"].tolist() == pytest.approx([left])


def test_breaks_lie_between_the_first_and_the_last_year(board: Board) -> None:
    assert [b.year for b in board.view(Selection(measure="reviews")).breaks] == [2024]
    assert [b.year for b in board.view(Selection(measure="rules_issued")).breaks] == [2021]
    assert board.view(Selection(measure="reviews", years=(2019, 2023))).breaks == ()
    assert board.view(Selection(measure="received")).breaks == ()


def test_places_cascade(board: Board) -> None:
    assert board.places("province") == ["北京市", "河北省", "吉林省", "上海市", "江苏省", "浙江省"]
    assert list(board.place_counts("city", Selection(province="江苏省")).items()) == [("淮安市", 1), ("宿迁市", 2)]
    assert board.places("city", Selection(province="北京市")) == []
    assert board.place_counts("county", Selection(province="北京市")) == {"东城区": 1, "丰台区": 1}
    assert board.places("county", Selection(province="浙江省", city="宁波市")) == ["北仑区"]
    assert board.view(Selection(county="北仑区")).n_reports == 1
    with pytest.raises(UsageError, match="province, city, county; found 'town'"):
        board.places("town")  # type: ignore[arg-type]


def test_a_city_that_repeats_its_province_is_none(headlines: Board) -> None:
    assert headlines.places("city", Selection(province="重庆市")) == []
    assert "重庆市" in headlines.places("province")


def test_own_level_is_a_choice() -> None:
    board = Board(to_frames([report(), report("省里"), report("白河县")]))
    assert board.place_counts("city", Selection(province="示例省")) == {"示例市": 2, "（本级）": 1}
    for lang in ("zh", "en"):
        own = board.unknown("city", lang)  # type: ignore[arg-type]
        view = board.view(Selection(province="示例省", city=own))
        assert list(view.table["agency"]) == ["省里示例局"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("宿迁", "宿迁市"),
        ("suqian", "宿迁市"),
        ("SuQian", "宿迁市"),
        ("su'qian", "宿迁市"),
        ("sq", "宿迁市"),
        ("suq", "宿迁市"),
        ("3213", "宿迁市"),
        ("321300", "宿迁市"),
        ("beijing", "北京市"),
        ("bj", "北京市"),
        ("11", "北京市"),
        ("changchun", "长春市"),
        ("cc", "长春市"),
        ("jiangsu suqian", "宿迁市"),
        ("江苏 sq", "宿迁市"),
        ("ｂｊ", "北京市"),
        ("丰台", "丰台区"),
    ],
)
def test_search_for_places(board: Board, typed: str, first: str) -> None:
    assert board.search(typed)[0].name == first


def test_what_a_search_gives_goes_into_a_selection(board: Board) -> None:
    place = board.search("beilun")[0]
    assert place._asdict() == {
        "level": "county", "name": "北仑区", "province": "浙江省", "city": "宁波市", "county": "北仑区", "n": 1,
        "adcode": "330206",
    }  # fmt: skip
    assert board.view(Selection(place.province, place.city, place.county)).n_reports == place.n
    assert board.search("江苏")[0].n == 3
    assert board.search("zhejiang sq") == []
    assert board.search("") == board.search("   ") == board.search("?!") == []
    assert len(board.search("市", limit=2)) == 2


def test_every_reading_of_a_name_is_found(headlines: Board) -> None:
    assert headlines.search("chongqing")[0].name == "重庆市"
    assert pinyin.matched("luan", "六安市") == pinyin.matched("liuan", "六安市") == 1
    assert pinyin.matched("lvliang", "吕梁市") == pinyin.matched("lüliang", "吕梁市") == 1
    assert pinyin.matched("luliang", "吕梁市") == 1
    assert pinyin.matched("shq", "商丘市") == pinyin.matched("sq", "商丘市") == 1
    assert pinyin.matched("gongan", "青河县公安局", anywhere=True) == 1
    assert pinyin.matched("gongan", "青河县公安局") is None
    assert pinyin.matched("beijingshixx", "北京市") is None


def test_without_pypinyin_names_and_codes_are_found(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    pinyin._readings.cache_clear()
    pinyin._firsts.cache_clear()
    try:
        assert [board.search(text) for text in ("suqian", "sq")] == [[], []]
        assert board.search("宿迁")[0].name == board.search("3213")[0].name == "宿迁市"
    finally:
        pinyin._readings.cache_clear()
        pinyin._firsts.cache_clear()


def test_bodies_are_found_by_name_place_and_pinyin(board: Board) -> None:
    assert len(board.bodies()) == 8
    assert board.bodies()[0].key == SUQIAN
    assert [b.agency for b in board.bodies(Selection(kinds=("township",)))] == ["博野县小店镇政府"]
    for typed in ("春晓", "chunxiao", "cxjd", "宁波"):
        assert [b.agency for b in board.bodies(text=typed)] == ["春晓街道办事处"]
    assert board.bodies(Selection(province="河北省"), "chunxiao") == []
    assert len(board.bodies(limit=3)) == 3
    assert board.bodies(Selection(years=(2024, 2024)), "宿迁")[0].n_reports == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"province": "江西省"}, "no report is from the province '江西省'; there are 北京市, "),
        ({"province": "江苏省", "city": "南京市"}, "the city '南京市' in 江苏省; there are 淮安市, 宿迁市"),
        ({"province": "北京市", "county": "北仑区"}, "the county '北仑区' in 北京市; there are 东城区, 丰台区"),
        ({"measure": "recieved"}, "no measure is called 'recieved'; there are received, "),
        ({"body": "nobody"}, r"no body has the key 'nobody'; .* the 8 bodies, for example"),
        ({"kinds": ("school",)}, "kinds are among government, department, .*; found 'school'"),
        ({"kinds": "street"}, r"write \('street',\)"),
        ({"years": (2024, 2023)}, "found 2024 before 2023"),
        ({"years": 2024}, r"a pair \(first, last\)"),
        ({"years": (2020, 2021, 2022)}, r"a pair \(first, last\)"),
        ({"min_n": -1}, "0 or more; found -1"),
        ({"min_n": "30"}, "a whole number"),
        ({"lang": "fr"}, "zh or en; found 'fr'"),
        ({"province": 11}, "province is a text or None; found 11"),
    ],
)
def test_a_selection_that_cannot_be_says_what_can(board: Board, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        board.view(Selection(**wrong))


def test_a_board_is_made_from_frames() -> None:
    with pytest.raises(UsageError, match=r"from_headlines takes headline figures"):
        Board(gr.sample("headlines"))  # type: ignore[arg-type]


def test_note_of_an_empty_board() -> None:
    board = Board(to_frames([]))
    view = board.view(Selection(lang="en"))
    assert view.note == "There are no reports: the data is empty."
    assert (board.years, board.kinds, len(board), view.n_bodies) == (None, (), 0, 0)
    assert all(len(getattr(view, name)) == 0 for name in ("trend", "ranking", "provinces", "table"))
    assert view.outcomes["share"].isna().all()
    assert board.places("province") == board.search("bj") == board.bodies() == []


def test_note_of_an_empty_selection(board: Board) -> None:
    assert board.view(Selection(years=(2030, 2031))).note == "所选范围内没有报告。请放宽地区、年份或机关类别。"
    english = board.view(Selection(kinds=("zone",), lang="en"))
    assert english.note == "No report fits the selection. Widen the region, the years or the kinds of body."
    full = board.view()
    for name in ("trend", "ranking", "outcomes", "provinces", "table"):
        assert list(getattr(english, name).dtypes) == list(getattr(full, name).dtypes), name
    assert list(english.distribution.columns) == list(full.distribution.columns)


def test_note_of_one_report() -> None:
    board = Board(to_frames([report()]))
    assert board.view().note == "所选范围内只有1份报告，无法比较。"
    assert board.view().trend["n"].tolist() == [1]


def test_note_of_missing_years() -> None:
    board = Board(to_frames([report(), report("白河县"), report("白河县", None)]))
    assert board.years == (2023, 2023)
    view = board.view(Selection(lang="en"))
    assert view.n_reports == 3
    assert view.note == "Of these, 1 report(s) state no year and are not in the trend."
    assert view.trend["n"].sum() == 2
    assert view.table["year"].isna().sum() == 1
    view = board.view(Selection(years=(2023, 2023)))
    assert (view.n_reports, view.note) == (2, "另有1份报告年度不明，未计入所选年份。")


def test_note_of_missing_regions() -> None:
    board = Board(to_frames([report(), report("白河县"), report("")]))
    assert board.places("province") == ["示例省", "（地区不明）"]
    view = board.view()
    assert view.note == "其中1份报告地区不明，归入“（地区不明）”。"
    assert view.provinces["province"].tolist() == ["示例省", "（地区不明）"]
    left_out = board.view(Selection(province="示例省"))
    assert left_out.n_reports == 2
    assert left_out.note == "另有1份报告地区不明，未计入所选地区；可在地区中选“（地区不明）”查看。"
    for lang, name in (("zh", "（地区不明）"), ("en", "(unknown region)")):
        chosen = board.view(Selection(province=name, lang=lang))  # type: ignore[arg-type]
        assert chosen.n_reports == 1
    assert chosen.note == "Only 1 report fits the selection: there is nothing to compare it with."


def test_note_of_an_unknown_measure(board: Board) -> None:
    view = board.view(Selection(province="浙江省", measure="fees", lang="en"))
    assert view.note.endswith(
        'None of the 1 report(s) tells "Administrative fees (10 000 yuan)" '
        "(not in that edition of the form, or counted in another way 1)."
    )
    assert (view.n_reports, view.n_known) == (1, 0)
    assert view.trend["n"].tolist() == [0]
    blank = {"applications.not_held.total": Value("blank"), "applications.not_held.natural_person": Value("dash")}
    numbers = consistent_numbers(granted=3, not_held=2)
    frames = to_frames([make_report(numbers, cells=blank), make_report(numbers, cells=blank, agency="白河县示例局")])
    assert Board(frames).view(Selection(measure="not_held")).note == (
        "所选2份报告都没有可用的“无法提供：本机关不掌握”（空白 2）。"
    )


def test_note_when_all_are_too_small_to_rank() -> None:
    board = Board(to_frames([report(received=2), report("白河县", received=1)]))
    view = board.view(Selection(measure="granted_share"))
    assert view.note == "分母都小于30，不排名。"
    assert view.ranking["rank"].isna().all()
    assert board.view(Selection(measure="granted_share", min_n=1)).note == ""


def test_note_of_two_reports_on_one_year() -> None:
    board = Board(to_frames([report(received=7), report(received=4), report("白河县")]))
    view = board.view(Selection(body=board.bodies(text="青河")[0].key))
    assert view.note == "其中2份报告与另一份报告机关和年度相同，合计中会重复计算。"
    # as in the checks, the first of them stands for the year
    assert view.trend["body"].tolist() == [7]
    assert view.ranking.loc[view.ranking["chosen"], "value"].tolist() == [7]


def test_reports_without_an_agency_are_bodies_of_their_own() -> None:
    board = Board(to_frames([report(agency=None, received=1), report(agency=None, received=2)]))
    view = board.view()
    assert view.n_bodies == 2
    assert set(view.ranking["agency"]) == {"（机关不明）"}
    assert "机关和年度相同" not in view.note


def test_outcomes_that_exceed_their_total_are_left_out_and_counted() -> None:
    wrong = {"applications.processed.total": Value("given", 1)}
    frames = to_frames([report(), make_report(consistent_numbers(granted=3), cells=wrong)])
    view = Board(frames).view()
    assert view.outcomes.set_index("outcome").loc["granted", "count"] == 5
    assert (view.outcomes.attrs["n_reports"], view.outcomes.attrs["n_contradictory"]) == (1, 1)


def test_what_the_pages_leave_untold_is_a_row() -> None:
    numbers = consistent_numbers(granted=3, not_held=2)
    blank = {"applications.not_held.total": Value("blank"), "applications.not_held.natural_person": Value("blank")}
    rows = Board(to_frames([make_report(numbers, cells=blank)])).view().outcomes.set_index("outcome")
    assert (rows.loc["not_held", "count"], rows.loc["unknown", "count"]) == (0, 2)
    assert rows.loc["unknown", "share"] == pytest.approx(0.4)


def test_the_form_of_2019_keeps_its_single_row_of_other_handling() -> None:
    frames = to_frames([make_report(consistent_numbers("2019", granted=1, other=3), edition="2019", year=2020)])
    rows = Board(frames).view().outcomes.set_index("outcome")
    assert (rows.loc["other", "count"], rows.loc["unknown", "count"]) == (3, 0)


def test_how_many_reports_tell_a_measure(board: Board, headlines: Board) -> None:
    assert (board.known["received"], board.known["not_held_share"], board.known["fees"]) == (9, 7, 7)
    assert (headlines.known["received"], headlines.known["not_held_share"]) == (696, 0)


def test_headline_figures(headlines: Board) -> None:
    assert (len(headlines), headlines.years) == (1041, (2012, 2025))
    assert headlines.view(Selection(measure="received")).n_known == 696
    view = headlines.view(Selection(measure="penalties", province="浙江省", years=(2021, 2023)))
    assert view.n_known == 7
    assert view.trend["pooled"].tolist() == [760, 26, 103]
    assert view.table["n_findings"].isna().all()
    assert view.outcomes["share"].isna().all()
    none = headlines.view(Selection(measure="not_held_share", lang="en"))
    assert none.n_known == 0
    assert "no shares are made of them" in none.note


def test_table_for_export_has_all_rows(headlines: Board) -> None:
    view = headlines.view(Selection(measure="disclosed"))
    assert (len(view.table), view.n_reports) == (500, 1041)
    rows = headlines.table(Selection(measure="disclosed"))
    assert len(rows) == 1041
    assert list(rows.columns) == list(view.table.columns)
    pd.testing.assert_frame_equal(rows.head(500), view.table)
    known = rows["value"].dropna()
    assert known.is_monotonic_decreasing
    assert rows["value"].iloc[len(known) :].isna().all()


def test_a_board_does_not_change_and_gives_new_frames(board: Board) -> None:
    first = board.view(Selection(measure="received"))
    first.table["value"] = 0
    first.outcomes["count"] = 0
    second = board.view(Selection(measure="received"))
    assert second.table["value"].max() == 3525
    assert second.outcomes["count"].sum() == 10871


def test_many_reports_stay_quick() -> None:
    """A tenth of the size that is promised, with a bound that a slow machine keeps."""
    frames = copies(gr.sample(), 1_200)
    start = time.process_time()
    board = Board(frames)
    made = time.process_time() - start
    choices = [Selection(), Selection(measure="not_held_share", body=board.bodies()[3].key), Selection("江苏省")]
    times = []
    for selection in choices * 3:
        start = time.process_time()
        board.view(selection)
        times.append(time.process_time() - start)
    assert len(board) == 10_800
    assert made < 15
    assert np.median(times) < 0.06
    assert view_sums(board.view(Selection(measure="received"))) == 1_200 * (859 + 1 + 3511 + 5 + 3 + 3525 + 3119)


def view_sums(view: View) -> int:
    return int(view.trend["pooled"].sum())


def copies(frames: Frames, times: int) -> Frames:
    """The same reports many times under other keys and names, made without the cost of Frames.concat."""

    def repeated(frame: pd.DataFrame) -> pd.DataFrame:
        made = frame.loc[frame.index.repeat(times)] if "report_id" not in frame else pd.concat([frame] * times)
        number = np.repeat(np.arange(times), len(frame)).astype(str)
        if "report_id" in made:
            made = made.assign(report_id=made["report_id"].astype(object) + "-" + number)
        if "agency" in made:
            made = made.assign(agency=made["agency"].astype(object) + number)
        return made.reset_index(drop=True)

    return replace(frames, **{name: repeated(frame) for name, frame in frames.items()})
