"""What the figures of the explorer say: values with units, the selection in words, limits and source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from govreport.plots.lettering import clean
from govreport.plots.page import Page, nothing, page
from govreport.plots.style import Chart, Lang, Words, drawable, label, number, usable_lang

if TYPE_CHECKING:
    from govreport.explore import View

SOURCE = Words(
    "资料来源：各机关政府信息公开工作年度报告，原样照录，未作更正；只描述所选报告。",
    "Source: annual reports as published by the agencies, nothing corrected. They describe these reports only.",
)
SYNTHETIC = Words(
    "合成数据，供教学和测试使用，不是任何机关的真实数字。",
    "Synthetic data for teaching and tests: not the figures of any real agency.",
)
NOTHING = Words(
    "所选报告中没有这项指标的数字。没有数字不等于零。",
    "No report chosen gives a figure of this. Not known is not zero.",
)
CHOSEN_BODY = Words("所选机关", "Chosen body")
_KINDS_NAMED = 3
_MARK = "（合成）"  # the panel of govreport.synthetic ends the names of its agencies with it


def language(view: View) -> Lang:
    """The language of a view, or English where Chinese cannot be drawn."""
    return usable_lang(view.selection.lang)


def is_share(view: View) -> bool:
    """Whether values are parts of a whole and shown in percent."""
    return view.measure.unit == "share"


def factor(view: View) -> float:
    """What values are multiplied by before they are drawn: 100 for shares, which are drawn in percent."""
    return 100.0 if is_share(view) else 1.0


def numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    """A column as floats, NaN where it is NA."""
    return frame[column].to_numpy(dtype=float, na_value=np.nan)


def exact(value: float, view: View) -> str:
    """A value in full: percent with one decimal, quotients with two, counts with thousands marks; – for unknown."""
    if np.isnan(value):
        return "–"
    if is_share(view):
        return percent(value)
    if view.measure.kind == "rate":
        return f"{value:,.2f}" if value >= 0.01 else f"{value:.1g}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def brief(value: float, view: View, lang: Lang) -> str:
    """A value in little room: counts by 万 and 亿 or millions from 100,000 on."""
    if np.isnan(value) or view.measure.kind == "rate" or value < 1e5:
        return exact(value, view)
    return compactly(value, lang)


def compactly(value: float, lang: Lang) -> str:
    """A count in at most five digits: 12.3万 in Chinese, 123k and 1.23m in English; the exact one below 10,000."""
    if value < 1e4:
        return f"{value:,.4g}"
    if lang == "zh":
        return number(float(f"{value:.3g}"), lang)
    return f"{value / 1e6:.3g}m" if value >= 999_500 else f"{value / 1e3:.3g}k"


def percent(share: float) -> str:
    """A share of one in percent, with one decimal; 0 and 100 without.

    >>> percent(0.1234), percent(1.0), percent(0.0002)
    ('12.3%', '100%', '<0.1%')
    """
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{share * 100:.0f}%" if share in (0.0, 1.0) else f"{share * 100:.1f}%"


def tick_texts(values: Sequence[float], view: View, lang: Lang) -> list[str]:
    """Round values at an axis, already in percent for shares; quotients all with as many decimals."""
    if is_share(view):
        return [f"{value:.4g}%" for value in values]
    if view.measure.kind != "rate":
        return [compactly(value, lang) for value in values]
    places = max((len(f"{value:.10g}".partition(".")[2]) for value in values), default=0)
    return [f"{value:,.{places}f}" if value else "0" for value in values]


def unit(view: View, lang: Lang) -> str:
    """The unit of the values drawn."""
    return label("view_unit", view.measure.unit, lang)


def name(view: View, lang: Lang) -> str:
    """The name of the measure."""
    return str(view.measure.name(lang))


def scope(view: View, lang: Lang) -> str:
    """Where, when, whom, and how many reports: the selection in words."""
    reports = Words(
        f"{view.n_reports:,}份报告（{view.n_bodies:,}个机关），其中{view.n_known:,}份有此数",
        f"{plural(view.n_reports, 'report')} of {plural(view.n_bodies, 'body')}, {view.n_known:,} with this figure",
    )
    return _listed([_where(view, lang), *_when_and_whom(view, lang), reports.get(lang)])


def scope_of_map(view: View, lang: Lang) -> str:
    """The same for a map, which shows all provinces whatever region is selected."""
    n = int(view.provinces["n"].sum())
    reports = Words(f"各省{n:,}份报告有此数", f"{plural(n, 'report')} with this figure, all provinces")
    return _listed([*_when_and_whom(view, lang), reports.get(lang)])


def scope_of_outcomes(view: View, lang: Lang) -> str:
    """The same for outcomes, which rest on other cells than the measure."""
    n = view.outcomes.attrs.get("n_reports", 0)
    reports = Words(
        f"{view.n_reports:,}份报告，其中{n:,}份可用", f"{plural(view.n_reports, 'report')}, {n:,} of them usable"
    )
    return _listed([_where(view, lang), *_when_and_whom(view, lang), reports.get(lang)])


def _where(view: View, lang: Lang) -> str:
    chosen = view.selection
    place = [label("province", chosen.province, lang)] if chosen.province else []
    place += [drawable(clean(p), "?") for p in (chosen.city, chosen.county) if p]
    return Words("", ", ").get(lang).join(place)


def plural(n: int, noun: str) -> str:
    """A number with its English noun.

    >>> plural(1, "body"), plural(1200, "body")
    ('1 body', '1,200 bodies')
    """
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{n:,} {noun if n == 1 else many}"


def _when_and_whom(view: View, lang: Lang) -> list[str]:
    years = "–".join(dict.fromkeys(map(str, view.selection.years or ())))
    chosen = view.selection.kinds
    kinds = Words("、", ", ").get(lang).join(label("kind", kind, lang) for kind in chosen)
    if len(chosen) > _KINDS_NAMED:
        kinds = Words(f"{len(chosen)}类机关", f"{len(chosen)} kinds of body").get(lang)
    return [Words(f"{years}年", years).get(lang) if years else "", kinds]


def _listed(parts: list[str]) -> str:
    # A bar and not a dot between: Chinese typefaces set the dot as wide as a character.
    return "  |  ".join(part for part in parts if part)


def remark(view: View) -> str:
    """The note of a view, if it can be drawn here."""
    return drawable(clean(view.note), "")


def foot(view: View, lang: Lang, *, trap: bool = True) -> str:
    """Limits of the measure and the source; synthetic data are called so."""
    source = (SYNTHETIC if synthetic(view) else SOURCE).get(lang)
    if not trap:
        return source
    limits = str(view.measure.trap(lang)).rstrip("。.")
    return Words(f"注意：{limits}。{source}", f"Note: {limits}. {source}").get(lang)


def synthetic(view: View) -> bool:
    """Whether the agencies of a view are invented by ``govreport.synthetic``."""
    return any(str(agency).endswith(_MARK) for agency in view.ranking["agency"].head(3))


def chosen_name(view: View) -> str | None:
    """Name of the chosen body, None without one; empty where it cannot be drawn."""
    rows = view.ranking[view.ranking["chosen"].to_numpy(dtype=bool)]
    return None if rows.empty else drawable(clean(str(rows["agency"].iloc[0])), "")


def chosen_line(view: View, lang: Lang, sign: str = "◆") -> str:
    """The chosen body beside its mark, empty without one."""
    agency = chosen_name(view)
    if agency is None:
        return ""
    return f"{sign} " + Words("：", ": ").get(lang).join(filter(None, (CHOSEN_BODY.get(lang), agency)))


def opened(view: View, title: str, reading: str, lang: Lang, *, compact: bool) -> Page:
    """A page with the selection, how to read the figure, the chosen body and the note of the view below the title."""
    lines = [scope(view, lang), reading, chosen_line(view, lang), remark(view)]
    return page(title, lines, foot(view, lang), lang, compact=compact)


def empty(view: View, title: str, lang: Lang, *, compact: bool) -> Chart:
    """A figure that says why there is nothing to draw."""
    made = page(title, [scope(view, lang)], foot(view, lang), lang, compact=compact)
    return nothing(made, remark(view) or NOTHING.get(lang))
