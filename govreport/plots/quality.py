"""What the findings show: figures of ``Frames.findings`` and of the status of cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from govreport.forms import read_csv
from govreport.model import SEVERITIES
from govreport.plots.outcomes import ReportFrames, names
from govreport.plots.style import (
    BLUE,
    FAINT,
    GREY,
    INK,
    MUTED,
    ORANGE,
    RED,
    SKY,
    SOURCE_REPORTS,
    YELLOW,
    Chart,
    Lang,
    Words,
    canvas,
    figure,
    finish,
    need,
    nothing_to_draw,
    wrap,
)

MOST_REPORTS = 24
"""Reports that a figure has room for; those with the gravest findings are drawn."""

SOURCE_INVENTED = Words(
    "虚构数据：机关名称和全部数字均由程序生成（synthetic），不是任何机关的报告。",
    "Synthetic: agencies and figures are made by a program; no agency's report.",
)
_SEVERITY = {"error": RED, "warning": ORANGE, "info": SKY}
_SEVERITY_NAMES = {
    "error": Words("错误", "error"),
    "warning": Words("存疑", "warning"),
    "info": Words("提示", "note"),
}
_KINDS = {
    "number": (BLUE, Words("数字（非零）", "a number, not zero")),
    "zero": (SKY, Words("印出的零", "a printed zero")),
    "blank": ("#ffffff", Words("空白", "blank")),
    "dash": (FAINT, Words("划线", "dash")),
    "text": (YELLOW, Words("文字", "words")),
    "lost": (RED, Words("无法对应", "cannot be assigned")),
}
_TABLES = {"disclosure": "value", "applications": "count", "litigation": "count"}


class CheckedFrames(ReportFrames, Protocol):
    """What the figures of findings need: the DataFrames of ``govreport.frames.Frames``."""

    @property
    def disclosure(self) -> pd.DataFrame:
        """One row a cell of section two."""

    @property
    def litigation(self) -> pd.DataFrame:
        """One row a cell of section four."""

    @property
    def findings(self) -> pd.DataFrame:
        """One row a doubt."""


def source_line(reports: pd.DataFrame, lang: Lang) -> str:
    """The line under a figure: where the reports come from, or that they are invented.

    Reports are taken for invented where ``source`` begins with "synthetic".
    """
    invented = need(reports, "reports", ("source",))["source"].astype("string").str.startswith("synthetic")
    if not invented.any():
        return SOURCE_REPORTS.get(lang)
    return SOURCE_INVENTED.get(lang) if invented.all() else f"{SOURCE_REPORTS.get(lang)} {SOURCE_INVENTED.get(lang)}"


@figure
def findings_matrix(frames: CheckedFrames, *, info: bool = True, lang: Lang = "zh") -> Chart:
    """Which rule found something in which report: a column a report, a row a rule, the number of findings inside.

    Args:
        frames: ``Frames`` or anything with the same reports and findings.
        info: whether notes are drawn beside errors and warnings.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    title = Words("哪份报告有哪些疑点", "What was found in which report").get(lang)
    reports = need(frames.reports, "reports", ("report_id", "agency", "year", "source"))
    findings = need(frames.findings, "findings", ("report_id", "rule", "severity"))
    findings = findings[findings["severity"].astype("string").ne("info") | info]
    rules = _rules_met(findings)
    if not rules:
        return nothing_to_draw(
            title,
            Words("没有发现疑点。这不证明数字正确。", "Nothing was found. That does not prove the figures.").get(lang),
        )
    ids = _gravest(reports, findings)
    width = 3.4 + 0.78 * len(ids)
    chart, (ax,) = canvas(max(width, 7.0), 2.6 + 0.46 * len(rules))
    _draw_matrix(ax, findings, list(rules), ids)
    ax.set_yticks(range(len(rules)), ["\n".join(wrap(_meaning(rule).get(lang), 22)) for rule in rules])
    ax.set_xticks(range(len(ids)), ["\n".join(wrap(name, 5.5)) for name in names(frames, ids)], size=8)
    _severity_key(ax, lang)
    return finish(chart, title, _matrix_note(reports, findings, ids, lang), source_line(reports, lang))


def _rules_met(findings: pd.DataFrame) -> dict[str, str]:
    """Rules that occur with their severity, gravest first, then in the order of rules.csv."""
    met = dict(zip(findings["rule"].astype(str), findings["severity"].astype(str), strict=True))
    order = [r["rule"] for r in read_csv("rules")]
    return {rule: met[rule] for rule in sorted(met, key=lambda r: (SEVERITIES.index(met[r]), order.index(r)))}


@cache
def _meaning(rule: str) -> Words:
    found = next(r for r in read_csv("rules") if r["rule"] == rule)
    return Words(found["meaning_zh"], found["meaning_en"])


def _gravest(reports: pd.DataFrame, findings: pd.DataFrame) -> list[str]:
    """Ids in the order of the reports; of too many, those with the gravest and most findings."""
    ids = [str(i) for i in reports["report_id"]]
    if len(ids) <= MOST_REPORTS:
        return ids
    weight = findings["severity"].astype(str).map({"error": 1000, "warning": 30, "info": 1}).astype(int)
    by_report = weight.groupby(findings["report_id"].astype(str)).sum()
    chosen = set(by_report.nlargest(MOST_REPORTS).index)
    return [i for i in ids if i in chosen]


