"""Chains over the years: which figures a body's report took over from its report before, and where that broke."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from govreport.analysis.chains import CHAIN_STATUSES, IDENTITIES
from govreport.errors import UsageError
from govreport.plots.analysed import origin, short
from govreport.plots.breaks import mark_breaks
from govreport.plots.page import SMALL, ink_on
from govreport.plots.style import (
    BLUE,
    INK,
    MUTED,
    RED,
    Chart,
    Lang,
    Words,
    canvas,
    figure,
    finish,
    label,
    need,
    nothing_to_draw,
)

__all__ = ["MOST_BODIES", "carry_over_chains"]

MOST_BODIES = 16
"""Rows that the figure has room for; bodies with most breaks come first."""

_COLUMNS = ("body_id", "agency", "year", "previous_year", "identity", "part", "difference", "status")
_OCHRE = "#a88600"  # yellow that is told from white
_STATUS = {
    "holds": ("#4b9a7c", Words("相等", "holds")),
    "joined": (BLUE, Words("加上并入机关后相等", "holds with a merged body")),
    "broken": (RED, Words("不等", "broken")),
    "unknown": (_OCHRE, Words("数字不明", "figure not known")),
    "gap": (SMALL, Words("缺上年报告", "no report the year before")),
}
_RULES = {
    "I5": Words("结转：本年所印“上年结转”＝上年所印“结转下年度”", "Carry-over: carried in = carried out a year before"),
    "I6": Words("存量：现行有效＝上年现行有效＋制发－废止", "Stock: in force = in force before + issued − repealed"),
    "I7": Words("项目：上一年项目数量＝前一年数量＋增减", "Items: items last year = items before + change"),
}
_DARK = "#a33b00"
_STYLES = {"gap": (0, (1, 1.5)), "unknown": (0, (3, 1.5))}
_NAME_SIZE, _NAME_ROOM = 8.5, 210.0


@figure
def carry_over_chains(
    chains: pd.DataFrame, identity: str = "I5", part: str | None = None, *, lang: Lang = "zh"
) -> Chart:
    """Chains of reports, a row a body: each link between two reports says whether the figure was taken over.

    Above, all pairs of years in the table, counted by what became of them; below, the bodies with most breaks, then
    those with the longest chains, with the difference beside each break. Years without a link are missing or stand at
    the beginning.

    Args:
        chains: what ``carry_chains`` gives.
        identity: "I5" (requests carried over), "I6" (documents in force) or "I7" (items, form of 2019).
        part: a part of the identity, as "total" or "normative_documents"; without it the total of I5, or all parts of
            the identity, the worst one counting.
        lang: "zh" or "en".

    Raises:
        UsageError: a column is missing, or no such identity or part.
    """
    title = Words(
        "历年链条：后一年接得上前一年吗", "Chains over the years: does each report take up the one before?"
    ).get(lang)
    links = _links(need(chains, "chains", _COLUMNS), identity, part)
    if links.empty:
        none = Words("没有一个机关有两份报告可以相接。", "No body has two reports that could be joined.")
        return nothing_to_draw(title, none.get(lang))
    bodies = _order(links)
    drawn = bodies[:MOST_BODIES]
    first, last = int(links["previous_year"].min()), int(links["year"].max())
    high = 0.30 * len(drawn)
    chart, (top, low) = canvas(9.8, 4.0 + high, 2, 1, sharex=True, height_ratios=[1.15, high + 0.3])
    _draw_counts(top, links)
    breaks = mark_breaks(top, first, last, lang)
    _draw_chains(low, links, drawn)
    for met in breaks:
        low.axvline(met.year - 0.5, color=MUTED, lw=0.7, ls=(0, (1, 2)), zorder=0.5)
    low.set_xlim(first - 0.4, last + 0.4)
    low.set_xticks(range(first, last + 1))
    _key(low, links, lang)
    top.set_ylabel(Words("年份对数", "Pairs").get(lang))
    return finish(chart, title, _note(links, bodies, drawn, identity, part, lang), origin(links["agency"], lang))


def _links(chains: pd.DataFrame, identity: str, part: str | None) -> pd.DataFrame:
    """One row a body and pair of years; of several parts the worst."""
    if identity not in IDENTITIES:
        raise UsageError(f"identity is one of {', '.join(IDENTITIES)}; found {identity!r}")
    rows = chains[chains["identity"].eq(identity)]
    parts = [str(name) for name in rows["part"].dropna().unique()]
    wanted = "total" if part is None and identity == "I5" else part
    if wanted is not None and len(rows):
        if wanted not in parts:
            raise UsageError(f"{identity} has the parts {', '.join(parts)}; found {wanted!r}")
        rows = rows[rows["part"].eq(wanted)]
    worst = {status: rank for rank, status in enumerate(("broken", "unknown", "joined", "holds", "gap"))}
    rows = rows.assign(status=rows["status"].astype("string"), _worst=rows["status"].astype("object").map(worst))
    rows = rows.sort_values("_worst", kind="stable").drop_duplicates(["body_id", "year"])
    return rows.sort_values(["body_id", "year"], ignore_index=True)


def _order(links: pd.DataFrame) -> list[str]:
    """Bodies, those with most breaks first, then the longest chains."""
    table = links.assign(broken=links["status"].eq("broken")).groupby("body_id", sort=True)
    made = pd.DataFrame({"broken": table["broken"].sum(), "pairs": table.size()})
    return [str(body) for body in made.sort_values(["broken", "pairs"], ascending=False, kind="stable").index]


def _draw_counts(ax: Axes, links: pd.DataFrame) -> None:
    counts = links.groupby(["year", "status"]).size().unstack(fill_value=0)
    years = counts.index.to_numpy(dtype=float) - 0.5
    base = np.zeros(len(counts))
    for status in (name for name in _STATUS if name in counts):
        colour, height = _STATUS[status][0], counts[status].to_numpy(dtype=float)
        ax.bar(years, height, bottom=base, width=0.62, color=colour, lw=0, zorder=2)
        for x, low, tall in zip(years, base, height, strict=True):
            if tall >= 0.22 * float(counts.sum(axis=1).max()):
                ax.text(
                    x,
                    low + tall / 2,
                    f"{int(tall):,}",
                    ha="center",
                    va="center",
                    size=8,
                    color=ink_on(colour),
                    zorder=3,
                )
        base = base + height
    ax.set_ylim(0, float(base.max()) * 1.05)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="x", length=0)


def _draw_chains(ax: Axes, links: pd.DataFrame, bodies: list[str]) -> None:
    names = []
    for row, body in enumerate(bodies):
        chain = links[links["body_id"].eq(body)]
        names.append(short(chain["agency"].iloc[-1], _NAME_SIZE, _NAME_ROOM))
        for status, year, before, gap in chain[["status", "year", "previous_year", "difference"]].itertuples(
            index=False
        ):
            ax.plot([before, year], [row, row], color=_STATUS[status][0], lw=3.4, zorder=2, solid_capstyle="butt",
                    ls=_STYLES.get(status, "-"))  # fmt: skip
            if status == "broken" and not pd.isna(gap):
                ax.annotate(
                    f"{gap:+,.0f}", ((before + year) / 2, row), xytext=(0, 7), textcoords="offset points", ha="center",
                    va="center", size=7.5, color=_DARK, bbox={"facecolor": "white", "lw": 0, "pad": 0.3}, zorder=2.5,
                )  # fmt: skip
        years = sorted({*chain["year"].astype(int), *chain["previous_year"].astype(int)})
        ax.scatter(years, [row] * len(years), s=30, c="white", edgecolors=INK, lw=1.0, zorder=3)
    ax.set_yticks(range(len(bodies)), names, size=_NAME_SIZE)
    ax.set_ylim(len(bodies) - 0.4, -0.75)
    ax.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def _key(ax: Axes, links: pd.DataFrame, lang: Lang) -> None:
    met = [name for name in _STATUS if links["status"].eq(name).any()]
    for name in met:
        ax.plot([], [], color=_STATUS[name][0], lw=3.4, ls=_STYLES.get(name, "-"), label=_STATUS[name][1].get(lang))
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.32 / (0.3 * len(ax.get_yticks()) + 0.5)), ncols=len(met),
              handlelength=2.4, columnspacing=1.6, borderaxespad=0)  # fmt: skip


def _note(links: pd.DataFrame, bodies: list[str], drawn: list[str], identity: str, part: str | None, lang: Lang) -> str:
    counts = links["status"].value_counts()
    told = [Words(f"{_STATUS[s][1].zh}{int(counts[s]):,}", f"{_STATUS[s][1].en} {int(counts[s]):,}").get(lang)
            for s in CHAIN_STATUSES if s in counts.index]  # fmt: skip
    what = _RULES[identity].get(lang) + (f" ({_part_name(part, lang)})" if part else "")
    cut = len(bodies) - len(drawn)
    more = Words(f"下图只列{len(drawn)}个（断处最多者在前）。", f" Only {len(drawn)} are drawn, most breaks first.")
    return Words(
        f"{what}。{len(bodies):,}个机关，n={len(links):,}对年份：{'、'.join(told)}。圆圈为报告，数字为差额。",
        f"{what}. {len(bodies):,} bodies, n={len(links):,} pairs of years: {', '.join(told)}. Circles are reports, "
        "numbers differences.",
    ).get(lang) + (more.get(lang) if cut else "")


def _part_name(part: str, lang: Lang) -> str:
    for domain, name in (("measure", f"{part}.in_force"), ("applicant", part), ("item", part)):
        if (text := label(domain, name, lang)) != name:
            return text
    return part
