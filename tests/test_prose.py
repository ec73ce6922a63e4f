"""Figures stated in prose. Every sentence below is invented for this test; none is taken from a report."""

from __future__ import annotations

import csv
import re
import time
from importlib.resources import files
from pathlib import Path

import pytest

from govreport.forms import read_csv
from govreport.parse.prose import LONGEST_QUOTE, find_statements

SEEDS = Path(__file__).parent.parent.parent / "shared" / "seeds"

# Each case is one paragraph of section one and every figure it states, in the order of the text.
REQUESTS = [
    ("2023年，我局共收到政府信息公开申请18件，均已按期答复。", [("received", 18)]),
    (
        "全年收到申请人提交的政府信息公开申请7件，上年结转2件，办结8件，结转下年度继续办理1件。",
        [("received", 7), ("carried_in", 2), ("processed", 8), ("carried_out", 1)],
    ),
    ("本年新收政府信息公开申请１２件，结转上年度申请1件。", [("received", 12), ("carried_in", 1)]),
    ("本年度共接到依申请公开5起。", [("received", 5)]),
    ("今年收到23件信息公开申请，4件结转下一年度办理。", [("received", 23), ("carried_out", 4)]),
    ("本年共收到6份依申请公开申请，2件结转至次年办理。", [("received", 6), ("carried_out", 2)]),
    ("本年度受理政府信息公开申请1,204件。", [("received", 1204)]),
    ("我镇收到公民、法人或者其他组织提出的信息公开申请三件。", [("received", 3)]),
    ("街道收到政府信息公开申请一件，已办理完毕。", [("received", 1)]),
    ("收到群众要求公开政府信息的申请十二件。", [("received", 12)]),
    ("（二）依申请公开。全年收到申请 9 件，答复 8 件。", [("received", 9), ("processed", 8)]),
    ("全年收到政府信息公开申请 1.2万余件。", [("received", 12000, True)]),
    ("全市收到政府信息公开申请近300件。", [("received", 300, True)]),
    ("收到依申请公开信息申请130余件。", [("received", 130, True)]),
    ("通过网站、信函等渠道收到政府信息公开申请15件。", [("received", 15)]),
    ("依申请公开方面，2021年转入本年的申请没有，新收11件。", [("received", 11)]),
    ("我单位2023年未收到政府信息公开申请。", [("received", 0)]),
    ("全年没有收到任何公民、法人和其他组织的信息公开申请。", [("received", 0)]),
    ("本年度我办未接到依申请公开事项。", [("received", 0)]),
    ("2023年本乡未受理过政府信息依申请公开事项。", [("received", 0)]),
    ("年内未收到公众对政府信息公开的申请。", [("received", 0)]),
    ("全年收到政府信息公开申请0件，无上年结转申请。", [("received", 0), ("carried_in", 0)]),
    ("收到政府信息公开申请数量为零，没有结转下年度办理的申请。", [("received", 0), ("carried_out", 0)]),
    ("本年度无依申请公开事项。", [("received", 0)]),
    ("依申请公开0件。", [("received", 0)]),
    (
        "答复政府信息公开申请40件，其中予以公开21件，部分公开6件，不予公开4件，无法提供7件，不予处理2件。",
        [("processed", 40), ("granted", 21), ("partly_granted", 6), ("refused", 4), ("unable", 7), ("declined", 2)],
    ),
    (
        "收到申请公开政府信息的申请8件，对其中5件予以公开，2件部分公开，1件不予公开。",
        [("received", 8), ("granted", 5), ("partly_granted", 2), ("refused", 1)],
    ),
    (
        "2022年结转政府信息公开申请3件，2023年收到14件政府信息公开申请，2件结转2024年办理，全年答复15件。",
        [("carried_in", 3), ("received", 14), ("carried_out", 2), ("processed", 15)],
    ),
    ("共办理依申请公开31件，顺延至下一年度答复2件。", [("processed", 31), ("carried_out", 2)]),
    ("剩余5件依法结转下年度继续办理。", [("carried_out", 5)]),
    ("本年度信息公开方面，收到依申请3件。", [("received", 3)]),
    ("（二）依申请公开。2023年，我局没有收到任何申请。", [("received", 0)]),
    ("2023年处理政府信息公开申请，其中4件为上年结转，9件已按期办结。", [("carried_in", 4), ("processed", 9)]),
    ("政府信息公开申请中，3件无法提供，1件不予处理。", [("unable", 3), ("declined", 1)]),
    ("未收到法人和其他组织的申请，信息公开渠道畅通。", [("received", 0)]),
]

