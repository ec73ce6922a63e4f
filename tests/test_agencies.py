"""Agencies through the years: what is one body, what is not, and what nobody can tell."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import govreport as gr
from govreport.analysis.agencies import LINKS, AgencyLinks, link_agencies
from govreport.analysis.agency_names import one_word, take_apart
from govreport.analysis.agency_reasons import evidence_text
from govreport.analysis.agency_steps import SCORES, load_rules
from govreport.analysis.link_notes import sentence
from govreport.analysis.places import load_atlas, place_changes
from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.frames import Frames, to_frames
from govreport.parse.names import kind_of
from govreport.schema import as_declared, schema
from govreport.synthetic import panel
from govreport.synthetic.panel_renames import RenamedPanel, rename_panel

Row = tuple[str, str | None, int | None]


def frames_of(rows: Iterable[Row], urls: Iterable[str | None] = ()) -> Frames:
    """Reports with only a name, a code and a year; report_id says agency and year."""
    listed = list(rows)
    made = {column: [None] * len(listed) for column in schema("reports")}
    made["agency"] = [agency or None for agency, _, _ in listed]
    made["adcode"] = [code for _, code, _ in listed]
    made["year"] = [year for _, _, year in listed]
    made["agency_kind"] = [kind_of(agency) if agency else None for agency, _, _ in listed]
    made["report_id"] = [f"{agency}/{code}/{year}/{n}" for n, (agency, code, year) in enumerate(listed)]
    made["url"] = list(urls) or [None] * len(listed)
    return replace(to_frames([]), reports=as_declared("reports", made))


def linked(*rows: Row) -> AgencyLinks:
    return link_agencies(frames_of(rows))


def bodies(links: AgencyLinks) -> int:
    return links.links["body_id"].nunique()


def kinds(links: AgencyLinks) -> list[str]:
    return links.links["link"].astype(str).tolist()


# --- one name, many ways of writing -----------------------------------------------------------------------------------

ONE_NAME = [
    ("河西务镇", "天津市武清区河西务镇人民政府", "120114"),
    ("北京市丰台区人民政府西罗园街道办事处", "西罗园街道", "110106"),
    ("兴安街办事处", "兴安街道办事处", "110106"),
    ("博野县小店镇政府", "小店镇党政综合办公室", "130637"),
    ("上海市人民政府办公厅", "上海市人民政府", "310000"),
    ("宿迁市政府", "宿迁市人民政府", "321300"),
    ("大冶市政府办公室", "大冶市人民政府办公室", "420281"),
    ("宿迁市发改委", "江苏省宿迁市发展和改革委员会", "321300"),
    ("宿迁市场监督管理局", "宿迁市市场监管局", "321300"),
    ("容城县教育局", "河北省保定市容城县教育局", "130629"),
    ("阜新蒙古族自治县交通运输局", "阜蒙县交通局", "210921"),
    ("唐山高新区管委会", "唐山市高新技术产业开发区管理委员会", "130200"),
    ("上海市人民政府外事办公室", "上海市外办", "310000"),
    ("样例路街道办事处（筹）", "样例路街道办事处", "310107"),
    ("自然资源和规划局", "苏州市吴江区自然资源规划局", "320509"),
]


@pytest.mark.parametrize(("before", "after", "code"), ONE_NAME)
def test_ways_of_writing_are_one_name(before: str, after: str, code: str) -> None:
    made = linked((before, code, 2021), (after, code, 2022))
    assert bodies(made) == 1
    assert kinds(made) == ["first", "variant"]
    assert before in made.links["evidence"].iloc[1]
    assert made.links["previous_id"].iloc[1] == f"{before}/{code}/2021/0"


TWO_BODIES = [
    ("宿迁市水利局", "宿迁市民政局", "321300"),
    ("永嘉县桥头镇人民政府", "永嘉县桥下镇人民政府", "330324"),
    ("大冶市城东街道办事处", "大冶市城西街道办事处", "420281"),
    ("大冶市第一实验学校", "大冶市第二实验学校", "420281"),
    ("广州市黄埔区人民政府 广州开发区管委会", "广州开发区管委会", "440112"),
    ("大冶市科技局", "大冶市科信局", "420281"),
]


@pytest.mark.parametrize(("before", "after", "code"), TWO_BODIES)
def test_other_bodies_stay_apart(before: str, after: str, code: str) -> None:
    assert bodies(linked((before, code, 2021), (after, code, 2022))) == 2


def test_the_same_words_in_two_places_are_two_bodies() -> None:
    assert bodies(linked(("水利局", "321300", 2021), ("水利局", "130637", 2022))) == 2


def test_a_code_that_the_table_does_not_hold_tells_bodies_apart() -> None:
    made = linked(*years_of("工业园区水利局", "320571", (2021, 2022)), ("工业园区水利局", "320572", 2023))
    assert kinds(made) == ["first", "same", "first"]
    assert bodies(linked(*years_of("水利局", None, (2021, 2022)))) == 2


def test_names_in_brackets_and_kinds_of_zone_are_apart_when_both_report_on_a_year() -> None:
    rows = [("宿迁市经济开发区管委会", "321300", 2021), ("宿迁市经济技术开发区管委会", "321300", 2021)]
    assert bodies(linked(*rows)) == 2
    office = [("青岛市人民政府", "370200", 2023), ("青岛市人民政府办公厅", "370200", 2023)]
    assert bodies(linked(*office)) == 2
    assert bodies(linked(office[0], ("青岛市人民政府办公厅", "370200", 2024))) == 1


# --- places -----------------------------------------------------------------------------------------------------------

PLACES = [
    ("滦县水利局", "130223", 2017, "滦州市水利局", "130284", 2018),
    ("邢台市桥东区人民政府", "130502", 2019, "邢台市襄都区人民政府", "130502", 2020),
    ("宝鸡市凤翔县彪角镇人民政府", "610322", 2020, "宝鸡市凤翔区彪角镇人民政府", "610305", 2021),
    ("莱芜市莱城区教育局", "371202", 2017, "济南市莱芜区教育局", "370116", 2018),
    ("那曲地区那曲县教育局", "542421", 2016, "那曲市色尼区教育局", "540602", 2017),
]


@pytest.mark.parametrize(("before", "code", "year", "after", "new_code", "next_year"), PLACES)
def test_a_county_that_became_another_keeps_its_bodies(
    before: str, code: str, year: int, after: str, new_code: str, next_year: int
) -> None:
    made = linked((before, code, year), (after, new_code, next_year))
    assert bodies(made) == 1
    assert kinds(made) == ["first", "upgraded"]
    assert code in made.links["evidence_zh"].iloc[1]
    assert new_code in made.links["evidence_zh"].iloc[1]


def test_joined_places_are_two_bodies_with_a_relation() -> None:
    rows = [(f"淮安市{county}教育局", code, year) for county, code in (("清河区", "320802"), ("清浦区", "320811"))
            for year in (2014, 2015)]  # fmt: skip
    made = linked(*rows, ("淮安市清江浦区教育局", "320812", 2016))
    assert bodies(made) == 3
    assert kinds(made)[-1] == "merged"
    assert made.relations["kind"].tolist() == ["merged", "merged"]
    assert set(made.relations["other_id"]) == {made.links["body_id"].iloc[-1]}
    assert "清江浦区" in made.relations["evidence"].iloc[0]


def test_the_site_tells_the_county_that_the_name_does_not() -> None:
    rows: list[Row] = [
        ("城关镇人民政府", None, 2021),
        ("县城关镇人民政府", "411025", 2022),
        ("襄城县教育局", "411025", 2021),
    ]
    rows[1] = ("襄城县城关镇人民政府", "411025", 2022)
    site = "https://www.xiangchengxian.example/a.html"
    assert bodies(link_agencies(frames_of(rows[:2] + rows[2:], [site, site, site]))) == 2
    apart = link_agencies(frames_of(rows, [None, site, site]))
    assert bodies(apart) == 3
    assert apart.findings["rule"].tolist() == ["agency_ambiguous"]
    shared = [*rows, ("禹州市教育局", "411081", 2021)]
    assert bodies(link_agencies(frames_of(shared, [site] * 4))) == 4


# --- reforms ----------------------------------------------------------------------------------------------------------

REFORMS = [
    ("国土资源局", 2018, "自然资源局", 2019, "renamed"),
    ("国土资源局", 2018, "自然资源和规划局", 2019, "renamed"),
    ("环境保护局", 2018, "生态环境局", 2019, "renamed"),
    ("安全生产监督管理局", 2018, "应急管理局", 2019, "renamed"),
    ("卫生和计划生育委员会", 2018, "卫生健康委员会", 2019, "renamed"),
    ("卫计局", 2018, "卫健局", 2019, "renamed"),
    ("农业委员会", 2018, "农业农村局", 2019, "renamed"),
    ("经济和信息化委员会", 2018, "工业和信息化局", 2019, "renamed"),
    ("扶贫开发办公室", 2020, "乡村振兴局", 2021, "renamed"),
    ("人民防空办公室", 2022, "国防动员办公室", 2023, "renamed"),
    ("大数据管理局", 2023, "数据局", 2024, "renamed"),
    ("地方金融监督管理局", 2023, "地方金融管理局", 2024, "renamed"),
    ("水利局", 2020, "水务局", 2021, "renamed"),
    ("城市管理局", 2021, "综合行政执法局", 2022, "renamed"),
]


@pytest.mark.parametrize(("before", "year", "after", "next_year", "link"), REFORMS)
def test_reforms_of_which_the_law_tells(before: str, year: int, after: str, next_year: int, link: str) -> None:
    made = linked((f"博野县{before}", "130637", year), (f"博野县{after}", "130637", next_year))
    assert bodies(made) == 1
    assert kinds(made) == ["first", link]
    assert made.links["score"].iloc[1] in (SCORES["renamed"], SCORES["local"])
    rule = next(r for r in load_rules()[one_word(before)] if r.after == one_word(after))
    assert evidence_text(rule.evidence, "en") in made.links["evidence"].iloc[1]
    assert evidence_text(rule.evidence, "zh") in made.links["evidence_zh"].iloc[1]


def test_vertical_bureaus_become_branches_of_the_city() -> None:
    made = linked(("泗洪县环境保护局", "321324", 2018), ("宿迁市生态环境局泗洪分局", "321324", 2020))
    assert bodies(made) == 1
    assert "垂直" in made.links["evidence_zh"].iloc[1]
    made = linked(
        ("中国银行保险监督管理委员会宿迁监管分局", "321300", 2022), ("国家金融监督管理总局宿迁监管分局", "321300", 2023)
    )
    assert kinds(made) == ["first", "renamed"]


def test_a_merger_is_a_relation_and_no_link() -> None:
    rows = [(f"博野县{name}", "130637", 2015) for name in ("工商局", "质监局", "食药监局")]
    made = linked(*rows, ("博野县市场监督管理局", "130637", 2016), ("博野县市场监督管理局", "130637", 2017))
    assert bodies(made) == 4
    assert kinds(made) == ["first", "first", "first", "merged", "same"]
    assert made.relations[["kind", "year"]].to_numpy().tolist() == [["merged", 2016]] * 3
    going_on = linked(
        ("博野县乡村振兴局", "130637", 2022), ("博野县农业农村局", "130637", 2022), ("博野县农业农村局", "130637", 2023)
    )
    assert kinds(going_on) == ["first", "first", "same"]
    assert going_on.relations["year"].tolist() == [2023]
    assert going_on.relations["body_id"].tolist() == [going_on.links["body_id"].iloc[0]]


def test_a_split_is_a_relation() -> None:
    made = linked(
        ("博野县教育和体育局", "130637", 2021), ("博野县教育局", "130637", 2022), ("博野县体育局", "130637", 2022)
    )
    assert made.relations["kind"].tolist() == ["split"]
    assert kinds(made) == ["first", "renamed", "split"]


def test_years_that_do_not_fit_a_reform_are_a_finding() -> None:
    made = linked(("博野县国土资源局", "130637", 2021), ("博野县自然资源局", "130637", 2022))
    assert bodies(made) == 2
    assert kinds(made) == ["first", "ambiguous"]
    (finding,) = made.findings.to_dict("records")
    assert finding["rule"] == "agency_ambiguous"
    assert finding["severity"] == "warning"
    assert finding["report_id"] == "博野县自然资源局/130637/2022/1"
    assert "the years do not fit the reform" in finding["message"]
    assert "改名的年份与改革时间不符" in finding["message"]


def test_two_successors_or_two_names_on_one_year_are_findings() -> None:
    several = linked(
        ("博野县国土局", "130637", 2018),
        ("博野县自然资源局", "130637", 2019),
        ("博野县自然资源和规划局", "130637", 2019),
    )
    assert bodies(several) == 3
    assert len(several.findings) == 2
    both = linked(
        ("博野县环保局", "130637", 2018), ("博野县环保局", "130637", 2019),
        ("博野县生态环境局", "130637", 2019), ("博野县生态环境局", "130637", 2020),
    )  # fmt: skip
    assert bodies(both) == 2
    assert "both names report on the same year" in both.findings["message"].iloc[0]


def test_an_office_and_its_government_are_never_joined() -> None:
    made = linked(("大冶市人民政府办公室", "420281", 2023), ("大冶市人民政府", "420281", 2024))
    assert bodies(made) == 2
    assert "side by side" in made.findings["message"].iloc[0]


def test_a_township_upgraded_after_years_is_one_body_and_after_a_year_a_doubt() -> None:
    years = [("博野县程委乡人民政府", "130637", year) for year in (2019, 2020, 2021)]
    made = linked(*years, ("博野县程委镇人民政府", "130637", 2022))
    assert bodies(made) == 1
    assert kinds(made)[-1] == "upgraded"
    doubt = linked(("博野县城关镇人民政府", "130637", 2021), ("博野县城关街道办事处", "130637", 2022))
    assert bodies(doubt) == 2
    assert len(doubt.findings) == 1


# --- spelling ---------------------------------------------------------------------------------------------------------


def years_of(agency: str, code: str, years: Iterable[int]) -> list[Row]:
    return [(agency, code, year) for year in years]


SLIPS = [
    ("博野县自然资源局", "博野县自然资原局", [2019, 2020, 2021], 2022),
    ("博野县自然资源局", "博野县自然源资局", [2020, 2021], 2019),
    ("博野县审计局", "博野县何计局", [2019, 2021], 2020),
    ("博野县教育局", "博野县教宵局", [2019, 2020, 2021], 2022),
    ("博野县小店镇人民政府", "博野县小点镇人民政府", [2019, 2020, 2022], 2021),
    ("博野县小店镇人民政府", "博野县小店店镇人民政府", [2019, 2020], 2021),
    ("博野县小店镇人民政府", "博野县小店镇人民民政府", [2019], 2021),
    ("博野县小店镇人民政府", "博墅县小店镇人民政府", [2019], 2021),
    ("博野县人民政府", "博野县民人政府", [2019], 2020),
]


@pytest.mark.parametrize(("usual", "odd", "years", "year"), SLIPS)
def test_typing_errors_that_cannot_be_names(usual: str, odd: str, years: list[int], year: int) -> None:
    made = linked(*years_of(usual, "130637", years), (odd, "130637", year))
    assert bodies(made) == 1, made.findings["message"].tolist()
    assert "spelling" in kinds(made) or "variant" in kinds(made)
    assert made.findings.empty


DOUBTFUL = [
    ("博野县小店镇人民政府", "博野县小点镇人民政府", [2019, 2020, 2021], 2022),
    ("博野县小店镇人民政府", "博野县小点镇人民政府", [2019, 2021], 2020),
    ("博野县民政局", "博野县居政局", [2019, 2020, 2021], 2022),
    ("博野县审计局", "博野县何计局", [2019, 2020, 2021], 2022),
]


@pytest.mark.parametrize(("usual", "odd", "years", "year"), DOUBTFUL)
def test_names_that_may_be_two_bodies_are_findings(usual: str, odd: str, years: list[int], year: int) -> None:
    made = linked(*years_of(usual, "130637", years), (odd, "130637", year))
    assert bodies(made) == 2
    assert made.findings["rule"].tolist() == ["agency_ambiguous"]


# --- the key, the corrections, odd reports ----------------------------------------------------------------------------

CHAIN: list[Row] = [
    *years_of("博野县国土资源局", "130637", (2017, 2018)),
    *years_of("博野县自然资源和规划局", "130637", (2019, 2020, 2021)),
    *years_of("滦县水利局", "130223", (2017,)),
    *years_of("滦州市水利局", "130284", (2018, 2019)),
]


def test_the_key_does_not_depend_on_the_order_of_reports() -> None:
    frames = frames_of(CHAIN)
    once = link_agencies(frames).links.set_index("report_id")
    rng = np.random.default_rng(1)
    for _ in range(3):
        shuffled = replace(frames, reports=frames.reports.sample(frac=1, random_state=int(rng.integers(99))))
        again = link_agencies(shuffled).links.set_index("report_id").loc[once.index]
        pd.testing.assert_frame_equal(again, once)


def test_later_years_keep_the_key_and_earlier_ones_may_change_it() -> None:
    whole = link_agencies(frames_of(CHAIN)).links
    first = whole["body_id"].iloc[0]
    assert set(whole["body_id"].iloc[:5]) == {first}
    short = link_agencies(frames_of([row for row in CHAIN if row[2] is not None and row[2] <= 2019])).links
    assert short["body_id"].iloc[0] == first
    new_name = linked(*years_of("博野县自然资源和规划局", "130637", (2020, 2021))).links["body_id"].iloc[0]
    assert new_name != first
    # a place's code in 2008 stands in the key, so it is the same from either side of an upgrade
    assert linked(CHAIN[-1]).links["body_id"].iloc[0] == whole["body_id"].iloc[-1]
    assert len(first) == 16


CORRECTIONS = pd.DataFrame(
    {
        "agency": ["博野县*科*局", "大冶市人民政府办公室"],
        "adcode": ["130637", ""],
        "year": ["2019-2021", "2023-"],
        "body": ["科技局（博野）", "大冶"],
        "evidence": ["三定方案 2021", "主页说明"],
    }
)


def test_corrections_override_and_say_so(tmp_path: Path) -> None:
    frames = frames_of(
        [("博野县科技局", "130637", 2020), ("博野县科信局", "130637", 2021), ("博野县科信局", "130637", 2022)]
    )
    assert bodies(link_agencies(frames)) == 2
    made = link_agencies(frames, CORRECTIONS)
    assert kinds(made) == ["override", "override", "first"]
    assert made.links["body_id"].nunique() == 2
    assert "三定方案 2021" in made.links["evidence"].iloc[0]
    assert made.unused["line"].tolist() == [2]
    path = tmp_path / "corrections.csv"
    CORRECTIONS.to_csv(path, index=False)
    pd.testing.assert_frame_equal(link_agencies(frames, path).links, made.links)


def test_a_correction_may_name_the_key_of_a_body() -> None:
    frames = frames_of(
        [("博野县科技局", "130637", 2020), ("博野县科信局", "130637", 2021), ("博野县科信局", "130637", 2022)]
    )
    key = link_agencies(frames).links["body_id"].iloc[0]
    row = {"agency": "博野县科信局", "adcode": "", "year": "", "body": key, "evidence": "公告"}
    made = link_agencies(frames, pd.DataFrame([row]))
    assert made.links["body_id"].tolist() == [key] * 3
    assert made.findings.empty
    unknown = link_agencies(frames, pd.DataFrame([row | {"body": "0" * 16}]))
    assert unknown.findings["rule"].tolist() == ["correction_target"]


WRONG = [
    ({"evidence": ""}, "evidence: a decision"),
    ({"body": ""}, "a body: a body_id"),
    ({"agency": "", "adcode": ""}, "an agency or an adcode"),
    ({"adcode": "13063"}, "an adcode of six digits"),
    ({"year": "2021-2019"}, "a year such as"),
    ({"year": "since 2019"}, "a year such as"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_corrections_that_cannot_be_used(change: dict[str, str], message: str) -> None:
    good = {"agency": "博野县科信局", "adcode": "130637", "year": "2021", "body": "x", "evidence": "y"}
    with pytest.raises(UsageError, match=message):
        link_agencies(frames_of(CHAIN), pd.DataFrame([good | change]))


def test_corrections_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could not be"):
        link_agencies(frames_of(CHAIN), tmp_path / "missing.csv")
    (tmp_path / "c.csv").write_text("agency,adcode,year,body\na,,,b\n", encoding="utf-8")
    with pytest.raises(UsageError, match="missing evidence"):
        link_agencies(frames_of(CHAIN), tmp_path / "c.csv")
    clash = pd.DataFrame(
        {"agency": ["博野县*", "*资源局"], "adcode": "", "year": "", "body": ["a", "b"], "evidence": "e"}
    )
    with pytest.raises(UsageError, match="lines 1 and 2 give 博野县国土资源局"):
        link_agencies(frames_of(CHAIN), clash)


def test_reports_without_name_or_year() -> None:
    made = linked(
        ("", "130637", 2020), ("", "130637", 2021), ("博野县财政局", "130637", 2021), ("博野县财政局", "130637", None)
    )
    assert kinds(made) == ["unnamed", "unnamed", "first", "undated"]
    assert bodies(made) == 3


def test_doubles_of_a_year_have_the_same_report_before_them() -> None:
    made = linked(*years_of("博野县财政局", "130637", (2020, 2021, 2021)))
    assert made.links["previous_id"].fillna("").tolist() == ["", *["博野县财政局/130637/2020/0"] * 2]


def test_no_reports_give_empty_tables_with_their_types() -> None:
    made = link_agencies(to_frames([]))
    assert len(made) == 0
    assert str(made.links.dtypes["score"]) == "Float64"
    assert made.links["link"].cat.categories.tolist() == list(LINKS)
    assert made.relations.columns.tolist() == ["body_id", "other_id", "kind", "year", "evidence", "evidence_zh"]
    assert made.findings.columns.tolist() == list(schema("findings"))
    assert repr(made) == "<AgencyLinks: 0 reports of 0 bodies, 0 relations, 0 doubts>"


def test_findings_can_join_those_of_the_frames() -> None:
    frames = frames_of([("博野县国土资源局", "130637", 2021), ("博野县自然资源局", "130637", 2022)])
    found = link_agencies(frames).findings
    together = frames.with_findings(pd.concat([frames.findings, found], ignore_index=True))
    assert together.reports["n_findings"].sum() == 1


def test_real_headlines_are_linked_with_few_doubts() -> None:
    headlines = gr.sample("headlines")
    made = link_agencies(replace(to_frames([]), reports=headlines.reports.assign(url=headlines.reports["url"])))
    assert len(made) == 1041
    by_agency = headlines.reports["agency"].to_numpy()
    joined = made.links.groupby("body_id").indices
    renamed = {frozenset(by_agency[list(at)]) for at in joined.values()}
    assert frozenset({"天津市武清区白古屯镇人民政府", "武清区白古屯镇"}) in renamed
    assert frozenset({"青岛市人民政府", "青岛市人民政府办公厅"}) not in renamed
    assert len(made.findings) < 15


# --- measured on an invented panel of which the truth is known --------------------------------------------------------


@cache
def renamed_panel() -> RenamedPanel:
    return rename_panel(panel(2000, (2019, 2024), seed=11), seed=11)


@cache
def measured() -> tuple[pd.DataFrame, AgencyLinks, float]:
    made = renamed_panel()
    started = time.process_time()
    links = link_agencies(made.frames)
    spent = time.process_time() - started
    table = links.links.merge(made.truth, on="report_id").merge(made.frames.reports[["report_id", "year"]])
    return table.sort_values(["body", "year"], ignore_index=True), links, spent


def test_the_panel_with_renames_has_all_kinds_of_change() -> None:
    truth = renamed_panel().truth
    assert {"renamed", "town", "upgraded", "merged", "ended", "started"} <= set(truth["change"])
    assert {"spelling", "variant", "wide"} <= set(truth["mark"])
    assert len(renamed_panel().mergers) > 50
    assert renamed_panel().frames.reports["report_id"].tolist() == truth["report_id"].tolist()
    again = rename_panel(panel(200, (2020, 2022), seed=4), seed=9).truth
    pd.testing.assert_frame_equal(again, rename_panel(panel(200, (2020, 2022), seed=4), seed=9).truth)
    with pytest.raises(UsageError, match="two years or more"):
        rename_panel(panel(20, (2022, 2022), seed=1))


def test_links_are_right_and_nearly_complete() -> None:
    table, _, _ = measured()
    body_of = dict(zip(table["report_id"], table["body"], strict=True))
    told = table.dropna(subset=["previous_id"])
    right = told["previous_id"].map(body_of) == told["body"]
    hard = told["link"].ne("same").to_numpy()
    assert right.mean() >= 0.999
    assert right[hard].mean() >= 0.999
    before = table.groupby("body").shift()
    pairs = before["body_id"].notna()
    found = (before["body_id"] == table["body_id"])[pairs]
    assert found.mean() >= 0.99
    changed = (table["mark"].ne("") | before["mark"].ne("") | (table["era"] != before["era"]))[pairs]
    assert found[changed].mean() >= 0.98
    no_slip = (table["mark"].ne("spelling") & before["mark"].ne("spelling"))[pairs]
    assert found[changed & no_slip].mean() >= 0.99
    slips = found[~no_slip]
    assert slips.mean() >= 0.9


def test_what_is_not_linked_is_mostly_reported_and_mergers_are_relations() -> None:
    table, links, _ = measured()
    body_id = table.drop_duplicates("body").set_index("body")["body_id"]
    mergers = renamed_panel().mergers
    there = mergers[mergers["body"].isin(body_id.index) & mergers["other"].isin(body_id.index)]
    wanted = set(zip(there["body"].map(body_id), there["other"].map(body_id), strict=True))
    found = set(zip(links.relations["body_id"], links.relations["other_id"], strict=True))
    assert len(wanted & found) / len(wanted) >= 0.95
    assert len(found - wanted) <= 2
    assert 0 < len(links.findings) < 100


def test_ten_thousand_reports_take_seconds() -> None:
    table, _, spent = measured()
    assert len(table) > 10_000
    assert spent < 10


# --- the files of forms/ ----------------------------------------------------------------------------------------------


def test_words_and_renames_are_written_in_their_own_form() -> None:
    for row in read_csv("agency_words"):
        assert one_word(row["word"]) == row["word"], row
    for row in read_csv("agency_renames"):
        for name in (row["before"], row["after"]):
            assert (
                name == "生态环境局分局" or name.startswith(("中国银行", "国家金融", "政府")) or one_word(name) == name
            ), name
    pairs = [(row["before"], row["after"], row["kind"]) for row in read_csv("agency_renames")]
    assert len(set(pairs)) == len(pairs)
    assert {row["evidence"] for row in read_csv("agency_renames")} == {
        r["evidence"] for r in read_csv("agency_evidence")
    }


def test_every_pattern_fits_its_own_example_and_every_sentence_is_in_two_languages() -> None:
    for row in read_csv("agency_patterns"):
        assert row["pattern"]
    notes = read_csv("link_notes")
    assert all(row["zh"] and row["en"] for row in notes)
    package = Path(gr.__file__).parent / "analysis"
    code = "".join(path.read_text(encoding="utf-8") for path in package.glob("*.py"))
    steps = {"town", "local", "renamed", "merged", "split", "place_merged", "place_split"}
    unused = [row["note"] for row in notes if f'"{row["note"]}"' not in code and row["note"] not in steps]
    assert unused == []
    with pytest.raises(gr.errors.FormError, match="no note is called 'nothing'"):
        sentence("nothing", "en")


def test_places_keep_one_key_and_joined_ones_stay_apart() -> None:
    atlas = load_atlas()
    assert atlas.by_code["130223"] == atlas.by_code["130284"]
    assert atlas.by_code["320802"] != atlas.by_code["320812"]
    assert len(place_changes()) == len(read_csv("place_changes"))
    named = take_apart("石家庄市藁城市教育局", "department", "130100", ("", "", ""))
    assert atlas.places[named.place].key == "130182"
    assert named.core == "教育局"
