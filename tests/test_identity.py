"""Who, which year, when: titles, agencies, kinds, years, dates, and names that do not belong."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from statistics import median

import pytest

from govreport.forms import read_csv
from govreport.model import Finding
from govreport.parse.clues import patterns
from govreport.parse.foreign import foreign_names
from govreport.parse.identity import Clues, Identity, identify
from govreport.parse.names import KINDS, find_title, kind_of, title_of_page
from govreport.parse.years import find_date, year_hits, year_of_title

SHARED = Path(__file__).resolve().parents[2] / "shared"
SEEDS = sorted((SHARED / "seeds").glob("*.txt"))
HEADINGS = re.compile(
    "(?:[一二三四五六]|3)、 ?(?=总体情况|主动公开政府信息|收到和处理|政府信息公开行政复议|存在的主要问题|其他需要)"
)
HOME = "长春市南关区司法局"


def clues(lead: str = "", body: str = "", tail: str = "", **meta: str) -> Clues:
    parts = (tuple(line for line in text.split("\n") if line) for text in (lead, body, tail))
    return Clues(meta, "", "page.html", *parts, None)


def report(body: str = "", title: str = f"{HOME}2022年政府信息公开工作年度报告") -> Identity:
    return identify(clues(title, body))


def rules(found: Identity) -> list[str]:
    return [f.rule for f in found.findings]


def seed_clues(path: Path) -> Clues:
    text = path.read_text(encoding="utf-8")
    starts = [m.start() for m in HEADINGS.finditer(text)]
    parts = [text[a:b] for a, b in zip([0, *starts], [*starts, len(text)], strict=True)]
    lead, body = parts[0], "\n".join(parts[1:3] + parts[5:])
    lines = [line.strip() for line in body.split("\n") if not re.fullmatch(r"[\s|\d]*", line)]
    return Clues({}, "", path.name, tuple(s for line in lead.split("\n") if (s := line.strip())), tuple(lines),
                 tuple(lines[-6:]), None)  # fmt: skip


@pytest.mark.skipif(not SEEDS, reason="the shared examples are not here")
@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.name[:3])
def test_seeds(path: Path) -> None:
    gold = json.loads((SHARED / "gold" / f"{path.stem}.json").read_text(encoding="utf-8"))
    found = identify(seed_clues(path))
    assert (found.agency, found.kind, found.year) == (gold["agency"], gold["kind"], gold["year"])
    assert found.region == (gold["province"], gold.get("city"), gold["county"], gold["adcode"])
    expected = ["foreign_name"] if path.name.startswith("001") else []
    assert rules(found) == expected


@pytest.mark.skipif(not SEEDS, reason="the shared examples are not here")
def test_seed_details() -> None:
    found = {path.name[:3]: identify(seed_clues(path)) for path in SEEDS}
    assert found["000"].title is None
    assert found["002"].title == "2023年南关区桃源街道办事处政府信息公开工作年度报告"
    assert found["003"].published == "2021-01-13"
    (finding,) = found["001"].findings
    assert "醉美东墟" in finding.found
    assert "小店在线" not in finding.found


@pytest.mark.skipif(not SEEDS, reason="the shared examples are not here")
def test_fast_once_warm() -> None:
    times = []
    for one in map(seed_clues, SEEDS):
        identify(one)
        for _ in range(20):
            start = time.process_time()
            identify(one)
            times.append(time.process_time() - start)
    # 0.25 ms on a quiet machine; the bound leaves room for a busy one
    assert median(times) < 0.0012


# --- titles and agencies

TITLES = [
    ("{a}2022年政府信息公开工作年度报告", "{a}"),
    ("2022年{a}政府信息公开工作年度报告", "{a}"),
    ("{a}2022年度政府信息公开年报", "{a}"),
    ("{a}关于2022年度政府信息公开工作情况的报告", "{a}"),
    ("{a}政府信息公开年度报告（2022年）", "{a}"),
    ("政府信息公开年度报告（{a}2022年）", "{a}"),
    ("{a}政府信息公开2022年度报告", "{a}"),
    ("关于{a}2022年政府信息公开工作报告", "{a}"),
    ("附件1：{a}2022年政府信息公开工作年度报告", "{a}"),
    ("2 0 2 2 年度 {a} 政府信息公开工作年度报告", "{a}"),
    ("{a}２０２２年政府信息公开工作年度报告", "{a}"),
    ("{a}二〇二二年政府信息公开工作年度报告", "{a}"),
    ("{a}2022年政府信息公开工作年度报告{a}2022年政府信息公开工作年度报告", "{a}"),
    ("{a}2022年政府信息公开工作\n\n年度报告", "{a}"),
    ("{a}\n2022年政府信息公开工作年度报告", "{a}"),
    ("2022年政府信息公开工作年度报告\n{a}\n2022年政府信息公开工作年度报告", "{a}"),
    ("首页 > 政府信息公开年报\n{a}2022年政府信息公开工作年度报告", "{a}"),
    ("政府信息公开年报\n{a}2022年政府信息公开工作年度报告", "{a}"),
    ("{a}2022年政府資訊公開工作年度報告", "{a}"),
]


@pytest.mark.parametrize("agency", [HOME, "博野县小店镇人民政府", "广州开发区管委会"])
@pytest.mark.parametrize(("title", "expected"), TITLES)
def test_titles(title: str, expected: str, agency: str) -> None:
    found = identify(clues(title.format(a=agency)))
    assert (found.agency, found.year) == (expected.format(a=agency), 2022)


@pytest.mark.parametrize(
    "line",
    [
        "政府信息公开指南",
        "关于做好2022年政府信息公开工作年度报告编制工作的通知",
        "首页 > 政府信息公开 > 2022年政府信息公开年报",
        "根据有关规定，现将2022年政府信息公开工作年度报告公布如下",
        "2022年政府网站工作年度报表",
        "政府信息公开年报",
    ],
)
def test_lines_that_are_no_title(line: str) -> None:
    assert find_title([line]) is None


def test_title_is_kept_as_printed() -> None:
    assert report().title == f"{HOME}2022年政府信息公开工作年度报告"
    found = find_title(["甲市人民政府 乙开发区管委会2021年政府信息公开工作年度报告"])
    assert found is not None
    assert found.agency == "甲市人民政府 乙开发区管委会"


def test_title_at_the_head_of_a_long_paragraph() -> None:
    found = find_title([f"{HOME}2022年政府信息公开工作年度报告 根据《条例》的规定，" + "编写说明。" * 90])
    assert found == (f"{HOME}2022年政府信息公开工作年度报告", HOME)


def test_title_of_the_page_loses_the_site() -> None:
    for text in (
        f"{HOME}2022年政府信息公开年报_长春市南关区人民政府",
        f"南关区人民政府 - {HOME}2022年政府信息公开年报",
    ):
        found = title_of_page(text)
        assert found == (f"{HOME}2022年政府信息公开年报", HOME)


def test_metadata_where_the_text_has_no_title() -> None:
    meta = {"articletitle": "春晓街道2020年政府信息公开工作年度报告", "pubdate": "2021-01-13 10:00"}
    found = identify(
        clues("", "街道做了公开工作。", "", **meta, contentsource="春晓街道办事处", sitename="北仑区人民政府")
    )
    assert found.title == "春晓街道2020年政府信息公开工作年度报告"
    assert (found.agency, found.year, found.published) == ("春晓街道办事处", 2020, "2021-01-13")
    assert found.region.adcode == "330206"


@pytest.mark.parametrize(
    ("lead", "tail", "agency"),
    [
        ("", "博野县小店镇人民政府\n2024年1月3日", "博野县小店镇人民政府"),
        ("", "博野县小店镇人民政府 2024年1月3日", "博野县小店镇人民政府"),
        ("发布机构：博野县小店镇人民政府 发布日期：2024-01-03", "", "博野县小店镇人民政府"),
        ("本报告由博野县小店镇人民政府编制。", "", "博野县小店镇人民政府"),
        ("受理机构为博野县小店镇人民政府。", "", "博野县小店镇人民政府"),
        ("如有疑问，请与博野县小店镇党政办公室联系（电话略）。", "", "博野县小店镇"),
        ("现公布《博野县小店镇2023年政府信息公开工作年度报告》。", "", "博野县小店镇"),
        ("首页 > 公开 > 博野县小店镇人民政府 > 年报", "", "博野县小店镇人民政府"),
    ],
)
def test_agency_without_a_title(lead: str, tail: str, agency: str) -> None:
    found = identify(clues(lead, "2023年，我镇做了公开工作。", tail))
    assert (found.title, found.agency, found.kind, found.year) == (None, agency, "township", 2023)
    assert found.region.adcode == "130637"


def test_agency_from_prose() -> None:
    found = identify(clues("", "2023年，博野县小店镇政府共公开三条。全镇政府信息都在网上。\n街道综合办公室没有事做。"))
    assert found.agency == "博野县小店镇政府"


def test_short_name_made_whole_by_the_signature() -> None:
    title = "2020年度春晓街道政府信息公开工作年度报告"
    assert identify(clues(title, "", "春晓街道办事处\n2021年1月13日")).agency == "春晓街道办事处"
    # another name, not the same one with its kind of body
    assert identify(clues(title, "", "春晓路街道办事处\n2021年1月13日")).agency == "春晓街道"


def test_a_fuller_signature_gives_the_region() -> None:
    found = identify(clues("春晓街道2020年政府信息公开工作年度报告", "", "宁波市北仑区春晓街道办事处\n2021年1月13日"))
    assert (found.agency, found.region.adcode) == ("春晓街道", "330206")


def test_nobody_named() -> None:
    found = identify(clues("依法编制本报告。", "2022年，我局做了公开工作。"))
    assert (found.agency, found.kind, found.year) == (None, "department", 2022)
    assert rules(found) == ["agency_unknown", "region_unknown"]
    assert "我局" in found.findings[0].message


def test_empty_page() -> None:
    found = identify(Clues({}, "", "", (), (), (), None))
    assert found[:5] == (None, None, "other", None, None)
    assert rules(found) == ["year_unknown", "agency_unknown", "region_unknown"]


@pytest.mark.parametrize(
    ("agency", "kind"),
    [
        ("春晓街道", "street"),
        ("海滨街", "street"),
        ("西罗园街道办事处综合办公室", "street"),
        ("团结乡政府", "township"),
        ("乡村振兴局", "department"),
        ("镇远县林业局", "department"),
        ("北京市城市管理委员会", "department"),
        ("郑州高新技术产业开发区管委会城市管理局", "department"),
        ("重庆海关", "department"),
        ("某省人民政府驻北京办事处", "department"),
        ("物流区", "zone"),
        ("兴安盟行署", "government"),
        ("上海市", "government"),
        ("某某有限公司", "other"),
        ("", "other"),
    ],
)
def test_kinds(agency: str, kind: str) -> None:
    assert kind_of(agency) == kind


def test_local_government_of_a_new_area() -> None:
    assert report(title="上海市浦东新区2022年政府信息公开工作年度报告").kind == "government"
    assert report(title="瑞安市滨海新区2022年政府信息公开工作年度报告").kind == "zone"


# --- years and dates


def test_year_of_title() -> None:
    assert year_of_title("某局政府信息公开年报（2021年度）") == 2021
    assert year_of_title("某局政府信息公开工作年度报告") is None
    assert year_of_title("某局202020年度报告") is None


def test_years_with_lost_characters_do_not_count() -> None:
    assert [h.year for h in year_hits("20201月1日，20211230日，202020年，2022年3月，2023年共5件")] == [2023]
    found = identify(clues("统计期限自20201月1日至12月31日。", "我局做了公开工作。"))
    assert found.year is None
    assert "year_unknown" in rules(found)


def test_year_from_period_then_prose() -> None:
    period = "数据的统计期限自2021年1月1日起至2021年12月31日止。"
    assert identify(clues(period, "2020年印发的办法仍然有效。")).year == 2021
    assert identify(clues("", "2021年，我镇做了公开工作。2021年共5件，比2020年少。")).year == 2021
    assert identify(clues("", "2021年，我镇一般。2020年，我镇也一般。", "", pubdate="2022-01-20")).year == 2021
    assert identify(clues("", "我镇做了公开工作。", "", pubdate="2022-01-20")).year is None


@pytest.mark.parametrize(
    ("body", "year"),
    [
        ("2021年，我局主动公开信息30条。", "2021"),
        ("2021年度收到申请5件，办结5件。", "2021"),
        ("2023年共收到申请5件。", "2023"),
        ("统计期限自2021年1月1日起至2021年12月31日止。", "2021"),
        ("按照2021年政务公开工作要点办事。", "2021"),
    ],
)
def test_another_year_where_the_reports_belongs(body: str, year: str) -> None:
    found = report(f"2022年，我局做了公开工作。\n{body}")
    (finding,) = found.findings
    assert (finding.rule, finding.severity, finding.cells) == ("year_conflict", "warning", ())
    assert (finding.expected, finding.found, found.year) == ("2022", year, 2022)


@pytest.mark.parametrize(
    "body",
    [
        "2022年共收到申请5件，较2021年减少2件。",
        "2021年收到的申请结转1件。",
        "与2021年相比，主动公开信息增加。",
        "2023年，我局将做好公开工作。",
        "下一步，2023年我局要改进公开工作。",
        "2021年印发的办法仍然有效。",
        "落实《2021年至2025年规划》和2019年修订的条例。",
        "2021年3月，我局建了专栏。",
        "按照2022年政务公开工作要点和2021年政务公开工作要点办事。",
    ],
)
def test_other_years_without_fault(body: str) -> None:
    assert report(f"2022年，我局做了公开工作。\n{body}").findings == ()


def test_period_against_title_and_date_before_the_year() -> None:
    lead = f"{HOME}2022年政府信息公开工作年度报告\n统计期限自2021年1月1日起至12月31日止。"
    (finding,) = identify(clues(lead)).findings
    assert (finding.rule, finding.found) == ("year_conflict", "2021")
    (finding,) = identify(clues(lead.split("\n")[0], pubdate="2021-12-25")).findings
    assert (finding.rule, finding.found) == ("year_conflict", "2021-12-25")


@pytest.mark.parametrize(
    ("meta", "lead", "tail", "date"),
    [
        ({"pubdate": "2022-01-20 09:41:00"}, "", "", "2022-01-20"),
        ({"pubdate": "20220120"}, "", "", "2022-01-20"),
        ({"pubdate": "None"}, "发布时间：2022年1月5日 来源：某局", "", "2022-01-05"),
        ({}, "成文日期： 2022-01-05", "", "2022-01-05"),
        ({}, "日期：２０２２-01-05", "", "2022-01-05"),
        ({}, "", "某局|2022年1月13日", "2022-01-13"),
        ({}, "", "二〇二二年一月二十一日", "2022-01-21"),
        ({}, "", "20211230日", None),
        ({}, "", "2022年13月40日", None),
        ({}, "统计期限自2021年1月1日起至2021年12月31日止，共十二个月。", "", None),
    ],
)
def test_dates(meta: dict[str, str], lead: str, tail: str, date: str | None) -> None:
    assert find_date(meta, lead.split("\n"), tail.split("|")) == date


# --- names that do not belong


def foreign(body: str, title: str = "石家庄市藁城区岗上镇2022年政府信息公开工作年度报告") -> list[Finding]:
    return [f for f in report(body, title).findings if f.rule == "foreign_name"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("2022年，我局做了公开工作。", "我局"),
        ("我街道做了公开工作。", "我街道"),
        ("我乡做了公开工作。", "我乡"),
        ("我县的公开工作不断进步。", "我县"),
        ("及时调整局政务公开领导小组。", "局政务公开"),
        ("2022年，大王镇认真做公开工作。", "大王镇"),
        ("（一）大王镇共公开信息3条。", "大王镇"),
        ("按照《正定县政府信息公开办法》办事。", "正定县"),
        ("在正定县人民政府网站公开信息3条。", "正定县"),
        ("公开信息用“藁城岗上”公众号和“美丽大王”公众号。", "美丽大王"),
    ],
)
def test_foreign_names(body: str, name: str) -> None:
    (finding,) = foreign(body)
    assert (finding.severity, finding.cells) == ("warning", ())
    assert name in finding.found.split()
    assert f"“{name}" in finding.message


@pytest.mark.parametrize(
    "body",
    [
        "2022年，我镇做了公开工作。岗上镇认真公开。",
        "我区和我市的公开工作不断进步。",
        "镇干部要打破自我局限，守住我镇定的心。",
        "县公安局党组和区教育局机关来检查。",
        "赴正定县人民政府学习。",
        "2022年，区政府办公室认真检查各乡镇。",
        "大王镇来我镇学习。",
        "公开信息用“藁城岗上”公众号、“平安校园”公众号、“政务直通车”抖音号。",
        "公开信息用“美丽大王”公众号。",
        "在藁城区人民政府网站和石家庄市人民政府网站公开，按河北省政府信息公开办法办事。",
    ],
)
def test_names_that_belong(body: str) -> None:
    assert foreign(body) == []


@pytest.mark.parametrize(
    ("title", "body", "found"),
    [
        ("南关区司法局", "2022年，南关区教育局认真公开。", True),
        ("南关区人力资源和社会保障局", "2022年，区人社局认真公开。", False),
        ("南关区教育局", "我局做了公开工作，我区不断进步。", False),
        ("南关区卫生健康委员会", "我局做了公开工作。", True),
        ("南关区教育局", "我县不断进步。", True),
        ("内蒙古自治区扎赉特旗教育局", "我区不断进步。", False),
        ("长春新区管理委员会", "我区不断进步。", False),
    ],
)
def test_foreign_names_of_departments(title: str, body: str, found: bool) -> None:
    assert bool(foreign(body, f"{title}2022年政府信息公开工作年度报告")) is found


def test_nothing_is_foreign_to_an_unknown_agency() -> None:
    assert foreign_names(None, "other", None, "我局，我镇", [], []) == ()


# --- the knowledge files


def test_kinds_file() -> None:
    for row in read_csv("kinds"):
        assert row["kind"] in KINDS
        assert kind_of(row["example"]) == row["kind"], row


def test_clues_file_compiles_and_holds_no_line_twice() -> None:
    rows = read_csv("clues")
    assert len({(r["use"], r["pattern"]) for r in rows}) == len(rows)
    for use in {r["use"] for r in rows}:
        assert patterns(use)


def test_words_file() -> None:
    rows = read_csv("words")
    assert len({(r["use"], r["word"]) for r in rows}) == len(rows)
    assert {r["value"] for r in rows if r["use"] == "self_kind"} <= set(KINDS)
    source = "".join(
        p.read_text(encoding="utf-8") for p in (Path(__file__).parents[1] / "govreport/parse").glob("*.py")
    )
    for use in {r["use"] for r in (*rows, *read_csv("clues"))}:
        assert f'"{use}"' in source, use


@pytest.mark.parametrize(
    "text", ["年" * 50_000, "20" * 30_000, "我局" * 20_000, "《市区县" * 20_000, "“公众号" * 20_000]
)
def test_long_senseless_pages_end_soon(text: str) -> None:
    start = time.process_time()
    identify(Clues({"title": text, "sitename": text}, "", "", (text,) * 3, (text,), (text,), None))
    assert time.process_time() - start < 5


def test_the_end_of_the_period_is_no_date_of_publication():
    lead = ("样例县水利局2022年政府信息公开工作年度报告", "统计时段为2022年1月1日至2022年12月31日。")
    assert find_date({}, lead, ()) is None
    assert find_date({}, lead, ("样例县水利局", "2023年1月20日")) == "2023-01-20"
    assert find_date({}, lead, ("样例县水利局 2023年1月20日",)) == "2023-01-20"