CASES = [
    ("由信息公开事项引发的行政复议4件、行政诉讼0件。", [("reviews", 4), ("lawsuits", 0)]),
    ("因信息公开被申请行政复议3件，被提起行政诉讼1件。", [("reviews", 3), ("lawsuits", 1)]),
    ("本年度未发生因政府信息公开引起的行政复议和行政诉讼。", [("reviews", 0), ("lawsuits", 0)]),
    ("没有因信息公开工作被申请行政复议、提起行政诉讼的情况。", [("reviews", 0), ("lawsuits", 0)]),
    ("信息公开方面无行政复议、诉讼案件。", [("reviews", 0), ("lawsuits", 0)]),
    ("涉及政府信息公开的行政复议、行政诉讼均为0件。", [("reviews", 0), ("lawsuits", 0)]),
    ("政府信息公开行政复议案件0件，行政诉讼案件0件。", [("reviews", 0), ("lawsuits", 0)]),
    ("因政府信息公开引发的行政复议、行政诉讼案件共5件。", [("reviews_and_lawsuits", 5)]),
    ("因政府信息公开引发的行政复议和行政诉讼案件各1件。", [("reviews", 1), ("lawsuits", 1)]),
    ("有1起关于政府信息公开的行政复议案件，未发生行政诉讼。", [("reviews", 1), ("lawsuits", 0)]),
    ("政府信息公开行政诉讼4起，未发生行政复议。", [("lawsuits", 4), ("reviews", 0)]),
    ("我局未收到因政府信息公开产生的行政复议、行政诉讼。", [("reviews", 0), ("lawsuits", 0)]),
    ("未发生因政府信息公开引起的行政诉讼、行政复议。", [("reviews", 0), ("lawsuits", 0)]),
    ("政府信息公开工作实现零复议、零诉讼。", [("reviews", 0), ("lawsuits", 0)]),
    ("因信息公开引发2起行政诉讼，发生3件信息公开行政复议。", [("lawsuits", 2), ("reviews", 3)]),
]

ENFORCEMENT = [
    ("全年作出行政处罚决定37件。", [("penalties", 37)]),
    ("行政处罚1192件，行政强制0件，行政许可14件。", [("penalties", 1192), ("coercive_measures", 0), ("licences", 14)]),
    ("本年度作出12件行政处罚。", [("penalties", 12)]),
    ("办理行政许可3,560件，采取行政强制措施8起。", [("licences", 3560), ("coercive_measures", 8)]),
    ("在信用网站公示行政处罚信息45条、行政许可信息12条。", [("penalties_posted", 45), ("licences_posted", 12)]),
    ("上网公开行政处罚决定书20份，其中公示企业行政处罚14条。", [("penalties_posted", 20), ("penalties_posted", 14)]),
    ("公开行政处罚决定书20件，公示个人行政处罚信息6条。", [("penalties_posted", 20), ("penalties_posted", 6)]),
    ("全年无行政处罚、行政强制。", [("penalties", 0), ("coercive_measures", 0)]),
    ("本年度未作出行政处罚决定。", [("penalties", 0)]),
    ("行政许可和行政处罚均为0。", [("licences", 0), ("penalties", 0)]),
    (
        "制发行政规范性文件3件，废止1件，现行有效26件。",
        [("normative_documents_issued", 3), ("normative_documents_repealed", 1), ("normative_documents_in_force", 26)],
    ),
    (
        "全年出台2件行政规范性文件，废止规范性文件5件，现行有效规范性文件40件。",
        [("normative_documents_issued", 2), ("normative_documents_repealed", 5), ("normative_documents_in_force", 40)],
    ),
    ("本年度未制发规范性文件。", [("normative_documents_issued", 0)]),
    ("市政府制定规章4部，印发规范性文件31件。", [("rules_issued", 4), ("normative_documents_issued", 31)]),
    ("未制定规章和行政规范性文件。", [("rules_issued", 0), ("normative_documents_issued", 0)]),
    ("公布行政许可决定30件、行政处罚决定11件。", [("licences_posted", 30), ("penalties_posted", 11)]),
    ("行政处罚公示16条，行政许可公示信息21条。", [("penalties_posted", 16), ("licences_posted", 21)]),
    ("准予5件行政许可，实施2起行政强制。", [("licences", 5), ("coercive_measures", 2)]),
    ("本镇没有行政许可事项，行政强制为0。", [("licences", 0), ("coercive_measures", 0)]),
    ("规范性文件制发件数6件。", [("normative_documents_issued", 6)]),
    ("本年度无新增行政规范性文件，其他文件照常印发。", [("normative_documents_issued", 0)]),
]

