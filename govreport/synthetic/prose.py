"""Neutral prose around the tables, written for this project.

The first sentence of every page says that it is a sample: rebuilt from published figures of a real report,
or invented. Rebuilt pages say nothing about an agency beyond its name, its place and its figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from govreport.forms import read_csv
from govreport.synthetic.layout import Parts, Texts
from govreport.synthetic.sheet import Sheet

Given = Mapping[str, float | int | str | None]

_NUMERALS = "一二三四五六"
# The outline that reports before 2019 have in common; its order and wording vary (formats by year).
_BEFORE_2019 = ("概述", "主动公开情况", "依申请公开情况", "复议、诉讼和申诉情况", "主要问题和改进措施", "附表")


@dataclass(frozen=True, slots=True)
class Story:
    """What the prose may state beside the tables.

    Attributes:
        invented: whether agency and figures are made up; if not, the page says it is rebuilt from a real report.
        place: name of the region the agency lies in, for example "北京市东城区"; empty for no such sentence.
        disclosed: items disclosed in the year; None leaves the sentence out.
        notices: fee notices sent and yuan collected; None leaves the sentence out.
        published: date of publication as "2021-01-13"; empty for none.
    """

    invented: bool = True
    place: str = ""
    disclosed: int | None = None
    notices: tuple[int, int] | None = None
    published: str = ""


def write_parts(sheets: tuple[Sheet, ...], given: Given, agency: str, year: int, story: Story, prose: bool) -> Parts:
    """Title, paragraphs and tables of a page. ``given`` are the figures, for sentences that repeat them."""
    names = [row["heading"] for row in sorted(read_csv("headings"), key=lambda row: int(row["number"]))]
    if sheets[0].table == "statistics":
        names = list(_BEFORE_2019)
    lead = [_notice(agency, year, story)]
    if story.place:
        lead.append(f"本机关位于{story.place}。")
    if prose:
        lead.append(f"统计时段为{year}年1月1日至{year}年12月31日。")
    sections = {1: _overview(given, year, story), 5: _problems(story), 6: _others(story)}
    return Parts(
        title=f"{agency}{year}年政府信息公开工作年度报告",
        lead=tuple(lead),
        headings=tuple(f"{numeral}、{name}" for numeral, name in zip(_NUMERALS, names, strict=True)),
        before=sections if prose else {},
        sheets=sheets,
        year=year,
        closing=(agency, *_date(story.published)),
        published=story.published,
    )


def _date(iso: str) -> Texts:
    """The date as printed under a report, 2021年1月13日; nothing for an empty one."""
    if not iso:
        return ()
    year, month, day = map(int, iso.split("-"))
    return (f"{year}年{month}月{day}日",)


def _notice(agency: str, year: int, story: Story) -> str:
    if story.invented:
        return "本页为虚构样例：机关名称、文字和全部数字均由程序生成，不是任何机关的真实报告，仅供测试和教学。"
    return (
        f"本页为重制样例：表中数字取自{agency}{year}年度报告已公布的数字，版式和文字由样例程序重新编写，"
        "不是原报告，引用请以原报告为准。"
    )


def _overview(given: Given, year: int, story: Story) -> Texts:
    texts = []
    if story.disclosed is not None:
        texts.append(f"（一）主动公开。{year}年，本机关主动公开政府信息{story.disclosed}条。")
    clauses = [
        f"{words}{given[cell]}件"
        for words, cell in (
            ("新收政府信息公开申请", "applications.received.total"),
            ("上年结转", "applications.carried_in.total"),
            ("当年办结", "applications.processed.total"),
            ("结转下年度", "applications.carried_out.total"),
        )
        if isinstance(given.get(cell), int)
    ]
    if clauses:
        texts.append(f"{year}年，本机关{'，'.join(clauses)}。")
    suits = [given.get(f"litigation.{route}.total") for route in ("direct_suit", "suit_after_reconsideration")]
    reviews = given.get("litigation.reconsideration.total")
    if isinstance(reviews, int) and all(isinstance(n, int) for n in suits):
        total = sum(n for n in suits if isinstance(n, int))
        texts.append(f"因政府信息公开引起的行政复议{reviews}件，行政诉讼{total}件。")
    return tuple(texts) or ("本部分文字从略，数字见后列各表。",)


def _problems(story: Story) -> Texts:
    if not story.invented:
        return ("重制样例没有收录原报告这一部分的文字，存在的问题和改进情况请查阅原报告。",)
    return (
        "存在的问题：公开目录的分类还不够细，个别栏目更新偏慢。",
        "改进情况：每季度核对一次公开目录，并为经办人员安排业务培训。",
    )


def _others(story: Story) -> Texts:
    if story.notices is None:
        return ("本样例没有其他需要列出的数字。",)
    sent, yuan = story.notices
    return (f"发出信息处理费收费通知{sent}件，实际收取{yuan}元。",)
