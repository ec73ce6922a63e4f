"""Places: the table of a year, names in a text, the region of an agency."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from govreport.model import Region
from govreport.parse.gazetteer import load_gazetteer, scan
from govreport.parse.identity import Clues, identify
from govreport.parse.names import kind_of
from govreport.parse.regions import Hint, find_region, places_in_name

ADDRESSES = Path(__file__).resolve().parents[2] / "shared" / "data" / "report_addresses.csv"

# Names of real agencies with kind and code of the place, developed on.
AGENCIES = [
    ("温州市洞头区农业农村局", 2021, "department", "330305"),
    ("天津市滨海新区人民政府办公室", 2020, "department", "120116"),
    ("阳新县自然资源和规划局", 2022, "department", "420222"),
    ("包头市文化旅游广电局", 2021, "department", "150200"),
    ("北京市大兴区人民政府办公室", 2025, "department", "110115"),
    ("汉中市城市管理局", 2025, "department", "610700"),
    ("长春市经济合作局", 2024, "department", "220100"),
    ("唐山市民族宗教事务局", 2021, "department", "130200"),
    ("咸宁市市场监督管理局", 2025, "department", "421200"),
    ("鄂尔多斯市东胜区住房和城乡建设局", 2023, "department", "150602"),
    ("重庆市綦江区农业农村委员会", 2024, "department", "500110"),
    ("广州市白云区统计局", 2021, "department", "440111"),
    ("维西傈僳族自治县林业和草原局", 2022, "department", "533423"),
    ("白山市生态环境局", 2023, "department", "220600"),
    ("泉州市鲤城区农业农村和水利局", 2022, "department", "350502"),
    ("甘谷县人民政府办公室", 2024, "department", "620523"),
    ("北京市东城区卫生健康委员会", 2024, "department", "110101"),
    ("上海市浦东新区城市管理综合行政执法局", 2024, "department", "310115"),
    ("上海市公安局青浦分局", 2021, "department", "310118"),
    ("温州市公安局鹿城区分局", 2021, "department", "330302"),
    ("福州市闽侯生态环境局", 2021, "department", "350121"),
    ("国家统计局湖北调查总队", 2021, "department", "420000"),
    ("西乌旗自然资源局", 2021, "department", "152526"),
    ("晋城市城区市场监督管理局", 2022, "department", "140502"),
    ("泰州医药高新区(高港区)市场监督管理局", 2025, "department", "321203"),
    ("乌鲁木齐高新区(新市区)应急管理局", 2023, "department", "650104"),
    ("潜江市民政局", 2025, "department", "429005"),
    ("河北区城市管理委员会", 2025, "department", "120105"),
    ("东至县花园乡人民政府", 2022, "township", "341721"),
    ("北京市通州区西集镇人民政府", 2024, "township", "110112"),
    ("大田县梅山镇人民政府", 2025, "township", "350425"),
    ("永嘉县溪下乡人民政府", 2023, "township", "330324"),
    ("北京市大兴区亦庄镇", 2019, "township", "110115"),
    ("怀柔区宝山镇", 2018, "township", "110116"),
    ("衢州市衢江区湖南镇政府", 2021, "township", "330803"),
    ("扎赉特旗宝力根花苏木人民政府", 2021, "township", "152223"),
    ("大余县吉村镇人民政府办公室", 2021, "township", "360723"),
    ("泾源县黄花乡人民政府", 2022, "township", "640424"),
    ("铁岭县横道河子镇人民政府", 2022, "township", "211221"),
    ("定安县龙河镇人民政府", 2020, "township", "469021"),
    ("望城区月亮岛街道", 2021, "street", "430112"),
    ("官渡区人民政府太和街道办事处", 2020, "street", "530111"),
    ("深圳市龙华区民治街道办事处", 2025, "street", "440309"),
    ("广元市利州区人民政府嘉陵街道办事处", 2022, "street", "510802"),
    ("北京市东城区人民政府建国门街道办事处", 2019, "street", "110101"),
    ("乳山市城区街道办事处", 2025, "street", "371083"),
    ("乌兰浩特市兴安街办事处", 2021, "street", "152201"),
    ("铜陵市铜官区东郊办事处", 2021, "street", "340705"),
    ("襄州区人民政府", 2022, "government", "420607"),
    ("天津市河东区人民政府", 2024, "government", "120102"),
    ("贵阳市人民政府办公厅", 2021, "government", "520100"),
    ("上海市人民政府", 2022, "government", "310000"),
    ("朝阳市双塔区人民政府", 2021, "government", "211302"),
    ("威县人民政府", 2021, "government", "130533"),
    ("三都水族自治县人民政府", 2022, "government", "522732"),
    ("青岛市政府信息公开办公室", 2018, "government", "370200"),
    ("乌鲁木齐市高新区(新市区)政府", 2020, "government", "650104"),
    ("长春新区管理委员会", 2021, "zone", "220100"),
    ("唐山高新区管委会", 2021, "zone", "130200"),
    ("浙江乐清经济开发区管理委员会", 2021, "zone", "330382"),
    ("安徽舒城经济开发区管理委员会", 2021, "zone", "341523"),
    ("北京大兴国际机场临空经济区(廊坊)管理委员会", 2022, "zone", "131000"),
    ("江门市新会区银湖湾滨海新区", 2022, "zone", "440705"),
    ("瑞安市滨海新区", 2019, "zone", "330381"),
    ("弋阳县公路事业发展中心", 2021, "other", "361126"),
    ("西安市西大街发展服务中心", 2025, "other", "610100"),
]


def title_alone(agency: str, year: int | str) -> Clues:
    return Clues({}, "", "", (f"{agency}{year}年政府信息公开工作年度报告",), (), (), None)


@pytest.mark.parametrize(("agency", "year", "kind", "adcode"), AGENCIES)
def test_agency_gives_kind_and_code(agency: str, year: int, kind: str, adcode: str) -> None:
    found = identify(title_alone(agency, year))
    assert (found.agency, found.kind, found.year, found.region.adcode) == (agency, kind, year, adcode)


@pytest.mark.skipif(not ADDRESSES.exists(), reason="the shared list of addresses is not here")
def test_real_addresses() -> None:
    with ADDRESSES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [identify(title_alone(row["agency"], row["year"])) for row in rows]
    assert [f.year for f in found] == [int(row["year"]) for row in rows]
    assert [f.agency for f in found] == [row["agency"] for row in rows]
    right = sum(kind_of(row["agency"]) == row["agency_kind"] for row in rows)
    assert right / len(rows) >= 0.97
    given = [(f.region, row) for f, row in zip(found, rows, strict=True) if f.region.adcode]
    good = [
        region
        for region, row in given
        if region.province == row["province"]
        and row["adcode"].startswith((region.adcode or "").rstrip("0"))
        and region.county in (None, row["county"], row["city"])
    ]
    assert len(given) >= 1080
    assert len(good) / len(given) >= 0.99
    exact = sum(region.adcode == row["adcode"] for region, row in given)
    assert exact / len(given) >= 0.98


def test_levels_of_a_region() -> None:
    assert identify(title_alone("长春市南关区司法局", 2022)).region == Region("吉林省", "长春市", "南关区", "220102")
    assert identify(title_alone("北京市丰台区司法局", 2022)).region == Region("北京市", None, "丰台区", "110106")
    assert identify(title_alone("重庆市彭水县司法局", 2022)).region.county == "彭水苗族土家族自治县"
    assert identify(title_alone("仙桃市司法局", 2022)).region == Region("湖北省", None, "仙桃市", "429004")
    assert identify(title_alone("东莞市司法局", 2022)).region == Region("广东省", "东莞市", None, "441900")
    assert identify(title_alone("河北省司法厅", 2022)).region == Region("河北省", None, None, "130000")


def test_codes_follow_the_year() -> None:
    assert places_in_name("即墨市司法局", 2016)[0].adcode == "370282"
    assert places_in_name("即墨区司法局", 2019)[0].adcode == "370215"
    assert places_in_name("即墨市司法局", 2019) == ()
    assert load_gazetteer(2035).year == load_gazetteer(None).year >= 2024


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("河北省、保定市博野县", ["河北省", "保定市", "博野县"]),
        ("济南市市中区", ["济南市", "市中区"]),
        ("济南市中区", ["济南市", "市中区"]),
        ("城市中区域的老城区", []),
        ("建成县级平台，全县城区和新县城", []),
        ("荆州市沙市区", ["荆州市", "沙市区"]),
        ("东城区域内各单位", []),
    ],
)
def test_scan(text: str, names: list[str]) -> None:
    assert [m.name for m in scan(text, load_gazetteer(2023))] == names


def test_a_name_that_several_counties_bear_stays_open() -> None:
    located = find_region("鼓楼区司法局", "department", [], "", 2022)
    assert located.region == Region(None, None, "鼓楼区", None)
    assert [(f.rule, f.severity, f.cells) for f in located.findings] == [("region_unknown", "info", ())]
    assert "江苏省南京市鼓楼区" in located.findings[0].message


@pytest.mark.parametrize(
    ("hint", "adcode"),
    [
        (Hint("lead", "地址：南京市鼓楼区某路1号"), "320106"),
        (Hint("site", "福州市鼓楼区人民政府"), "350102"),
        (Hint("source", "河南省开封市鼓楼区司法局"), "410204"),
    ],
)
def test_other_clues_settle_it(hint: Hint, adcode: str) -> None:
    assert find_region("鼓楼区司法局", "department", [hint], "", 2022).region.adcode == adcode


def test_street_without_place_needs_the_text() -> None:
    gazetteer = load_gazetteer(2020)
    bare = find_region("春晓街道", "street", [], "", 2020)
    assert bare.region == Region()
    assert [f.rule for f in bare.findings] == ["region_unknown"]
    once = "街道按《北仑区政府信息公开办法》办事。"
    assert find_region("春晓街道", "street", [], once, 2020, scan(once, gazetteer)).region.adcode == "330206"
    passing = "街道代表去北仑区看了看。"
    assert find_region("春晓街道", "street", [], passing, 2020, scan(passing, gazetteer)).region == Region()


def test_county_office_takes_the_county_of_the_site() -> None:
    found = find_region("县交通运输局", "department", [Hint("site", "博野县人民政府")], "", 2023)
    assert found.region.adcode == "130637"


def test_strong_clues_that_differ() -> None:
    located = find_region("长春市南关区司法局", "department", [Hint("site", "吉林市昌邑区人民政府")], "", 2022)
    assert located.region.adcode == "220102"
    (finding,) = located.findings
    assert (finding.rule, finding.severity) == ("region_conflict", "warning")
    assert finding.expected == "吉林省长春市南关区"
    assert finding.found == "吉林省吉林市昌邑区"


@pytest.mark.parametrize(
    "hint",
    [
        Hint("site", "吉林省人民政府"),
        Hint("site", "长春市人民政府网站"),
        Hint("lead", "地址：长春市朝阳区某街2号"),
        Hint("column", "北京市政府信息公开"),
    ],
)
def test_a_site_above_or_an_office_next_door_is_no_conflict(hint: Hint) -> None:
    assert find_region("长春市南关区司法局", "department", [hint], "", 2022).findings == ()


@pytest.mark.parametrize("agency", ["国家统计局", "住房和城乡建设部", "国务院办公厅", "海关总署"])
def test_national_bodies_have_no_region_and_no_finding(agency: str) -> None:
    located = find_region(agency, "department", [Hint("lead", "地址：北京市西城区")], "", 2022)
    assert located.region == Region()
    assert located.findings == ()


def test_bodies_led_from_the_centre_have_one() -> None:
    assert places_in_name("国家税务总局长春市南关区税务局", 2022)[0].adcode == "220102"


def test_street_whose_city_alone_is_known() -> None:
    located = find_region("长春市桃源街道办事处", "street", [], "", 2023)
    assert located.region == Region("吉林省", "长春市", None, "220100")
    assert [f.rule for f in located.findings] == ["region_unknown"]
    assert find_region("东莞市东城街道办事处", "street", [], "", 2023).findings == ()