DISCLOSURE = [
    ("2023年，全局主动公开政府信息1,035条。", [("disclosed_total", 1035)]),
    ("全年共主动公开各类信息260余条。", [("disclosed_total", 260, True)]),
    ("截至12月底，累计公开政府信息合计三百零五条。", [("disclosed_total", 305)]),
    (
        "通过门户网站主动公开政府信息88条，微信公众号发布信息210条，政务微博发布信息65条。",
        [("disclosed_website", 88), ("disclosed_wechat", 210), ("disclosed_weibo", 65)],
    ),
    ("通过政府网站，主动公开政府信息52条。", [("disclosed_website", 52)]),
    ("“某某发布”微信公众号推送各类信息1.1万余条。", [("disclosed_wechat", 11000, True)]),
    ("在政府公报上刊登政府信息24件，通过其他方式公开信息9条。", [("disclosed_gazette", 24), ("disclosed_other", 9)]),
    ("微信公众号发布信息120条、微博33条。", [("disclosed_wechat", 120), ("disclosed_weibo", 33)]),
    ("通过网站、微信公众号等渠道主动公开政府信息400条。", [("disclosed_total", 400)]),
    (
        "政务微博发布信息20条、微信公众号45条、门户网站70条。",
        [("disclosed_weibo", 20), ("disclosed_wechat", 45), ("disclosed_website", 70)],
    ),
    (
        "微信公众号有粉丝3200余人，全年推送消息150条；官方微博粉丝980人，全年发布信息61条。",
        [("disclosed_wechat", 150), ("disclosed_weibo", 61)],
    ),
    ("2023年本镇政府信息公开74条。", [("disclosed_total", 74)]),
]

FEES = [
    ("2023年未收取信息处理费。", [("fee_collected_yuan", 0)]),
    ("依据《政府信息公开信息处理费管理办法》，本年度没有向申请人收取信息处理费。", [("fee_collected_yuan", 0)]),
    (
        "全年发出信息处理费收费通知2件，总金额1,380元，实际收取780元。",
        [("fee_notices", 2), ("fee_notices_amount_yuan", 1380), ("fee_collected_yuan", 780)],
    ),
    (
        "发出收费通知0件，总金额0元，实际收取0元。",
        [("fee_notices", 0), ("fee_notices_amount_yuan", 0), ("fee_collected_yuan", 0)],
    ),
    (
        "收费通知件数、总金额以及实际收取金额均为0。",
        [("fee_notices", 0), ("fee_notices_amount_yuan", 0), ("fee_collected_yuan", 0)],
    ),
    ("收取政府信息公开信息处理费0.15万元。", [("fee_collected_yuan", 1500)]),
    ("办理信息公开申请未收取任何费用。", [("fee_collected_yuan", 0)]),
    ("未发出过信息处理费收费通知。", [("fee_notices", 0)]),
    ("发出收费通知件数和总金额均为0。", [("fee_notices", 0), ("fee_notices_amount_yuan", 0)]),
    ("全年下达3份信息处理费收费通知，信息处理费收取金额为0元。", [("fee_notices", 3), ("fee_collected_yuan", 0)]),
]