def _draw_matrix(ax: Axes, findings: pd.DataFrame, rules: Sequence[str], ids: Sequence[str]) -> None:
    severity = _rules_met(findings)
    counts = findings.groupby([findings["report_id"].astype(str), findings["rule"].astype(str)]).size()
    for key, rule, n in counts.reset_index().itertuples(index=False):
        if key in ids:
            x, y, kind = ids.index(key), rules.index(rule), severity[rule]
            ax.add_patch(Rectangle((x - 0.42, y - 0.4), 0.84, 0.8, color=_SEVERITY[kind], lw=0))
            ax.text(x, y, f"{n}", ha="center", va="center", size=9, color="white" if kind == "error" else INK)
    ax.set_xlim(-0.6, len(ids) - 0.4)
    ax.set_ylim(len(rules) - 0.4, -0.6)
    ax.set_xticks(np.arange(len(ids) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(rules) + 1) - 0.5, minor=True)
    ax.grid(which="minor")
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)


def _severity_key(ax: Axes, lang: Lang) -> None:
    handles = [Rectangle((0, 0), 1, 1, color=_SEVERITY[s]) for s in SEVERITIES]
    texts = [_SEVERITY_NAMES[s].get(lang) for s in SEVERITIES]
    ax.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handlelength=1, handleheight=1)


def _matrix_note(reports: pd.DataFrame, findings: pd.DataFrame, ids: Sequence[str], lang: Lang) -> str:
    clean = len(reports) - findings["report_id"].nunique()
    note = Words(
        f"{len(reports)}份报告，其中{clean}份没有疑点。格内为疑点条数。没有疑点不等于数字正确。",
        f"{len(reports)} reports, {clean} of them without a finding. Inside: number of findings. "
        "Nothing found does not mean that the figures are right.",
    ).get(lang)
    if len(ids) < len(reports):
        note += Words(f"只画疑点最重的{len(ids)}份。", f" Drawn: the {len(ids)} with the gravest.").get(lang)
    return note


def cell_statuses(frames: CheckedFrames) -> pd.DataFrame:
    """How the cells of each report are filled: a row a report, a column a kind, in cells.

    Returns:
        ``number`` (not zero), ``zero``, ``blank``, ``dash``, ``text``, ``lost``; all zero where no statutory table was
        recognised. Cells that the edition has and the page has not ("absent") are left out.

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    parts = []
    for table, number in _TABLES.items():
        cells = need(getattr(frames, table), table, ("report_id", "status", number))
        kind = cells["status"].astype("string").mask(cells["status"] == "given", "number")
        kind = kind.mask((kind == "number") & cells[number].eq(0).fillna(False).astype(bool), "zero")
        parts.append(pd.DataFrame({"report_id": cells["report_id"].astype("string"), "kind": kind}))
    cells = pd.concat(parts)
    counts = cells.groupby(["report_id", "kind"]).size().unstack(fill_value=0)
    ids = need(frames.reports, "reports", ("report_id",))["report_id"].astype("string")
    return counts.reindex(index=ids, columns=list(_KINDS), fill_value=0).rename_axis(columns=None)


@figure
def cells_by_status(frames: CheckedFrames, *, lang: Lang = "zh") -> Chart:
    """How the cells of each report are filled, as a bar of 100 percent: numbers, zeros, blanks, dashes, words, lost.

    Args:
        frames: ``Frames`` or anything with the same reports, disclosure, applications and litigation.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    title = Words("表格是怎样填的：零、空白与数字", "How the tables are filled: zeros, blanks and numbers").get(lang)
    counts = cell_statuses(frames).iloc[:MOST_REPORTS]
    if counts.empty:
        return nothing_to_draw(title, Words("没有报告。", "There are no reports.").get(lang))
    total = counts.sum(axis=1)
    chart, (ax,) = canvas(10.0, 2.3 + 0.4 * len(counts))
    _draw_statuses(ax, counts.div(total.where(total > 0), axis=0).fillna(0.0) * 100, lang)
    for at, n in enumerate(total):
        none = Words("未识别出法定表格", "no statutory table recognised").get(lang)
        ax.text(101 if n else 1, at, f"n={n}" if n else none, va="center", size=8.5, color=MUTED)
    ax.set_yticks(range(len(counts)), names(frames, counts.index))
    ax.set_ylim(len(counts) - 0.5, -0.5)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, handlelength=1, columnspacing=1.2)
    subtitle = Words(
        f"{len(frames.reports)}份报告；n为页面上法定格的数目，即分母。空白、划线与零是三回事：空白没有给出数字。",
        f"{len(frames.reports)} reports; n is the cells of the form on the page, the denominator. Blank, dash and zero "
        "are three things: a blank gives no number.",
    ).get(lang)
    return finish(chart, title, subtitle, source_line(frames.reports, lang))


def _draw_statuses(ax: Axes, share: pd.DataFrame, lang: Lang) -> None:
    left = np.zeros(len(share))
    for kind, (colour, words) in _KINDS.items():
        width = share[kind].to_numpy()
        if width.any():
            ax.barh(range(len(share)), width, left=left, height=0.64, color=colour, edgecolor=GREY, lw=0.6,
                    hatch="////" if kind == "blank" else None, label=words.get(lang))  # fmt: skip
        for at in np.flatnonzero(width >= 5).tolist():
            ink = "white" if kind in ("number", "lost") else INK
            ax.text(left[at] + width[at] / 2, at, f"{width[at]:.0f}", ha="center", va="center", size=8.5, color=ink)
        left = left + width
    ax.set_xlim(0, 108)
    ax.set_xticks(range(0, 101, 20))
    ax.set_xlabel(Words("占页面上法定格的百分比", "Percent of the cells on the page").get(lang))
    ax.tick_params(axis="y", length=0)