# Figures that must not be taken for this report's own.
TRAPS = [
    "收到的政府信息公开申请较上年增加6件，增长25%。",
    "2023年收到的申请数量同比下降29%。2021年收到政府信息公开申请31件。",
    "去年收到政府信息公开申请30件。",
    "下一步，力争主动公开政府信息500条。",
    "每月通过网站公开信息不少于10条。",
    "办理人大代表建议12件、政协提案20件，答复率100%。",
    "受理12345热线诉求470件，已全部办结。",
    "答复网民留言92条，处理信访事项126件。",
    "收到行政许可申请15件。",
    "自收到申请之日起20个工作日内答复。",
    "其中网上收到政府信息公开申请3件，信函收到申请2件。",
    "通过网站收到政府信息公开申请3件。",
    "举办政府信息公开培训2次，参训80人次。",
    "审查规范性文件12件。",
    "主动公开规范性文件5件。",
    "对外公开行政处罚和行政许可260条。",
    "公开行政处罚、行政强制信息77条。",
    "全年罚款20万元，行政处罚案卷评查30件。",
    "制定规章制度5项。",
    "依法办理行政复议案件120件，审结110件。",
    "不存在应公开而未公开的信息。",
    "国办发〔2021〕30号第二十条要求，联系电话0100-12345678。",
    "主动公开率82.4%，重点领域信息公开191条。",
    "向上级网站报送信息512条，位列前三。",
    "办结率100%，共计3个工作日完成。",
    "网站发布动态类信息41条，概况类信息17条。",
    "微信公众号粉丝6120人，阅读量3万次。",
    "出台公开工作12条措施，政府信息公开12条规定落实到位。",
    "行政许可事项清单共50项。",
    "因未及时公开信息造成行政处罚错误的情况已经整改。",
    "无正当理由逾期不补正的申请按规定处理。",
    "培训班未收取费用，行政事业性收费未收取。",
    "窗口开放5个工作日，设立查阅点3个。",
    "开通以来累计公开政府信息9000条。",
    "未发生行政复议被纠错、行政诉讼败诉的情况，信息公开工作平稳。",
    "政府信息公开申请渠道3个，受理窗口2个。",
    "收到上级转办的政府信息公开申请2件。",
    "按件收取信息处理费100元/件。",
    "予以公开和部分公开的申请共12件。",
    "因涉及个人隐私不予公开的申请2件。",
    "通过网站、微信公众号发布信息500条。",
    "政务新媒体发布信息930条。",
    "指导下级单位办理政府信息公开申请行政复议案件5件。",
    "一般程序行政处罚案件12件。",
    "受理行政许可申请40件。",
    "拟于2024年主动公开政府信息600条。",
]

GROUPS = {"requests": REQUESTS, "cases": CASES, "enforcement": ENFORCEMENT, "disclosure": DISCLOSURE, "fees": FEES}
WORDINGS = [(text, figures) for cases in GROUPS.values() for text, figures in cases]


def figures(text, section=1, year=2023):
    return [(s.measure, s.value, s.approximate) for s in find_statements([(section, "line 7", text)], year)]


def full(expected):
    return [(e[0], e[1], len(e) == 3) for e in expected]


@pytest.mark.parametrize(("text", "expected"), WORDINGS, ids=lambda v: v[:24] if isinstance(v, str) else "")
def test_wording(text, expected):
    assert sorted(figures(text)) == sorted(full(expected))


def test_there_are_sixty_wordings():
    assert len({text for text, _ in WORDINGS}) >= 60


@pytest.mark.parametrize("text", TRAPS, ids=lambda t: t[:24])
def test_trap(text):
    assert figures(text) == []


def test_every_row_of_the_file_is_met(monkeypatch):
    """A pattern that no sentence needs would be a guess."""
    from govreport.parse import prose

    met = set()
    value = prose._value
    monkeypatch.setattr(prose, "_value", lambda wording, match: met.add(wording.pattern) or value(wording, match))
    for text, _ in WORDINGS:
        figures(text)
    assert [w.pattern.pattern for w in prose._patterns().wordings if w.pattern not in met] == []


def test_pattern_file():
    rows = read_csv("statements")
    macros = [row["measure"] for row in rows if row["measure"].startswith("@")]
    assert len(set(macros)) == len(macros)
    used = {name for row in rows for name in re.findall(r"{([A-Z_]+)}", row["pattern"] + row["unless"] + row["near"])}
    assert used | {"SKIP", "OWN_YEAR", "OTHER_YEAR"} == {name[1:] for name in macros}
    for row in rows:
        if not row["measure"].startswith("@"):
            assert row["keyword"], row
            assert ("{N}" in row["pattern"]) != (row["zero"] == "1"), row


def test_patterns_are_compiled_from_the_installed_file():
    text = files("govreport.forms").joinpath("statements.csv").read_text(encoding="utf-8")
    assert len(list(csv.reader(text.splitlines()))) == len(read_csv("statements")) + 1


def test_quote_and_place():
    text = "一是加强培训，全年 共收到政府信息公开申请 18 件，均已答复。二是公开。"
    (found,) = find_statements([(1, "line 12", text)], 2023)
    assert (found.quote, found.place, found.value) == ("全年共收到政府信息公开申请18件", "line 12", 18)


def test_quote_is_short():
    text = (
        "经我局各科室和下属各单位认真统计并经分管领导审核确认后汇总得出的本年度全部渠道收到群众提出的政府信息公开申请数量共计"
        * 2
    )
    (found,) = find_statements([(1, "", text + "18件。")], 2023)
    assert found.value == 18
    assert len(found.quote) <= LONGEST_QUOTE
    assert found.quote.endswith("18件")


def test_full_width_page():
    text = "２０２３年，收到政府信息公开申请１，２０４件；主动公开政府信息　３５　条。"
    assert figures(text) == [("received", 1204, False), ("disclosed_total", 35, False)]


def test_line_break_inside_a_sentence():
    assert figures("全年收到政府信息公开申\n请6件。") == [("received", 6, False)]
    assert figures("行政处罚\n6\n行政许可\n5件") == []


def test_two_numbers_are_not_joined():
    assert figures("截至2023 5件政府信息公开申请已收到。") == []


def test_table_in_a_line():
    assert figures("行政许可 | 12 | 行政处罚 | 7 | 行政强制 | 0 | 一、本年新收政府信息公开申请数量 | 3 | 0 |") == []


def test_section_of_plans_is_not_read():
    text = "全年收到政府信息公开申请6件。"
    assert figures(text, section=5) == []
    for section in (0, 1, 2, 3, 4, 6):
        assert figures(text, section=section) == [("received", 6, False)]


def test_the_year_named_most_often_is_the_report_s():
    lines = [
        "2023年，2022年结转政府信息公开申请3件，2023年收到14件政府信息公开申请。",
        "2022年收到申请公开政府信息的申请31件。",
    ]
    found = find_statements([(1, f"line {n}", text) for n, text in enumerate(lines, start=1)])
    assert [(s.measure, s.value) for s in found] == [("carried_in", 3), ("received", 14)]
    (other,) = find_statements([(1, "line 2", lines[1])], 2022)
    assert (other.measure, other.value) == ("received", 31)


def test_same_figure_twice_in_a_place():
    text = "共收到政府信息公开申请6件。收到的6件政府信息公开申请均已答复。"
    assert figures(text) == [("received", 6, False)]


def test_no_prose():
    assert find_statements([]) == ()
    assert find_statements([(1, "", ""), (2, "", "无")]) == ()


def test_speed_of_a_report():
    """A loose bound on prose full of figures; the prose of a usual report takes 0.1 to 0.4 ms."""
    texts = [text for text, _ in WORDINGS[:12]]
    filler = "我局坚持以公开为常态、不公开为例外，不断完善工作机制，加强队伍建设，提升公开质量，接受社会监督。"
    prose = [(1, f"line {n}", text + filler * 7) for n, text in enumerate(texts)]
    assert 4_000 < sum(len(text) for _, _, text in prose) < 6_000
    find_statements(prose)
    assert min(_seconds(prose) for _ in range(20)) < 0.004


def _seconds(prose):
    start = time.process_time()
    find_statements(prose)
    return time.process_time() - start


@pytest.mark.parametrize(
    "text",
    [
        "收到" * 20_000 + "申请",
        "0" * 50_000 + "件",
        "未" * 50_000 + "复议、诉讼",
        "收到公开申请" * 8_000 + "3件",
        " " * 50_000 + "3件",
    ],
    ids=["verbs", "digits", "negations", "requests", "blanks"],
)
def test_hostile_text_is_read_in_time(text):
    start = time.process_time()
    find_statements([(1, "", text)], 2023)
    assert time.process_time() - start < 5


# What the five example reports state, read off the pages by hand.
TRUE_STATEMENTS = {
    "000_1fda27c24fffeb28": {
        ("disclosed_website", 226), ("disclosed_wechat", 778), ("disclosed_weibo", 77), ("carried_in", 0),
        ("received", 5), ("reviews", 0), ("lawsuits", 0), ("fee_notices", 0), ("fee_notices_amount_yuan", 0),
        ("fee_collected_yuan", 0),
    },
    "001_7ecd0f15d57f0f09": {("disclosed_total", 123), ("fee_collected_yuan", 0)},
    "002_7a9175177e21df9f": {
        ("disclosed_total", 31), ("disclosed_wechat", 195), ("received", 0), ("fee_collected_yuan", 0),
    },
    "003_b64b9c4c32013d0c": set(),
    "004_d82bcd5c485d91df": {
        ("disclosed_total", 394), ("disclosed_website", 200), ("penalties_posted", 384), ("penalties_posted", 57),
        ("penalties_posted", 256), ("received", 3), ("disclosed_wechat", 638), ("disclosed_weibo", 1178),
    },
}  # fmt: skip


@pytest.mark.skipif(not SEEDS.exists(), reason="the example reports are not here")
@pytest.mark.parametrize("name", TRUE_STATEMENTS)
def test_example_report(name):
    lines = (SEEDS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found = find_statements([(1, f"line {n}", line) for n, line in enumerate(lines, start=1)])
    assert {(s.measure, s.value) for s in found} == TRUE_STATEMENTS[name]
    assert not any(s.approximate for s in found)
